"""Deciding on tariffs, listings, requests, matches and contracts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from exchange.actors import Role
from exchange.acts.unit_of_work import Decision, Service, UnitOfWork
from exchange.appraisals.models import Appraisal
from exchange.assets.description import analysis_ids
from exchange.assets.models import Asset
from exchange.assets.ownership import own_asset
from exchange.assets.rules import checked_name, checked_text
from exchange.clock import iso
from exchange.market.candidates import open_candidates
from exchange.market.eligibility import (
    check_appraised,
    check_open,
    check_registered,
    current_tariff,
)
from exchange.market.matching import Sought, propose
from exchange.market.models import Contract, Listing, Request, Tariff
from exchange.market.ownership import own_listing, own_request, sold_contract
from exchange.market.rules import (
    FUNDING_LASTS,
    OFFER_LASTS,
    Needs,
    Terms,
    check_listing,
    check_needs,
    check_parties,
    check_rates,
    check_terms,
    check_topic,
    check_until,
    checked_analyses,
)
from exchange.market.states import ListingState, RequestState
from exchange.storage.deadlines import check_due, check_in_time
from ledger.encoding import b64


@dataclass(frozen=True, slots=True)
class SetTariff:
    """A wish to charge these rates on contracts that are offered from now on."""

    fee_ppm: int
    vat_ppm: int


@dataclass(frozen=True, slots=True)
class OpenListing:
    """A wish to offer analyses of one's registered asset; `price_fen` is for one question."""

    asset: str
    appraisal: str
    topic: str
    analyses: tuple[str, ...]
    price_fen: int
    days: int


@dataclass(frozen=True, slots=True)
class PostRequest:
    """A wish to look for data until a moment; `detail` stays out of the ledger."""

    title: str
    detail: str
    topic: str
    needs: Needs
    until: datetime


@dataclass(frozen=True, slots=True)
class OfferContract:
    """A wish to buy questions of a listing, perhaps for one's own request.

    None takes the listing's own price or longest term.
    """

    listing: str
    analyses: tuple[str, ...]
    questions: int
    price_fen: int | None = None
    days: int | None = None
    request: str | None = None


@dataclass(frozen=True, slots=True)
class DeclineContract:
    """A wish to decline an offer; the reasons stay out of the ledger."""

    contract: str
    reasons: str


def set_tariff(uow: UnitOfWork, wish: SetTariff) -> Decision:
    """Set the next version of the tariff.

    Raises:
        InvalidError: a rate is outside its limits (`tariff.range`).
    """
    uow.need_role(Role.OPERATOR)
    check_rates(wish.fee_ppm, wish.vat_ppm)
    version = max((int(row.id) for row in uow.find(Tariff, current=True)), default=0) + 1
    body = {"version": version, "fee_ppm": wish.fee_ppm, "vat_ppm": wish.vat_ppm}
    return Decision("tariff.set", body, str(version))


def open_listing(uow: UnitOfWork, wish: OpenListing) -> Decision:
    """Offer analyses of one's registered and appraised asset.

    Raises:
        NotFoundError: asset or appraisal is unknown or another's.
        ConflictError: the asset is not registered, or the appraisal not in force.
        InvalidError: topic, analyses, price or term are outside what is allowed.
    """
    uow.need_role(Role.SUPPLIER)
    asset = own_asset(uow.reader, uow.actor.id, wish.asset)
    check_registered(asset)
    check_appraised(uow.require(Appraisal, wish.appraisal), asset, uow.now)
    check_topic(wish.topic, "listing.topic")
    check_listing(wish.price_fen, wish.days)
    analyses = checked_analyses(wish.analyses, analysis_ids(asset.description), "listing.analyses")
    key = uow.new_id("listing")
    body = {
        "listing": key,
        "asset": asset.id,
        "appraisal": wish.appraisal,
        "topic": wish.topic,
        "analyses": list(analyses),
        "price_fen": wish.price_fen,
        "days": wish.days,
    }
    return Decision("listing.open", body, key)


def close_listing(uow: UnitOfWork, wish: str) -> Decision:
    """Take one's listing off the market; what was offered on it before stays possible.

    Raises:
        NotFoundError: the listing is unknown or another's.
        ConflictError: it is closed.
    """
    uow.need_role(Role.SUPPLIER)
    row = own_listing(uow.reader, uow.actor.id, wish)
    check_open(row, ListingState.OPEN)
    return Decision("listing.close", {"listing": row.id}, row.id)


def post_request(uow: UnitOfWork, wish: PostRequest) -> Decision:
    """Say what one looks for.

    Raises:
        InvalidError: a text, the topic, a figure or the end is outside its limits.
    """
    uow.need_role(Role.BUYER)
    title = checked_name("request.title", "title", wish.title)
    detail = uow.commit(checked_text("request.detail", "detail", wish.detail))
    check_topic(wish.topic, "request.topic")
    check_needs(wish.needs)
    check_until(uow.now, wish.until)
    key = uow.new_id("request")
    body = {
        "request": key,
        "title": title,
        "detail": detail.id,
        "topic": wish.topic,
        "needs": wish.needs.to_body(),
        "until": iso(wish.until),
    }
    return Decision("request.post", body, key, (detail,))


