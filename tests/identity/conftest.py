"""The front door alone, on a real database file, with an exchange of participants behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import SQLModel

from exchange.acts.kinds import table_of
from exchange.clock import VirtualClock
from exchange.identity.accounts import Accounts
from exchange.identity.passwords import Passwords
from exchange.identity.store import IdentityStore
from exchange.ids import SeededIds
from exchange.parties import acts as party_acts
from exchange.storage.engine import open_engine, sqlite_url
from exchange.storage.sql import SqlBackend
from tests.world import START, World


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(sqlite_url(tmp_path / "exchange.db"))
    SQLModel.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> VirtualClock:
    """Real time, as far as the front door knows."""
    return VirtualClock(START)


@pytest.fixture
def store(engine: Engine, clock: VirtualClock) -> IdentityStore:
    return IdentityStore(engine, clock, SeededIds(b"door"))


@pytest.fixture
def accounts(store: IdentityStore) -> Accounts:
    return Accounts(store, Passwords(SeededIds(b"passwords")))


@pytest.fixture
def world(engine: Engine) -> World:
    return World(table_of(party_acts.ACTS), party_acts.TABLES, backend=SqlBackend(engine))
