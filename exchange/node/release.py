"""From the engine's exact figures to the released answer: small groups leave no trace."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Final

from exchange.node.rule import Rule
from exchange.protocol.question import Aggregate, Function, GroupKey, Output, Question, ValueType

FIGURES: Final = 3
MEAN_DIGITS: Final = 4
_CONTEXT: Final = Context(prec=60, rounding=ROUND_HALF_EVEN)

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Group:
    """One row of the engine: key values, units, and per aggregate figure, count and units."""

    keys: tuple[Any, ...]
    units: int
    figures: tuple[tuple[Any, int, int], ...]

    def reaches(self, minimum_units: int) -> bool:
        """Tell whether enough units stand behind the group and behind each of its figures."""
        return self.units >= minimum_units and all(
            units >= minimum_units for _, _, units in self.figures
        )


def release(
    question: Question, rule: Rule, rows: Iterable[Sequence[Any]], max_cells: int
) -> Answer:
    """Shape the rows of a rendered question into an answer.

    A group with fewer distinct units than the rule's minimum, in all or behind any one
    figure, is absent. Rows are sorted by their keys, NULL last. `capped` tells that the
    answer ends before the last group because it would have more than `max_cells` cells.
    """
    size = len(question.keys)
    groups = [_group(row, size) for row in rows]
    kept = [group for group in groups if group.reaches(rule.minimum_units)]
    kept.sort(key=_order)
    most = max_cells // len(question.outputs)
    return {
        "columns": [
            {"name": each.alias, "type": _type(each, rule).value} for each in question.outputs
        ],
        "rows": [_row(group, question, rule) for group in kept[:most]],
        "capped": len(kept) > most,
    }


def _group(row: Sequence[Any], size: int) -> _Group:
    figures = row[size + 1 :]
    assert len(figures) % FIGURES == 0, "three figures per aggregate"
    triples = (figures[place : place + FIGURES] for place in range(0, len(figures), FIGURES))
    return _Group(tuple(row[:size]), row[size], tuple((a, b, c) for a, b, c in triples))


def _order(group: _Group) -> list[tuple[bool, Any]]:
    return [(key is None, 0 if key is None else key) for key in group.keys]


def _type(output: Output, rule: Rule) -> ValueType:
    match output:
        case GroupKey(column, _):
            found = rule.find(column)
            assert found is not None
            return found.type
        case Aggregate(function, _, _):
            counts = function in {Function.COUNT, Function.COUNT_UNITS}
            return ValueType.INTEGER if counts else ValueType.DECIMAL


def _row(group: _Group, question: Question, rule: Rule) -> list[Any]:
    figures = iter(group.figures)
    cells: list[Any] = []
    for output in question.outputs:
        match output:
            case GroupKey(column, _):
                cells.append(_plain(group.keys[question.keys.index(column)]))
            case Aggregate():
                cells.append(_figure(output, next(figures), rule))
    return cells


def _figure(aggregate: Aggregate, figure: tuple[Any, int, int], rule: Rule) -> int | str:
    total, count, _ = figure
    if aggregate.column is None:
        assert isinstance(total, int)
        return total
    exact = Decimal(total)
    if aggregate.function is Function.SUM:
        return format(exact, "f")
    column = rule.find(aggregate.column)
    assert column is not None
    step = Decimal(1).scaleb(-(column.scale + MEAN_DIGITS))
    return format(_CONTEXT.quantize(_CONTEXT.divide(exact, Decimal(count)), step), "f")


def _plain(key: Any) -> int | str | bool | None:
    match key:
        case None | bool() | int() | str():
            return key
        case Decimal():
            return format(key, "f")
        case datetime():
            return key.isoformat(" ")
        case date():
            return key.isoformat()
    raise AssertionError("the engine returned a key of a type that no column has")
