"""What `apply` refuses whoever decided it: no service would make these acts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from exchange.acts.unit_of_work import Decision
from exchange.clock import iso
from exchange.context import Acting
from exchange.market.models import Contract
from exchange.market.rules import OFFER_LASTS
from exchange.market.service import SetTariff, set_tariff
from ledger.encoding import b64
from tests.assets.registration import forged
from tests.steps import ANALYSIS, Trade


@pytest.fixture
def trade() -> Trade:
    return Trade()


def refuses(trade: Trade, code: str, acting: Acting, kind: str, body: Mapping[str, Any]) -> bool:
    return trade.world.refuses(code, acting, forged, Decision(kind, dict(body), "forged"))


def listing_body(trade: Trade, **changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "listing": "listing-forged",
        "asset": trade.registered_asset,
        "appraisal": trade.appraisal,
        "topic": "transport",
        "analyses": [ANALYSIS],
        "price_fen": 10_000,
        "days": 90,
    }
    return {**body, **changes}


def offer_body(trade: Trade, listing: str, **changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "contract": "contract-forged",
        "listing": listing,
        "request": None,
        "analyses": [ANALYSIS],
        "price_fen": 10_000,
        "questions": 5,
        "amount_fen": 50_000,
        "days": 90,
        "tariff": "1",
        "lapses_at": iso(trade.world.clock.now() + OFFER_LASTS),
    }
    return {**body, **changes}


def test_the_forged_bodies_are_good_but_for_what_is_changed(trade: Trade) -> None:
    listing = Decision("listing.open", listing_body(trade), "x")
    trade.world.do(trade.supplier, forged, listing)
    offer = Decision("contract.offer", offer_body(trade, "listing-forged"), "x")
    trade.world.do(trade.buyer, forged, offer)

    assert trade.world.get(Contract, "contract-forged").amount_fen == 50_000


def test_tariffs_leave_no_gap_and_keep_their_limits(trade: Trade) -> None:
    operator = trade.world.exchange.operator
    for version, fee_ppm, code in (
        (1, 0, "tariff.version"),
        (3, 0, "tariff.version"),
        (2, 300_001, "tariff.range"),
    ):
        body = {"version": version, "fee_ppm": fee_ppm, "vat_ppm": 0}
        assert refuses(trade, code, operator, "tariff.set", body)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"topic": "gossip"}, "listing.topic"),
        ({"price_fen": 0}, "listing.range"),
        ({"analyses": ["raw-rows"]}, "listing.analyses"),
        ({"appraisal": "appraisal-0"}, "appraisal.unknown"),
    ],
)
def test_a_forged_listing_is_refused(trade: Trade, change: dict[str, Any], code: str) -> None:
    assert refuses(trade, code, trade.supplier, "listing.open", listing_body(trade, **change))


def test_nobody_lists_or_closes_for_another(trade: Trade) -> None:
    body = listing_body(trade)
    assert refuses(trade, "asset.unknown", trade.rival, "listing.open", body)
    assert refuses(trade, "act.role", trade.buyer, "listing.open", body)
    listing = {"listing": trade.listed()}
    assert refuses(trade, "listing.unknown", trade.rival, "listing.close", listing)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"price_fen": 10_001, "amount_fen": 50_005}, "contract.terms"),
        ({"amount_fen": 49_999}, "contract.amount"),
        ({"days": 91}, "contract.terms"),
        ({"analyses": ["raw-rows"]}, "contract.analyses"),
        ({"request": "request-0"}, "request.unknown"),
        ({"tariff": "2"}, "tariff.stale"),
    ],
)
def test_a_forged_offer_is_refused(trade: Trade, change: dict[str, Any], code: str) -> None:
    body = offer_body(trade, trade.listed(), **change)

    assert refuses(trade, code, trade.buyer, "contract.offer", body)


def test_no_offer_is_made_under_a_tariff_that_is_over(trade: Trade) -> None:
    body = offer_body(trade, trade.listed())
    trade.world.operate(set_tariff, SetTariff(10_000, 0))

    assert refuses(trade, "tariff.stale", trade.buyer, "contract.offer", body)


def test_an_acceptance_names_the_offer_and_comes_in_time_from_the_supplier(trade: Trade) -> None:
    contract = trade.offered(trade.listed())
    lapses_at = iso(trade.world.clock.now() + OFFER_LASTS)
    good = b64(trade.contract(contract).offered)
    body = {"contract": contract, "offer": good, "lapses_at": lapses_at}
    wrong = {**body, "offer": b64(bytes(32))}

    assert refuses(trade, "contract.offer", trade.supplier, "contract.accept", wrong)
    assert refuses(trade, "contract.unknown", trade.rival, "contract.accept", body)
    trade.world.advance(hours=72)
    assert refuses(trade, "deadline.passed", trade.supplier, "contract.accept", body)


def test_timers_do_not_fire_early_and_others_do_not_decide(trade: Trade) -> None:
    contract, request = trade.offered(trade.listed()), trade.requested()
    operator = trade.world.exchange.operator
    lapse, expire = {"contract": contract}, {"request": request}
    assert refuses(trade, "deadline.early", operator, "contract.lapse", lapse)
    assert refuses(trade, "deadline.early", operator, "request.expire", expire)
    assert refuses(trade, "act.role", trade.buyer, "contract.lapse", lapse)
    declined = {"contract": contract, "reasons": b64(bytes(32))}
    assert refuses(trade, "contract.unknown", trade.rival, "contract.decline", declined)


def proposal(request: str, listing: str, **changes: Any) -> dict[str, Any]:
    passed = {"name": "topic", "needed": "transport", "offered": "transport", "passed": True}
    match: dict[str, Any] = {
        "match": "match-1",
        "listing": listing,
        "score": 7_000,
        "reasons": {
            "constraints": [passed],
            "parts": [{"name": "columns", "points": 7_000, "most": 10_000}],
        },
    }
    return {"request": request, "matches": [{**match, **changes}], "funnel": {}}


def test_a_match_must_give_the_reasons_of_its_score(trade: Trade) -> None:
    operator, listing, request = trade.world.exchange.operator, trade.listed(), trade.requested()
    honest = proposal(request, listing)
    reasons = honest["matches"][0]["reasons"]
    failed = {**reasons, "constraints": [{**reasons["constraints"][0], "passed": False}]}
    beyond = {"parts": [{"name": "x", "points": 10_001, "most": 1}], "constraints": []}

    for change in ({"score": 7_001}, {"reasons": failed}, {"score": 10_001, "reasons": beyond}):
        body = proposal(request, listing, **change)
        assert refuses(trade, "match.reasons", operator, "match.propose", body)
    unknown = proposal(request, "listing-0")
    assert refuses(trade, "listing.unknown", operator, "match.propose", unknown)
    crowd = {**honest, "matches": honest["matches"] * 21}
    assert refuses(trade, "match.count", operator, "match.propose", crowd)
    trade.world.do(operator, forged, Decision("match.propose", honest, request))


def test_a_request_keeps_its_topic_and_its_owner(trade: Trade) -> None:
    request = trade.requested()
    row = trade.search()
    body = {
        "request": "request-forged",
        "title": row.title,
        "detail": b64(bytes(32)),
        "topic": "gossip",
        "needs": row.needs.to_body(),
        "until": iso(row.until),
    }
    assert refuses(trade, "request.topic", trade.buyer, "request.post", body)
    assert refuses(trade, "act.role", trade.supplier, "request.withdraw", {"request": request})
