from __future__ import annotations

from typing import Any

import pytest

from exchange.actors import Role
from exchange.acts.ledger_tables import LedgerEntry, Payload
from exchange.assets.service import bind_node, cancel, describe
from exchange.market.models import Request
from exchange.market.service import (
    TIMED,
    DeclineContract,
    OfferContract,
    SetTariff,
    accept_contract,
    close_listing,
    decline_contract,
    lapse_contract,
    offer_contract,
    set_tariff,
    withdraw_request,
)
from exchange.market.states import (
    CONTRACT,
    LISTING,
    REQUEST,
    ContractState,
    ListingState,
    RequestState,
)
from exchange.parties.service import Censure, suspend
from tests.assets.registration import description
from tests.steps import ANALYSIS, Trade


@pytest.fixture
def trade() -> Trade:
    return Trade()


def test_a_buyer_offers_at_the_posted_price_and_term(trade: Trade) -> None:
    listing = trade.listed()
    recorded = trade.world.do(
        trade.buyer, offer_contract, OfferContract(listing, (ANALYSIS,), questions=5)
    )

    row = trade.contract(recorded.key)
    assert row.values() == {
        "id": recorded.key,
        "entry": recorded.index,
        "listing": listing,
        "asset": trade.registered_asset,
        "supplier": trade.supplier.participant,
        "buyer": trade.buyer.participant,
        "request": None,
        "analyses": [ANALYSIS],
        "price_fen": 10_000,
        "questions": 5,
        "amount_fen": 50_000,
        "days": 90,
        "tariff": "1",
        "offered": recorded.leaf_hash,
        "reasons": None,
        "state": ContractState.OFFERED,
    }
    assert trade.world.replay_digest() == trade.world.digest()


def test_a_buyer_may_offer_less_money_for_less_time(trade: Trade) -> None:
    row = trade.contract(trade.offered(trade.listed(), price_fen=7_500, days=10, questions=2))

    assert (row.price_fen, row.questions, row.amount_fen, row.days) == (7_500, 2, 15_000, 10)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"listing": "listing-0"}, "listing.unknown"),
        ({"price_fen": 10_001}, "contract.terms"),
        ({"price_fen": 0}, "contract.terms"),
        ({"questions": 0}, "contract.terms"),
        ({"days": 91}, "contract.terms"),
        ({"analyses": ("raw-rows",)}, "contract.analyses"),
        ({"request": "request-0"}, "request.unknown"),
    ],
)
def test_an_unfit_offer_is_refused(trade: Trade, change: dict[str, Any], code: str) -> None:
    wish = {"listing": trade.listed(), "analyses": (ANALYSIS,), "questions": 5, **change}

    assert trade.world.refuses(code, trade.buyer, offer_contract, OfferContract(**wish))


def test_nothing_is_offered_on_a_closed_listing_or_a_cancelled_asset(trade: Trade) -> None:
    closed, listing = trade.listed(), trade.listed()
    trade.world.do(trade.supplier, close_listing, closed)
    wish = OfferContract(closed, (ANALYSIS,), 5)
    assert trade.world.refuses("listing.state", trade.buyer, offer_contract, wish)

    trade.world.do(trade.supplier, cancel, trade.registered_asset)
    wish = OfferContract(listing, (ANALYSIS,), 5)
    assert trade.world.refuses("asset.state", trade.buyer, offer_contract, wish)


def test_nothing_is_offered_before_the_first_tariff() -> None:
    trade = Trade(rates=None)
    wish = OfferContract(trade.listed(), (ANALYSIS,), 5)

    assert trade.world.refuses("tariff.none", trade.buyer, offer_contract, wish)


def test_only_buyers_buy(trade: Trade) -> None:
    listing = trade.listed()
    wish = OfferContract(listing, (ANALYSIS,), 5)

    assert trade.world.refuses("act.role", trade.supplier, offer_contract, wish)


def test_a_supplier_that_buys_too_does_not_buy_from_itself(trade: Trade) -> None:
    both = trade.world.enrol("供需一体公司", Role.SUPPLIER, Role.BUYER)
    trade.supplier, trade.node = both, trade.new_node("n-both", both)
    trade.world.do(both, bind_node, trade.node.participant)
    trade.world.do(trade.node, describe, description())
    trade.registered_asset = trade.registered()
    trade.appraisal = trade.appraised(trade.registered_asset)
    wish = OfferContract(trade.listed(), (ANALYSIS,), 5)

    assert trade.world.refuses("contract.self", both, offer_contract, wish)


def test_both_parties_sign_by_an_act_of_their_own(trade: Trade) -> None:
    contract = trade.offered(trade.listed())
    offered = trade.contract(contract).offered
    trade.world.do(trade.supplier, accept_contract, contract)

    assert trade.contract(contract).state is ContractState.SIGNED
    with trade.world.backend.snapshot() as reader:
        (entry,) = reader.find(LedgerEntry, leaf_hash=offered)
    assert (entry.kind, entry.actor) == ("contract.offer", trade.buyer.participant)
    assert trade.world.replay_digest() == trade.world.digest()


def test_a_contract_keeps_the_tariff_under_which_it_was_offered(trade: Trade) -> None:
    contract = trade.offered(trade.listed())
    trade.world.operate(set_tariff, SetTariff(fee_ppm=99_000, vat_ppm=0))
    trade.world.do(trade.supplier, accept_contract, contract)

    assert trade.contract(contract).tariff == "1"


