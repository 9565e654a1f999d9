"""Sessions: a random token to find the row by, and a secret that opens the key in custody."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete

from exchange.acts.sealing import Custody
from exchange.clock import from_ms
from exchange.errors import NotFoundError
from exchange.identity.custody import CustodyError, unwrap, wrap
from exchange.identity.models import WebSession
from exchange.identity.store import IdentityStore

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
_SEEN_STEP_MS = 60_000
_SIZE = 32
_COOKIE_LENGTH = 87


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose session it is; `seal` is None where the participant keeps its key itself."""

    participant: str
    account: str | None
    seal: Custody | None


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session that a request came with; `csrf` is the token that its forms must bring."""

    id: str
    holder: Holder
    csrf: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Opened:
    """A session just opened, and the cookie value that is its only key."""

    session: OpenSession
    cookie: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SessionView:
    """An open session as its participant sees it in a list."""

    id: str
    account: str | None
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


def open_session(store: IdentityStore, holder: Holder, replaces: str | None = None) -> Opened:
    """Open a session and close the one that the request came with, so that none survives a log-in.

    Args:
        store: where sessions live.
        holder: whose session it is.
        replaces: id of the session that ends, if there was one.
    """
    token, secret = store.ids.token(_SIZE), store.ids.token(_SIZE)
    key, seal, now_ms = _id(token), holder.seal, store.now_ms()
    row = WebSession(
        id=key,
        participant=holder.participant,
        account=holder.account,
        key=None if seal is None else seal.label,
        wrapped_seed=None if seal is None else wrap(store.ids, secret, seal.seed, _place(key)),
        created_ms=now_ms,
        seen_ms=now_ms,
        expires_ms=store.later_ms(IDLE),
    )
    with store.writing() as tables:
        old = None if replaces is None else tables.get(WebSession, replaces)
        if old is not None:
            tables.delete(old)
        tables.insert(row)
    return Opened(OpenSession(key, holder, _csrf(secret)), f"{_text(token)}.{_text(secret)}")


def find_session(store: IdentityStore, cookie: str) -> OpenSession | None:
    """Return the session of a cookie, or None if there is none or it has expired."""
    parts = _parts(cookie)
    if parts is None:
        return None
    token, secret = parts
    now_ms = store.now_ms()
    with store.reading() as tables:
        row = tables.get(WebSession, _id(token))
    if row is None or now_ms >= row.expires_ms:
        return None
    try:
        holder = _holder(row, secret)
    except CustodyError:
        return None
    if now_ms - row.seen_ms >= _SEEN_STEP_MS:
        _touch(store, row, now_ms)
    return OpenSession(row.id, holder, _csrf(secret))


def list_sessions(store: IdentityStore, participant: str) -> list[SessionView]:
    """List a participant's open sessions, the oldest first."""
    now_ms = store.now_ms()
    with store.reading() as tables:
        rows = tables.find(WebSession, participant=participant)
    return [
        SessionView(
            row.id,
            row.account,
            from_ms(row.created_ms),
            from_ms(row.seen_ms),
            from_ms(row.expires_ms),
        )
        for row in sorted(rows, key=lambda row: (row.created_ms, row.id))
        if row.expires_ms > now_ms
    ]


def close_session(store: IdentityStore, participant: str, session: str) -> None:
    """End one of a participant's sessions at once.

    Raises:
        NotFoundError: the participant has no such session.
    """
    with store.writing() as tables:
        row = tables.get(WebSession, session)
        if row is None or row.participant != participant:
            raise NotFoundError("session.unknown", "there is no such session")
        tables.delete(row)


def close_all(store: IdentityStore, participant: str) -> int:
    """End all sessions of a participant and return how many there were."""
    table = WebSession.table()
    with store.engine.execution_options(fdx_write=True).begin() as connection:
        return connection.execute(delete(table).where(table.c.participant == participant)).rowcount


def _holder(row: WebSession, secret: bytes) -> Holder:
    if row.wrapped_seed is None or row.key is None:
        return Holder(row.participant, row.account, None)
    seed = unwrap(secret, row.wrapped_seed, _place(row.id))
    return Holder(row.participant, row.account, Custody(row.key, seed))


def _touch(store: IdentityStore, row: WebSession, now_ms: int) -> None:
    longest_ms = row.created_ms + LONGEST // timedelta(milliseconds=1)
    with store.writing() as tables:
        current = tables.get(WebSession, row.id)
        if current is not None:  # it may have been closed meanwhile
            expires_ms = min(store.later_ms(IDLE), longest_ms)
            tables.update(current, {"seen_ms": now_ms, "expires_ms": expires_ms})


def _place(session: str) -> str:
    return f"fdx-session/v1\n{session}"


def _id(token: bytes) -> str:
    return _text(hashlib.sha256(token).digest())


def _csrf(secret: bytes) -> str:
    return _text(hmac.digest(secret, b"fdx-csrf/v1", "sha256"))


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode("ascii").rstrip("=")


def _parts(cookie: str) -> tuple[bytes, bytes] | None:
    halves = cookie.split(".")
    if len(cookie) != _COOKIE_LENGTH or len(halves) != 2:  # noqa: PLR2004 - token and secret
        return None
    try:
        token, secret = (urlsafe_b64decode(f"{half}=") for half in halves)
    except ValueError:
        return None
    return (token, secret) if len(token) == len(secret) == _SIZE else None
