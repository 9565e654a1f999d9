from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from exchange.acts.ledger_tables import Payload
from exchange.appraisals.service import expire
from exchange.assets.service import cancel
from exchange.clock import to_ms
from exchange.market.models import Listing, Match, Request, Tariff
from exchange.market.service import (
    OpenListing,
    PostRequest,
    SetTariff,
    close_listing,
    expire_request,
    open_listing,
    post_request,
    propose_matches,
    set_tariff,
    withdraw_request,
)
from exchange.market.states import ListingState, RequestState
from exchange.storage.tables import Deadline
from tests.steps import ANALYSIS, Trade


@pytest.fixture
def trade() -> Trade:
    return Trade()


def matches(trade: Trade, request: str) -> list[Match]:
    with trade.world.backend.snapshot() as reader:
        return reader.find(Match, request=request)


def test_the_operator_sets_tariffs_one_after_another(trade: Trade) -> None:
    trade.world.operate(set_tariff, SetTariff(fee_ppm=50_000, vat_ppm=0))

    rows = [trade.world.get(Tariff, version) for version in ("1", "2")]
    assert [(row.fee_ppm, row.vat_ppm, row.current) for row in rows] == [
        (30_000, 60_000, False),
        (50_000, 0, True),
    ]
    assert trade.world.replay_digest() == trade.world.digest()


def test_tariffs_are_the_operators_and_have_limits(trade: Trade) -> None:
    operator = trade.world.exchange.operator

    assert trade.world.refuses("act.role", trade.supplier, set_tariff, SetTariff(0, 0))
    assert trade.world.refuses("tariff.range", operator, set_tariff, SetTariff(300_001, 0))


def test_a_supplier_lists_a_registered_and_appraised_asset(trade: Trade) -> None:
    listing = trade.world.get(Listing, trade.listed())

    assert listing.values() == {
        "id": listing.id,
        "entry": len(trade.world.leaves()) - 1,
        "asset": trade.registered_asset,
        "supplier": trade.supplier.participant,
        "appraisal": trade.appraisal,
        "title_zh": "航班准点数据",
        "title_en": "Flight punctuality",
        "topic": "transport",
        "analyses": [ANALYSIS],
        "price_fen": 10_000,
        "days": 90,
        "state": ListingState.OPEN,
    }
    assert trade.world.replay_digest() == trade.world.digest()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"asset": "asset-0"}, "asset.unknown"),
        ({"appraisal": "appraisal-0"}, "appraisal.unknown"),
        ({"topic": "gossip"}, "listing.topic"),
        ({"price_fen": 0}, "listing.range"),
        ({"days": 1_097}, "listing.range"),
        ({"analyses": ("raw-rows",)}, "listing.analyses"),
        ({"analyses": ()}, "listing.analyses"),
    ],
)
def test_an_unfit_listing_is_refused(trade: Trade, change: dict[str, Any], code: str) -> None:
    wish = trade.offer_of_analyses(**change)

    assert trade.world.refuses(code, trade.supplier, open_listing, wish)


def test_only_the_holder_lists_its_asset(trade: Trade) -> None:
    wish: OpenListing = trade.offer_of_analyses()

    assert trade.world.refuses("asset.unknown", trade.rival, open_listing, wish)
    assert trade.world.refuses("act.role", trade.buyer, open_listing, wish)


def test_an_asset_that_is_no_longer_registered_is_not_listed(trade: Trade) -> None:
    trade.world.do(trade.supplier, cancel, trade.registered_asset)

    wish = trade.offer_of_analyses()
    assert trade.world.refuses("asset.state", trade.supplier, open_listing, wish)


def test_an_appraisal_must_be_signed_and_in_force(trade: Trade) -> None:
    asked = trade.offer_of_analyses(appraisal=trade.commissioned(trade.registered_asset))
    assert trade.world.refuses("appraisal.state", trade.supplier, open_listing, asked)

    trade.world.advance(days=366)
    wish = trade.offer_of_analyses()
    assert trade.world.refuses("appraisal.expired", trade.supplier, open_listing, wish)
    trade.world.operate(expire, trade.appraisal)
    assert trade.world.refuses("appraisal.state", trade.supplier, open_listing, wish)


def test_an_appraisal_of_another_asset_serves_no_listing(trade: Trade) -> None:
    trade.world.do(trade.supplier, cancel, trade.registered_asset)
    wish = trade.offer_of_analyses(asset=trade.registered())

    assert trade.world.refuses("appraisal.unknown", trade.supplier, open_listing, wish)


def test_a_supplier_closes_its_listing_once(trade: Trade) -> None:
    listing = trade.listed()
    assert trade.world.refuses("listing.unknown", trade.rival, close_listing, listing)
    assert trade.world.refuses("listing.unknown", trade.supplier, close_listing, "listing-0")
    assert trade.world.refuses("act.role", trade.buyer, close_listing, listing)

    trade.world.do(trade.supplier, close_listing, listing)
    assert trade.world.get(Listing, listing).state is ListingState.CLOSED
    assert trade.world.refuses("listing.state", trade.supplier, close_listing, listing)
    assert trade.world.replay_digest() == trade.world.digest()


