"""Reading grants and questions: each party sees its own, and only the buyer the questions' texts."""

from dataclasses import dataclass
from datetime import datetime

from exchange.acts.ledger_tables import Payload
from exchange.assets.models import Asset
from exchange.clock import from_ms
from exchange.errors import NotFoundError
from exchange.grants.models import Grant, Question
from exchange.grants.states import GrantState, QuestionState
from exchange.storage.deadlines import deadline_of
from exchange.storage.store import Reader, require


@dataclass(frozen=True, slots=True)
class GrantView:
    """A grant as its buyer and its supplier see it."""

    id: str
    contract: str
    asset: str
    title_zh: str
    title_en: str
    node: str
    buyer: str
    supplier: str
    rule: bytes
    analyses: tuple[str, ...]
    questions: int
    questions_left: int
    price_fen: int
    reserved_fen: int
    expires_at: datetime
    state: GrantState


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question as its buyer and its supplier see it.

    `sql` is None for everybody but the buyer, and once it was erased; `lapses_at` is None
    unless the question is RESERVED; `ticket` and `receipt` are leaf hashes.
    """

    id: str
    grant: str
    contract: str
    buyer: str
    sql: str | None
    fee_fen: int
    ticket: bytes
    asked_at: datetime
    lapses_at: datetime | None
    ended_at: datetime | None
    code: str | None
    analysis: str | None
    receipt: bytes | None
    answer: bytes | None
    state: QuestionState


def grants_of_buyer(reader: Reader, buyer: str) -> list[GrantView]:
    """List the grants that a buyer holds or held, the latest to expire first."""
    return _latest_first(reader, reader.find(Grant, buyer=buyer))


def grants_of_supplier(reader: Reader, supplier: str) -> list[GrantView]:
    """List the grants that a supplier has issued, the latest to expire first."""
    return _latest_first(reader, reader.find(Grant, supplier=supplier))


def grants_of_contract(reader: Reader, contract: str, viewer: str) -> list[GrantView]:
    """List the grants on a contract; empty for anybody but its parties."""
    rows = reader.find(Grant, contract=contract)
    return _latest_first(reader, [row for row in rows if viewer in (row.buyer, row.supplier)])


def grant_of(reader: Reader, grant: str, viewer: str) -> GrantView:
    """Return one grant.

    Raises:
        NotFoundError: there is none, or the viewer is no party to it.
    """
    return _grant_view(reader, _own_grant(reader, grant, viewer))


def questions_of(reader: Reader, grant: str, viewer: str) -> list[QuestionView]:
    """List the questions asked under a grant, latest first.

    Raises:
        NotFoundError: there is no such grant, or the viewer is no party to it.
    """
    row = _own_grant(reader, grant, viewer)
    found = reader.find(Question, grant=row.id)
    found.sort(key=lambda question: question.ticket_index, reverse=True)
    return [_question_view(reader, question, viewer) for question in found]


def question_of(reader: Reader, question: str, viewer: str) -> QuestionView:
    """Return one question.

    Raises:
        NotFoundError: there is none, or the viewer is no party to its grant.
    """
    row = require(reader, Question, question)
    supplier = require(reader, Grant, row.grant).supplier
    if viewer not in (row.buyer, supplier):
        raise NotFoundError("question.unknown", "there is no such question")
    return _question_view(reader, row, viewer)


def _own_grant(reader: Reader, grant: str, viewer: str) -> Grant:
    row = require(reader, Grant, grant)
    if viewer not in (row.buyer, row.supplier):
        raise NotFoundError("grant.unknown", "there is no such grant")
    return row


def _latest_first(reader: Reader, rows: list[Grant]) -> list[GrantView]:
    ordered = sorted(rows, key=lambda row: (row.expires_at, row.id), reverse=True)
    return [_grant_view(reader, row) for row in ordered]


def _grant_view(reader: Reader, row: Grant) -> GrantView:
    asset = require(reader, Asset, row.asset)
    return GrantView(
        id=row.id,
        contract=row.contract,
        asset=row.asset,
        title_zh=asset.title_zh,
        title_en=asset.title_en,
        node=row.node,
        buyer=row.buyer,
        supplier=row.supplier,
        rule=row.rule,
        analyses=tuple(row.analyses),
        questions=row.questions,
        questions_left=row.questions_left,
        price_fen=row.price_fen,
        reserved_fen=row.reserved_fen,
        expires_at=row.expires_at,
        state=row.state,
    )


def _question_view(reader: Reader, row: Question, viewer: str) -> QuestionView:
    text = reader.get(Payload, row.sql) if viewer == row.buyer else None
    due_ms = deadline_of(reader, row)
    return QuestionView(
        id=row.id,
        grant=row.grant,
        contract=row.contract,
        buyer=row.buyer,
        sql=None if text is None else text.text,
        fee_fen=row.fee_fen,
        ticket=row.ticket,
        asked_at=row.asked_at,
        lapses_at=None if due_ms is None else from_ms(due_ms),
        ended_at=row.ended_at,
        code=row.code,
        analysis=row.analysis,
        receipt=row.receipt,
        answer=row.answer,
        state=row.state,
    )
