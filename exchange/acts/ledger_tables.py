"""The ledger's own tables: entries, tiles, the head, and where each actor stands."""

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field

from exchange.storage.columns import Digest
from exchange.storage.tables import Row


class LedgerEntry(Row, table=True):
    """One leaf, stored as received; the other columns are found in its bytes."""

    __tablename__ = "ledger_entry"
    __table_args__ = (UniqueConstraint("actor", "actor_seq"),)

    id: int = Field(primary_key=True, sa_type=BigInteger, description="index in the log")
    leaf: bytes = Field(sa_type=Digest)
    leaf_hash: bytes = Field(sa_type=Digest, index=True, description="32 bytes")
    received_ms: int = Field(sa_type=BigInteger)
    actor: str = Field(max_length=64, index=True)
    actor_seq: int = Field(sa_type=BigInteger)
    kind: str = Field(max_length=64, index=True)


class LedgerTile(Row, table=True):
    """One tile of the Merkle tree, as far as it is filled; the key is `LEVEL/INDEX`."""

    __tablename__ = "ledger_tile"

    id: str = Field(primary_key=True, max_length=32)
    hashes: bytes = Field(sa_type=Digest, description="up to 256 hashes of 32 bytes")


class LedgerHead(Row, table=True):
    """The one row that says how long the log is; it changes with every batch."""

    __tablename__ = "ledger_head"

    id: int = Field(default=1, primary_key=True)
    size: int = Field(sa_type=BigInteger)
    leaf_hash: bytes = Field(sa_type=Digest, description="of the last entry; empty at size 0")
    received_ms: int = Field(sa_type=BigInteger, description="of the last entry; 0 at size 0")
    range: bytes = Field(sa_type=Digest, description="roots of the perfect subtrees, left to right")


class LedgerCheckpoint(Row, table=True):
    """A checkpoint that was signed for this size, kept for the history of heads."""

    __tablename__ = "ledger_checkpoint"

    id: int = Field(primary_key=True, sa_type=BigInteger, description="tree size")
    note: str = Field(max_length=4096)


class ActorHead(Row, table=True):
    """The last act of one actor: what its next act must follow."""

    __tablename__ = "actor_head"

    id: str = Field(primary_key=True, max_length=64)
    seq: int = Field(sa_type=BigInteger)
    leaf_hash: bytes = Field(sa_type=Digest, description="32 bytes")


class Payload(Row, table=True):
    """A text that acts name only by its salted commitment, so that it can be erased one day.

    The key is the base64 SHA-256 of the salt followed by the UTF-8 text.
    """

    __tablename__ = "payload"

    id: str = Field(primary_key=True, max_length=44)
    salt: bytes = Field(sa_type=Digest, description="16 bytes")
    text: str = Field(max_length=20_000)
