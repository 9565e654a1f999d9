"""The memory store with a database behind it: written once per batch, read never."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert

from exchange.storage.memory import MemoryTables
from exchange.storage.store import Tables
from exchange.storage.tables import Row


class WriteBehindTables(MemoryTables):
    """A memory store that knows which rows its database has not seen yet."""

    def __init__(self) -> None:
        super().__init__()
        self._touched: dict[tuple[type[Row], str | int], None] = {}

    def insert(self, row: Row) -> None:
        """Add a row; its key must be new."""
        super().insert(row)
        self._touched[type(row), row.id] = None

    def update(self, row: Row, changes: dict[str, Any]) -> None:
        """Change columns of a row that this store gave out."""
        super().update(row, changes)
        self._touched[type(row), row.id] = None

    def delete(self, row: Row) -> None:
        """Remove a row that this store gave out."""
        super().delete(row)
        self._touched[type(row), row.id] = None

    def flush(self, connection: Connection) -> None:
        """Write every touched row as it stands now, a table at a time."""
        by_model: dict[type[Row], list[str | int]] = {}
        for model, key in self._touched:
            by_model.setdefault(model, []).append(key)
        for model, keys in by_model.items():
            table = model.table()
            key_column = table.c.id
            for start in range(0, len(keys), 500):
                connection.execute(delete(table).where(key_column.in_(keys[start : start + 500])))
            rows = [row.values() for key in keys if (row := self.get(model, key)) is not None]
            if rows:
                connection.execute(insert(table), rows)
        self._touched.clear()


class MemoryBackend:
    """Batches on the memory store, with a database behind it where an engine is given.

    Each batch then ends on the database too; with `lazily`, whenever `flush` is called, which
    suits a simulation: what a crash loses is run again from the seed.
    """

    def __init__(self, engine: Engine | None = None, *, lazily: bool = False) -> None:
        self._engine = engine
        self._lazily = lazily
        self.tables = MemoryTables() if engine is None else WriteBehindTables()

    @contextmanager
    def batch(self) -> Iterator[Tables]:
        """Lend the store for one batch; all of it stands, or none if the block raises."""
        with self.tables.savepoint():
            yield self.tables
            if not self._lazily:
                self.flush()

    @contextmanager
    def snapshot(self) -> Iterator[Tables]:
        """Lend the store for reading."""
        yield self.tables

    def flush(self) -> None:
        """Write what the database has not seen yet, in one transaction."""
        if self._engine is not None:
            assert isinstance(self.tables, WriteBehindTables)
            with self._engine.execution_options(fdx_write=True).begin() as connection:
                self.tables.flush(connection)
