"""One question as it is put to a node, and the node's reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from exchange.protocol.commitment import SALT_SIZE
from exchange.protocol.fields import FieldError, Fields
from ledger.act import Pin
from ledger.encoding import b64
from ledger.entry import Entry, parse_entry
from ledger.errors import LedgerError

MAX_REQUEST_BYTES: Final = 98_304
_MAX_SQL_CHARACTERS: Final = 65_536
_MAX_LEAF_BYTES: Final = 65_535
_MAX_PROOF_CHARACTERS: Final = 16_384


@dataclass(frozen=True, slots=True)
class Ticket:
    """A `question.reserve` act in its ledger entry, with the proof that the log holds it."""

    leaf: bytes
    proof: str


@dataclass(frozen=True, slots=True)
class Head:
    """Where the node's next act must stand; `prev` None at its first, `seen` as offered."""

    seq: int
    prev: bytes | None
    seen: Pin


@dataclass(frozen=True, slots=True)
class Ask:
    """A question with everything that the node needs to judge it."""

    question: str
    sql: str
    salt: bytes
    ticket: Ticket
    head: Head

    def to_body(self) -> dict[str, Any]:
        """Return the JSON request that `parse_ask` reads."""
        prev = self.head.prev
        return {
            "question": self.question,
            "sql": self.sql,
            "salt": b64(self.salt),
            "ticket": {"leaf": b64(self.ticket.leaf), "proof": self.ticket.proof},
            "head": {
                "seq": self.head.seq,
                "prev": None if prev is None else b64(prev),
                "seen": {"size": self.head.seen.size, "root": b64(self.head.seen.root)},
            },
        }


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply with an answer: the signed receipt, the answer and the salt of its commitment."""

    note: str
    answer: Mapping[str, Any]
    salt: bytes

    def to_body(self) -> dict[str, Any]:
        """Return the JSON reply that `parse_reply` reads."""
        return {
            "outcome": "answered",
            "note": self.note,
            "answer": dict(self.answer),
            "salt": b64(self.salt),
        }


@dataclass(frozen=True, slots=True)
class Refused:
    """A reply with a signed refusal."""

    note: str
    code: str

    def to_body(self) -> dict[str, Any]:
        """Return the JSON reply that `parse_reply` reads."""
        return {"outcome": "refused", "note": self.note, "code": self.code}


Reply = Answered | Refused


def parse_ask(value: object) -> Ask:
    """Read a request.

    Raises:
        FieldError: a member is missing, unknown, of another type or outside its limits.
    """
    fields = Fields(value)
    fields.only("question", "sql", "salt", "ticket", "head")
    return Ask(
        fields.id("question"),
        _sql(fields),
        fields.binary("salt", SALT_SIZE),
        _ticket(fields.object("ticket")),
        _head(fields.object("head")),
    )


def parse_reply(value: object) -> Reply:
    """Read a node's reply.

    Raises:
        FieldError: a member is missing, unknown, of another type or outside its limits.
    """
    fields = Fields(value)
    outcome = fields.text("outcome", 16)
    note = fields.text("note", _MAX_LEAF_BYTES)
    if outcome == "refused":
        fields.only("outcome", "note", "code")
        return Refused(note, fields.id("code"))
    if outcome != "answered":
        raise fields.fail("outcome", "must be answered or refused")
    fields.only("outcome", "note", "answer", "salt")
    answer = fields.raw("answer")
    if not isinstance(answer, dict):
        raise fields.fail("answer", "must be an object")
    return Answered(note, answer, fields.binary("salt", SALT_SIZE))


def parse_ticket_entry(ticket: Ticket) -> Entry:
    """Read the ledger entry that a ticket carries.

    Raises:
        FieldError: the leaf is no entry.
    """
    try:
        return parse_entry(ticket.leaf)
    except LedgerError as error:
        raise FieldError("ticket.leaf", "is no ledger entry") from error


def _sql(fields: Fields) -> str:
    value = fields.raw("sql")
    if not isinstance(value, str) or len(value) > _MAX_SQL_CHARACTERS:
        raise fields.fail("sql", f"must be a text of at most {_MAX_SQL_CHARACTERS} characters")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise fields.fail("sql", "must be Unicode text") from error
    return value


def _ticket(fields: Fields) -> Ticket:
    fields.only("leaf", "proof")
    leaf = fields.binary("leaf", None)
    if len(leaf) > _MAX_LEAF_BYTES:
        raise fields.fail("leaf", "is longer than an entry can be")
    return Ticket(leaf, fields.text("proof", _MAX_PROOF_CHARACTERS))


def _head(fields: Fields) -> Head:
    fields.only("seq", "prev", "seen")
    seen = fields.object("seen")
    seen.only("size", "root")
    seq = fields.integer("seq", 1)
    prev = fields.digest("prev") if fields.has("prev") else None
    if (prev is None) != (seq == 1):
        raise fields.fail("prev", "is null at seq 1 and there alone")
    return Head(seq, prev, Pin(seen.integer("size", 0), seen.digest("root")))
