"""What pages and the API show about listings, requests, matches and contracts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from exchange.actors import Actor, Role
from exchange.acts.ledger_tables import Payload
from exchange.acts.participants import Participant
from exchange.assets.models import Asset
from exchange.assets.states import AssetState
from exchange.clock import from_ms
from exchange.errors import NotFoundError
from exchange.market.models import Contract, Listing, Match, Request, Tariff
from exchange.market.rules import Needs
from exchange.market.states import ContractState, ListingState, RequestState
from exchange.storage.store import Reader, require
from exchange.storage.tables import Deadline, Staged

_STAFF = (Role.OPERATOR, Role.REGISTRAR, Role.CLEARER, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class TariffView:
    """A version of the tariff."""

    version: int
    fee_ppm: int
    vat_ppm: int
    current: bool


@dataclass(frozen=True, slots=True)
class ListingView:
    """A listing as everybody sees it; `acts` are possible in its state."""

    id: str
    asset: str
    supplier: str
    supplier_name: str
    appraisal: str
    title_zh: str
    title_en: str
    topic: str
    analyses: tuple[str, ...]
    price_fen: int
    days: int
    state: ListingState
    acts: tuple[str, ...]
    entry: int


@dataclass(frozen=True, slots=True)
class RequestView:
    """A request as everybody sees it.

    `until` is None once the request is over; `funnel` is None before the first proposal.
    """

    id: str
    buyer: str
    buyer_name: str
    title: str
    topic: str
    needs: Needs
    until: datetime | None
    funnel: dict[str, Any] | None
    state: RequestState
    acts: tuple[str, ...]
    entry: int


@dataclass(frozen=True, slots=True)
class MatchView:
    """A proposed match with its reasons: `constraints` and `parts`."""

    id: str
    request: str
    listing: ListingView
    score: int
    reasons: dict[str, Any]
    entry: int


@dataclass(frozen=True, slots=True)
class ContractView:
    """A contract as its parties and the staff see it.

    `due_at` is the end of a state that waits for somebody, else None; `offered` is the leaf
    hash of the offer, 32 bytes.
    """

    id: str
    listing: str
    asset: str
    title_zh: str
    title_en: str
    supplier: str
    supplier_name: str
    buyer: str
    buyer_name: str
    request: str | None
    analyses: tuple[str, ...]
    price_fen: int
    questions: int
    amount_fen: int
    days: int
    tariff: TariffView
    offered: bytes
    reasons: str | None
    due_at: datetime | None
    state: ContractState
    acts: tuple[str, ...]
    entry: int


V = TypeVar("V", ListingView, RequestView, ContractView)


def tariff_now(reader: Reader) -> TariffView | None:
    """Return the tariff that new contracts take, or None before the first is set."""
    current = reader.find(Tariff, current=True)
    return _tariff_view(current[0]) if current else None


def open_listings(reader: Reader, topic: str | None = None) -> list[ListingView]:
    """List the open listings of registered assets, of one topic or of all, latest first."""
    rows = reader.find(Listing, state=ListingState.OPEN)
    wanted = [
        row
        for row in rows
        if topic in (None, row.topic)
        and require(reader, Asset, row.asset).state is AssetState.REGISTERED
    ]
    return _latest_first(_listing_view(reader, row) for row in wanted)


def listing_of(reader: Reader, key: str) -> ListingView:
    """Return a listing, open or closed.

    Raises:
        NotFoundError: there is none (`listing.unknown`).
    """
    return _listing_view(reader, require(reader, Listing, key))


def listings_by(reader: Reader, supplier: str) -> list[ListingView]:
    """List a supplier's listings in every state, latest first."""
    return _latest_first(
        _listing_view(reader, row) for row in reader.find(Listing, supplier=supplier)
    )


def listings_of_asset(reader: Reader, asset: str) -> list[ListingView]:
    """List the listings of one asset in every state, latest first."""
    return _latest_first(_listing_view(reader, row) for row in reader.find(Listing, asset=asset))


def open_requests(reader: Reader) -> list[RequestView]:
    """List the open requests, latest first."""
    rows = reader.find(Request, state=RequestState.OPEN)
    return _latest_first(_request_view(reader, row) for row in rows)


def requests_by(reader: Reader, buyer: str) -> list[RequestView]:
    """List a buyer's requests in every state, latest first."""
    return _latest_first(_request_view(reader, row) for row in reader.find(Request, buyer=buyer))


