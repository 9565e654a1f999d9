"""What the acts about disputes do to the rows."""

from collections.abc import Mapping
from typing import Any

from exchange.actors import Role
from exchange.acts.kinds import ActKind, Fact
from exchange.acts.participants import actor_of
from exchange.clock import from_iso
from exchange.disputes.models import Dispute
from exchange.disputes.rules import ANSWER_WITHIN, MAX_EVIDENCE, check_in_time, ranked
from exchange.disputes.states import OPEN_STATES
from exchange.errors import ConflictError, InvalidError, NotFoundError
from exchange.grants.models import Question
from exchange.grants.states import QuestionState
from exchange.market.models import Contract
from exchange.settlement.accounts import Line, held, move, receivable
from exchange.settlement.books import (
    hold,
    holdable_fen,
    owed_fen,
    plan_refund,
    refund,
    refundable,
    unhold,
)
from exchange.storage.deadlines import check_due
from exchange.storage.store import Reader, Writer, require
from ledger.encoding import unb64


def open_dispute(reader: Reader, question: str) -> Dispute | None:
    """Return the dispute about a question that is not over yet, if there is one."""
    rows = reader.find(Dispute, question=question)
    return next((row for row in rows if row.state in OPEN_STATES), None)


def lines_of_award(reader: Reader, row: Dispute) -> list[dict[str, str | int]]:
    """Write the postings that execute an award: the refund, then what is left of the hold.

    Raises:
        InvalidError: the refund is more than what is left of the captured fee.
    """
    assert row.award_fen is not None, "only an award is executed"
    planned = plan_refund(reader, row.id, row.question, row.award_fen)
    taken_fen = sum(line.amount_fen for line in planned.lines if line.account == held(row.id))
    rest_fen = owed_fen(reader, held(row.id)) - taken_fen
    back = move(held(row.id), receivable(row.respondent), rest_fen)
    return [*planned.to_body(), *(_line(line) for line in back)]


def _line(line: Line) -> dict[str, str | int]:
    return {"account": line.account, "amount_fen": line.amount_fen}


def _agree(matches: bool) -> None:  # noqa: FBT001 - reads as a sentence
    if not matches:
        raise InvalidError("dispute.mismatch", "the act contradicts what it stands on")


def _file(writer: Writer, fact: Fact) -> None:
    body = fact.body
    question = require(writer, Question, str(body["question"]))
    if question.buyer != fact.actor:
        raise NotFoundError("question.unknown", "there is no such question")
    if question.state is not QuestionState.ANSWERED or question.ended_at is None:
        raise ConflictError("question.state", "only an answer can be disputed")
    check_in_time(question.ended_at, fact.received_at)
    if open_dispute(writer, question.id) is not None:
        raise ConflictError("dispute.open", "a dispute about this answer is open")
    contract, answer_by = require(writer, Contract, question.contract), _time(body, "answer_by")
    claim_fen, held_fen = body["claim_fen"], body["held_fen"]
    _agree(body["contract"] == contract.id and claim_fen > 0)
    part_fen = refundable(writer, question.id, claim_fen).supplier_fen
    _agree(held_fen == holdable_fen(writer, contract.supplier, part_fen))
    _agree(answer_by <= fact.received_at + ANSWER_WITHIN)
    row = Dispute(
        id=str(body["dispute"]),
        question=question.id,
        contract=contract.id,
        claimant=fact.actor,
        respondent=contract.supplier,
        claim_fen=claim_fen,
        held_fen=held_fen,
        filed_at=fact.received_at,
        answer_by=answer_by,
        statement=str(body["statement"]),
        evidence=[],
    )
    writer.add(row, due_at=answer_by)
    hold(writer, fact, row.id, row.respondent, held_fen)


def _time(body: Mapping[str, Any], member: str) -> Any:
    return from_iso(str(body[member]))


def _dispute(writer: Writer, fact: Fact) -> Dispute:
    return require(writer, Dispute, str(fact.body["dispute"]))


def _party(row: Dispute, fact: Fact, party: str | None) -> None:
    if fact.actor != party:
        raise NotFoundError("dispute.unknown", "there is no such dispute")
    assert row.id == fact.body["dispute"]


def _answer(writer: Writer, fact: Fact) -> None:
    row = _dispute(writer, fact)
    _party(row, fact, row.respondent)
    if fact.received_at >= row.answer_by:
        raise ConflictError("dispute.late", "the time for an answer is over")
    writer.advance(row, "dispute.answer", answer=str(fact.body["statement"]))


def _default(writer: Writer, fact: Fact) -> None:
    row = _dispute(writer, fact)
    check_due(writer, row, fact.received_at)
    writer.advance(row, "dispute.default")


def _assign(writer: Writer, fact: Fact) -> None:
    row, drawn = _dispute(writer, fact), dict(fact.body["drawn"])
    arbitrator, candidates = str(fact.body["arbitrator"]), list(drawn["from"])
    seed = unb64(str(drawn["seed"]), 32)
    _agree(set(drawn) == {"from", "seed"} and candidates == sorted(set(candidates)))
    _agree(row.claimant not in candidates and row.respondent not in candidates)
    _agree(bool(candidates) and ranked(seed, row.id, candidates)[0] == arbitrator)
    _agree(actor_of(writer, arbitrator).may(Role.ARBITRATOR))
    writer.advance(row, "dispute.assign", arbitrator=arbitrator, drawn=drawn)


def _make(writer: Writer, fact: Fact) -> None:
    row, body = _dispute(writer, fact), fact.body
    _party(row, fact, row.arbitrator)
    refund_fen, evidence = body["refund_fen"], list(body["evidence"])
    _agree(type(refund_fen) is int and 0 <= refund_fen <= row.claim_fen)
    _agree(0 < len(evidence) <= MAX_EVIDENCE and len(set(evidence)) == len(evidence))
    _agree(all(len(unb64(str(leaf), 32)) > 0 for leaf in evidence))
    writer.advance(
        row,
        "award.make",
        award_fen=refund_fen,
        reasons=str(body["reasons"]),
        evidence=evidence,
    )


def _execute(writer: Writer, fact: Fact) -> None:
    row = _dispute(writer, fact)
    writer.advance(row, "award.execute")
    assert row.award_fen is not None, "an executed dispute has an award"
    _agree(fact.body["lines"] == lines_of_award(writer, row))
    refund(writer, fact, row.id, row.question, row.award_fen)
    unhold(writer, fact, row.id, row.respondent)


def _withdraw(writer: Writer, fact: Fact) -> None:
    row = _dispute(writer, fact)
    _party(row, fact, row.claimant)
    writer.advance(row, "dispute.withdraw")
    unhold(writer, fact, row.id, row.respondent)


_FILE = (
    "dispute",
    "question",
    "contract",
    "claim_fen",
    "held_fen",
    "statement",
    "answer_by",
)
_OPERATOR = (Role.OPERATOR,)

ACTS = (
    ActKind("dispute.file", (Role.BUYER,), _FILE, _file),
    ActKind("dispute.answer", (Role.SUPPLIER,), ("dispute", "statement"), _answer),
    ActKind("dispute.default", _OPERATOR, ("dispute",), _default),
    ActKind("dispute.assign", _OPERATOR, ("dispute", "arbitrator", "drawn"), _assign),
    ActKind(
        "award.make", (Role.ARBITRATOR,), ("dispute", "refund_fen", "reasons", "evidence"), _make
    ),
    ActKind("award.execute", _OPERATOR, ("dispute", "lines"), _execute),
    ActKind("dispute.withdraw", (Role.BUYER,), ("dispute",), _withdraw),
)

TABLES = (Dispute,)
