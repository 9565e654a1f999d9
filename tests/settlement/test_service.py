from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from exchange.actors import Role
from exchange.acts.ledger_tables import Payload
from exchange.context import Acting
from exchange.market.service import lapse_contract
from exchange.market.states import ContractState
from exchange.settlement.accounts import available, escrow, payable, receivable
from exchange.settlement.books import escrow_left_fen, owed_fen
from exchange.settlement.models import BankMovement, Escrow, Payout, SettlementDay
from exchange.settlement.rules import FOUR_EYES_FEN
from exchange.settlement.service import (
    ConfirmDeposit,
    ConfirmPayout,
    FailPayout,
    SendPayout,
    close_day,
    confirm_deposit,
    confirm_payout,
    decide_release,
    fail_payout,
    fund_escrow,
    send_payout,
)
from exchange.settlement.states import PayoutState
from exchange.working_days import SHANGHAI
from tests.settlement.metering import MeteredTrade


@pytest.fixture
def trade() -> MeteredTrade:
    return MeteredTrade()


def owed(trade: MeteredTrade, *accounts: str) -> list[int]:
    with trade.world.backend.snapshot() as reader:
        return [owed_fen(reader, account) for account in accounts]


def today(trade: MeteredTrade) -> str:
    return trade.world.clock.now().astimezone(SHANGHAI).date().isoformat()


def to_midnight(trade: MeteredTrade) -> datetime:
    """Move the clock to the end of the day in Shanghai."""
    local = trade.world.clock.now().astimezone(SHANGHAI)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    trade.world.clock.advance_to(midnight)
    return midnight


def earned(trade: MeteredTrade, gross_fen: int = 10_000) -> str:
    """Let the supplier earn by one question and have the day closed; return the contract."""
    contract = trade.funded(price_fen=gross_fen, questions=1)
    trade.capture(contract, gross_fen, f"q-{contract}")
    day = today(trade)
    to_midnight(trade)
    trade.world.operate(close_day, day)
    return contract


def payout_of(trade: MeteredTrade, amount_fen: int, reference: str = "FDX-1") -> str:
    wish = SendPayout(trade.supplier.participant, amount_fen, reference)
    return trade.world.do(trade.clearer, send_payout, wish).key


def test_a_deposit_is_credited_once_for_each_movement_of_the_bank(trade: MeteredTrade) -> None:
    wish = ConfirmDeposit("CCB-1", trade.buyer.participant, 70_000)
    trade.world.do(trade.clearer, confirm_deposit, wish)

    assert owed(trade, available(trade.buyer.participant)) == [70_000]
    row = trade.world.get(BankMovement, "CCB-1")
    assert (row.act, row.participant, row.amount_fen) == (
        "deposit.confirm",
        trade.buyer.participant,
        70_000,
    )
    for clearer in (trade.clearer, trade.second_clearer):
        assert trade.world.refuses("bank.reference_used", clearer, confirm_deposit, wish)
    assert trade.world.replay_digest() == trade.world.digest()


def test_an_unfit_deposit_is_refused(trade: MeteredTrade) -> None:
    buyer, clearer = trade.buyer.participant, trade.clearer

    def refuses(code: str, wish: ConfirmDeposit, acting: Acting = clearer) -> bool:
        return trade.world.refuses(code, acting, confirm_deposit, wish)

    assert refuses("act.role", ConfirmDeposit("CCB-1", buyer, 1), trade.buyer)
    assert refuses("participant.unknown", ConfirmDeposit("CCB-1", "p-0", 1))
    assert refuses("clearing.self", ConfirmDeposit("CCB-1", clearer.participant, 1))
    assert refuses("amount.range", ConfirmDeposit("CCB-1", buyer, 0))
    assert refuses("amount.range", ConfirmDeposit("CCB-1", buyer, -5))
    assert refuses("reference.form", ConfirmDeposit("", buyer, 1))


def test_a_buyer_funds_a_signed_contract_with_its_whole_amount(trade: MeteredTrade) -> None:
    contract = trade.signed()
    trade.pay_in(trade.buyer, 60_000)
    trade.world.do(trade.buyer, fund_escrow, contract)

    assert trade.contract(contract).state is ContractState.FUNDED
    assert owed(trade, available(trade.buyer.participant), escrow(contract)) == [10_000, 50_000]
    row = trade.world.get(Escrow, contract)
    assert row.values() == {
        "id": contract,
        "entry": row.entry,
        "funded_fen": 50_000,
        "captured_fen": 0,
        "fee_fen": 0,
        "vat_fen": 0,
        "refunded_fen": 0,
        "released_fen": 0,
    }
    assert trade.world.refuses("contract.state", trade.buyer, fund_escrow, contract)
    assert trade.world.refuses(
        "contract.state", trade.world.exchange.operator, lapse_contract, contract
    )
    assert trade.world.replay_digest() == trade.world.digest()


