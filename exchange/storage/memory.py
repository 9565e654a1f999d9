"""The store in memory, with undo, and with write-behind to a database where one is given."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from exchange.storage.store import R
from exchange.storage.tables import Row, stored_form

Undo = Callable[[], None]


def indexed_columns(model: type[Row]) -> tuple[str, ...]:
    """List the columns of a table on which `find` works."""
    return tuple(column.name for column in model.table().columns if column.index)


class MemoryTables:
    """Rows in dictionaries: what the simulation runs on, and what an audit replays into."""

    def __init__(self) -> None:
        self._rows: dict[type[Row], dict[str | int, Row]] = {}
        self._index: dict[tuple[type[Row], str, Any], dict[str | int, Row]] = {}
        self._undo: list[Undo] = []
        self._depth = 0

    def get(self, model: type[R], key: str | int) -> R | None:
        """Return the row with this key, or None."""
        row = self._rows.get(model, {}).get(key)
        assert row is None or isinstance(row, model)
        return row

    def find(self, model: type[R], **index: Any) -> list[R]:
        """Return the rows in which one indexed column has this value, ordered by key."""
        ((name, value),) = index.items()
        assert name in indexed_columns(model), f"{model.__name__}.{name} is not indexed"
        rows = self._index.get((model, name, value), {})
        return [row for _, row in sorted(rows.items()) if isinstance(row, model)]

    def span(self, model: type[R], first: int, stop: int) -> list[R]:
        """Return the rows with integer keys from `first` up to but not `stop`, in order."""
        found = (self.get(model, key) for key in range(first, stop))
        return [row for row in found if row is not None]

    def all(self, model: type[R]) -> Iterator[R]:
        """Yield every row of a table, ordered by key."""
        for _, row in sorted(self._rows.get(model, {}).items()):
            assert isinstance(row, model)
            yield row

    def raw(self, model: type[Row]) -> Iterator[dict[str, Any]]:
        """Yield every row of a table as a database would store it, ordered by key."""
        for row in self.all(model):
            yield stored_form(row)

    def insert(self, row: Row) -> None:
        """Add a row; its key must be new."""
        rows = self._rows.setdefault(type(row), {})
        assert row.id not in rows, f"{type(row).__name__} {row.id} is there already"
        self._put(row)
        self._undo.append(lambda: self._drop(row))

    def update(self, row: Row, changes: dict[str, Any]) -> None:
        """Change columns of a row that this store gave out."""
        old = {name: getattr(row, name) for name in changes}
        self._assign(row, changes)
        self._undo.append(lambda: self._assign(row, old))

    def delete(self, row: Row) -> None:
        """Remove a row that this store gave out."""
        self._drop(row)
        self._undo.append(lambda: self._put(row))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo everything written inside the block if it raises."""
        mark = len(self._undo)
        self._depth += 1
        try:
            yield
        except BaseException:
            while len(self._undo) > mark:
                self._undo.pop()()
            raise
        finally:
            self._depth -= 1
            if self._depth == 0:
                self._undo.clear()

    def _put(self, row: Row) -> None:
        self._rows.setdefault(type(row), {})[row.id] = row
        for name in indexed_columns(type(row)):
            self._index.setdefault((type(row), name, getattr(row, name)), {})[row.id] = row

    def _drop(self, row: Row) -> None:
        del self._rows[type(row)][row.id]
        for name in indexed_columns(type(row)):
            del self._index[type(row), name, getattr(row, name)][row.id]

    def _assign(self, row: Row, changes: dict[str, Any]) -> None:
        model = type(row)
        for name, value in changes.items():
            if name in indexed_columns(model):
                del self._index[model, name, getattr(row, name)][row.id]
                self._index.setdefault((model, name, value), {})[row.id] = row
            setattr(row, name, value)
