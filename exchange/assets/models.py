"""Tables of nodes, their descriptions, and registered assets."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field

from exchange.assets.states import ASSET, AssetState
from exchange.lifecycle import Lifecycle
from exchange.storage.columns import Digest, Json, State, UtcTime
from exchange.storage.tables import Recorded, Staged


class Node(Recorded, table=True):
    """A domain node by its actor id; it speaks for its supplier once that has bound it."""

    __tablename__ = "node"

    supplier: str = Field(max_length=64, index=True)
    url: str = Field(
        max_length=200, description="where the exchange reaches it, no slash at the end"
    )
    name: str = Field(max_length=200)
    leaf_hash: bytes = Field(sa_type=Digest, description="of its registration, 32 bytes")
    bound: bool = Field(default=False)


class Description(Recorded, table=True):
    """The latest description of one asset by its node; the key is `NODE/NAME`."""

    __tablename__ = "description"

    node: str = Field(max_length=64, index=True)
    leaf_hash: bytes = Field(sa_type=Digest, description="of the describing act, 32 bytes")
    body: dict[str, Any] = Field(sa_type=Json, description="body of the describing act")


class Asset(Staged, table=True):
    """A data asset on its way to registration, or registered; the data stays at the node."""

    __tablename__ = "asset"
    lifecycle: ClassVar[Lifecycle] = ASSET

    supplier: str = Field(max_length=64, index=True)
    node: str = Field(max_length=64, index=True)
    local: str = Field(max_length=64, description="the asset's name at its node")
    title_zh: str = Field(max_length=200)
    title_en: str = Field(max_length=200)
    rights: list[str] = Field(sa_type=Json, description="rights that the supplier states to have")
    grade: str = Field(max_length=16, description="GB/T 43697-2024: important or general")
    describes: bytes = Field(sa_type=Digest, description="leaf hash of the description, 32 bytes")
    description: dict[str, Any] = Field(sa_type=Json, description="body of that description")
    rule: bytes = Field(sa_type=Digest, description="SHA-256 of the node's rule, 32 bytes")
    statement: str = Field(max_length=44, description="commitment of the applicant's statement")
    applied_at: datetime = Field(sa_type=UtcTime)
    accept_by: datetime = Field(sa_type=UtcTime, description="when acceptance is due")
    accepted_by: str | None = Field(default=None, max_length=64, description="a registrar")
    notice_ends_at: datetime | None = Field(default=None, sa_type=UtcTime)
    published_calendar: bool = Field(
        default=True, description="whether the notice was counted on published working days alone"
    )
    objectors: list[str] = Field(sa_type=Json, description="who has objected, latest last")
    objected_at: datetime | None = Field(default=None, sa_type=UtcTime)
    grounds: str | None = Field(
        default=None, max_length=44, description="commitment of the latest objection"
    )
    remarks: str | None = Field(
        default=None, max_length=44, description="commitment of the registrar's latest words"
    )
    code: str | None = Field(default=None, max_length=32, index=True)
    coded_at: datetime | None = Field(default=None, sa_type=UtcTime)
    state: AssetState = Field(default=AssetState.APPLIED, sa_type=State(AssetState), index=True)


class CodeSeries(Recorded, table=True):
    """The last running number that was given out in a year; the key is the year."""

    __tablename__ = "code_series"
    __table_args__ = (CheckConstraint("last > 0", name="code_series_last"),)

    last: int = Field(sa_type=BigInteger)
