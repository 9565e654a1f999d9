from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from exchange.actors import Actor, Role
from exchange.assets.service import cancel
from exchange.errors import NotFoundError
from exchange.market.queries import (
    ListingView,
    TariffView,
    contract_of,
    contracts_by,
    contracts_in,
    detail_of,
    listing_of,
    listings_by,
    listings_of_asset,
    matches_of,
    open_listings,
    open_requests,
    request_of,
    requests_by,
    tariff_now,
)
from exchange.market.service import (
    DeclineContract,
    close_listing,
    decline_contract,
    propose_matches,
    withdraw_request,
)
from exchange.market.states import ContractState, ListingState, RequestState
from exchange.storage.store import Reader
from tests.steps import ANALYSIS, Trade


@pytest.fixture
def trade() -> Trade:
    return Trade()


@pytest.fixture
def reader(trade: Trade) -> Iterator[Reader]:
    with trade.world.backend.snapshot() as reader:
        yield reader


def test_the_current_tariff_is_told(reader: Reader) -> None:
    assert tariff_now(reader) == TariffView(1, 30_000, 60_000, current=True)
    with Trade(rates=None).world.backend.snapshot() as bare:
        assert tariff_now(bare) is None


def test_open_listings_are_for_everybody_latest_first(trade: Trade, reader: Reader) -> None:
    first, second = trade.listed(), trade.listed(topic="weather")
    closed = trade.listed()
    trade.world.do(trade.supplier, close_listing, closed)

    assert [view.id for view in open_listings(reader)] == [second, first]
    assert [view.id for view in open_listings(reader, "transport")] == [first]
    trade.world.do(trade.supplier, cancel, trade.registered_asset)
    assert open_listings(reader) == []
    assert open_listings(reader, "ocean") == []
    supplier = trade.supplier.participant
    # The act that closed it is the latest that touched any of them.
    assert [view.id for view in listings_by(reader, supplier)] == [closed, second, first]
    assert listings_of_asset(reader, trade.registered_asset) == listings_by(reader, supplier)
    assert listings_by(reader, trade.buyer.participant) == []


def test_a_listing_is_told_whole(trade: Trade, reader: Reader) -> None:
    listing = trade.listed()

    assert listing_of(reader, listing) == ListingView(
        id=listing,
        asset=trade.registered_asset,
        supplier=trade.supplier.participant,
        supplier_name="榕城交通数据有限公司",
        appraisal=trade.appraisal,
        title_zh="航班准点数据",
        title_en="Flight punctuality",
        topic="transport",
        analyses=(ANALYSIS,),
        price_fen=10_000,
        days=90,
        state=ListingState.OPEN,
        acts=("listing.close",),
        entry=len(trade.world.leaves()) - 1,
    )
    with pytest.raises(NotFoundError):
        listing_of(reader, "listing-0")


def test_requests_are_told_with_their_end_and_their_detail(trade: Trade, reader: Reader) -> None:
    gone, request = trade.requested(), trade.requested()
    trade.world.do(trade.buyer, withdraw_request, gone)

    (view,) = open_requests(reader)
    assert view == request_of(reader, request)
    assert (view.id, view.buyer_name, view.state) == (
        request,
        "闽江物流有限公司",
        RequestState.OPEN,
    )
    assert view.until == trade.world.clock.now() + timedelta(days=30)
    assert (view.needs, view.funnel) == (trade.search().needs, None)
    assert request_of(reader, gone).until is None
    assert {view.id for view in requests_by(reader, trade.buyer.participant)} == {gone, request}
    assert detail_of(reader, request) == "需要各航司的月度延误统计。"
    with pytest.raises(NotFoundError):
        detail_of(reader, "request-0")


def test_matches_stand_best_first_with_their_listing(trade: Trade, reader: Reader) -> None:
    dear, cheap = trade.listed(price_fen=15_000), trade.listed(price_fen=5_000)
    request = trade.requested()
    trade.world.operate(propose_matches, request)

    views = matches_of(reader, request)
    assert [(view.listing.id, view.score) for view in views] == [
        (cheap, 4_000 + 2_886 + 2_250),
        (dear, 4_000 + 2_886 + 750),
    ]
    assert views[0].listing == listing_of(reader, cheap)
    funnel = request_of(reader, request).funnel
    assert funnel is not None
    assert funnel["passed"] == 2


def test_a_contract_is_for_its_parties_and_the_staff(trade: Trade, reader: Reader) -> None:
    contract = trade.offered(trade.listed())
    buyer = Actor(trade.buyer.participant, frozenset({Role.BUYER}))
    supplier = Actor(trade.supplier.participant, frozenset({Role.SUPPLIER}))
    auditor = Actor("p-auditor", frozenset({Role.AUDITOR}))

    view = contract_of(reader, buyer, contract)
    assert view == contract_of(reader, supplier, contract) == contract_of(reader, auditor, contract)
    assert (view.supplier_name, view.buyer_name) == ("榕城交通数据有限公司", "闽江物流有限公司")
    assert (view.amount_fen, view.tariff.version, view.reasons) == (50_000, 1, None)
    assert view.due_at == trade.world.clock.now() + timedelta(hours=72)
    assert view.acts == ("contract.accept", "contract.decline", "contract.lapse")
    stranger = Actor(trade.rival.participant, frozenset({Role.SUPPLIER, Role.BUYER}))
    for key in (contract, "contract-0"):
        with pytest.raises(NotFoundError) as caught:
            contract_of(reader, stranger, key)
        assert caught.value.code == "contract.unknown"


def test_contracts_are_listed_by_party_and_by_state(trade: Trade, reader: Reader) -> None:
    signed, declined = trade.signed(), trade.offered(trade.listed())
    trade.world.do(trade.supplier, decline_contract, DeclineContract(declined, "停止供应。"))

    views = contracts_by(reader, trade.buyer.participant)
    assert [view.id for view in views] == [declined, signed]
    assert [view.reasons for view in views] == ["停止供应。", None]
    assert contracts_by(reader, trade.supplier.participant) == views
    assert contracts_by(reader, trade.rival.participant) == []
    assert contracts_in(reader, ContractState.SIGNED) == [views[1]]
