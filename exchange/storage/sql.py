"""The store on SQLite or PostgreSQL, by statements: no ORM session stands between."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, text, type_coerce, update
from sqlalchemy.types import NullType

from exchange.storage.memory import indexed_columns
from exchange.storage.store import R, Tables
from exchange.storage.tables import Row

#: Key of the advisory lock under which one process at a time appends (PostgreSQL).
_APPEND_LOCK = 0x66_64_78


class SqlTables:
    """Rows of one database transaction; each row is read once and then kept."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._kept: dict[tuple[type[Row], str | int], Row] = {}

    def get(self, model: type[R], key: str | int) -> R | None:
        """Return the row with this key, or None."""
        kept = self._kept.get((model, key))
        if kept is not None:
            assert isinstance(kept, model)
            return kept
        table = model.table()
        found = self._connection.execute(select(table).where(table.c.id == key)).mappings().first()
        return None if found is None else self._keep(model, dict(found))

    def find(self, model: type[R], **index: Any) -> list[R]:
        """Return the rows in which one indexed column has this value, ordered by key."""
        ((name, value),) = index.items()
        assert name in indexed_columns(model), f"{model.__name__}.{name} is not indexed"
        table = model.table()
        found = self._connection.execute(select(table).where(table.c[name] == value)).mappings()
        # Sorted here: databases order text by their own collations.
        return sorted((self._keep(model, dict(row)) for row in found), key=_key)

    def span(self, model: type[R], first: int, stop: int) -> list[R]:
        """Return the rows with integer keys from `first` up to but not `stop`, in order."""
        table = model.table()
        wanted = select(table).where(table.c.id >= first, table.c.id < stop).order_by(table.c.id)
        found = self._connection.execute(wanted).mappings()
        return [self._keep(model, dict(row)) for row in found]

    def all(self, model: type[R]) -> Iterator[R]:
        """Yield every row of a table, ordered by key."""
        found = self._connection.execute(select(model.table())).mappings()
        yield from sorted((self._keep(model, dict(row)) for row in found), key=_key)

    def raw(self, model: type[Row]) -> Iterator[dict[str, Any]]:
        """Yield every row of a table as its columns are stored, in no order."""
        columns = [type_coerce(column, NullType()) for column in model.table().columns]
        names = [column.name for column in model.table().columns]
        for found in self._connection.execute(select(*columns)):
            yield {name: _plain(value) for name, value in zip(names, found, strict=True)}

    def insert(self, row: Row) -> None:
        """Add a row; its key must be new."""
        self._connection.execute(insert(row.table()), row.values())
        self._kept[type(row), row.id] = row

    def update(self, row: Row, changes: dict[str, Any]) -> None:
        """Change columns of a row that this store gave out."""
        table = row.table()
        result = self._connection.execute(
            update(table).where(table.c.id == row.id).values(**changes)
        )
        assert result.rowcount == 1, f"{table.name} {row.id} is gone"
        for name, value in changes.items():
            setattr(row, name, value)

    def delete(self, row: Row) -> None:
        """Remove a row that this store gave out."""
        table = row.table()
        self._connection.execute(delete(table).where(table.c.id == row.id))
        self._kept.pop((type(row), row.id), None)

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo everything written inside the block if it raises."""
        try:
            with self._connection.begin_nested():
                yield
        except BaseException:
            self._kept.clear()
            raise

    def _keep(self, model: type[R], values: dict[str, Any]) -> R:
        key = (model, values["id"])
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = model.restore(values)
        assert isinstance(kept, model)
        return kept


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return bytes(value) if isinstance(value, memoryview) else value


def _key(row: Row) -> Any:
    return row.id


class SqlBackend:
    """Batches and snapshots on a database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @contextmanager
    def batch(self) -> Iterator[Tables]:
        """Lend the store for one batch in one transaction, appending alone.

        SQLite begins in earnest (`BEGIN IMMEDIATE`); PostgreSQL takes the advisory lock.
        """
        writing = self.engine.execution_options(fdx_write=True)
        with writing.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(
                    text("SELECT pg_advisory_xact_lock(:key)"), {"key": _APPEND_LOCK}
                )
            yield SqlTables(connection)

    @contextmanager
    def snapshot(self) -> Iterator[Tables]:
        """Lend the store for reading one consistent state."""
        reading = self.engine
        if reading.dialect.name == "postgresql":
            reading = reading.execution_options(isolation_level="REPEATABLE READ")
        with reading.connect() as connection:
            yield SqlTables(connection)