def withdraw_request(uow: UnitOfWork, wish: str) -> Decision:
    """Stop looking.

    Raises:
        NotFoundError: the request is unknown or another's.
        ConflictError: it is not open.
    """
    uow.need_role(Role.BUYER)
    row = own_request(uow.reader, uow.actor.id, wish)
    check_open(row, RequestState.OPEN)
    return Decision("request.withdraw", {"request": row.id}, row.id)


def expire_request(uow: UnitOfWork, wish: str) -> Decision:
    """End a request whose time is over.

    Raises:
        ConflictError: it is not open, or its time is not over (`deadline.early`).
    """
    uow.need_role(Role.OPERATOR)
    row = uow.require(Request, wish)
    check_open(row, RequestState.OPEN)
    check_due(uow.reader, row, uow.now)
    return Decision("request.expire", {"request": row.id}, row.id)


def propose_matches(uow: UnitOfWork, wish: str) -> Decision:
    """Match an open request with all open listings; this replaces an earlier proposal.

    Raises:
        NotFoundError: the request is unknown.
        ConflictError: it is not open.
    """
    uow.need_role(Role.OPERATOR)
    row = uow.require(Request, wish)
    check_open(row, RequestState.OPEN)
    sought = Sought(row.buyer, row.topic, Needs.from_body(row.needs))
    proposal = propose(sought, open_candidates(uow.reader))
    matches = [
        {
            "match": uow.new_id("match"),
            "listing": scored.listing,
            "score": scored.score,
            "reasons": scored.reasons(),
        }
        for scored in proposal.matches
    ]
    body = {"request": row.id, "matches": matches, "funnel": proposal.funnel}
    return Decision("match.propose", body, row.id)


def offer_contract(uow: UnitOfWork, wish: OfferContract) -> Decision:
    """Offer to buy questions, at the posted price or below; the supplier has 72 hours.

    Raises:
        NotFoundError: the listing is unknown, or the request unknown or another's.
        ConflictError: the listing is closed, its asset no longer registered, it is one's own
            (`contract.self`), the request not open, or no tariff is set (`tariff.none`).
        InvalidError: analyses, price, questions or term are outside what the listing allows.
    """
    uow.need_role(Role.BUYER)
    listing = uow.require(Listing, wish.listing)
    check_open(listing, ListingState.OPEN)
    check_registered(uow.require(Asset, listing.asset))
    check_parties(uow.actor.id, listing.supplier)
    if wish.request is not None:
        check_open(own_request(uow.reader, uow.actor.id, wish.request), RequestState.OPEN)
    terms = Terms(
        listing.price_fen if wish.price_fen is None else wish.price_fen,
        wish.questions,
        listing.days if wish.days is None else wish.days,
    )
    check_terms(terms, listing.price_fen, listing.days)
    analyses = checked_analyses(wish.analyses, listing.analyses, "contract.analyses")
    key = uow.new_id("contract")
    body = {
        "contract": key,
        "listing": listing.id,
        "request": wish.request,
        "analyses": list(analyses),
        "price_fen": terms.price_fen,
        "questions": terms.questions,
        "amount_fen": terms.amount_fen,
        "days": terms.days,
        "tariff": current_tariff(uow.reader).id,
        "lapses_at": iso(uow.now + OFFER_LASTS),
    }
    return Decision("contract.offer", body, key)


def accept_contract(uow: UnitOfWork, wish: str) -> Decision:
    """Accept an offer by naming its leaf; the buyer then has 24 hours to fund it.

    Raises:
        NotFoundError: the contract is unknown or another's.
        ConflictError: it is not offered, its time is over, or the asset no longer registered.
    """
    row = _offered_to(uow, wish, "contract.accept")
    check_registered(uow.require(Asset, row.asset))
    check_in_time(uow.reader, row, uow.now)
    body = {
        "contract": row.id,
        "offer": b64(row.offered),
        "lapses_at": iso(uow.now + FUNDING_LASTS),
    }
    return Decision("contract.accept", body, row.id)


def decline_contract(uow: UnitOfWork, wish: DeclineContract) -> Decision:
    """Decline an offer, with reasons for the buyer.

    Raises:
        NotFoundError: the contract is unknown or another's.
        ConflictError: it is not offered.
        InvalidError: the reasons are empty or too long.
    """
    row = _offered_to(uow, wish.contract, "contract.decline")
    reasons = uow.commit(checked_text("contract.reasons", "reasons", wish.reasons))
    body = {"contract": row.id, "reasons": reasons.id}
    return Decision("contract.decline", body, row.id, (reasons,))


def lapse_contract(uow: UnitOfWork, wish: str) -> Decision:
    """End a contract that was not accepted, or not funded, in time.

    Raises:
        ConflictError: it waits for nothing, or its time is not over (`deadline.early`).
    """
    uow.need_role(Role.OPERATOR)
    row = uow.require(Contract, wish)
    row.lifecycle.target("contract.lapse", row.state)
    check_due(uow.reader, row, uow.now)
    return Decision("contract.lapse", {"contract": row.id}, row.id)


def _offered_to(uow: UnitOfWork, key: str, act: str) -> Contract:
    uow.need_role(Role.SUPPLIER)
    row = sold_contract(uow.reader, uow.actor.id, key)
    row.lifecycle.target(act, row.state)
    return row


#: What the operator does when a state of the market has lasted too long.
TIMED: Final[dict[str, Service[str]]] = {
    "request.expire": expire_request,
    "contract.lapse": lapse_contract,
}
