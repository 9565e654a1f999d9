from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.clock import (
    FileClock,
    SystemClock,
    VirtualClock,
    clock_from,
    from_iso,
    from_ms,
    iso,
    to_ms,
)

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@given(st.integers(min_value=0, max_value=4_102_444_800_000))
def test_iso_and_milliseconds_round_trip(milliseconds: int) -> None:
    moment = from_ms(milliseconds)
    assert to_ms(moment) == milliseconds
    assert from_iso(iso(moment)) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-03-02",
        "2026-03-02T01:00:00Z",
        "2026-03-02T01:00:00.000+00:00",
        "2026-13-02T01:00:00.000Z",
        "2026-03-02T01:00:00.000Z\n",
        "२०२६-03-02T01:00:00.000Z",
    ],
)
def test_other_forms_of_a_time_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"time|month"):
        from_iso(text)


def test_a_virtual_clock_moves_only_when_told_and_never_back() -> None:
    clock = VirtualClock(START)
    clock.advance(timedelta(days=1))
    clock.advance_to(START)
    assert clock.now() == START + timedelta(days=1)
    with pytest.raises(AssertionError):
        clock.advance(timedelta(seconds=-1))


def test_processes_share_a_clock_through_a_file(tmp_path: Path) -> None:
    first = clock_from(f"virtual:{iso(START)}@{tmp_path / 'clock'}")
    second = clock_from(f"virtual:{iso(START)}@{tmp_path / 'clock'}")
    assert isinstance(first, FileClock)
    first.advance_to(START + timedelta(days=20))
    first.advance_to(START)
    assert timedelta(days=20) <= second.now() - START < timedelta(days=20, hours=1)


def test_the_system_clock_tells_whole_milliseconds() -> None:
    now = SystemClock().now()
    assert now.microsecond % 1000 == 0
    assert now.tzinfo is UTC


@pytest.mark.parametrize("text", ["", "Real", "virtual", "virtual:", "virtual:yesterday"])
def test_an_unknown_clock_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"FDX_CLOCK|time"):
        clock_from(text)
