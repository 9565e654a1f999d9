"""The front door's short transactions: its rows change here, never inside an act."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Engine, delete

from exchange.clock import Clock, to_ms
from exchange.identity.models import LoginNonce, StoredDraft, Throttle, WebSession
from exchange.ids import Ids
from exchange.storage.sql import SqlTables


@dataclass(frozen=True, slots=True)
class IdentityStore:
    """Where identity's rows live; `clock` is the real one and `ids` the system's."""

    engine: Engine
    clock: Clock
    ids: Ids

    @contextmanager
    def writing(self) -> Iterator[SqlTables]:
        """Lend the rows for one short transaction that stands unless the block raises."""
        with self.engine.execution_options(fdx_write=True).begin() as connection:
            yield SqlTables(connection)

    @contextmanager
    def reading(self) -> Iterator[SqlTables]:
        """Lend the rows for reading."""
        with self.engine.connect() as connection:
            yield SqlTables(connection)

    def now_ms(self) -> int:
        """Return the real time in Unix milliseconds."""
        return to_ms(self.clock.now())

    def later_ms(self, span: timedelta) -> int:
        """Return the real time after `span` in Unix milliseconds."""
        return to_ms(self.clock.now() + span)


def sweep(store: IdentityStore) -> int:
    """Delete what has expired and return how many rows that were; a job calls it."""
    now_ms = store.now_ms()
    deleted = 0
    with store.engine.execution_options(fdx_write=True).begin() as connection:
        for model in (WebSession, LoginNonce, StoredDraft):
            table = model.table()
            deleted += connection.execute(
                delete(table).where(table.c.expires_ms <= now_ms)
            ).rowcount
        table = Throttle.table()
        deleted += connection.execute(delete(table).where(table.c.arrival_ms <= now_ms)).rowcount
    return deleted