def test_funding_needs_the_money_the_buyer_and_the_time(trade: MeteredTrade) -> None:
    contract = trade.signed()
    trade.pay_in(trade.buyer, 49_999)
    other = trade.world.enrol("他人公司", Role.BUYER)

    assert trade.world.refuses("funds.short", trade.buyer, fund_escrow, contract)
    assert trade.world.refuses("contract.unknown", other, fund_escrow, contract)
    assert trade.world.refuses("act.role", trade.supplier, fund_escrow, contract)
    assert trade.world.refuses("contract.unknown", trade.buyer, fund_escrow, "contract-0")
    trade.pay_in(trade.buyer, 1)
    trade.world.advance(hours=24)
    assert trade.world.refuses("deadline.passed", trade.buyer, fund_escrow, contract)


def test_an_offer_that_nobody_accepted_is_not_funded(trade: MeteredTrade) -> None:
    contract = trade.offered(trade.listed())
    trade.pay_in(trade.buyer, 50_000)

    assert trade.world.refuses("contract.state", trade.buyer, fund_escrow, contract)


def test_release_gives_the_rest_back_and_closes_the_contract(trade: MeteredTrade) -> None:
    contract = trade.funded()
    trade.capture(contract, 10_000, "q-1")
    trade.capture(contract, 10_000, "q-2")
    trade.world.operate(decide_release, contract)

    assert trade.contract(contract).state is ContractState.CLOSED
    assert owed(trade, available(trade.buyer.participant), escrow(contract)) == [30_000, 0]
    row = trade.world.get(Escrow, contract)
    assert (row.funded_fen, row.captured_fen, row.released_fen) == (50_000, 20_000, 30_000)
    with trade.world.backend.snapshot() as reader:
        assert [escrow_left_fen(reader, key) for key in (contract, "contract-0")] == [0, 0]
    operator = trade.world.exchange.operator
    assert trade.world.refuses("contract.state", operator, decide_release, contract)
    assert trade.world.replay_digest() == trade.world.digest()


def test_an_escrow_that_is_used_up_is_released_without_postings(trade: MeteredTrade) -> None:
    contract = trade.funded()
    trade.capture(contract, 50_000, "q-1")
    trade.world.operate(decide_release, contract)

    assert trade.contract(contract).state is ContractState.CLOSED
    assert owed(trade, available(trade.buyer.participant)) == [0]


def test_the_operator_alone_releases_and_only_what_was_funded(trade: MeteredTrade) -> None:
    contract = trade.signed()

    operator = trade.world.exchange.operator
    assert trade.world.refuses("contract.state", operator, decide_release, contract)
    assert trade.world.refuses("contract.unknown", operator, decide_release, "contract-0")
    assert trade.world.refuses("act.role", trade.buyer, decide_release, contract)


def test_a_day_is_closed_once_and_only_when_it_is_over(trade: MeteredTrade) -> None:
    contract = trade.funded()
    trade.capture(contract, 10_000, "q-1")
    day, operator = today(trade), trade.world.exchange.operator
    assert trade.world.refuses("day.open", operator, close_day, day)
    assert trade.world.refuses("day.form", operator, close_day, "yesterday")

    to_midnight(trade)
    assert trade.world.refuses("act.role", trade.clearer, close_day, day)
    trade.world.operate(close_day, day)
    supplier = trade.supplier.participant
    assert owed(trade, receivable(supplier), payable(supplier)) == [0, 9_700]
    row = trade.world.get(SettlementDay, day)
    assert (row.lines, row.total_fen, row.complete) == (1, 9_700, True)
    assert trade.world.refuses("day.closed", operator, close_day, day)
    assert trade.world.replay_digest() == trade.world.digest()


def test_what_is_earned_after_midnight_waits_for_its_own_day(trade: MeteredTrade) -> None:
    contract = trade.funded()
    trade.capture(contract, 10_000, "q-1")
    day = today(trade)
    to_midnight(trade)
    trade.capture(contract, 20_000, "q-2")
    next_day = today(trade)
    trade.world.operate(close_day, day)

    supplier = trade.supplier.participant
    assert owed(trade, receivable(supplier), payable(supplier)) == [19_400, 9_700]
    to_midnight(trade)
    trade.world.operate(close_day, next_day)
    assert owed(trade, receivable(supplier), payable(supplier)) == [0, 29_100]


def test_held_money_is_never_closed(trade: MeteredTrade) -> None:
    contract = trade.funded()
    trade.capture(contract, 10_000, "q-1")
    trade.hold(700)
    day = today(trade)
    to_midnight(trade)
    trade.hold(300)
    trade.world.operate(close_day, day)

    assert owed(trade, payable(trade.supplier.participant), "Hold:d-1") == [8_700, 1_000]


def test_a_day_without_earnings_closes_with_no_lines(trade: MeteredTrade) -> None:
    day = today(trade)
    to_midnight(trade)
    trade.world.operate(close_day, day)

    assert trade.world.get(SettlementDay, day).lines == 0


