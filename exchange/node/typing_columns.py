"""Typing of a table's columns by what DuckDB can make of their values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import duckdb

from exchange.node.rendering import DIGITS, quote
from exchange.protocol.question import ValueType

LINE: Final = "\x01line"
TEXT: Final = "VARCHAR"
# Twelve digits before the point and sixteen behind it fit DECIMAL(30), rounding up and all,
# and DuckDB's sums of 38 digits then hold the total of a hundred million such numbers.
MAX_SCALE: Final = 16
MAX_INTEGER: Final = 2**53 - 1
_TOLERANCE: Final = 100
_UNFIT: Final = re.compile(r"[^\w ()%/.-]")
_NAME_LENGTH: Final = 50
_DAY: Final = "[0-9]{{4}}[-/][0-9]{{1,2}}[-/][0-9]{{1,2}}"
_CLOCK: Final = "[ T][0-9]{{1,2}}:[0-9]{{2}}(:[0-9]{{2}}(\\.[0-9]{{1,6}})?)?"
_OFFSET: Final = "(Z|[+-][0-9]{{2}}(:?[0-9]{{2}})?)"
_NO_YEAR: Final = "NOT starts_with({0}, '0000')"
_HELD_AS: Final = {
    ValueType.TEXT: "VARCHAR",
    ValueType.INTEGER: "BIGINT",
    ValueType.DATE: "DATE",
    ValueType.TIMESTAMP: "TIMESTAMP",
    ValueType.BOOLEAN: "BOOLEAN",
}


@dataclass(frozen=True, slots=True)
class _Reading:
    """A way to read a column: the type it makes, and the condition that a value fits it."""

    type: ValueType
    fits: str
    zoned: bool = False

    def fit(self, name: str) -> str:
        """Write the condition for a column."""
        return f"({self.fits.format(quote(name))})"


# DuckDB rounds '1.5' to an integer, drops the zeros of '007', the offset of a moment and
# what is finer than a microsecond, and takes 'infinity' for a date. So the spelling counts.
_TEXT_READINGS: Final = (
    _Reading(ValueType.BOOLEAN, "regexp_full_match({0}, '(?i)true|false')"),
    _Reading(
        ValueType.INTEGER,
        "regexp_full_match({0}, '-?(0|[1-9][0-9]{{0,17}})')"
        f" AND TRY_CAST({{0}} AS BIGINT) BETWEEN -{MAX_INTEGER} AND {MAX_INTEGER}",
    ),
    _Reading(
        ValueType.DECIMAL,
        "regexp_full_match({0}, '-?(0|[1-9][0-9]{{0,11}})(\\.[0-9]+)?')",
    ),
    _Reading(
        ValueType.DATE,
        f"regexp_full_match({{0}}, '{_DAY}') AND TRY_CAST({{0}} AS DATE) IS NOT NULL AND {_NO_YEAR}",
    ),
    _Reading(
        ValueType.TIMESTAMP,
        f"regexp_full_match({{0}}, '{_DAY}({_CLOCK})?')"
        f" AND TRY_CAST({{0}} AS TIMESTAMP) IS NOT NULL AND {_NO_YEAR}",
    ),
    _Reading(
        ValueType.TIMESTAMP,
        f"regexp_full_match({{0}}, '{_DAY}{_CLOCK}{_OFFSET}')"
        f" AND TRY_CAST({{0}} AS TIMESTAMPTZ) IS NOT NULL AND {_NO_YEAR}",
        zoned=True,
    ),
)
_AS_TEXT: Final = _Reading(ValueType.TEXT, "true")
_WHOLE: Final = _Reading(ValueType.INTEGER, f"{{0}} BETWEEN -{MAX_INTEGER} AND {MAX_INTEGER}")
_EXACT: Final = _Reading(ValueType.DECIMAL, "abs(CAST({0} AS DOUBLE)) < 1e12")
_ERA: Final = "NOT isinf({0}) AND year({0}) BETWEEN 1 AND 9999"
_MOMENT: Final = _Reading(ValueType.TIMESTAMP, _ERA)
_OWN_READINGS: Final = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT"), _WHOLE),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"), _WHOLE),
    **dict.fromkeys(("FLOAT", "DOUBLE"), _EXACT),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS"), _MOMENT),
    "TIMESTAMP_NS": _Reading(
        ValueType.TIMESTAMP,
        "NOT isinf(CAST({0} AS TIMESTAMP)) AND CAST(CAST({0} AS TIMESTAMP) AS TIMESTAMP_NS) = {0}",
    ),
    "TIMESTAMP WITH TIME ZONE": _Reading(ValueType.TIMESTAMP, _ERA, zoned=True),
    "DATE": _Reading(ValueType.DATE, _ERA),
    "BOOLEAN": _Reading(ValueType.BOOLEAN, "true"),
}


@dataclass(frozen=True, slots=True)
class Typed:
    """A column as typed: decimal places for decimals, how many different values it has."""

    name: str
    type: ValueType
    scale: int
    distinct: int
    present: int
    held: str
    reading: _Reading
    rounded: int

    def selected(self) -> str:
        """Write the column's conversion for a SELECT list; a type of its own stays if it can."""
        name = quote(self.name)
        if self.type is ValueType.DECIMAL:
            exact = f"CAST({name} AS DECIMAL({DIGITS}, {self.scale}))"
            return f"{exact if self.held == TEXT else name} AS {name}"
        if self.reading.zoned:
            return f"CAST({name} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS {name}"
        return f"CAST({name} AS {_HELD_AS[self.type]}) AS {name}"

    def unfit(self) -> str:
        """Write the condition that a text value is there but does not fit; empty if none can."""
        if self.type is ValueType.TEXT:
            return ""
        return f"({quote(self.name)} IS NOT NULL AND NOT {self.reading.fit(self.name)})"

    def note(self) -> str | None:
        """Say what of the values the type does not keep as it was written; None if all is kept."""
        if self.reading.zoned:
            return f"column {self.name}: moments with an offset are converted to UTC"
        if self.rounded:
            return (
                f"column {self.name}: values with more than {MAX_SCALE} decimal places are rounded"
                f" ({self.rounded:,} of {self.present:,}); --text keeps them whole, as text"
            )
        return None


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
    connection: duckdb.DuckDBPyConnection, table: str, as_text: frozenset[str], tolerance: int
) -> list[Typed]:
    """Type the columns of a table: those held as text by their values, others as they are.

    A text column gets the first of boolean, integer, decimal, date and timestamp that all
    its values fit, or all but one in `tolerance` (0: all); else it stays text. A column with
    a type of its own becomes text only if a value is beyond what the node can hold.
    """
    described = connection.execute(f"DESCRIBE {quote(table)}").fetchall()
    wanted = {each.lower() for each in as_text}
    found = []
    for row in described:
        name, held = str(row[0]), str(row[1])
        if name == LINE:
            continue
        reading = _AS_TEXT
        if name.lower() not in wanted:
            reading = _reading(connection, table, name, (held, tolerance))
        scale, rounded = 0, 0
        if reading.type is ValueType.DECIMAL:
            scale, rounded = _scale(connection, table, name, reading)
        distinct, present = _figures(
            connection, table, f"COUNT(DISTINCT {quote(name)})", f"COUNT({quote(name)})"
        )
        found.append(Typed(name, reading.type, scale, distinct, present, held, reading, rounded))
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


