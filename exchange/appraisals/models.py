"""The table of appraisals."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field

from exchange.appraisals.states import APPRAISAL, AppraisalState
from exchange.lifecycle import Lifecycle
from exchange.storage.columns import Digest, Json, State, UtcTime
from exchange.storage.tables import Staged


class Appraisal(Staged, table=True):
    """An appraiser's opinion on what a registered asset is worth, or the request for one."""

    __tablename__ = "appraisal"
    __table_args__ = (
        CheckConstraint("value_fen IS NULL OR value_fen >= 0", name="appraisal_value"),
    )
    lifecycle: ClassVar[Lifecycle] = APPRAISAL

    asset: str = Field(max_length=64, index=True)
    supplier: str = Field(max_length=64, index=True)
    appraiser: str = Field(max_length=64, index=True)
    purpose: str = Field(max_length=32)
    requested: bytes = Field(sa_type=Digest, description="leaf hash of the request, 32 bytes")
    requested_at: datetime = Field(sa_type=UtcTime)
    report: dict[str, Any] | None = Field(default=None, sa_type=Json)
    value_fen: int | None = Field(default=None, sa_type=BigInteger)
    expires_at: datetime | None = Field(default=None, sa_type=UtcTime)
    reasons: str | None = Field(default=None, max_length=44, description="commitment, if declined")
    state: AppraisalState = Field(
        default=AppraisalState.REQUESTED, sa_type=State(AppraisalState), index=True
    )
