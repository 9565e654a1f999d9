"""The one form of every benchmark: rows with goals, measured fairly, printed and kept.

A benchmark is a module `benchmarks/NAME.py` that `make bench-NAME` runs. It measures with the
functions below, tells its progress on stderr, and ends with `report`. A missed goal is shown, not
hidden and not an error: the numbers depend on the machine, and reading them is a person's work.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

OUT = Path(__file__).resolve().parent / "out"

Work = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Row:
    """One number of a benchmark, and what it should be."""

    name: str
    value: float
    goal: float | None  # None: reported only
    relation: Literal["<=", ">="]  # how `value` should stand to `goal`
    unit: str  # "x" for a ratio of two numbers of one run
    note: str = ""

    @property
    def verdict(self) -> str:
        """Say `met`, `missed`, or nothing where there is no goal."""
        if self.goal is None:
            return ""
        met = self.value <= self.goal if self.relation == "<=" else self.value >= self.goal
        return "met" if met else "missed"


@dataclass(frozen=True, slots=True)
class Ratio:
    """Medians of two works that took turns."""

    value: float  # median of the rounds' own ratios, work ÷ base
    work_cpu_ms: float
    base_cpu_ms: float


def cpu_ms(work: Work) -> float:
    """Return the CPU time of this process for one call, user and system, in milliseconds."""
    begun = time.process_time_ns()
    work()
    return (time.process_time_ns() - begun) / 1e6


def median_cpu_ms(work: Work, rounds: int) -> float:
    """Return the median CPU time of `rounds` calls, in milliseconds, after one unmeasured call."""
    work()
    return statistics.median(cpu_ms(work) for _ in range(rounds))


def median_cpu_ratio(work: Work, base: Work, rounds: int) -> Ratio:
    """Measure `work` against `base` in turns, so that a slow spell of the machine hits both.

    Each is called once unmeasured first.
    """
    work()
    base()
    pairs = [(cpu_ms(work), cpu_ms(base)) for _ in range(rounds)]
    return Ratio(
        value=statistics.median(one / other for one, other in pairs),
        work_cpu_ms=statistics.median(one for one, _ in pairs),
        base_cpu_ms=statistics.median(other for _, other in pairs),
    )


def tell(text: str) -> None:
    """Show progress on stderr."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def table(rows: Sequence[Row]) -> str:
    """Return the rows as aligned text, one line each under a line of headings."""
    cells = [("name", "value", "unit", "goal", "", "note")]
    for row in rows:
        goal = "" if row.goal is None else f"{row.relation} {row.goal:g}"
        cells.append((row.name, f"{row.value:.4g}", row.unit, goal, row.verdict, row.note))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column == 1 else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in cells
    )


def report(name: str, rows: Sequence[Row], out: Path = OUT) -> Path:
    """Print the table on stdout and write the rows to `out`/`name`.json; return that file."""
    assert len({row.name for row in rows}) == len(rows), "two rows of one name"
    print(table(rows))
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{name}.json"
    path.write_text(
        json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False) + "\n",
        encoding="utf-8",
    )
    tell(f"written to {path}")
    return path
