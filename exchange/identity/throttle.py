"""Limits on how often something may be tried, kept in the database so that all workers share them."""

import hashlib
from base64 import b64encode
from dataclasses import dataclass

from sqlalchemy import Connection, case, insert, update
from sqlalchemy.exc import IntegrityError

from exchange.errors import ExhaustedError
from exchange.identity.models import Throttle
from exchange.identity.store import IdentityStore

_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Limit:
    """So many tries a minute, and as many at once; `name` ends the refusal's code."""

    name: str
    per_minute: int


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one site."""

    login_by_account: Limit = Limit("login", 10)
    login_by_address: Limit = Limit("login", 10)
    sign_up: Limit = Limit("sign_up", 10)
    draft: Limit = Limit("draft", 120)


def take(store: IdentityStore, limit: Limit, subject: str) -> None:
    """Take one token from the bucket of `subject`, such as `account:name` or `address:…`.

    One conditional statement decides, so that racing workers can't both take the last token.

    Raises:
        ExhaustedError: the bucket is empty (`rate.<name>`).
    """
    key = _bucket(limit, subject)
    now_ms = store.now_ms()
    for _ in range(3):
        with store.engine.execution_options(fdx_write=True).begin() as connection:
            if _pulled(connection, key, limit, now_ms):
                return
            if _present(connection, key):
                break
        if _opened(store, key, limit, now_ms):
            return
    raise ExhaustedError(f"rate.{limit.name}", "too many tries; wait a minute")


def give_back(store: IdentityStore, limit: Limit, subject: str) -> None:
    """Put the token back that was taken for something that turned out well.

    What failed meanwhile stays counted: one token goes back, not the bucket's other ones.
    """
    column = Throttle.table().c.arrival_ms
    statement = update(Throttle.table()).where(Throttle.table().c.id == _bucket(limit, subject))
    with store.engine.execution_options(fdx_write=True).begin() as connection:
        connection.execute(statement.values(arrival_ms=column - _MINUTE_MS // limit.per_minute))


def _pulled(connection: Connection, key: str, limit: Limit, now_ms: int) -> bool:
    column = Throttle.table().c.arrival_ms
    arrival = case((column > now_ms, column), else_=now_ms) + _MINUTE_MS // limit.per_minute
    fits = arrival <= now_ms + _MINUTE_MS
    statement = update(Throttle.table()).where(Throttle.table().c.id == key, fits)
    return connection.execute(statement.values(arrival_ms=arrival)).rowcount == 1


def _present(connection: Connection, key: str) -> bool:
    table = Throttle.table()
    return connection.execute(table.select().where(table.c.id == key)).first() is not None


def _opened(store: IdentityStore, key: str, limit: Limit, now_ms: int) -> bool:
    first = {"id": key, "arrival_ms": now_ms + _MINUTE_MS // limit.per_minute}
    try:
        with store.engine.execution_options(fdx_write=True).begin() as connection:
            connection.execute(insert(Throttle.table()), first)
    except IntegrityError:
        return False
    return True


def _bucket(limit: Limit, subject: str) -> str:
    """Name a bucket by a digest: subjects may be of any length, and addresses aren't kept."""
    digest = hashlib.sha256(f"{limit.name}\n{subject}".encode()).digest()
    return b64encode(digest).decode("ascii")
