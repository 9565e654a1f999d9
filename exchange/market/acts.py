"""What the acts of the market do to the rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exchange.actors import Role
from exchange.acts.kinds import ActKind, Fact
from exchange.appraisals.models import Appraisal
from exchange.assets.description import analysis_ids
from exchange.assets.models import Asset
from exchange.assets.ownership import own_asset
from exchange.clock import from_iso
from exchange.errors import ConflictError, InvalidError
from exchange.market.eligibility import (
    check_appraised,
    check_open,
    check_registered,
    current_tariff,
)
from exchange.market.matching import FULL_SCORE, MATCHES_LIMIT
from exchange.market.models import Contract, Listing, Match, Request, Tariff
from exchange.market.ownership import own_listing, own_request, sold_contract
from exchange.market.rules import (
    Terms,
    check_listing,
    check_parties,
    check_rates,
    check_terms,
    check_topic,
    checked_analyses,
)
from exchange.market.states import ListingState, RequestState
from exchange.storage.deadlines import check_due, check_in_time
from exchange.storage.store import Writer, require
from ledger.encoding import unb64


def _set_tariff(writer: Writer, fact: Fact) -> None:
    version, fee_ppm, vat_ppm = (int(fact.body[name]) for name in ("version", "fee_ppm", "vat_ppm"))
    check_rates(fee_ppm, vat_ppm)
    current = writer.find(Tariff, current=True)
    if version != max((int(row.id) for row in current), default=0) + 1:
        raise ConflictError("tariff.version", "tariffs are counted without a gap")
    for row in current:
        writer.change(row, current=False)
    writer.add(Tariff(id=str(version), fee_ppm=fee_ppm, vat_ppm=vat_ppm, current=True))


def _open_listing(writer: Writer, fact: Fact) -> None:
    body = fact.body
    asset = own_asset(writer, fact.actor, str(body["asset"]))
    check_registered(asset)
    appraisal = require(writer, Appraisal, str(body["appraisal"]))
    check_appraised(appraisal, asset, fact.received_at)
    check_topic(str(body["topic"]), "listing.topic")
    check_listing(int(body["price_fen"]), int(body["days"]))
    offered = analysis_ids(asset.description)
    writer.add(
        Listing(
            id=str(body["listing"]),
            asset=asset.id,
            supplier=fact.actor,
            appraisal=appraisal.id,
            title_zh=asset.title_zh,
            title_en=asset.title_en,
            topic=str(body["topic"]),
            analyses=list(checked_analyses(body["analyses"], offered, "listing.analyses")),
            price_fen=int(body["price_fen"]),
            days=int(body["days"]),
        )
    )


def _close_listing(writer: Writer, fact: Fact) -> None:
    row = own_listing(writer, fact.actor, str(fact.body["listing"]))
    writer.advance(row, fact.kind)


def _post_request(writer: Writer, fact: Fact) -> None:
    body = fact.body
    check_topic(str(body["topic"]), "request.topic")
    row = Request(
        id=str(body["request"]),
        buyer=fact.actor,
        title=str(body["title"]),
        detail=str(body["detail"]),
        topic=str(body["topic"]),
        needs=dict(body["needs"]),
    )
    writer.add(row, due_at=from_iso(str(body["until"])))


def _withdraw_request(writer: Writer, fact: Fact) -> None:
    row = own_request(writer, fact.actor, str(fact.body["request"]))
    writer.advance(row, fact.kind)


def _expire_request(writer: Writer, fact: Fact) -> None:
    row = require(writer, Request, str(fact.body["request"]))
    check_due(writer, row, fact.received_at)
    writer.advance(row, fact.kind)


def _propose_matches(writer: Writer, fact: Fact) -> None:
    request = require(writer, Request, str(fact.body["request"]))
    check_open(request, RequestState.OPEN)
    proposed = list(fact.body["matches"])
    if len(proposed) > MATCHES_LIMIT:
        raise InvalidError("match.count", "a proposal has fewer matches")
    for old in writer.find(Match, request=request.id):
        writer.remove(old)
    for match in proposed:
        _add_match(writer, request, match)
    writer.change(request, funnel=dict(fact.body["funnel"]))


def _add_match(writer: Writer, request: Request, match: Mapping[str, Any]) -> None:
    listing = require(writer, Listing, str(match["listing"]))
    check_parties(request.buyer, listing.supplier)
    score, reasons = int(match["score"]), dict(match["reasons"])
    passed = all(constraint["passed"] for constraint in reasons["constraints"])
    total = sum(int(part["points"]) for part in reasons["parts"])
    if not passed or total != score or not 0 <= score <= FULL_SCORE:
        raise InvalidError("match.reasons", "the reasons do not give this score")
    writer.add(
        Match(
            id=str(match["match"]),
            request=request.id,
            listing=listing.id,
            score=score,
            reasons=reasons,
        )
    )


def _offer_contract(writer: Writer, fact: Fact) -> None:
    body = fact.body
    listing = require(writer, Listing, str(body["listing"]))
    asset = require(writer, Asset, listing.asset)
    check_open(listing, ListingState.OPEN)
    check_registered(asset)
    check_parties(fact.actor, listing.supplier)
    terms = Terms(int(body["price_fen"]), int(body["questions"]), int(body["days"]))
    check_terms(terms, listing.price_fen, listing.days)
    if terms.amount_fen != body["amount_fen"]:
        raise InvalidError("contract.amount", "the amount is not price times questions")
    request = None if body["request"] is None else str(body["request"])
    if request is not None:
        check_open(own_request(writer, fact.actor, request), RequestState.OPEN)
    row = Contract(
        id=str(body["contract"]),
        listing=listing.id,
        asset=asset.id,
        supplier=listing.supplier,
        buyer=fact.actor,
        request=request,
        analyses=list(checked_analyses(body["analyses"], listing.analyses, "contract.analyses")),
        price_fen=terms.price_fen,
        questions=terms.questions,
        amount_fen=terms.amount_fen,
        days=terms.days,
        tariff=current_tariff(writer, str(body["tariff"])).id,
        offered=fact.leaf_hash,
    )
    writer.add(row, due_at=from_iso(str(body["lapses_at"])))


def _accept_contract(writer: Writer, fact: Fact) -> None:
    row = sold_contract(writer, fact.actor, str(fact.body["contract"]))
    if unb64(str(fact.body["offer"]), 32) != row.offered:
        raise ConflictError("contract.offer", "the acceptance names another offer")
    check_in_time(writer, row, fact.received_at)
    writer.advance(row, fact.kind, due_at=from_iso(str(fact.body["lapses_at"])))
    sought = None if row.request is None else writer.get(Request, row.request)
    if sought is not None and sought.state is RequestState.OPEN:
        writer.advance(sought, fact.kind)


def _decline_contract(writer: Writer, fact: Fact) -> None:
    row = sold_contract(writer, fact.actor, str(fact.body["contract"]))
    writer.advance(row, fact.kind, reasons=str(fact.body["reasons"]))


def _lapse_contract(writer: Writer, fact: Fact) -> None:
    row = require(writer, Contract, str(fact.body["contract"]))
    check_due(writer, row, fact.received_at)
    writer.advance(row, fact.kind)


_OPERATOR, _SUPPLIER, _BUYER = (Role.OPERATOR,), (Role.SUPPLIER,), (Role.BUYER,)

ACTS = (
    ActKind("tariff.set", _OPERATOR, ("version", "fee_ppm", "vat_ppm"), _set_tariff),
    ActKind(
        "listing.open",
        _SUPPLIER,
        ("listing", "asset", "appraisal", "topic", "analyses", "price_fen", "days"),
        _open_listing,
    ),
    ActKind("listing.close", _SUPPLIER, ("listing",), _close_listing),
    ActKind(
        "request.post",
        _BUYER,
        ("request", "title", "detail", "topic", "needs", "until"),
        _post_request,
    ),
    ActKind("request.withdraw", _BUYER, ("request",), _withdraw_request),
    ActKind("request.expire", _OPERATOR, ("request",), _expire_request),
    ActKind("match.propose", _OPERATOR, ("request", "matches", "funnel"), _propose_matches),
    ActKind(
        "contract.offer",
        _BUYER,
        (
            "contract",
            "listing",
            "request",
            "analyses",
            "price_fen",
            "questions",
            "amount_fen",
            "days",
            "tariff",
            "lapses_at",
        ),
        _offer_contract,
    ),
    ActKind("contract.accept", _SUPPLIER, ("contract", "offer", "lapses_at"), _accept_contract),
    ActKind("contract.decline", _SUPPLIER, ("contract", "reasons"), _decline_contract),
    ActKind("contract.lapse", _OPERATOR, ("contract",), _lapse_contract),
)

TABLES = (Tariff, Listing, Request, Match, Contract)
