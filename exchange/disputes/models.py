"""The table of disputes."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field

from exchange.disputes.states import DISPUTE, DisputeState
from exchange.lifecycle import Lifecycle
from exchange.storage.columns import Json, State, UtcTime
from exchange.storage.tables import Staged


class Dispute(Staged, table=True):
    """A buyer's claim to get back what one answered question cost."""

    __tablename__ = "dispute"
    __table_args__ = (
        CheckConstraint("claim_fen > 0", name="dispute_claim"),
        CheckConstraint("held_fen >= 0 AND held_fen <= claim_fen", name="dispute_held"),
        CheckConstraint(
            "award_fen IS NULL OR (award_fen >= 0 AND award_fen <= claim_fen)",
            name="dispute_award",
        ),
    )
    lifecycle: ClassVar[Lifecycle] = DISPUTE

    question: str = Field(max_length=64, index=True)
    contract: str = Field(max_length=64, index=True)
    claimant: str = Field(max_length=64, index=True)
    respondent: str = Field(max_length=64, index=True)
    arbitrator: str | None = Field(default=None, max_length=64, index=True)
    claim_fen: int = Field(sa_type=BigInteger)
    held_fen: int = Field(sa_type=BigInteger, description="what the supplier had to hold")
    filed_at: datetime = Field(sa_type=UtcTime)
    answer_by: datetime = Field(sa_type=UtcTime)
    statement: str = Field(max_length=44, description="commitment")
    answer: str | None = Field(default=None, max_length=44, description="commitment")
    drawn: dict[str, Any] | None = Field(
        default=None, sa_type=Json, description="`from` and `seed` of the arbitrator's draw"
    )
    reasons: str | None = Field(default=None, max_length=44, description="commitment")
    award_fen: int | None = Field(default=None, sa_type=BigInteger)
    evidence: list[str] = Field(sa_type=Json, description="leaf hashes that the award cites")
    state: DisputeState = Field(default=DisputeState.FILED, sa_type=State(DisputeState), index=True)
