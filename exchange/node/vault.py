"""The raw data: loaded from the node's own files into a store that the engine only reads."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from exchange.errors import InvalidError
from exchange.node.rendering import column_type, quote
from exchange.node.rule import Role, Rule, RuleColumn, RuleTable
from exchange.node.typing_columns import MAX_INTEGER
from exchange.protocol.commitment import commit
from exchange.protocol.question import Column, ValueType

_FLOATS: Final = ("DOUBLE", "FLOAT")
_CHUNK: Final = 1 << 20


class VaultError(InvalidError):
    """The data does not fit the rule; the text names tables and columns, never values."""

    def __init__(self, text: str) -> None:
        super().__init__("node.data", text)


@dataclass(frozen=True, slots=True)
class Vault:
    """A built store: its file, the data version's commitment, and the first table's rows."""

    path: Path
    commitment: bytes
    rows: int


def build_vault(rule: Rule, directory: Path, target: Path, salt: bytes) -> Vault:
    """Load the columns that the rule needs from `directory` into a new store at `target`.

    Hidden columns are left in the files, except the privacy unit's and those that a quality
    check counts. The commitment is salted SHA-256 over the digests of the files, in the
    rule's order of tables.

    Raises:
        VaultError: a file is missing or changed while it was read, or does not fit the rule.
    """
    files = [directory / table.file for table in rule.tables]
    digests = [_digest(path) for path in files]
    connection = _new_store(target)
    try:
        for table, path in zip(rule.tables, files, strict=True):
            _load(connection, rule, table, path)
        _check(connection, rule)
        count = f"SELECT COUNT(*) FROM {quote(rule.tables[0].name)}"  # noqa: S608
        rows = _number(connection, count)
    finally:
        connection.close()
    if [_digest(path) for path in files] != digests:
        raise VaultError("a data file changed while it was read; start again")
    target.chmod(0o600)
    return Vault(target, commit(salt, b"".join(digests)), rows)


def _new_store(target: Path) -> duckdb.DuckDBPyConnection:
    target.unlink(missing_ok=True)
    try:
        connection = duckdb.connect(target)
    except duckdb.Error:
        raise VaultError("the store is in use: close the node that has it open") from None
    # A moment with an offset means the same on every machine.
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def _digest(path: Path) -> bytes:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise VaultError("a data file that the rule names cannot be read") from error
    return digest.digest()


def _load(connection: duckdb.DuckDBPyConnection, rule: Rule, table: RuleTable, path: Path) -> None:
    quoted = str(path).replace("'", "''")
    # Without this a folder named `year=2020` would add a column.
    source = f"read_parquet('{quoted}', hive_partitioning = false)"
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()  # noqa: S608
    except duckdb.Error:
        # The engine's own words may repeat values, so they go no further.
        raise VaultError(f"table {table.name}: the file is not readable Parquet") from None
    types = {str(row[0]).lower(): (str(row[0]), str(row[1])) for row in described}
    parts = []
    for column in _needed(rule, table):
        if column.name.lower() not in types:
            raise VaultError(f"table {table.name}: the file has no column {column.name}")
        parts.append(_cast(column, *types[column.name.lower()]))
    if not parts:
        # All is hidden, so only the rows count; a table needs a column, and this one is empty.
        parts.append("NULL AS nothing")
    try:
        connection.execute(
            f"CREATE TABLE {quote(table.name)} AS SELECT {', '.join(parts)} FROM {source}"  # noqa: S608
        )
    except duckdb.Error:
        text = f"table {table.name}: a value does not fit its column's type in the rule"
        raise VaultError(text) from None


def _needed(rule: Rule, table: RuleTable) -> list[RuleColumn]:
    counted = {check.column for check in rule.quality}
    found = []
    for column in table.columns:
        name = Column(table.name, column.name)
        if column.role is not Role.HIDDEN or rule.is_unit(name) or name in counted:
            found.append(column)
    return found


def _cast(column: RuleColumn, name: str, source_type: str) -> str:
    """Write a column's conversion; NaN is how Parquet writers spell a missing number."""
    source = quote(name)
    held_as = column_type(column)
    cast = f"CAST({source} AS {held_as})"
    if source_type in _FLOATS:
        # By way of its shortest decimal spelling, which is what its scale was counted from.
        cast = f"CAST(CAST({source} AS VARCHAR) AS {held_as})"
        cast = f"CASE WHEN isnan({source}) THEN NULL ELSE {cast} END"
    return f"{cast} AS {quote(column.name)}"


def _check(connection: duckdb.DuckDBPyConnection, rule: Rule) -> None:
    for join in rule.joins:
        table, name = quote(join.right.table), quote(join.right.name)
        doubled = f"SELECT COUNT({name}) - COUNT(DISTINCT {name}) FROM {table}"  # noqa: S608
        if _number(connection, doubled):
            text = f"join: {join.right.table}.{join.right.name} is not unique, so it would add rows"
            raise VaultError(text)
    for owner, column in _integer_dimensions(rule):
        name = quote(column.name)
        beyond = f"SELECT COUNT(*) FROM {quote(owner.name)} WHERE abs({name}) > {MAX_INTEGER}"  # noqa: S608
        if _number(connection, beyond):
            text = f"{owner.name}.{column.name} holds integers above 2^53; declare it as text"
            raise VaultError(text)


def _integer_dimensions(rule: Rule) -> Iterator[tuple[RuleTable, RuleColumn]]:
    for table in rule.tables:
        for column in table.columns:
            if column.role is Role.DIMENSION and column.type is ValueType.INTEGER:
                yield table, column


def _number(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = connection.execute(sql).fetchone()
    assert row is not None
    return int(row[0])
