"""Bars of counts over time, as figures that a template draws."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from exchange.web.pages.log_reads import Tally

WIDTH, HEIGHT = 640, 150
_MOST_DAYS = 60
_FEWEST_SLOTS = 12
_LABEL_WIDTH = 90


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: from `x` on, `height` high, `simulated_height` of it from the bottom.

    `tick` says that the label is written below; `late` that it ends at the bar's right side.
    """

    x: int
    width: int
    height: int
    simulated_height: int
    label: str
    tally: Tally
    tick: bool
    late: bool


def bars_of(days: Mapping[str, Tally]) -> list[Bar]:
    """Draw counts by day, or by week where the days are too many; empty days count 0."""
    groups = _groups(days)
    if not groups:
        return []
    highest = max(tally.total for _, tally in groups)
    slot = max(2, WIDTH // max(len(groups), _FEWEST_SLOTS))
    every = max(1, -(-_LABEL_WIDTH // slot))
    return [
        Bar(
            x=place * slot,
            width=max(1, slot - 2),
            height=HEIGHT * tally.total // highest,
            simulated_height=HEIGHT * tally.simulated // highest,
            label=label,
            tally=tally,
            tick=place % every == 0,
            late=place * slot + _LABEL_WIDTH > WIDTH,
        )
        for place, (label, tally) in enumerate(groups)
    ]


def _groups(days: Mapping[str, Tally]) -> list[tuple[str, Tally]]:
    if not days:
        return []
    day, last = (datetime.fromisoformat(one) for one in (min(days), max(days)))
    step = 1 if (last - day).days < _MOST_DAYS else 7
    groups: list[tuple[str, Tally]] = []
    while day <= last:
        tally = Tally()
        for offset in range(step):
            one = (day + timedelta(days=offset)).date().isoformat()
            tally = tally.with_other(days.get(one, Tally()))
        groups.append((day.date().isoformat(), tally))
        day += timedelta(days=step)
    return groups
