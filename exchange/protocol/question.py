"""A question as frozen data: what is left of a buyer's SQL once the node has understood it.

The tree can say no more than what follows, so whatever runs against raw data was
rendered from these values and never from a text that somebody sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ValueType(StrEnum):
    """The types that columns, literals and answers can have."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    TIMESTAMP = "timestamp"
    BOOLEAN = "boolean"


class Comparator(StrEnum):
    """The comparisons of a column with a literal."""

    EQ = "="
    NE = "<>"
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="


class Function(StrEnum):
    """The aggregates."""

    COUNT = "count"
    COUNT_UNITS = "count_units"
    SUM = "sum"
    AVG = "avg"


@dataclass(frozen=True, slots=True, order=True)
class Column:
    """A column by the rule's own names, aliases resolved."""

    table: str
    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A typed constant; `text` is its one canonical form (`1.5`, `2013-01-31`, `true`)."""

    type: ValueType
    text: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A place in an approved analysis that the buyer's literal fills."""

    name: str


Value = Literal | Parameter


@dataclass(frozen=True, slots=True)
class Comparison:
    """`column comparator value`."""

    column: Column
    comparator: Comparator
    value: Value


@dataclass(frozen=True, slots=True)
class Membership:
    """`column IN (values)`, in the order written."""

    column: Column
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """`column BETWEEN low AND high`, both included."""

    column: Column
    low: Value
    high: Value


@dataclass(frozen=True, slots=True)
class IsNull:
    """`column IS NULL`."""

    column: Column


@dataclass(frozen=True, slots=True)
class Not:
    """The predicate does not hold."""

    part: Predicate


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold; parts are ordered by their shape, never nested in one another."""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One part at least holds; parts are ordered by their shape, never nested in one another."""

    parts: tuple[Predicate, ...]


Predicate = Comparison | Membership | Between | IsNull | Not | And | Or


@dataclass(frozen=True, slots=True)
class Join:
    """An inner equi-join that brings in `right.table`; `left` stands in a table before it."""

    left: Column
    right: Column


@dataclass(frozen=True, slots=True)
class GroupKey:
    """A group key in the output, under `alias`."""

    column: Column
    alias: str


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate in the output, under `alias`; `column` None for the two counts."""

    function: Function
    column: Column | None
    alias: str


Output = GroupKey | Aggregate


@dataclass(frozen=True, slots=True)
class Question:
    """One aggregate query.

    `outputs` are in the order selected and name every group key at most once; `keys`
    are the grouping columns in order, also those that are not selected.
    """

    table: str
    joins: tuple[Join, ...]
    where: Predicate | None
    keys: tuple[Column, ...]
    outputs: tuple[Output, ...]
