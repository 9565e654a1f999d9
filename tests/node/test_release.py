"""Release: small groups vanish, figures are exact, rows are ordered and capped."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from exchange.node.release import release
from exchange.node.rule_file import parse_rule
from exchange.protocol.question import Aggregate, Column, Function, GroupKey, Output, Question
from tests.node.scene import RULE

RULE_OF_THREE = parse_rule(RULE.encode())
CITY, FARE = Column("trips", "city"), Column("trips", "fare")
COUNT = Aggregate(Function.COUNT, None, "n")
SUM = Aggregate(Function.SUM, FARE, "total")
AVG = Aggregate(Function.AVG, FARE, "mean")


def question(*outputs: Output, keys: tuple[Column, ...] = (CITY,)) -> Question:
    """Make a question with these outputs."""
    return Question("trips", (), None, keys, outputs)


def rows_of(asked: Question, rows: list[tuple[Any, ...]], cells: int = 1_000) -> list[list[Any]]:
    """Release and return the rows."""
    released: list[list[Any]] = release(asked, RULE_OF_THREE, rows, cells)["rows"]
    return released


def test_a_group_below_the_minimum_is_absent() -> None:
    rows = [("a", 2, 9, 9, 2), ("b", 3, 3, 3, 3), ("c", 1, 1, 1, 1)]
    assert rows_of(question(GroupKey(CITY, "city"), COUNT), rows) == [["b", 3]]


def test_a_group_whose_figure_rests_on_few_units_is_absent() -> None:
    rows = [("a", 9, Decimal("5.00"), 1, 1), ("b", 9, Decimal("5.00"), 4, 3)]
    assert rows_of(question(GroupKey(CITY, "city"), SUM), rows) == [["b", "5.00"]]


def test_a_total_below_the_minimum_leaves_no_row() -> None:
    assert rows_of(question(COUNT, keys=()), [(2, 2, 2, 2)]) == []
    assert rows_of(question(SUM, keys=()), [(0, None, 0, 0)]) == []


def test_means_are_exact_to_four_places_beyond_the_scale() -> None:
    rows = [("a", 3, Decimal("10.00"), 3, 3)]
    assert rows_of(question(AVG), rows) == [["3.333333"]]
    large = [("a", 3, Decimal("99999999999999999999999999.99"), 7, 3)]
    assert rows_of(question(AVG), large) == [["14285714285714285714285714.284286"]]


def test_rows_are_sorted_by_their_keys_and_null_comes_last() -> None:
    rows = [(None, 3, 1, 1, 3), ("b", 3, 2, 2, 3), ("a", 3, 3, 3, 3)]
    asked = question(COUNT, GroupKey(CITY, "city"))
    assert rows_of(asked, rows) == [[3, "a"], [2, "b"], [1, None]]


def test_keys_of_every_type_become_json() -> None:
    day, night, left = (Column("trips", name) for name in ("day", "night", "left_at"))
    asked = question(
        *(GroupKey(each, each.name) for each in (day, night, left)),
        GroupKey(FARE, "fare"),
        COUNT,
        keys=(day, night, left, FARE),
    )
    row = (
        date(2026, 1, 2),
        True,
        datetime.fromisoformat("2026-01-02T03:04:05"),
        Decimal("1.50"),
        3,
        7,
        7,
        3,
    )
    answer = release(asked, RULE_OF_THREE, [row], 1_000)
    assert answer == {
        "columns": [
            {"name": "day", "type": "date"},
            {"name": "night", "type": "boolean"},
            {"name": "left_at", "type": "timestamp"},
            {"name": "fare", "type": "decimal"},
            {"name": "n", "type": "integer"},
        ],
        "rows": [["2026-01-02", True, "2026-01-02 03:04:05", "1.50", 7]],
        "capped": False,
    }


def test_an_answer_ends_at_its_last_allowed_cell_and_says_so() -> None:
    rows = [(f"c{n}", 3, n, n, 3) for n in range(5)]
    asked = question(GroupKey(CITY, "city"), COUNT)
    answer = release(asked, RULE_OF_THREE, rows, 5)
    assert answer["rows"] == [["c0", 0], ["c1", 1]]
    assert answer["capped"] is True
