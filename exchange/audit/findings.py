"""What an audit says about rows, and how it reads them: as stored, whatever stands in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from exchange.acts.ledger_tables import LedgerEntry
from exchange.storage.store import Tables
from exchange.storage.tables import Row

Stored = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """One row that is not what the acts say; `entry` is the act that should have written it."""

    table: str
    key: str
    entry: int | None
    text: str


def rows_of(tables: Tables, model: type[Row]) -> dict[Any, Stored]:
    """Return the rows of a table by key, in order, as stored."""
    found = sorted(tables.raw(model), key=lambda row: (type(row["id"]).__name__, row["id"]))
    return {row["id"]: row for row in found}


def leaves_of(tables: Tables) -> list[bytes]:
    """Return the leaves in the order of their indexes; what is no bytes becomes some."""
    return [_bytes(row["leaf"]) for row in rows_of(tables, LedgerEntry).values()]


def differing(told: Stored, found: Stored) -> list[str]:
    """List the columns in which two stored rows differ, types included."""
    return [
        name
        for name, value in told.items()
        if type(value) is not type(found[name]) or value != found[name]
    ]


def compare(
    table: str, told: dict[Any, Stored], found: dict[Any, Stored], entry: str = "entry"
) -> Iterator[Finding]:
    """Compare two tables row by row; `entry` is the column that names a row's act, if any."""
    for key in sorted({*told, *found}, key=str):
        act = told.get(key, {}).get(entry)
        if key not in found:
            yield Finding(table, str(key), act, "the row is missing")
        elif key not in told:
            yield Finding(table, str(key), None, "no act wrote this row")
        elif columns := differing(told[key], found[key]):
            text = f"differs from the acts in: {', '.join(columns)}"
            yield Finding(table, str(key), act, text)


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogateescape")
