from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.form import Row, cpu_ms, median_cpu_ms, median_cpu_ratio, report, table

ROWS = (
    Row("audit", 1.25, 1.5, "<=", "x", "median of 9"),
    Row("append", 3.0, 8.0, ">=", "x"),
    Row("size", 12345.6, None, "<=", "B", "按字节"),
)


def count(calls: list[str], name: str, turns: int = 20_000) -> None:
    """Burn some CPU and note who did."""
    calls.append(name)
    sum(range(turns))


def test_verdicts_follow_relation_and_goal() -> None:
    assert [row.verdict for row in ROWS] == ["met", "missed", ""]
    assert Row("edge", 2.0, 2.0, "<=", "x").verdict == "met"
    assert Row("edge", 2.0, 2.0, ">=", "x").verdict == "met"


def test_table_aligns_names_values_and_goals() -> None:
    assert table(ROWS).splitlines() == [
        "name        value  unit  goal            note",
        "audit        1.25  x     <= 1.5  met     median of 9",
        "append          3  x     >= 8    missed",
        "size    1.235e+04  B                     按字节",
    ]


def test_report_prints_on_stdout_and_keeps_the_agreed_fields(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = report("demo", ROWS, tmp_path / "out")

    assert path == tmp_path / "out" / "demo.json"
    assert json.loads(path.read_text(encoding="utf-8")) == [
        {
            "name": "audit",
            "value": 1.25,
            "goal": 1.5,
            "relation": "<=",
            "unit": "x",
            "note": "median of 9",
        },
        {"name": "append", "value": 3.0, "goal": 8.0, "relation": ">=", "unit": "x", "note": ""},
        {
            "name": "size",
            "value": 12345.6,
            "goal": None,
            "relation": "<=",
            "unit": "B",
            "note": "按字节",
        },
    ]
    printed = capsys.readouterr()
    assert printed.out == table(ROWS) + "\n"
    assert printed.err == f"written to {path}\n"


def test_two_rows_of_one_name_are_a_programmer_error(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="two rows of one name"):
        report("demo", (ROWS[0], ROWS[0]), tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_cpu_time_counts_one_call_and_no_waiting() -> None:
    calls: list[str] = []

    spent = cpu_ms(lambda: count(calls, "work"))

    assert calls == ["work"]
    assert spent >= 0


def test_medians_leave_the_first_call_out() -> None:
    calls: list[str] = []

    median_cpu_ms(lambda: count(calls, "work"), rounds=3)

    assert calls == ["work"] * 4


def test_ratio_takes_turns() -> None:
    calls: list[str] = []

    ratio = median_cpu_ratio(lambda: count(calls, "work"), lambda: count(calls, "base"), rounds=2)

    assert calls == ["work", "base"] * 3
    assert ratio.value > 0
    assert ratio.work_cpu_ms > 0
    assert ratio.base_cpu_ms > 0