def test_a_payout_leaves_by_the_bank(trade: MeteredTrade) -> None:
    earned(trade)
    payout = payout_of(trade, 9_000)
    assert owed(trade, payable(trade.supplier.participant), "Bank:InTransit") == [700, 9_000]

    trade.world.do(trade.clearer, confirm_payout, ConfirmPayout(payout, "ICBC-77"))
    assert owed(trade, "Bank:InTransit", "Bank:Custody") == [0, -1_000]
    row = trade.world.get(Payout, payout)
    assert row.values() == {
        "id": payout,
        "entry": row.entry,
        "participant": trade.supplier.participant,
        "amount_fen": 9_000,
        "reference": "FDX-1",
        "sender": trade.clearer.participant,
        "bank_reference": "ICBC-77",
        "reasons": None,
        "state": PayoutState.PAID,
    }
    assert trade.world.get(BankMovement, "ICBC-77").amount_fen == 9_000
    again = ConfirmPayout(payout, "ICBC-78")
    assert trade.world.refuses("payout.state", trade.second_clearer, confirm_payout, again)
    assert trade.world.replay_digest() == trade.world.digest()


def test_an_unfit_payout_is_refused(trade: MeteredTrade) -> None:
    earned(trade)
    supplier, clearer = trade.supplier.participant, trade.clearer

    def refuses(code: str, wish: SendPayout, acting: Acting = clearer) -> bool:
        return trade.world.refuses(code, acting, send_payout, wish)

    assert refuses("act.role", SendPayout(supplier, 1, "FDX-1"), trade.supplier)
    assert refuses("funds.short", SendPayout(supplier, 9_701, "FDX-1"))
    assert refuses("funds.short", SendPayout(trade.buyer.participant, 1, "FDX-1"))
    assert refuses("participant.unknown", SendPayout("p-0", 1, "FDX-1"))
    assert refuses("clearing.self", SendPayout(clearer.participant, 1, "FDX-1"))
    assert refuses("amount.range", SendPayout(supplier, 0, "FDX-1"))
    assert refuses("reference.form", SendPayout(supplier, 1, "F D X"))
    payout_of(trade, 1, "FDX-1")
    assert refuses("payout.reference_used", SendPayout(supplier, 1, "FDX-1"))


def test_a_large_payout_is_confirmed_by_a_second_clearer(trade: MeteredTrade) -> None:
    earned(trade, 3 * FOUR_EYES_FEN)
    small = payout_of(trade, FOUR_EYES_FEN - 1, "FDX-1")
    large = payout_of(trade, FOUR_EYES_FEN, "FDX-2")
    trade.world.do(trade.clearer, confirm_payout, ConfirmPayout(small, "ICBC-1"))

    wish = ConfirmPayout(large, "ICBC-2")
    assert trade.world.refuses("payout.four_eyes", trade.clearer, confirm_payout, wish)
    trade.world.do(trade.second_clearer, confirm_payout, wish)
    assert trade.world.get(Payout, large).state is PayoutState.PAID


def test_the_banks_reference_serves_once(trade: MeteredTrade) -> None:
    earned(trade)
    first, second = payout_of(trade, 1_000, "FDX-1"), payout_of(trade, 2_000, "FDX-2")
    trade.world.do(trade.clearer, confirm_payout, ConfirmPayout(first, "ICBC-1"))

    for used in ("ICBC-1", "CCB-000001"):
        wish = ConfirmPayout(second, used)
        assert trade.world.refuses("bank.reference_used", trade.clearer, confirm_payout, wish)
    malformed = ConfirmPayout(second, "")
    assert trade.world.refuses("reference.form", trade.clearer, confirm_payout, malformed)
    unknown = ConfirmPayout("payout-0", "ICBC-2")
    assert trade.world.refuses("payout.unknown", trade.clearer, confirm_payout, unknown)
    wish = ConfirmPayout(second, "ICBC-2")
    assert trade.world.refuses("act.role", trade.supplier, confirm_payout, wish)


def test_a_failed_payout_is_payable_again(trade: MeteredTrade) -> None:
    earned(trade)
    payout = payout_of(trade, 9_700)
    no_reasons = FailPayout(payout, "")
    assert trade.world.refuses("payout.reasons", trade.clearer, fail_payout, no_reasons)
    wish = FailPayout(payout, "户名不符。")
    assert trade.world.refuses("act.role", trade.supplier, fail_payout, wish)

    trade.world.do(trade.clearer, fail_payout, wish)
    assert owed(trade, payable(trade.supplier.participant), "Bank:InTransit") == [9_700, 0]
    row = trade.world.get(Payout, payout)
    assert row.state is PayoutState.FAILED
    assert row.reasons is not None
    assert trade.world.get(Payload, row.reasons).text == "户名不符。"
    late = ConfirmPayout(payout, "ICBC-1")
    assert trade.world.refuses("payout.state", trade.clearer, confirm_payout, late)
    assert trade.world.refuses("payout.state", trade.clearer, fail_payout, wish)
    assert trade.world.replay_digest() == trade.world.digest()


def test_refunds_and_holds_replay_too(trade: MeteredTrade) -> None:
    contract = trade.funded()
    trade.capture(contract, 10_000, "q-1")
    trade.hold(5_000)
    trade.refund("q-1", 4_000)

    assert owed(trade, available(trade.buyer.participant), "Hold:d-1") == [4_000, 1_120]
    assert trade.world.replay_digest() == trade.world.digest()
