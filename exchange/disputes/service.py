"""Deciding disputes: who may claim what, who judges, and what an award moves."""

from dataclasses import dataclass

from exchange.actors import Role
from exchange.acts.ledger_tables import LedgerCheckpoint, LedgerEntry, LedgerHead
from exchange.acts.unit_of_work import Decision, Service, UnitOfWork
from exchange.clock import iso
from exchange.disputes.acts import lines_of_award, open_dispute
from exchange.disputes.interest import eligible
from exchange.disputes.models import Dispute
from exchange.disputes.rules import (
    ANSWER_WITHIN,
    DRAW_LIMIT,
    MAX_EVIDENCE,
    MAX_TEXT,
    check_in_time,
    ranked,
)
from exchange.errors import ConflictError, InvalidError, NotFoundError
from exchange.grants.models import Question
from exchange.grants.rules import check_text
from exchange.grants.states import QuestionState
from exchange.market.models import Contract
from exchange.settlement.books import holdable_fen, refundable
from exchange.settlement.models import Capture
from exchange.storage.deadlines import check_due
from exchange.storage.store import Reader
from ledger.checkpoint import parse_checkpoint_text
from ledger.encoding import b64, unb64
from ledger.errors import LedgerError
from ledger.note import parse_note


@dataclass(frozen=True, slots=True)
class File:
    """A claim to get back `claim_fen` of what an answered question cost."""

    question: str
    claim_fen: int
    statement: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the supplier says to a claim."""

    dispute: str
    statement: str


@dataclass(frozen=True, slots=True)
class Award:
    """What the arbitrator decides: a refund of 0 up to the claim, and on which evidence.

    `evidence` are leaf hashes in padded base64.
    """

    dispute: str
    refund_fen: int
    reasons: str
    evidence: tuple[str, ...]


def file(uow: UnitOfWork, wish: File) -> Decision:
    """Dispute an answer; the supplier's part of the claim is held, as far as it has money here.

    Raises:
        NotFoundError: the question is not the actor's.
        ConflictError: it was not answered, a dispute about it is open, or 30 days are over.
        InvalidError: the claim is more than what the question cost and was not refunded.
    """
    uow.need_role(Role.BUYER)
    question = uow.require(Question, wish.question)
    if question.buyer != uow.actor.id:
        raise NotFoundError("question.unknown", "there is no such question")
    if question.state is not QuestionState.ANSWERED or question.ended_at is None:
        raise ConflictError("question.state", "only an answer can be disputed")
    check_in_time(question.ended_at, uow.now)
    if open_dispute(uow.reader, question.id) is not None:
        raise ConflictError("dispute.open", "a dispute about this answer is open")
    cost = uow.require(Capture, question.id)
    if not 0 < wish.claim_fen <= cost.gross_fen - cost.refunded_fen:
        raise InvalidError(
            "dispute.claim", "claim what the question cost, or less", {"claim_fen": "range"}
        )
    check_text("statement", wish.statement, MAX_TEXT)
    contract, dispute = uow.require(Contract, question.contract), uow.new_id("dispute")
    part_fen = refundable(uow.reader, question.id, wish.claim_fen).supplier_fen
    statement = uow.commit(wish.statement)
    body = {
        "dispute": dispute,
        "question": question.id,
        "contract": contract.id,
        "claim_fen": wish.claim_fen,
        "held_fen": holdable_fen(uow.reader, contract.supplier, part_fen),
        "statement": statement.id,
        "answer_by": iso(uow.now + ANSWER_WITHIN),
    }
    return Decision("dispute.file", body, dispute, (statement,))


def answer(uow: UnitOfWork, wish: Answer) -> Decision:
    """Answer a claim within seven days.

    Raises:
        NotFoundError: the dispute is not against the actor.
        ConflictError: it was answered already, or the time is over (`dispute.late`).
    """
    uow.need_role(Role.SUPPLIER)
    row = _own(uow, wish.dispute, "respondent")
    row.lifecycle.target("dispute.answer", row.state)
    if uow.now >= row.answer_by:
        raise ConflictError("dispute.late", "the time for an answer is over")
    check_text("statement", wish.statement, MAX_TEXT)
    statement = uow.commit(wish.statement)
    return Decision(
        "dispute.answer", {"dispute": row.id, "statement": statement.id}, row.id, (statement,)
    )


def default(uow: UnitOfWork, wish: str) -> Decision:
    """Go on without the supplier's answer, once its time is over; `wish` is the dispute's id.

    Raises:
        ConflictError: the dispute is past that, or the time is not over (`deadline.early`).
    """
    uow.need_role(Role.OPERATOR)
    row = uow.require(Dispute, wish)
    row.lifecycle.target("dispute.default", row.state)
    check_due(uow.reader, row, uow.now)
    return Decision("dispute.default", {"dispute": row.id}, row.id)


def assign(uow: UnitOfWork, wish: str) -> Decision:
    """Draw the arbitrator of a dispute from all without an interest in it.

    The seed is the root of the first checkpoint over the act that closed the pleadings: later
    than the claim and the answer, and the only one that fits, so nobody chooses among seeds.

    Raises:
        ConflictError: the dispute waits for no arbitrator, no arbitrator is free of interest
            (`dispute.nobody`), or the checkpoint is still to come (`dispute.seed`).
    """
    uow.need_role(Role.OPERATOR)
    row = uow.require(Dispute, wish)
    row.lifecycle.target("dispute.assign", row.state)
    candidates = eligible(uow.reader, row, uow.now)
    if not candidates:
        raise ConflictError("dispute.nobody", "no arbitrator is free of interest in this dispute")
    seed = _seed(uow.reader, row.entry)
    best = ranked(seed, row.id, candidates)[:DRAW_LIMIT]
    body = {
        "dispute": row.id,
        "arbitrator": best[0],
        "drawn": {"from": sorted(best), "seed": b64(seed)},
    }
    return Decision("dispute.assign", body, row.id)


def make_award(uow: UnitOfWork, wish: Award) -> Decision:
    """Decide a dispute that one was drawn for, citing acts of the ledger.

    Raises:
        NotFoundError: the dispute is not the actor's to judge.
        ConflictError: it is decided already.
        InvalidError: the refund is more than the claim (`award.refund`), the reasons are
            missing, or the evidence is not in the ledger (`award.evidence`).
    """
    uow.need_role(Role.ARBITRATOR)
    row = _own(uow, wish.dispute, "arbitrator")
    row.lifecycle.target("award.make", row.state)
    if not 0 <= wish.refund_fen <= row.claim_fen:
        raise InvalidError("award.refund", "award 0 up to the claim", {"refund_fen": "range"})
    check_text("reasons", wish.reasons, MAX_TEXT)
    _check_evidence(uow.reader, wish.evidence)
    reasons = uow.commit(wish.reasons)
    body = {
        "dispute": row.id,
        "refund_fen": wish.refund_fen,
        "reasons": reasons.id,
        "evidence": list(wish.evidence),
    }
    return Decision("award.make", body, row.id, (reasons,))


def execute(uow: UnitOfWork, wish: str) -> Decision:
    """Execute an award, all of it at once and once only; `wish` is the dispute's id.

    The refund goes back by the captured fee's own split. What the supplier can't cover is
    a shortfall that the books record.

    Raises:
        ConflictError: there is no award, or it was executed already.
    """
    uow.need_role(Role.OPERATOR)
    row = uow.require(Dispute, wish)
    row.lifecycle.target("award.execute", row.state)
    body = {"dispute": row.id, "lines": lines_of_award(uow.reader, row)}
    return Decision("award.execute", body, row.id)


def withdraw(uow: UnitOfWork, wish: str) -> Decision:
    """Give a claim up before it is decided; `wish` is the dispute's id.

    Raises:
        NotFoundError: the claim is not the actor's.
        ConflictError: it is decided or withdrawn already.
    """
    uow.need_role(Role.BUYER)
    row = _own(uow, wish, "claimant")
    row.lifecycle.target("dispute.withdraw", row.state)
    return Decision("dispute.withdraw", {"dispute": row.id}, row.id)


def _own(uow: UnitOfWork, dispute: str, part: str) -> Dispute:
    row = uow.require(Dispute, dispute)
    holder = {
        "claimant": row.claimant,
        "respondent": row.respondent,
        "arbitrator": row.arbitrator,
    }[part]
    if holder != uow.actor.id:
        raise NotFoundError("dispute.unknown", "there is no such dispute")
    return row


def _seed(reader: Reader, index: int) -> bytes:
    """Return the root of the first checkpoint that covers an entry."""
    head = reader.get(LedgerHead, 1)
    assert head is not None, "a dispute stands in a ledger"
    for size in range(index + 1, head.size + 1):
        stored = reader.get(LedgerCheckpoint, size)
        if stored is not None:
            return parse_checkpoint_text(parse_note(stored.note).text).root
    raise ConflictError("dispute.seed", "the checkpoint to draw by is still to come; try again")


def _check_evidence(reader: Reader, evidence: tuple[str, ...]) -> None:
    fault = InvalidError(
        "award.evidence", "cite 1 to 50 different acts of the ledger", {"evidence": "unknown"}
    )
    if not 0 < len(evidence) <= MAX_EVIDENCE or len(set(evidence)) != len(evidence):
        raise fault
    for leaf in evidence:
        try:
            found = reader.find(LedgerEntry, leaf_hash=unb64(leaf, 32))
        except LedgerError as error:
            raise fault from error
        if not found:
            raise fault


TIMED: dict[str, Service[str]] = {"dispute.default": default}
