"""What `apply` refuses whoever decided it: no service would make these acts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel

from exchange.acts.kinds import Fact, apply_fact
from exchange.acts.unit_of_work import Decision
from exchange.clock import from_ms
from exchange.context import Acting
from exchange.settlement.rules import FOUR_EYES_FEN
from exchange.settlement.service import (
    ConfirmPayout,
    SendPayout,
    close_day,
    confirm_payout,
    decide_release,
    send_payout,
)
from exchange.storage.digest import digest
from exchange.storage.engine import open_engine, sqlite_url
from exchange.storage.sql import SqlBackend
from exchange.storage.store import Writer
from ledger.act import parse_act_note
from ledger.encoding import b64
from ledger.entry import parse_entry
from ledger.merkle import leaf_hash
from tests.assets.registration import forged
from tests.settlement.metering import MeteredTrade
from tests.settlement.test_service import to_midnight, today


@pytest.fixture
def trade() -> MeteredTrade:
    return MeteredTrade()


def refuses(
    trade: MeteredTrade, code: str, acting: Acting, kind: str, body: Mapping[str, Any]
) -> bool:
    return trade.world.refuses(code, acting, forged, Decision(kind, dict(body), "forged"))


def test_a_contract_is_funded_and_released_with_no_other_amount(trade: MeteredTrade) -> None:
    signed = trade.signed()
    trade.pay_in(trade.buyer, 50_000)
    for fen in (49_999, 50_001):
        body = {"contract": signed, "amount_fen": fen}
        assert refuses(trade, "escrow.amount", trade.buyer, "escrow.fund", body)
    funded = trade.funded()
    trade.capture(funded, 10_000, "q-1")
    for fen in (39_999, 40_001):
        body = {"contract": funded, "amount_fen": fen}
        assert refuses(
            trade, "escrow.amount", trade.world.exchange.operator, "escrow.release", body
        )


def test_a_day_is_closed_with_honest_lines_alone(trade: MeteredTrade) -> None:
    contract = trade.funded()
    trade.capture(contract, 10_000, "q-1")
    day, operator = today(trade), trade.world.exchange.operator
    supplier, buyer = trade.supplier.participant, trade.buyer.participant
    fair = {"participant": supplier, "amount_fen": 9_700}
    early = {"day": day, "lines": [fair]}
    assert refuses(trade, "day.open", operator, "settlement.close", early)
    to_midnight(trade)
    for code, lines in (
        ("day.lines", [fair, fair]),
        ("day.lines", [{**fair, "amount_fen": 0}]),
        ("day.lines", [{**fair, "amount_fen": -1}]),
        (
            "day.lines",
            [{"participant": "p-z", "amount_fen": 1}, {"participant": "p-a", "amount_fen": 1}],
        ),
        ("day.lines", [{"participant": f"p-{n:03d}", "amount_fen": 1} for n in range(301)]),
        ("funds.short", [{**fair, "amount_fen": 9_701}]),
        ("funds.short", [{"participant": buyer, "amount_fen": 1}]),
    ):
        body = {"day": day, "lines": lines}
        assert refuses(trade, code, operator, "settlement.close", body)
    trade.world.operate(close_day, day)
    assert refuses(trade, "day.closed", operator, "settlement.close", {"day": day, "lines": []})


def test_deposits_and_payouts_are_checked_again(trade: MeteredTrade) -> None:
    clearer, buyer = trade.clearer, trade.buyer.participant
    for code, change in (
        ("amount.range", {"amount_fen": -5}),
        ("participant.unknown", {"participant": "p-0"}),
        ("clearing.self", {"participant": clearer.participant}),
        ("reference.form", {"reference": "a b"}),
    ):
        body = {"reference": "CCB-X", "participant": buyer, "amount_fen": 1, **change}
        assert refuses(trade, code, clearer, "deposit.confirm", body)
    trade.pay_in(trade.buyer, 10)
    used = {"reference": "CCB-000001", "participant": buyer, "amount_fen": 1}
    assert refuses(trade, "bank.reference_used", clearer, "deposit.confirm", used)
    for code, change in (
        ("amount.range", {"amount_fen": 0}),
        ("participant.unknown", {"participant": "p-0"}),
        ("clearing.self", {"participant": clearer.participant}),
        ("reference.form", {"reference": ""}),
        ("funds.short", {}),
    ):
        body = {"payout": "payout-x", "participant": buyer, "amount_fen": 1, "reference": "F"}
        assert refuses(trade, code, clearer, "payout.send", {**body, **change})


def test_four_eyes_and_own_money_are_checked_again(trade: MeteredTrade) -> None:
    story(trade, 2 * FOUR_EYES_FEN, confirm=False)
    wish = SendPayout(trade.supplier.participant, FOUR_EYES_FEN, "FDX-2")
    payout = trade.world.do(trade.clearer, send_payout, wish).key
    body = {"payout": payout, "bank_reference": "ICBC-2"}
    assert refuses(trade, "payout.four_eyes", trade.clearer, "payout.confirm", body)
    reused = {"payout": "payout-x", "participant": trade.supplier.participant, "amount_fen": 1}
    assert refuses(
        trade,
        "payout.reference_used",
        trade.clearer,
        "payout.send",
        {**reused, "reference": "FDX-2"},
    )
    failed = {"payout": payout, "reasons": b64(bytes(32))}
    assert refuses(trade, "act.role", trade.supplier, "payout.fail", failed)


def story(trade: MeteredTrade, price_fen: int = 10_000, *, confirm: bool = True) -> None:
    """Play a contract from its offer to a payout, with a hold and a refund."""
    contract = trade.funded(price_fen=price_fen)
    trade.capture(contract, price_fen, "q-1")
    trade.capture(contract, price_fen, "q-2")
    trade.hold(700)
    trade.refund("q-1", 333)
    day = today(trade)
    to_midnight(trade)
    trade.world.operate(close_day, day)
    wish = SendPayout(trade.supplier.participant, 9_000, "FDX-1")
    payout = trade.world.do(trade.clearer, send_payout, wish).key
    if confirm:
        trade.world.do(trade.second_clearer, confirm_payout, ConfirmPayout(payout, "ICBC-1"))
        trade.world.operate(decide_release, contract)


def test_the_same_acts_give_the_same_rows_on_sqlite(trade: MeteredTrade, tmp_path: Path) -> None:
    trade.requested()
    story(trade)
    engine = open_engine(sqlite_url(tmp_path / "fdx.db"))
    SQLModel.metadata.create_all(engine)
    with SqlBackend(engine).batch() as tables:
        for leaf in trade.world.leaves():
            entry = parse_entry(leaf)
            act = parse_act_note(entry.act_note).act
            at = from_ms(entry.received_ms)
            fact = Fact(entry.index, leaf_hash(leaf), at, act.actor, act.seq, act.kind, act.body)
            apply_fact(trade.world.kinds, Writer(tables, entry.index), fact)
        assert digest(tables, trade.world.tables) == trade.world.digest()
    engine.dispose()
    assert trade.world.replay_digest() == trade.world.digest()
