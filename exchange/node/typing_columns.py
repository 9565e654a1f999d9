"""Typing of a table's columns by what DuckDB can make of their values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import duckdb

from exchange.node.rendering import quote
from exchange.protocol.question import ValueType

LINE: Final = "\x01line"
MAX_SCALE: Final = 8
_TOLERANCE: Final = 100
_UNFIT: Final = re.compile(r"[^\w ()%/.-]")
_NAME_LENGTH: Final = 60
_KINDS: Final = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT"), ValueType.INTEGER),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER"), ValueType.INTEGER),
    **dict.fromkeys(("FLOAT", "DOUBLE"), ValueType.DECIMAL),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS"), ValueType.TIMESTAMP),
    "DATE": ValueType.DATE,
    "BOOLEAN": ValueType.BOOLEAN,
}
# DuckDB rounds '1.5' to an integer and drops the zeros of '007', so whole numbers and
# decimals are also told by their spelling.
_FITS: Final = {
    ValueType.BOOLEAN: "regexp_full_match({0}, '(?i)true|false')",
    ValueType.INTEGER: "regexp_full_match({0}, '-?(0|[1-9][0-9]{{0,17}})')",
    ValueType.DECIMAL: "regexp_full_match({0}, '-?(0|[1-9][0-9]{{0,11}})(\\.[0-9]+)?')",
    ValueType.DATE: "(TRY_CAST({0} AS DATE) IS NOT NULL AND length({0}) <= 10)",
    ValueType.TIMESTAMP: "TRY_CAST({0} AS TIMESTAMP) IS NOT NULL",
}
_HELD_AS: Final = {
    ValueType.TEXT: "VARCHAR",
    ValueType.INTEGER: "BIGINT",
    ValueType.DATE: "DATE",
    ValueType.TIMESTAMP: "TIMESTAMP",
    ValueType.BOOLEAN: "BOOLEAN",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """A column as typed: decimal places for decimals, how many different values it has."""

    name: str
    type: ValueType
    scale: int
    distinct: int
    present: int

    def selected(self) -> str:
        """Write the column's conversion for a SELECT list."""
        if self.type is ValueType.DECIMAL:
            return f"CAST({quote(self.name)} AS DOUBLE) AS {quote(self.name)}"
        return f"CAST({quote(self.name)} AS {_HELD_AS[self.type]}) AS {quote(self.name)}"

    def unfit(self) -> str:
        """Write the condition that a text value is there but does not fit; empty if none can."""
        if self.type is ValueType.TEXT:
            return ""
        name = quote(self.name)
        return f"({name} IS NOT NULL AND NOT {_FITS[self.type].format(name)})"


def column_names(first: list[str], *, named: bool) -> list[str]:
    """Make usable, different names from a header, or `column_1` and so on without one."""
    names: list[str] = []
    for place, cell in enumerate(first, 1):
        name = _UNFIT.sub("_", cell.strip())[:_NAME_LENGTH].strip() if named else ""
        if not name:
            name = f"column_{place}"
        if not name[0].isalpha():
            name = f"c_{name}"
        names.append(_different(name, names))
    return names


def type_columns(
    connection: duckdb.DuckDBPyConnection, table: str, as_text: frozenset[str]
) -> list[Typed]:
    """Type the columns of a table: those held as text by their values, others as they are.

    A text column gets the first of boolean, integer, decimal, date and timestamp that all
    its values fit, or all but one in a hundred of at least a hundred; else it stays text.
    """
    described = connection.execute(f"DESCRIBE {quote(table)}").fetchall()
    found = []
    for row in described:
        name, held = str(row[0]), str(row[1])
        if name == LINE:
            continue
        kind = ValueType.TEXT if name in as_text else _kind(connection, table, name, held)
        scale = _scale(connection, table, name) if kind is ValueType.DECIMAL else 0
        distinct, present = _figures(
            connection, table, f"COUNT(DISTINCT {quote(name)})", f"COUNT({quote(name)})"
        )
        found.append(Typed(name, kind, scale, distinct, present))
    return found


def misfits(
    connection: duckdb.DuckDBPyConnection, table: str, columns: list[Typed]
) -> Iterator[tuple[int, str, str]]:
    """Take the rows with a value that does not fit its column out of the table.

    Yields the line's number, the reason, and the content.
    """
    conditions = [(each, each.unfit()) for each in columns]
    unfit = [(column, condition) for column, condition in conditions if condition]
    if not unfit:
        return
    which = " ".join(
        [f"WHEN {condition} THEN {place}" for place, (_, condition) in enumerate(unfit)]
    )
    cells = ", ".join([f"coalesce({quote(each.name)}, '')" for each in columns])
    anywhere = " OR ".join([condition for _, condition in unfit])
    rows = connection.execute(
        f"SELECT {quote(LINE)}, CASE {which} END, concat_ws(',', {cells})"  # noqa: S608
        f" FROM {quote(table)} WHERE {anywhere} ORDER BY {quote(LINE)}"
    ).fetchall()
    connection.execute(f"DELETE FROM {quote(table)} WHERE {anywhere}")  # noqa: S608
    for line, place, content in rows:
        column = unfit[int(place)][0]
        yield int(line), f"column {column.name}: no {column.type}", str(content)


def _different(name: str, names: list[str]) -> str:
    taken = [each.lower() for each in names]
    found, count = name, 1
    while found.lower() in taken:
        count += 1
        found = f"{name}_{count}"
    return found


def _kind(connection: duckdb.DuckDBPyConnection, table: str, name: str, held: str) -> ValueType:
    if held != "VARCHAR":
        return ValueType.DECIMAL if held.startswith("DECIMAL") else _KINDS.get(held, ValueType.TEXT)
    fits = [f"COUNT(*) FILTER (WHERE {_FITS[kind].format(quote(name))})" for kind in _FITS]
    present, *fitting = _figures(connection, table, f"COUNT({quote(name)})", *fits)
    for kind, count in zip(_FITS, fitting, strict=True):
        wrong = present - count
        if present and (wrong == 0 or wrong * _TOLERANCE <= present):
            return kind
    return ValueType.TEXT


def _scale(connection: duckdb.DuckDBPyConnection, table: str, name: str) -> int:
    """Count the decimal places that a column's values are written with, within bounds."""
    written = f"CAST({quote(name)} AS VARCHAR)"
    places = f"coalesce(max(length(regexp_extract({written}, '\\.([0-9]*[1-9])0*$', 1))), 0)"
    [scale] = _figures(connection, table, places)
    return min(scale, MAX_SCALE)


def _figures(connection: duckdb.DuckDBPyConnection, table: str, *figures: str) -> list[int]:
    row = connection.execute(f"SELECT {', '.join(figures)} FROM {quote(table)}").fetchone()  # noqa: S608
    assert row is not None
    return [int(value) for value in row]