def _reading(
    connection: duckdb.DuckDBPyConnection, table: str, name: str, how: tuple[str, int]
) -> _Reading:
    held, tolerance = how
    readings: tuple[_Reading, ...] = _TEXT_READINGS
    if held != TEXT:
        tolerance = 0
        own = _EXACT if held.startswith("DECIMAL") else _OWN_READINGS.get(held)
        readings = () if own is None else (own,)
        if own is not None and not _figures(connection, table, f"COUNT({quote(name)})")[0]:
            return own
    fits = [f"COUNT({quote(name)}) FILTER (WHERE {each.fit(name)})" for each in readings]
    present, *fitting = _figures(connection, table, f"COUNT({quote(name)})", *fits)
    for reading, count in zip(readings, fitting, strict=True):
        wrong = present - count
        if present and (wrong == 0 or (tolerance and wrong * tolerance <= present)):
            return reading
    return _AS_TEXT


def _scale(
    connection: duckdb.DuckDBPyConnection, table: str, name: str, reading: _Reading
) -> tuple[int, int]:
    """Count the decimal places that values are written with, and the values with too many."""
    written = f"CAST({quote(name)} AS VARCHAR)"
    behind = f"length(regexp_extract({written}, '\\.([0-9]*[1-9])0*(e|$)', 1))"
    power = f"coalesce(TRY_CAST(regexp_extract({written}, 'e(-[0-9]+)$', 1) AS INTEGER), 0)"
    places, fits = f"({behind} - {power})", reading.fit(name)
    most, rounded = _figures(
        connection,
        table,
        f"coalesce(max({places}) FILTER (WHERE {fits}), 0)",
        f"COUNT(*) FILTER (WHERE {fits} AND {places} > {MAX_SCALE})",
    )
    return min(most, MAX_SCALE), rounded


def _figures(connection: duckdb.DuckDBPyConnection, table: str, *figures: str) -> list[int]:
    row = connection.execute(f"SELECT {', '.join(figures)} FROM {quote(table)}").fetchone()  # noqa: S608
    assert row is not None
    return [int(value) for value in row]