def test_an_accepted_contract_fills_the_buyers_request(trade: Trade) -> None:
    request = trade.requested()
    contract = trade.signed(request=request)

    assert trade.contract(contract).request == request
    assert trade.world.get(Request, request).state is RequestState.FILLED
    wish = OfferContract(trade.listed(), (ANALYSIS,), 5, request=request)
    assert trade.world.refuses("request.state", trade.buyer, offer_contract, wish)
    assert trade.world.replay_digest() == trade.world.digest()


def test_a_request_that_was_withdrawn_meanwhile_does_not_hinder_the_contract(trade: Trade) -> None:
    request = trade.requested()
    contract = trade.offered(trade.listed(), request=request)
    trade.world.do(trade.buyer, withdraw_request, request)
    trade.world.do(trade.supplier, accept_contract, contract)

    assert trade.contract(contract).state is ContractState.SIGNED
    assert trade.world.get(Request, request).state is RequestState.WITHDRAWN


def test_only_the_supplier_accepts_and_only_once(trade: Trade) -> None:
    contract = trade.offered(trade.listed())
    assert trade.world.refuses("contract.unknown", trade.rival, accept_contract, contract)
    assert trade.world.refuses("act.role", trade.buyer, accept_contract, contract)
    assert trade.world.refuses("contract.unknown", trade.supplier, accept_contract, "contract-0")

    trade.world.do(trade.supplier, accept_contract, contract)
    assert trade.world.refuses("contract.state", trade.supplier, accept_contract, contract)


def test_nothing_is_accepted_on_a_cancelled_asset(trade: Trade) -> None:
    contract = trade.offered(trade.listed())
    trade.world.do(trade.supplier, cancel, trade.registered_asset)

    assert trade.world.refuses("asset.state", trade.supplier, accept_contract, contract)


def test_a_suspended_supplier_accepts_nothing(trade: Trade) -> None:
    contract = trade.offered(trade.listed())
    trade.world.operate(suspend, Censure(trade.supplier.participant, "违规"))

    assert trade.world.refuses("act.role", trade.supplier, accept_contract, contract)


def test_an_offer_stands_for_72_hours_even_if_no_job_runs(trade: Trade) -> None:
    contract = trade.offered(trade.listed())
    operator = trade.world.exchange.operator
    trade.world.advance(hours=72, milliseconds=-1)
    assert trade.world.refuses("deadline.early", operator, lapse_contract, contract)
    assert trade.world.refuses("act.role", trade.buyer, lapse_contract, contract)

    trade.world.advance(milliseconds=1)
    assert trade.world.refuses("deadline.passed", trade.supplier, accept_contract, contract)
    trade.world.operate(TIMED["contract.lapse"], contract)
    assert trade.contract(contract).state is ContractState.LAPSED
    assert trade.world.refuses("contract.state", operator, lapse_contract, contract)
    assert trade.world.replay_digest() == trade.world.digest()


def test_an_offer_may_be_accepted_until_the_last_millisecond(trade: Trade) -> None:
    contract = trade.offered(trade.listed())
    trade.world.advance(hours=72, milliseconds=-1)
    trade.world.do(trade.supplier, accept_contract, contract)

    assert trade.contract(contract).state is ContractState.SIGNED


def test_a_signed_contract_lapses_after_24_hours_without_money(trade: Trade) -> None:
    contract = trade.signed()
    operator = trade.world.exchange.operator
    trade.world.advance(hours=24, milliseconds=-1)
    assert trade.world.refuses("deadline.early", operator, lapse_contract, contract)

    trade.world.advance(milliseconds=1)
    trade.world.operate(lapse_contract, contract)
    assert trade.contract(contract).state is ContractState.LAPSED


def test_a_supplier_declines_with_reasons_that_stay_out_of_the_ledger(trade: Trade) -> None:
    contract = trade.offered(trade.listed(), price_fen=1)
    no_reasons = DeclineContract(contract, " ")
    assert trade.world.refuses("contract.reasons", trade.supplier, decline_contract, no_reasons)
    wish = DeclineContract(contract, "价格低于成本。")
    assert trade.world.refuses("contract.unknown", trade.rival, decline_contract, wish)

    trade.world.do(trade.supplier, decline_contract, wish)
    row = trade.contract(contract)
    assert row.state is ContractState.DECLINED
    assert row.reasons is not None
    assert trade.world.get(Payload, row.reasons).text == "价格低于成本。"
    assert "价格低于成本".encode() not in b"".join(trade.world.leaves())
    assert trade.world.refuses("contract.state", trade.supplier, decline_contract, wish)
    assert trade.world.replay_digest() == trade.world.digest()


def test_the_lifecycles_say_who_pulls_what() -> None:
    assert [LISTING.acts(state) for state in ListingState] == [("listing.close",), ()]
    assert REQUEST.acts(RequestState.OPEN) == (
        "request.withdraw",
        "request.expire",
        "contract.accept",
    )
    assert {state: CONTRACT.acts(state) for state in ContractState} == {
        ContractState.OFFERED: ("contract.accept", "contract.decline", "contract.lapse"),
        ContractState.SIGNED: ("contract.lapse", "escrow.fund"),
        ContractState.FUNDED: ("escrow.release",),
        ContractState.CLOSED: (),
        ContractState.DECLINED: (),
        ContractState.LAPSED: (),
    }
