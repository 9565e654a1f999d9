"""What the acts about grants and questions do to the rows."""

from datetime import timedelta

from exchange.actors import Role
from exchange.acts.kinds import ActKind, Fact
from exchange.assets.models import Asset
from exchange.clock import from_iso
from exchange.errors import ConflictError, ExhaustedError, InvalidError, NotFoundError
from exchange.grants.models import Grant, Question
from exchange.grants.rules import ANSWER_WITHIN, LATE, REFUSAL_CODES, VOID_REASONS
from exchange.grants.states import GrantState, QuestionState
from exchange.market.models import Contract
from exchange.market.states import ContractState
from exchange.settlement.books import capture, escrow_left_fen
from exchange.storage.deadlines import check_due
from exchange.storage.store import Reader, Writer, require
from ledger.encoding import b64, unb64


def questions_granted(reader: Reader, contract: str) -> int:
    """Count the questions of a contract that its grants have used or still hold."""
    return sum(
        grant.questions
        if grant.state is GrantState.ACTIVE
        else grant.questions - grant.questions_left
        for grant in reader.find(Grant, contract=contract)
    )


def uncommitted_fen(reader: Reader, contract: str) -> int:
    """Return what is left in a contract's escrow beyond the fees of its open questions."""
    reserved = sum(grant.reserved_fen for grant in reader.find(Grant, contract=contract))
    return escrow_left_fen(reader, contract) - reserved


def _agree(matches: bool) -> None:  # noqa: FBT001 - reads as a sentence
    if not matches:
        raise InvalidError("grant.mismatch", "the act contradicts what it stands on")


def _issue(writer: Writer, fact: Fact) -> None:
    body = fact.body
    contract = require(writer, Contract, str(body["contract"]))
    asset = require(writer, Asset, contract.asset)
    expires_at = from_iso(str(body["expires_at"]))
    if contract.supplier != fact.actor:
        raise NotFoundError("contract.unknown", "there is no such contract")
    if contract.state is not ContractState.FUNDED:
        raise ConflictError("contract.state", "the contract is not funded")
    if any(g.state is GrantState.ACTIVE for g in writer.find(Grant, contract=contract.id)):
        raise ConflictError("grant.active", "the contract has an active grant")
    _agree(body["asset"] == asset.id and body["local"] == asset.local)
    _agree(body["node"] == asset.node and unb64(str(body["rule"]), 32) == asset.rule)
    _agree(body["buyer"] == contract.buyer and body["analyses"] == contract.analyses)
    _agree(0 < body["questions"] <= contract.questions - questions_granted(writer, contract.id))
    _agree(timedelta(0) < expires_at - fact.received_at <= timedelta(days=contract.days))
    row = Grant(
        id=str(body["grant"]),
        contract=contract.id,
        asset=asset.id,
        local=asset.local,
        node=asset.node,
        buyer=contract.buyer,
        supplier=contract.supplier,
        rule=asset.rule,
        analyses=list(contract.analyses),
        issued=fact.leaf_hash,
        questions=body["questions"],
        questions_left=body["questions"],
        price_fen=contract.price_fen,
        expires_at=expires_at,
    )
    writer.add(row, due_at=expires_at)


def _revoke(writer: Writer, fact: Fact) -> None:
    row = require(writer, Grant, str(fact.body["grant"]))
    if row.supplier != fact.actor:
        raise NotFoundError("grant.unknown", "there is no such grant")
    writer.advance(row, "grant.revoke", reasons=str(fact.body["reasons"]))


def _expire(writer: Writer, fact: Fact) -> None:
    row = require(writer, Grant, str(fact.body["grant"]))
    check_due(writer, row, fact.received_at)
    writer.advance(row, "grant.expire")


def check_askable(reader: Reader, grant: Grant) -> None:
    """Stop unless another question can be paid and counted under an active grant.

    Raises:
        ConflictError: the contract is closed.
        ExhaustedError: the questions (`grant.questions`) or the money (`escrow.short`) are used up.
    """
    if require(reader, Contract, grant.contract).state is not ContractState.FUNDED:
        raise ConflictError("contract.state", "the contract is not funded")
    if grant.questions_left < 1:
        raise ExhaustedError("grant.questions", "the grant's questions are used up")
    if uncommitted_fen(reader, grant.contract) < grant.price_fen:
        raise ExhaustedError("escrow.short", "the escrow does not cover another question")


