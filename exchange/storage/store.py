"""The narrow store that services and acts see, whatever lies behind it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol, TypeVar

from exchange.clock import to_ms
from exchange.errors import NotFoundError
from exchange.storage.tables import Deadline, Recorded, Row, Staged, state_of

R = TypeVar("R", bound=Row)
S = TypeVar("S", bound=Staged)
C = TypeVar("C", bound=Recorded)


class Reader(Protocol):
    """Rows by key and by declared index."""

    def get(self, model: type[R], key: str | int) -> R | None:
        """Return the row with this key, or None."""
        ...

    def find(self, model: type[R], **index: Any) -> list[R]:
        """Return the rows in which one indexed column has this value, ordered by key."""
        ...

    def span(self, model: type[R], first: int, stop: int) -> list[R]:
        """Return the rows with integer keys from `first` up to but not `stop`, in order."""
        ...


class Tables(Reader, Protocol):
    """A store's raw side: what a sequencer needs and a service never sees."""

    def insert(self, row: Row) -> None:
        """Add a row; its key must be new."""
        ...

    def update(self, row: Row, changes: dict[str, Any]) -> None:
        """Change columns of a row that this store gave out."""
        ...

    def delete(self, row: Row) -> None:
        """Remove a row that this store gave out."""
        ...

    def all(self, model: type[R]) -> Iterator[R]:
        """Yield every row of a table, ordered by key."""
        ...

    def raw(self, model: type[Row]) -> Iterator[dict[str, Any]]:
        """Yield every row of a table as its columns are stored, whether they mean anything or not.

        The form is that of `tables.stored_form`; an audit reads so, since a changed cell may be
        one that no row can be made of.
        """
        ...

    def savepoint(self) -> AbstractContextManager[None]:
        """Undo everything written inside the block if it raises."""
        ...


class Writer:
    """The only hand that writes market rows: it belongs to one act and signs each row with it."""

    def __init__(self, tables: Tables, entry: int) -> None:
        self._tables = tables
        self.entry = entry

    def get(self, model: type[R], key: str | int) -> R | None:
        """Return the row with this key, or None."""
        return self._tables.get(model, key)

    def find(self, model: type[R], **index: Any) -> list[R]:
        """Return the rows in which one indexed column has this value, ordered by key."""
        return self._tables.find(model, **index)

    def span(self, model: type[R], first: int, stop: int) -> list[R]:
        """Return the rows with integer keys from `first` up to but not `stop`, in order."""
        return self._tables.span(model, first, stop)

    def add(self, row: Recorded, *, due_at: datetime | None = None) -> None:
        """Add a row; `due_at` is the end of its initial state, where that has a timer."""
        row.entry = self.entry
        self._tables.insert(row)
        if isinstance(row, Staged):
            self._set_timer(row, due_at)

    def change(self, row: Recorded, **changes: Any) -> None:
        """Change columns of a row, its state excepted."""
        assert "state" not in changes, "a state changes by advance() alone"
        self._tables.update(row, {**changes, "entry": self.entry})

    def remove(self, row: Recorded) -> None:
        """Remove a row that has served."""
        self._tables.delete(row)

    def advance(
        self, row: Staged, act: str, *, due_at: datetime | None = None, **changes: Any
    ) -> None:
        """Take a row along the arrow of `act`, and change other columns with it.

        `due_at` is the end of the new state: required where the state has a timer.

        Raises:
            ConflictError: no arrow for this act starts at the row's state.
        """
        target = row.lifecycle.target(act, state_of(row))
        self._tables.update(row, {**changes, "state": target, "entry": self.entry})
        self._set_timer(row, due_at)

    def _set_timer(self, row: Staged, due_at: datetime | None) -> None:
        key = f"{row.lifecycle.name}:{row.id}"
        timer = row.lifecycle.timer(state_of(row))
        assert (timer is None) == (due_at is None), f"{key}: a timer needs its deadline"
        old = self._tables.get(Deadline, key)
        if old is not None:
            self._tables.delete(old)
        if timer is not None and due_at is not None:
            self._tables.insert(
                Deadline(
                    id=key, entry=self.entry, due_ms=to_ms(due_at), act=timer.act, subject=row.id
                )
            )


def require(reader: Reader, model: type[C], key: str) -> C:
    """Return the row with this key.

    Raises:
        NotFoundError: there is none (`<table>.unknown`).
    """
    row = reader.get(model, key)
    if row is None:
        name = model.table().name
        raise NotFoundError(f"{name}.unknown", f"there is no such {name}")
    return row
