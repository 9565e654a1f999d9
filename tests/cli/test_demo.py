"""What the demo does for somebody at a terminal."""

from datetime import UTC, datetime

import pytest

from exchange.actors import Role
from exchange.cli.demo import let_time_pass
from exchange.clock import VirtualClock
from exchange.demo.stage import Stage


def test_time_passes_by_the_days_that_are_typed(capsys: pytest.CaptureFixture[str]) -> None:
    clock, swept = VirtualClock(datetime(2026, 3, 2, 1, 0, tzinfo=UTC)), list[datetime]()

    def admit_nobody(participant: str, role: Role) -> None:
        raise AssertionError((participant, role))

    stage = Stage(
        nodes=(),
        now=clock.now,
        advance_to=clock.advance_to,
        sweep=lambda: swept.append(clock.now()),
        admit_staff=admit_nobody,
    )
    let_time_pass(stage, ["15\n", "tomorrow\n", "-1\n", "1000\n", "1\n"])
    assert [moment.day for moment in swept] == [17, 18]
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "it is 2026-03-17 09:00 (UTC+8)"
    assert told[1:4] == ["a number of days, from 0 to 99"] * 3
