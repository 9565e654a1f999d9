"""Reading disputes: their parties and their arbitrator see them, and the operator their state."""

from dataclasses import dataclass
from datetime import datetime

from exchange.acts.ledger_tables import LedgerEntry, Payload
from exchange.assets.models import Asset
from exchange.clock import from_ms
from exchange.disputes.models import Dispute
from exchange.disputes.states import DisputeState
from exchange.errors import NotFoundError
from exchange.grants.models import Grant, Question
from exchange.market.models import Contract
from exchange.storage.store import Reader, require


@dataclass(frozen=True, slots=True)
class DisputeView:
    """A dispute as those concerned see it; a text is None before it is written, or erased.

    `drawn_from` and `seed` repeat the arbitrator's draw; empty and None before it.
    """

    id: str
    question: str
    contract: str
    claimant: str
    respondent: str
    arbitrator: str | None
    claim_fen: int
    held_fen: int
    award_fen: int | None
    filed_at: datetime
    answer_by: datetime
    statement: str | None
    answer: str | None
    reasons: str | None
    evidence: tuple[str, ...]
    drawn_from: tuple[str, ...]
    seed: str | None
    state: DisputeState


@dataclass(frozen=True, slots=True)
class Exhibit:
    """An act that bears on a dispute: where it stands in the ledger, and what it is."""

    kind: str
    actor: str
    index: int
    leaf_hash: bytes
    received_at: datetime


def dispute_of(reader: Reader, dispute: str, viewer: str) -> DisputeView:
    """Return one dispute with its texts.

    Raises:
        NotFoundError: there is none, or the viewer is neither party nor arbitrator.
    """
    return _view(reader, _concerned(reader, dispute, viewer))


def disputes_of(reader: Reader, viewer: str) -> list[DisputeView]:
    """List the disputes in which somebody is a party or the arbitrator, latest filed first."""
    rows = {
        row.id: row
        for row in (
            *reader.find(Dispute, claimant=viewer),
            *reader.find(Dispute, respondent=viewer),
            *reader.find(Dispute, arbitrator=viewer),
        )
    }
    ordered = sorted(rows.values(), key=lambda row: (row.filed_at, row.id), reverse=True)
    return [_view(reader, row) for row in ordered]


def disputes_in(reader: Reader, state: DisputeState) -> list[str]:
    """List the ids of the disputes in one state: what waits for the operator, for instance."""
    return [row.id for row in reader.find(Dispute, state=state)]


def exhibits(reader: Reader, dispute: str, viewer: str) -> list[Exhibit]:
    """List the acts that a dispute rests on, in the order of the ledger.

    Description of the data, offer, grant, reservation, receipt: what an award can cite.

    Raises:
        NotFoundError: there is no such dispute, or the viewer is not concerned.
    """
    row = _concerned(reader, dispute, viewer)
    question = require(reader, Question, row.question)
    grant = require(reader, Grant, question.grant)
    leaves = [
        require(reader, Asset, grant.asset).describes,
        require(reader, Contract, row.contract).offered,
        grant.issued,
        question.ticket,
        question.receipt,
    ]
    found = [reader.find(LedgerEntry, leaf_hash=leaf) for leaf in leaves if leaf is not None]
    entries = sorted((entry for rows in found for entry in rows), key=lambda entry: entry.id)
    return [_exhibit(entry) for entry in entries]


def _exhibit(entry: LedgerEntry) -> Exhibit:
    return Exhibit(
        kind=entry.kind,
        actor=entry.actor,
        index=entry.id,
        leaf_hash=entry.leaf_hash,
        received_at=from_ms(entry.received_ms),
    )


def _concerned(reader: Reader, dispute: str, viewer: str) -> Dispute:
    row = require(reader, Dispute, dispute)
    if viewer not in (row.claimant, row.respondent, row.arbitrator):
        raise NotFoundError("dispute.unknown", "there is no such dispute")
    return row


def _text(reader: Reader, commitment: str | None) -> str | None:
    payload = None if commitment is None else reader.get(Payload, commitment)
    return None if payload is None else payload.text


def _view(reader: Reader, row: Dispute) -> DisputeView:
    drawn = row.drawn or {}
    return DisputeView(
        id=row.id,
        question=row.question,
        contract=row.contract,
        claimant=row.claimant,
        respondent=row.respondent,
        arbitrator=row.arbitrator,
        claim_fen=row.claim_fen,
        held_fen=row.held_fen,
        award_fen=row.award_fen,
        filed_at=row.filed_at,
        answer_by=row.answer_by,
        statement=_text(reader, row.statement),
        answer=_text(reader, row.answer),
        reasons=_text(reader, row.reasons),
        evidence=tuple(row.evidence),
        drawn_from=tuple(drawn.get("from", ())),
        seed=drawn.get("seed"),
        state=row.state,
    )
