"""The front door on PostgreSQL, where several workers share it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import SQLModel

from exchange.acts.sealing import Custody
from exchange.clock import VirtualClock
from exchange.context import Draft
from exchange.errors import ConflictError, ExhaustedError
from exchange.identity.accounts import Accounts, Credentials
from exchange.identity.drafts import Drafted, find, forget, keep
from exchange.identity.key_login import LoginError, _spend, challenge
from exchange.identity.models import TABLES
from exchange.identity.passwords import Passwords
from exchange.identity.sessions import Holder, close_all, find_session, open_session
from exchange.identity.store import IdentityStore, sweep
from exchange.identity.throttle import Limit, take
from exchange.ids import SystemIds
from exchange.storage.engine import open_engine
from tests.world import START

SEED = bytes(range(32))


@pytest.fixture
def shared(postgres_url: str) -> Iterator[IdentityStore]:
    engine = open_engine(postgres_url)
    SQLModel.metadata.create_all(engine, tables=[model.table() for model in TABLES])
    yield IdentityStore(engine, VirtualClock(START), SystemIds())
    engine.dispose()


def test_accounts_sessions_and_drafts_keep_what_they_are_given(shared: IdentityStore) -> None:
    accounts = Accounts(shared, Passwords(SystemIds()))
    credentials = Credentials("harbour", "tide tables and buoys")
    accounts.open(credentials, "p-one", Custody("k1", SEED))
    with pytest.raises(ConflictError):
        accounts.open(credentials, "p-two", None)
    holder = accounts.log_in(credentials)

    opened = open_session(shared, holder)
    drafted = Drafted("p-one", "k", {"a": ["b", None]}, Draft("text\n", START, SEED))
    key = keep(shared, drafted)

    assert holder == Holder("p-one", "harbour", Custody("k1", SEED))
    assert find_session(shared, opened.cookie) == opened.session
    assert find(shared, key) == drafted
    forget(shared, key)
    assert close_all(shared, "p-one") == 1
    assert sweep(shared) == 0


def test_of_many_workers_one_spends_a_challenge(shared: IdentityStore) -> None:
    made = challenge(shared, "o.example", "p-one")

    def spend(_: int) -> int:
        try:
            _spend(shared, "p-one", made.nonce)
        except LoginError:
            return 0
        return 1

    with ThreadPoolExecutor(8) as workers:
        assert sum(workers.map(spend, range(8))) == 1


def test_workers_share_one_bucket(shared: IdentityStore) -> None:
    def attempt(_: int) -> int:
        try:
            take(shared, Limit("login", 10), "account:one")
        except ExhaustedError:
            return 0
        return 1

    with ThreadPoolExecutor(8) as workers:
        assert sum(workers.map(attempt, range(40))) == 10
