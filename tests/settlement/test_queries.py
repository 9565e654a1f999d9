from __future__ import annotations

from collections.abc import Iterator

import pytest

from exchange.actors import Actor, Role
from exchange.errors import NotFoundError
from exchange.settlement.queries import (
    AccountView,
    CaptureView,
    EscrowView,
    Position,
    StatementLine,
    accounts_of,
    capture_of,
    captures_of,
    day_of,
    escrow_of,
    payables,
    payouts_in,
    payouts_of,
    position,
    statement,
)
from exchange.settlement.service import SendPayout, close_day, send_payout
from exchange.settlement.states import PayoutState
from exchange.storage.store import Reader
from tests.settlement.metering import MeteredTrade
from tests.settlement.test_service import to_midnight, today


@pytest.fixture
def trade() -> MeteredTrade:
    return MeteredTrade()


@pytest.fixture
def contract(trade: MeteredTrade) -> str:
    contract = trade.funded()
    trade.pay_in(trade.buyer, 1_000)
    trade.capture(contract, 10_000, "q-1")
    return contract


@pytest.fixture
def reader(trade: MeteredTrade) -> Iterator[Reader]:
    with trade.world.backend.snapshot() as reader:
        yield reader


def test_a_participant_sees_its_own_accounts(
    trade: MeteredTrade, contract: str, reader: Reader
) -> None:
    buyer, supplier = trade.buyer.participant, trade.supplier.participant
    trade.offered(trade.listed())

    assert accounts_of(reader, buyer) == [
        AccountView(f"Available:{buyer}", "Available", 1_000),
        AccountView(f"Receivable:{buyer}", "Receivable", 0),
        AccountView(f"Payable:{buyer}", "Payable", 0),
        AccountView(f"Escrow:{contract}", "Escrow", 40_000),
    ]
    assert accounts_of(reader, supplier)[1] == AccountView(
        f"Receivable:{supplier}", "Receivable", 9_700
    )


def test_a_statement_tells_each_movement_and_its_act(
    trade: MeteredTrade, contract: str, reader: Reader
) -> None:
    buyer = Actor(trade.buyer.participant, frozenset({Role.BUYER}))
    lines = statement(reader, buyer, f"Escrow:{contract}")

    assert [(line.act, line.change_fen, line.after_fen) for line in lines] == [
        ("escrow.fund", 50_000, 50_000),
        ("meter.capture", -10_000, 40_000),
    ]
    last = len(trade.world.leaves()) - 1
    assert lines[1] == StatementLine(
        trade.world.clock.now(), last, "meter.capture", -10_000, 40_000
    )


def test_a_strangers_account_looks_like_none(
    trade: MeteredTrade, contract: str, reader: Reader
) -> None:
    auditor = Actor("p-auditor", frozenset({Role.AUDITOR}))
    supplier = Actor(trade.supplier.participant, frozenset({Role.SUPPLIER}))
    for account in (f"Escrow:{contract}", f"Available:{trade.buyer.participant}", "Bank:Custody"):
        assert statement(reader, auditor, account)
        with pytest.raises(NotFoundError) as caught:
            statement(reader, supplier, account)
        assert caught.value.code == "account.unknown"


def test_money_of_a_contract_and_of_its_questions(
    trade: MeteredTrade, contract: str, reader: Reader
) -> None:
    trade.refund("q-1", 4_000)

    assert escrow_of(reader, contract) == EscrowView(
        contract=contract,
        funded_fen=50_000,
        captured_fen=10_000,
        fee_fen=300,
        vat_fen=17,
        refunded_fen=4_000,
        released_fen=0,
        left_fen=40_000,
    )
    (view,) = captures_of(reader, contract)
    assert view == CaptureView("q-1", contract, 10_000, 300, 17, 4_000, 0, view.entry)
    assert capture_of(reader, "q-1") == view
    assert (escrow_of(reader, "contract-0"), capture_of(reader, "q-0")) == (None, None)


def test_the_bank_holds_exactly_what_is_owed_and_earned(
    trade: MeteredTrade, contract: str, reader: Reader
) -> None:
    assert contract
    trade.hold(200)

    assert position(reader) == Position(
        bank_fen=51_000,
        owed_fen={
            "Available": 1_000,
            "Receivable": 9_500,
            "Payable": 0,
            "Escrow": 40_000,
            "Hold": 200,
        },
        fee_fen=283,
        vat_fen=17,
    )


def test_days_payables_and_payouts_are_listed(
    trade: MeteredTrade, contract: str, reader: Reader
) -> None:
    assert contract
    day, supplier = today(trade), trade.supplier.participant
    assert day_of(reader, day) is None
    to_midnight(trade)
    trade.world.operate(close_day, day)
    assert payables(reader) == [AccountView(f"Payable:{supplier}", "Payable", 9_700)]
    for number, amount_fen in enumerate((4_000, 5_700)):
        wish = SendPayout(supplier, amount_fen, f"FDX-{number}")
        trade.world.do(trade.clearer, send_payout, wish)

    view = day_of(reader, day)
    assert view is not None
    assert (view.day, view.lines, view.total_fen, view.complete) == (day, 1, 9_700, True)
    assert payables(reader) == []
    listed = payouts_of(reader, supplier)
    assert [(each.reference, each.amount_fen, each.acts) for each in listed] == [
        ("FDX-1", 5_700, ("payout.confirm", "payout.fail")),
        ("FDX-0", 4_000, ("payout.confirm", "payout.fail")),
    ]
    assert listed[0].participant_name == "榕城交通数据有限公司"
    assert payouts_in(reader, PayoutState.SENT) == listed
    assert payouts_in(reader, PayoutState.PAID) == []