def _reserve(writer: Writer, fact: Fact) -> None:
    body = fact.body
    grant = require(writer, Grant, str(body["grant"]))
    lapses_at = from_iso(str(body["lapses_at"]))
    if grant.buyer != fact.actor:
        raise NotFoundError("grant.unknown", "there is no such grant")
    if writer.get(Question, str(body["question"])) is not None:
        raise ConflictError("question.taken", "this id stands for another question")
    if grant.state is not GrantState.ACTIVE or grant.expires_at <= fact.received_at:
        raise ConflictError("grant.state", "the grant is not active")
    check_askable(writer, grant)
    _agree(body["asset"] == grant.asset and body["local"] == grant.local)
    _agree(body["node"] == grant.node and unb64(str(body["rule"]), 32) == grant.rule)
    _agree(body["fee_fen"] == grant.price_fen)
    _agree(timedelta(0) <= lapses_at - fact.received_at <= ANSWER_WITHIN)
    writer.change(
        grant,
        questions_left=grant.questions_left - 1,
        reserved_fen=grant.reserved_fen + grant.price_fen,
    )
    row = Question(
        id=str(body["question"]),
        grant=grant.id,
        contract=grant.contract,
        buyer=grant.buyer,
        node=grant.node,
        sql=b64(unb64(str(body["sql"]), 32)),
        fee_fen=grant.price_fen,
        ticket=fact.leaf_hash,
        ticket_index=fact.index,
        asked_at=fact.received_at,
    )
    writer.add(row, due_at=lapses_at)


def _open_question(writer: Writer, fact: Fact) -> tuple[Question, Grant]:
    """Return the question that a node's act ends, with its grant, if the act fits them."""
    body = fact.body
    row = require(writer, Question, str(body["question"]))
    if row.node != fact.actor:
        raise NotFoundError("question.unknown", "there is no such question")
    _agree(body["grant"] == row.grant and unb64(str(body["ticket"]), 32) == row.ticket)
    return row, require(writer, Grant, row.grant)


def _receipt(writer: Writer, fact: Fact) -> None:
    body = fact.body
    row, grant = _open_question(writer, fact)
    _agree(body["asset"] == grant.asset and body["local"] == grant.local)
    _agree(unb64(str(body["rule"]), 32) == grant.rule and body["analysis"] in grant.analyses)
    _agree(len(unb64(str(body["data"]), 32)) > 0 and _is_count(body["charged"]))
    writer.advance(
        row,
        "answer.receipt",
        ended_at=fact.received_at,
        receipt=fact.leaf_hash,
        answer=unb64(str(body["answer"]), 32),
        analysis=str(body["analysis"]),
    )
    writer.change(grant, reserved_fen=grant.reserved_fen - row.fee_fen)
    capture(writer, fact, row.contract, row.fee_fen, row.id)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _refuse(writer: Writer, fact: Fact) -> None:
    row, grant = _open_question(writer, fact)
    _agree(fact.body["code"] in REFUSAL_CODES)
    writer.advance(row, "answer.refuse", ended_at=fact.received_at, code=str(fact.body["code"]))
    _give_back(writer, grant, row)


def _void(writer: Writer, fact: Fact) -> None:
    row, reason = require(writer, Question, str(fact.body["question"])), str(fact.body["reason"])
    _agree(reason in VOID_REASONS)
    if reason == LATE:
        check_due(writer, row, fact.received_at)
    writer.advance(row, "question.void", ended_at=fact.received_at, code=reason)
    _give_back(writer, require(writer, Grant, row.grant), row)


def _give_back(writer: Writer, grant: Grant, row: Question) -> None:
    assert row.state is not QuestionState.RESERVED, "only an ended question gives back"
    writer.change(
        grant,
        questions_left=grant.questions_left + 1,
        reserved_fen=grant.reserved_fen - row.fee_fen,
    )


_ISSUE = (
    "grant",
    "contract",
    "asset",
    "local",
    "node",
    "buyer",
    "rule",
    "analyses",
    "questions",
    "expires_at",
)
_RESERVE = (
    "question",
    "grant",
    "asset",
    "local",
    "node",
    "rule",
    "sql",
    "fee_fen",
    "lapses_at",
)
_RECEIPT = (
    "question",
    "grant",
    "asset",
    "local",
    "analysis",
    "ticket",
    "rule",
    "data",
    "answer",
    "charged",
)

ACTS = (
    ActKind("grant.issue", (Role.SUPPLIER,), _ISSUE, _issue),
    ActKind("grant.revoke", (Role.SUPPLIER,), ("grant", "reasons"), _revoke),
    ActKind("grant.expire", (Role.OPERATOR,), ("grant",), _expire),
    ActKind("question.reserve", (Role.BUYER,), _RESERVE, _reserve),
    ActKind("answer.receipt", (Role.NODE,), _RECEIPT, _receipt),
    ActKind("answer.refuse", (Role.NODE,), ("question", "grant", "ticket", "code"), _refuse),
    ActKind("question.void", (Role.OPERATOR,), ("question", "reason"), _void),
)

TABLES = (Grant, Question)