def request_of(reader: Reader, key: str) -> RequestView:
    """Return a request.

    Raises:
        NotFoundError: there is none (`request.unknown`).
    """
    return _request_view(reader, require(reader, Request, key))


def detail_of(reader: Reader, key: str) -> str | None:
    """Return the free text of a request; None where it is erased.

    Raises:
        NotFoundError: there is no such request (`request.unknown`).
    """
    return _text(reader, require(reader, Request, key).detail)


def matches_of(reader: Reader, request: str) -> list[MatchView]:
    """List the matches last proposed for a request, best first."""
    rows = reader.find(Match, request=request)
    rows.sort(key=lambda row: (-row.score, row.listing))
    return [
        MatchView(
            id=row.id,
            request=row.request,
            listing=listing_of(reader, row.listing),
            score=row.score,
            reasons=row.reasons,
            entry=row.entry,
        )
        for row in rows
    ]


def contract_of(reader: Reader, actor: Actor, key: str) -> ContractView:
    """Return a contract to one of its parties or to the staff.

    Raises:
        NotFoundError: there is none that concerns the actor (`contract.unknown`).
    """
    row = require(reader, Contract, key)
    if actor.id not in (row.buyer, row.supplier) and not actor.may(*_STAFF):
        raise NotFoundError("contract.unknown", "there is no such contract")
    return _contract_view(reader, row)


def contracts_by(reader: Reader, participant: str) -> list[ContractView]:
    """List the contracts of a participant, as buyer or supplier, latest first."""
    rows = reader.find(Contract, buyer=participant) + reader.find(Contract, supplier=participant)
    return _latest_first(_contract_view(reader, row) for row in rows)


def contracts_in(reader: Reader, state: ContractState) -> list[ContractView]:
    """List all contracts in one state, latest first: for the staff."""
    return _latest_first(_contract_view(reader, row) for row in reader.find(Contract, state=state))


def _latest_first(views: Iterable[V]) -> list[V]:
    return sorted(views, key=lambda view: (-view.entry, view.id))


def _name(reader: Reader, participant: str) -> str:
    return require(reader, Participant, participant).name


def _text(reader: Reader, commitment: str | None) -> str | None:
    payload = None if commitment is None else reader.get(Payload, commitment)
    return None if payload is None else payload.text


def _due_at(reader: Reader, row: Staged) -> datetime | None:
    deadline = reader.get(Deadline, f"{row.lifecycle.name}:{row.id}")
    return None if deadline is None else from_ms(deadline.due_ms)


def _tariff_view(row: Tariff) -> TariffView:
    return TariffView(int(row.id), row.fee_ppm, row.vat_ppm, row.current)


def _listing_view(reader: Reader, row: Listing) -> ListingView:
    return ListingView(
        id=row.id,
        asset=row.asset,
        supplier=row.supplier,
        supplier_name=_name(reader, row.supplier),
        appraisal=row.appraisal,
        title_zh=row.title_zh,
        title_en=row.title_en,
        topic=row.topic,
        analyses=tuple(row.analyses),
        price_fen=row.price_fen,
        days=row.days,
        state=row.state,
        acts=row.lifecycle.acts(row.state),
        entry=row.entry,
    )


def _request_view(reader: Reader, row: Request) -> RequestView:
    return RequestView(
        id=row.id,
        buyer=row.buyer,
        buyer_name=_name(reader, row.buyer),
        title=row.title,
        topic=row.topic,
        needs=Needs.from_body(row.needs),
        until=_due_at(reader, row),
        funnel=row.funnel,
        state=row.state,
        acts=row.lifecycle.acts(row.state),
        entry=row.entry,
    )


def _contract_view(reader: Reader, row: Contract) -> ContractView:
    listing = require(reader, Listing, row.listing)
    return ContractView(
        id=row.id,
        listing=row.listing,
        asset=row.asset,
        title_zh=listing.title_zh,
        title_en=listing.title_en,
        supplier=row.supplier,
        supplier_name=_name(reader, row.supplier),
        buyer=row.buyer,
        buyer_name=_name(reader, row.buyer),
        request=row.request,
        analyses=tuple(row.analyses),
        price_fen=row.price_fen,
        questions=row.questions,
        amount_fen=row.amount_fen,
        days=row.days,
        tariff=_tariff_view(require(reader, Tariff, row.tariff)),
        offered=row.offered,
        reasons=_text(reader, row.reasons),
        due_at=_due_at(reader, row),
        state=row.state,
        acts=row.lifecycle.acts(row.state),
        entry=row.entry,
    )
