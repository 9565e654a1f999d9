"""Deciding about grants and questions: who may ask what, and what a node's word is worth."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from exchange.actors import Role
from exchange.acts.unit_of_work import Decision, Service, UnitOfWork
from exchange.assets.models import Asset
from exchange.assets.states import AssetState
from exchange.clock import iso
from exchange.errors import ConflictError, ExhaustedError, InvalidError, NotFoundError
from exchange.grants.acts import check_askable, questions_granted
from exchange.grants.models import Grant, Question
from exchange.grants.receipts import read_receipt, read_refusal
from exchange.grants.rules import (
    ANSWER_WITHIN,
    LATE,
    MAX_REASONS,
    VOID_REASONS,
    check_question,
    check_text,
)
from exchange.grants.states import GrantState
from exchange.market.models import Contract
from exchange.market.states import ContractState
from exchange.storage.deadlines import check_due
from exchange.storage.store import require
from ledger.encoding import b64


@dataclass(frozen=True, slots=True)
class Issue:
    """A wish to let the buyer of a funded contract ask."""

    contract: str


@dataclass(frozen=True, slots=True)
class Revoke:
    """A wish to end a grant before its time."""

    grant: str
    reasons: str


@dataclass(frozen=True, slots=True)
class Reserve:
    """A wish to ask; `question` is an id of the buyer's own choice, `sql` the question's text."""

    question: str
    grant: str
    sql: str


@dataclass(frozen=True, slots=True)
class Void:
    """A wish to end a question without an answer; `reason` is one of `rules.VOID_REASONS`."""

    question: str
    reason: str


def issue(uow: UnitOfWork, wish: Issue) -> Decision:
    """Let the buyer of a funded contract ask what is left of the contract's questions.

    The grant runs for the contract's days from now.

    Raises:
        NotFoundError: the contract is not the actor's (`contract.unknown`).
        ConflictError: the contract is not funded, the asset is not registered, or a grant is
            active already.
        ExhaustedError: earlier grants used up all questions (`contract.questions`).
    """
    uow.need_role(Role.SUPPLIER)
    contract = uow.require(Contract, wish.contract)
    if contract.supplier != uow.actor.id:
        raise NotFoundError("contract.unknown", "there is no such contract")
    if contract.state is not ContractState.FUNDED:
        raise ConflictError("contract.state", "the contract is not funded")
    asset = uow.require(Asset, contract.asset)
    if asset.state is not AssetState.REGISTERED:
        raise ConflictError("asset.state", "the asset is not registered")
    if any(grant.state is GrantState.ACTIVE for grant in uow.find(Grant, contract=contract.id)):
        raise ConflictError("grant.active", "the contract has an active grant")
    questions = contract.questions - questions_granted(uow.reader, contract.id)
    if questions < 1:
        raise ExhaustedError("contract.questions", "the contract's questions are used up")
    grant = uow.new_id("grant")
    body = {
        "grant": grant,
        "contract": contract.id,
        "asset": asset.id,
        "local": asset.local,
        "node": asset.node,
        "buyer": contract.buyer,
        "rule": b64(asset.rule),
        "analyses": list(contract.analyses),
        "questions": questions,
        "expires_at": iso(uow.now + timedelta(days=contract.days)),
    }
    return Decision("grant.issue", body, grant)


def revoke(uow: UnitOfWork, wish: Revoke) -> Decision:
    """End a grant of one's own; the node stops answering as soon as it reads this in the log.

    Raises:
        NotFoundError: the grant is not the actor's.
        ConflictError: it has ended already.
        InvalidError: no reasons, or too many.
    """
    uow.need_role(Role.SUPPLIER)
    row = uow.require(Grant, wish.grant)
    if row.supplier != uow.actor.id:
        raise NotFoundError("grant.unknown", "there is no such grant")
    row.lifecycle.target("grant.revoke", row.state)
    check_text("reasons", wish.reasons, MAX_REASONS)
    reasons = uow.commit(wish.reasons)
    return Decision(
        "grant.revoke", {"grant": row.id, "reasons": reasons.id}, row.id, payloads=(reasons,)
    )


def expire(uow: UnitOfWork, wish: str) -> Decision:
    """End a grant whose days are over; `wish` is its id.

    Raises:
        ConflictError: it has ended already, or the time has not come (`deadline.early`).
    """
    uow.need_role(Role.OPERATOR)
    row = uow.require(Grant, wish)
    row.lifecycle.target("grant.expire", row.state)
    check_due(uow.reader, row, uow.now)
    return Decision("grant.expire", {"grant": row.id}, row.id)


def reserve(uow: UnitOfWork, wish: Reserve) -> Decision:
    """Set one question and its fee aside; the recorded act is the ticket that the node demands.

    Raises:
        InvalidError: the id or the text has no form that a node takes.
        NotFoundError: the grant is not the actor's.
        ConflictError: the id is taken, or the grant is over (`grant.expired`, `grant.revoked`).
        ExhaustedError: questions or escrow are used up.
    """
    uow.need_role(Role.BUYER)
    check_question(wish.question, wish.sql)
    grant = uow.require(Grant, wish.grant)
    if grant.buyer != uow.actor.id:
        raise NotFoundError("grant.unknown", "there is no such grant")
    if uow.get(Question, wish.question) is not None:
        raise ConflictError("question.taken", "this id stands for another question")
    if grant.state is GrantState.REVOKED:
        raise ConflictError("grant.revoked", "the supplier has revoked the grant")
    if grant.state is GrantState.EXPIRED or grant.expires_at <= uow.now:
        raise ConflictError("grant.expired", "the grant has expired")
    check_askable(uow.reader, grant)
    text = uow.commit(wish.sql)
    body = {
        "question": wish.question,
        "grant": grant.id,
        "asset": grant.asset,
        "local": grant.local,
        "node": grant.node,
        "rule": b64(grant.rule),
        "sql": text.id,
        "fee_fen": grant.price_fen,
        "lapses_at": iso(uow.now + ANSWER_WITHIN),
    }
    return Decision("question.reserve", body, wish.question, payloads=(text,))


def receive_answer(uow: UnitOfWork, wish: Mapping[str, Any]) -> Decision:
    """Take a node's receipt, the body of its signed act, and capture the fee.

    Raises:
        InvalidError: the receipt is malformed or is not for this question.
        NotFoundError: the question was not put to this node.
        ConflictError: the question has ended already.
    """
    uow.need_role(Role.NODE)
    receipt = read_receipt(wish)
    row, grant = _asked_of(uow, receipt.question)
    claimed = (receipt.grant, receipt.asset, receipt.local, receipt.ticket, receipt.rule)
    if claimed != (grant.id, grant.asset, grant.local, row.ticket, grant.rule):
        raise InvalidError("receipt.mismatch", "the receipt is for something else")
    if receipt.analysis not in grant.analyses:
        raise InvalidError("receipt.analysis", "the grant does not allow this analysis")
    row.lifecycle.target("answer.receipt", row.state)
    return Decision("answer.receipt", dict(wish), row.id)


def receive_refusal(uow: UnitOfWork, wish: Mapping[str, Any]) -> Decision:
    """Take a node's refusal, the body of its signed act, and give question and fee back.

    Raises:
        InvalidError: the refusal is malformed or is not for this question.
        NotFoundError: the question was not put to this node.
        ConflictError: the question has ended already.
    """
    uow.need_role(Role.NODE)
    refusal = read_refusal(wish)
    row, grant = _asked_of(uow, refusal.question)
    if (refusal.grant, refusal.ticket) != (grant.id, row.ticket):
        raise InvalidError("receipt.mismatch", "the refusal is for something else")
    row.lifecycle.target("answer.refuse", row.state)
    return Decision("answer.refuse", dict(wish), row.id)


def void(uow: UnitOfWork, wish: Void) -> Decision:
    """End a question that the exchange could not carry; question and fee return to the buyer.

    Raises:
        ConflictError: the question has ended already.
        InvalidError: the reason is none of the known ones.
    """
    uow.need_role(Role.OPERATOR)
    if wish.reason not in VOID_REASONS - {LATE}:
        raise InvalidError("question.reason", "this is no reason to void a question")
    row = uow.require(Question, wish.question)
    row.lifecycle.target("question.void", row.state)
    return Decision("question.void", {"question": row.id, "reason": wish.reason}, row.id)


def void_late(uow: UnitOfWork, wish: str) -> Decision:
    """End a question that nobody answered in time; `wish` is its id.

    Raises:
        ConflictError: it has ended already, or the time has not come (`deadline.early`).
    """
    uow.need_role(Role.OPERATOR)
    row = uow.require(Question, wish)
    row.lifecycle.target("question.void", row.state)
    check_due(uow.reader, row, uow.now)
    return Decision("question.void", {"question": row.id, "reason": LATE}, row.id)


def _asked_of(uow: UnitOfWork, question: str) -> tuple[Question, Grant]:
    row = uow.require(Question, question)
    if row.node != uow.actor.id:
        raise NotFoundError("question.unknown", "there is no such question")
    return row, require(uow.reader, Grant, row.grant)


TIMED: dict[str, Service[str]] = {"grant.expire": expire, "question.void": void_late}

__all__ = [
    "TIMED",
    "Issue",
    "Reserve",
    "Revoke",
    "Void",
    "expire",
    "issue",
    "receive_answer",
    "receive_refusal",
    "reserve",
    "revoke",
    "void",
    "void_late",
]