def test_a_buyer_posts_a_request_whose_detail_stays_out_of_the_ledger(trade: Trade) -> None:
    until = trade.world.clock.now() + timedelta(days=30)
    request = trade.world.get(Request, trade.requested(until=until))

    assert (request.state, request.title) == (RequestState.OPEN, "航班延误研究")
    assert (request.buyer, request.topic) == (trade.buyer.participant, "transport")
    assert request.needs == {
        "columns": ["carrier", "delay"],
        "minimum_quality_ppm": 900_000,
        "budget_fen": 100_000,
        "questions": 5,
        "days": 30,
    }
    assert trade.world.get(Payload, request.detail).text == "需要各航司的月度延误统计。"
    assert "月度延误统计".encode() not in b"".join(trade.world.leaves())
    assert trade.world.get(Deadline, f"request:{request.id}").due_ms == to_ms(until)
    assert trade.world.replay_digest() == trade.world.digest()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"title": " "}, "request.title"),
        ({"detail": ""}, "request.detail"),
        ({"topic": "gossip"}, "request.topic"),
        ({"questions": 0}, "request.needs"),
        ({"columns": ("a", "a")}, "request.needs"),
    ],
)
def test_an_unfit_request_is_refused(trade: Trade, change: dict[str, Any], code: str) -> None:
    assert trade.world.refuses(code, trade.buyer, post_request, trade.search(**change))


def test_a_request_needs_a_buyer_and_a_future(trade: Trade) -> None:
    past: PostRequest = trade.search(until=trade.world.clock.now())

    assert trade.world.refuses("request.until", trade.buyer, post_request, past)
    assert trade.world.refuses("act.role", trade.supplier, post_request, trade.search())


def test_a_buyer_withdraws_its_request_once(trade: Trade) -> None:
    request = trade.requested()
    assert trade.world.refuses("act.role", trade.supplier, withdraw_request, request)
    assert trade.world.refuses("request.unknown", trade.buyer, withdraw_request, "request-0")

    trade.world.do(trade.buyer, withdraw_request, request)
    assert trade.world.get(Request, request).state is RequestState.WITHDRAWN
    assert trade.world.refuses("request.state", trade.buyer, withdraw_request, request)
    operator = trade.world.exchange.operator
    assert trade.world.refuses("request.state", operator, propose_matches, request)
    assert trade.world.replay_digest() == trade.world.digest()


def test_a_request_expires_at_its_end_and_not_before(trade: Trade) -> None:
    request = trade.requested()
    operator = trade.world.exchange.operator
    trade.world.advance(days=30, milliseconds=-1)
    assert trade.world.refuses("deadline.early", operator, expire_request, request)
    assert trade.world.refuses("act.role", trade.buyer, expire_request, request)

    trade.world.advance(milliseconds=1)
    trade.world.operate(expire_request, request)
    assert trade.world.get(Request, request).state is RequestState.EXPIRED
    assert trade.world.refuses("request.state", operator, expire_request, request)
    assert trade.world.replay_digest() == trade.world.digest()


def test_matches_are_proposed_with_reasons_and_replaced_by_the_next_proposal(
    trade: Trade,
) -> None:
    cheap, dear = trade.listed(price_fen=8_000), trade.listed(price_fen=20_000)
    trade.listed(price_fen=24_000)
    request = trade.requested()
    trade.world.operate(propose_matches, request)

    found = {match.listing: match for match in matches(trade, request)}
    assert {listing: match.score for listing, match in found.items()} == {
        cheap: 4_000 + 2_886 + 1_800,
        dear: 4_000 + 2_886 + 0,
    }
    assert found[cheap].reasons["parts"] == [
        {"name": "columns", "points": 4_000, "most": 4_000},
        {"name": "quality", "points": 2_886, "most": 3_000},
        {"name": "price", "points": 1_800, "most": 3_000},
    ]
    funnel = trade.world.get(Request, request).funnel
    assert funnel is not None
    assert (funnel["considered"], funnel["passed"], funnel["rejected"]) == (3, 2, {"budget": 1})
    assert [miss["short_ppm"] for miss in funnel["near_misses"]] == [200_000]

    trade.world.do(trade.supplier, close_listing, cheap)
    trade.world.operate(propose_matches, request)
    assert [match.listing for match in matches(trade, request)] == [dear]
    assert trade.world.replay_digest() == trade.world.digest()


def test_listings_of_assets_that_are_gone_are_not_proposed(trade: Trade) -> None:
    trade.listed()
    request = trade.requested()
    trade.world.do(trade.supplier, cancel, trade.registered_asset)
    trade.world.operate(propose_matches, request)

    assert matches(trade, request) == []
    assert trade.world.get(Request, request).funnel == {
        "considered": 0,
        "rejected": {},
        "passed": 0,
        "near_misses": [],
    }


def test_the_operator_alone_proposes_and_only_for_what_is_there(trade: Trade) -> None:
    request = trade.requested()

    assert trade.world.refuses("act.role", trade.buyer, propose_matches, request)
    operator = trade.world.exchange.operator
    assert trade.world.refuses("request.unknown", operator, propose_matches, "request-0")
