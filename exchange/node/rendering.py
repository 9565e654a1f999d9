"""SQL from the tree: the only text that ever runs against raw data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from exchange.node.literals import SqlValue, value_of
from exchange.node.rule import Rule, RuleColumn
from exchange.protocol.question import (
    Aggregate,
    And,
    Between,
    Column,
    Comparison,
    Function,
    IsNull,
    Literal,
    Membership,
    Not,
    Or,
    Predicate,
    Question,
    Value,
    ValueType,
)

_SQL_TYPES: Final = {
    ValueType.TEXT: "VARCHAR",
    ValueType.INTEGER: "BIGINT",
    ValueType.DECIMAL: "DECIMAL(28, 10)",
    ValueType.DATE: "DATE",
    ValueType.TIMESTAMP: "TIMESTAMP",
    ValueType.BOOLEAN: "BOOLEAN",
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A statement with its bound values.

    The result has one column per key, then `units`, then four per aggregate: its
    figure, its non-null values, the units behind those, in the tree's order.
    """

    sql: str
    values: tuple[SqlValue, ...]


def quote(name: str) -> str:
    """Quote an identifier."""
    return '"' + name.replace('"', '""') + '"'


#: Digits of every decimal column; wider than a question's own literals, so that data fit.
DIGITS: Final = 30


def column_type(column: RuleColumn) -> str:
    """Return the SQL type in which a column is held: decimals exactly, in their own scale."""
    if column.type is ValueType.DECIMAL:
        return f"DECIMAL({DIGITS}, {column.scale})"
    return _SQL_TYPES[column.type]


def render(question: Question, rule: Rule) -> Rendered:
    """Render a question that holds literals only.

    Rows whose unit is NULL belong to nobody who could be counted and are left out.
    """
    writer = _Writer(rule)
    keys = [_name(each) for each in question.keys]
    aggregates = [each for each in question.outputs if isinstance(each, Aggregate)]
    selected = [*keys, writer.units(None)]
    for aggregate in aggregates:
        selected.extend(writer.aggregate(aggregate))
    # Every part is a quoted identifier of the rule or a keyword of ours; values are bound.
    sql = f"SELECT {', '.join(selected)} FROM {quote(question.table)}"  # noqa: S608
    for join in question.joins:
        sql += f" INNER JOIN {quote(join.right.table)} ON {_name(join.left)} = {_name(join.right)}"
    conditions = [] if rule.unit is None else [f"{_name(rule.unit)} IS NOT NULL"]
    if question.where is not None:
        conditions.append(writer.predicate(question.where))
    if conditions:
        sql += f" WHERE {' AND '.join(conditions)}"
    if keys:
        sql += f" GROUP BY {', '.join(keys)}"
    return Rendered(sql, tuple(writer.values))


def _name(column: Column) -> str:
    return f"{quote(column.table)}.{quote(column.name)}"


@dataclass(slots=True)
class _Writer:
    """Writes the parts of one statement and collects the values to bind, in order."""

    rule: Rule
    values: list[SqlValue] = field(default_factory=list)

    def units(self, present: Column | None) -> str:
        """Count the units, of all rows or of those where a column is present."""
        unit = self.rule.unit
        if unit is None:
            return "COUNT(*)" if present is None else f"COUNT({_name(present)})"
        if present is None:
            return f"COUNT(DISTINCT {_name(unit)})"
        return f"COUNT(DISTINCT {_name(unit)}) FILTER (WHERE {_name(present)} IS NOT NULL)"

    def aggregate(self, aggregate: Aggregate) -> tuple[str, str, str]:
        """Write a figure, the count of its values, and the units behind them."""
        column = aggregate.column
        if column is None:
            figure = self.units(None) if aggregate.function is Function.COUNT_UNITS else "COUNT(*)"
            return figure, "COUNT(*)", self.units(None)
        return f"SUM({_name(column)})", f"COUNT({_name(column)})", self.units(column)

    def predicate(self, predicate: Predicate) -> str:
        """Write a condition in brackets of its own."""
        match predicate:
            case Not(part):
                return f"(NOT {self.predicate(part)})"
            case And(parts):
                return f"({' AND '.join([self.predicate(each) for each in parts])})"
            case Or(parts):
                return f"({' OR '.join([self.predicate(each) for each in parts])})"
            case _:
                return f"({self._condition(predicate)})"

    def _condition(self, condition: Comparison | Membership | Between | IsNull) -> str:
        name = _name(condition.column)
        match condition:
            case Comparison(_, comparator, value):
                return f"{name} {comparator.value} {self._bind(value)}"
            case Membership(_, values):
                return f"{name} IN ({', '.join([self._bind(each) for each in values])})"
            case Between(_, low, high):
                lowest = self._bind(low)
                return f"{name} BETWEEN {lowest} AND {self._bind(high)}"
            case IsNull():
                return f"{name} IS NULL"

    def _bind(self, value: Value) -> str:
        assert isinstance(value, Literal), "parameters are bound before rendering"
        self.values.append(value_of(value))
        return f"CAST(? AS {_SQL_TYPES[value.type]})"
