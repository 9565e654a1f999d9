"""Tables of grants and questions."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field

from exchange.grants.states import GRANT, QUESTION, GrantState, QuestionState
from exchange.lifecycle import Lifecycle
from exchange.storage.columns import Digest, Json, State, UtcTime
from exchange.storage.tables import Staged


class Grant(Staged, table=True):
    """A buyer's right to ask a number of questions of one asset, from one funded contract."""

    __tablename__ = "grant"
    __table_args__ = (
        CheckConstraint("questions > 0", name="grant_questions"),
        CheckConstraint(
            "questions_left >= 0 AND questions_left <= questions", name="grant_questions_left"
        ),
        CheckConstraint("price_fen >= 0 AND reserved_fen >= 0", name="grant_money"),
    )
    lifecycle: ClassVar[Lifecycle] = GRANT

    contract: str = Field(max_length=64, index=True)
    asset: str = Field(max_length=64, index=True)
    local: str = Field(max_length=64, description="the asset's name at its node")
    node: str = Field(max_length=64, index=True)
    buyer: str = Field(max_length=64, index=True)
    supplier: str = Field(max_length=64, index=True)
    rule: bytes = Field(sa_type=Digest, description="SHA-256 of the node's rule, 32 bytes")
    analyses: list[str] = Field(sa_type=Json, description="ids of approved analyses")
    issued: bytes = Field(sa_type=Digest, description="leaf hash of the issue, 32 bytes")
    questions: int = Field(description="how many the grant began with")
    questions_left: int = Field(description="neither reserved nor answered")
    price_fen: int = Field(sa_type=BigInteger, description="per answered question")
    reserved_fen: int = Field(
        default=0, sa_type=BigInteger, description="fees of the questions now reserved"
    )
    expires_at: datetime = Field(sa_type=UtcTime)
    reasons: str | None = Field(default=None, max_length=44, description="commitment, if revoked")
    state: GrantState = Field(default=GrantState.ACTIVE, sa_type=State(GrantState), index=True)


class Question(Staged, table=True):
    """A question by the id that its buyer gave it; the exchange never holds its answer."""

    __tablename__ = "question"
    __table_args__ = (CheckConstraint("fee_fen >= 0", name="question_fee"),)
    lifecycle: ClassVar[Lifecycle] = QUESTION

    grant: str = Field(max_length=64, index=True)
    contract: str = Field(max_length=64, index=True)
    buyer: str = Field(max_length=64, index=True)
    node: str = Field(max_length=64, index=True)
    sql: str = Field(max_length=44, description="commitment of the text")
    fee_fen: int = Field(sa_type=BigInteger)
    ticket: bytes = Field(sa_type=Digest, description="leaf hash of the reservation, 32 bytes")
    ticket_index: int = Field(sa_type=BigInteger, description="index of the reservation")
    asked_at: datetime = Field(sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)
    code: str | None = Field(default=None, max_length=64, description="why refused or voided")
    receipt: bytes | None = Field(
        default=None, sa_type=Digest, description="leaf hash of the answer's receipt, 32 bytes"
    )
    answer: bytes | None = Field(
        default=None, sa_type=Digest, description="salted commitment of the answer, 32 bytes"
    )
    analysis: str | None = Field(default=None, max_length=64)
    state: QuestionState = Field(
        default=QuestionState.RESERVED, sa_type=State(QuestionState), index=True
    )
