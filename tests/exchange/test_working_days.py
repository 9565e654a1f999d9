from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.clock import from_iso
from exchange.working_days import (
    SHANGHAI,
    end_of_working_days,
    is_published,
    is_working_day,
)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 2, 14), True),  # a Saturday worked for the Spring Festival (2026 notice)
        (date(2026, 2, 17), False),  # Spring Festival
        (date(2026, 3, 2), True),
        (date(2026, 3, 7), False),
        (date(2031, 10, 1), False),  # beyond the published years: fixed holidays
        (date(2031, 10, 8), True),
        (date(2031, 10, 11), False),  # beyond them: weekends
    ],
)
def test_working_days(day: date, works: bool) -> None:
    assert is_working_day(day) is works


def test_years_without_a_notice_say_so() -> None:
    assert is_published(date(2026, 6, 1))
    assert not is_published(date(2031, 6, 1))


def test_a_period_begins_on_the_day_after_and_ends_at_midnight() -> None:
    # Monday 2 March, 09:00 in Shanghai: three working days are Tuesday to Thursday.
    start = from_iso("2026-03-02T01:00:00.000Z")
    assert end_of_working_days(start, 3) == from_iso("2026-03-05T16:00:00.000Z")
    # Late on Monday in UTC is Tuesday in Shanghai.
    assert end_of_working_days(from_iso("2026-03-02T16:30:00.000Z"), 3) == from_iso(
        "2026-03-06T16:00:00.000Z"
    )


@given(
    st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2035, 12, 31)),  # noqa: DTZ001
    st.integers(1, 30),
)
def test_the_period_holds_exactly_so_many_working_days(start: datetime, days: int) -> None:
    begin = start.replace(tzinfo=UTC)
    end = end_of_working_days(begin, days)
    first = begin.astimezone(SHANGHAI).date() + timedelta(days=1)
    last = end.astimezone(SHANGHAI).date() - timedelta(days=1)
    # An independent count: every day between, asked one by one.
    span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    assert sum(map(is_working_day, span)) == days
    assert is_working_day(last)
    assert end.astimezone(SHANGHAI).time() == datetime.min.time()
