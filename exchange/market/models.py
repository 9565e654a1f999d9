"""Tables of the market."""

from typing import Any, ClassVar

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field

from exchange.lifecycle import Lifecycle
from exchange.market.states import (
    CONTRACT,
    LISTING,
    REQUEST,
    ContractState,
    ListingState,
    RequestState,
)
from exchange.storage.columns import Digest, Json, State
from exchange.storage.tables import Recorded, Staged


class Tariff(Recorded, table=True):
    """What the exchange charges; the key is the version, counted from 1."""

    __tablename__ = "tariff"
    __table_args__ = (CheckConstraint("fee_ppm >= 0 AND vat_ppm >= 0", name="tariff_rates"),)

    fee_ppm: int = Field(sa_type=BigInteger, description="of the captured amount, VAT included")
    vat_ppm: int = Field(sa_type=BigInteger, description="on the fee without VAT")
    current: bool = Field(index=True, description="whether new contracts take this version")


class Listing(Staged, table=True):
    """Analyses of one registered asset, offered at a price for each question."""

    __tablename__ = "listing"
    __table_args__ = (CheckConstraint("price_fen > 0", name="listing_price"),)
    lifecycle: ClassVar[Lifecycle] = LISTING

    asset: str = Field(max_length=64, index=True)
    supplier: str = Field(max_length=64, index=True)
    appraisal: str = Field(max_length=64)
    title_zh: str = Field(max_length=200)
    title_en: str = Field(max_length=200)
    topic: str = Field(max_length=40, index=True)
    analyses: list[str] = Field(sa_type=Json, description="names of the rule's analyses")
    price_fen: int = Field(sa_type=BigInteger, description="for one question")
    days: int = Field(description="longest term of a contract")
    state: ListingState = Field(default=ListingState.OPEN, sa_type=State(ListingState), index=True)


class Request(Staged, table=True):
    """What a buyer looks for.

    `needs` has `columns` (names), `minimum_quality_ppm`, `budget_fen`, `questions`, `days`.
    `funnel` tells what the last proposal considered and left out; None before the first.
    """

    __tablename__ = "request"
    lifecycle: ClassVar[Lifecycle] = REQUEST

    buyer: str = Field(max_length=64, index=True)
    title: str = Field(max_length=200)
    detail: str = Field(max_length=44, description="commitment")
    topic: str = Field(max_length=40, index=True)
    needs: dict[str, Any] = Field(sa_type=Json)
    funnel: dict[str, Any] | None = Field(default=None, sa_type=Json)
    state: RequestState = Field(default=RequestState.OPEN, sa_type=State(RequestState), index=True)


class Match(Recorded, table=True):
    """A listing that meets all that a request demands, with the reasons for its place."""

    __tablename__ = "match"

    request: str = Field(max_length=64, index=True)
    listing: str = Field(max_length=64, index=True)
    score: int = Field(description="0 to 10,000")
    reasons: dict[str, Any] = Field(sa_type=Json, description="constraints and parts")


class Contract(Staged, table=True):
    """What a buyer and a supplier agree: so many questions at such a price, for so many days."""

    __tablename__ = "contract"
    __table_args__ = (
        CheckConstraint(
            "price_fen > 0 AND questions > 0 AND amount_fen = price_fen * questions",
            name="contract_amount",
        ),
        CheckConstraint("buyer <> supplier", name="contract_parties"),
    )
    lifecycle: ClassVar[Lifecycle] = CONTRACT

    listing: str = Field(max_length=64, index=True)
    asset: str = Field(max_length=64, index=True)
    supplier: str = Field(max_length=64, index=True)
    buyer: str = Field(max_length=64, index=True)
    request: str | None = Field(default=None, max_length=64, index=True)
    analyses: list[str] = Field(sa_type=Json, description="names, sorted")
    price_fen: int = Field(sa_type=BigInteger, description="for one question")
    questions: int = Field(sa_type=BigInteger)
    amount_fen: int = Field(sa_type=BigInteger, description="price times questions")
    days: int = Field(description="term, from the grant's issue")
    tariff: str = Field(max_length=16, description="version of the tariff that it was made under")
    offered: bytes = Field(sa_type=Digest, description="leaf hash of the offer, 32 bytes")
    reasons: str | None = Field(default=None, max_length=44, description="commitment, if declined")
    state: ContractState = Field(
        default=ContractState.OFFERED, sa_type=State(ContractState), index=True
    )
