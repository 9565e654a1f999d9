"""Tables of the front door; none of them is ledger state, and all their times are real time."""

from typing import Any

from sqlalchemy import BigInteger
from sqlmodel import Field

from exchange.storage.columns import Digest, Json
from exchange.storage.tables import Row


class LoginAccount(Row, table=True):
    """A user name with its password, and a participant's private key wrapped under the latter.

    `wrapped_seed` is None where the participant keeps its key itself.
    """

    __tablename__ = "login_account"

    id: str = Field(primary_key=True, max_length=64, description="user name")
    participant: str = Field(max_length=64, index=True)
    password: str = Field(max_length=200, description="Argon2id in PHC form")
    key: str = Field(max_length=16, description="label of the participant's key")
    salt: bytes = Field(sa_type=Digest, description="16 bytes, for the wrapping key")
    wrapped_seed: bytes | None = Field(default=None, sa_type=Digest)
    created_ms: int = Field(sa_type=BigInteger)


class WebSession(Row, table=True):
    """An open session; the key is the URL-safe base64 SHA-256 of the cookie's token.

    `wrapped_seed` is wrapped under the secret that the cookie holds and the database doesn't.
    """

    __tablename__ = "web_session"

    id: str = Field(primary_key=True, max_length=44)
    participant: str = Field(max_length=64, index=True)
    account: str | None = Field(default=None, max_length=64)
    key: str | None = Field(default=None, max_length=16)
    wrapped_seed: bytes | None = Field(default=None, sa_type=Digest)
    created_ms: int = Field(sa_type=BigInteger)
    seen_ms: int = Field(sa_type=BigInteger)
    expires_ms: int = Field(sa_type=BigInteger, index=True)


class LoginNonce(Row, table=True):
    """A challenge that waits for a signature; it serves once."""

    __tablename__ = "login_nonce"

    id: str = Field(primary_key=True, max_length=44)
    participant: str = Field(max_length=64)
    expires_ms: int = Field(sa_type=BigInteger, index=True)


class StoredDraft(Row, table=True):
    """A drafted act that waits for its actor's signature: the wish, and what repeats it."""

    __tablename__ = "stored_draft"

    id: str = Field(primary_key=True, max_length=64)
    participant: str = Field(max_length=64, index=True)
    kind: str = Field(max_length=64)
    wish: dict[str, Any] = Field(sa_type=Json, description="the wish's fields as received")
    at_ms: int = Field(sa_type=BigInteger, description="the exchange's time of the draft")
    seed: bytes = Field(sa_type=Digest, description="32 bytes")
    text: str = Field(max_length=65_536)
    expires_ms: int = Field(sa_type=BigInteger, index=True)


class Throttle(Row, table=True):
    """A bucket of tokens by its theoretical arrival time (GCRA, ITU-T I.371)."""

    __tablename__ = "throttle"

    id: str = Field(primary_key=True, max_length=64)
    arrival_ms: int = Field(sa_type=BigInteger, index=True)


TABLES = (LoginAccount, WebSession, LoginNonce, StoredDraft, Throttle)
