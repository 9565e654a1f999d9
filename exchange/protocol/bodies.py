"""The bodies of the acts by which a question lives: grant, reservation, receipt, refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from exchange.clock import from_iso
from exchange.protocol.fields import Fields
from ledger.encoding import b64

GRANT_ISSUE: Final = "grant.issue"
GRANT_REVOKE: Final = "grant.revoke"
GRANT_EXPIRE: Final = "grant.expire"
RESERVE: Final = "question.reserve"
VOID: Final = "question.void"
RECEIPT: Final = "answer.receipt"
REFUSE: Final = "answer.refuse"
REGISTER: Final = "node.register"
DESCRIBE: Final = "asset.describe"

_MAX_LISTED: Final = 500
_MAX_COLUMN_NAME: Final = 140


@dataclass(frozen=True, slots=True)
class Grant:
    """What a `grant.issue` act allows, as far as a node must know it.

    `asset` is the exchange's id of the asset, `local` the node's own name for it.
    `analyses` are ids of approved analyses; `columns` are `table.column` names, None
    for all that the rule grants.
    """

    grant: str
    buyer: str
    asset: str
    local: str
    node: str
    rule: bytes
    analyses: tuple[str, ...]
    columns: tuple[str, ...] | None
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Reservation:
    """What a `question.reserve` act says: the buyer pays `fee_fen` for one committed question."""

    question: str
    grant: str
    asset: str
    local: str
    node: str
    rule: bytes
    sql: bytes
    fee_fen: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an `answer.receipt` act says; all bytes are digests, `charged` counts questions."""

    question: str
    grant: str
    asset: str
    local: str
    analysis: str
    ticket: bytes
    rule: bytes
    data: bytes
    answer: bytes
    charged: int

    def to_body(self) -> dict[str, Any]:
        """Return the act's body."""
        return {
            "question": self.question,
            "grant": self.grant,
            "asset": self.asset,
            "local": self.local,
            "analysis": self.analysis,
            "ticket": b64(self.ticket),
            "rule": b64(self.rule),
            "data": b64(self.data),
            "answer": b64(self.answer),
            "charged": self.charged,
        }


@dataclass(frozen=True, slots=True)
class Refusal:
    """What an `answer.refuse` act says; `code` is a RefusalCode."""

    question: str
    grant: str
    ticket: bytes
    code: str

    def to_body(self) -> dict[str, Any]:
        """Return the act's body."""
        return {
            "question": self.question,
            "grant": self.grant,
            "ticket": b64(self.ticket),
            "code": self.code,
        }


def parse_grant(body: Mapping[str, Any]) -> Grant:
    """Read the body of `grant.issue`; members that a node need not know are passed over.

    Raises:
        FieldError: a member is missing, of another type or outside its limits.
    """
    fields = Fields(body)
    columns = None
    if fields.has("columns"):
        columns = tuple(
            Fields({"name": item}, "columns").text("name", _MAX_COLUMN_NAME)
            for item in fields.items("columns", _MAX_LISTED)
        )
    try:
        expires_at = from_iso(fields.text("expires_at", 40))
    except ValueError as error:
        raise fields.fail("expires_at", "must look like 2026-03-02T01:00:00.000Z") from error
    return Grant(
        fields.id("grant"),
        fields.id("buyer"),
        fields.id("asset"),
        fields.id("local"),
        fields.id("node"),
        fields.digest("rule"),
        fields.ids("analyses", _MAX_LISTED),
        columns,
        expires_at,
    )


def parse_reservation(body: Mapping[str, Any]) -> Reservation:
    """Read the body of `question.reserve`; members that a node need not know are passed over.

    Raises:
        FieldError: a member is missing, of another type or outside its limits.
    """
    fields = Fields(body)
    return Reservation(
        fields.id("question"),
        fields.id("grant"),
        fields.id("asset"),
        fields.id("local"),
        fields.id("node"),
        fields.digest("rule"),
        fields.digest("sql"),
        fields.integer("fee_fen", 0),
    )


def parse_receipt(body: Mapping[str, Any]) -> Receipt:
    """Read the body of `answer.receipt`.

    Raises:
        FieldError: a member is missing, unknown, of another type or outside its limits.
    """
    fields = Fields(body)
    fields.only(*Receipt.__slots__)
    return Receipt(
        fields.id("question"),
        fields.id("grant"),
        fields.id("asset"),
        fields.id("local"),
        fields.id("analysis"),
        fields.digest("ticket"),
        fields.digest("rule"),
        fields.digest("data"),
        fields.digest("answer"),
        fields.integer("charged", 0),
    )


def parse_refusal(body: Mapping[str, Any]) -> Refusal:
    """Read the body of `answer.refuse`.

    Raises:
        FieldError: a member is missing, unknown, of another type or outside its limits.
    """
    fields = Fields(body)
    fields.only(*Refusal.__slots__)
    return Refusal(
        fields.id("question"), fields.id("grant"), fields.digest("ticket"), fields.id("code")
    )
