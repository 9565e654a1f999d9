from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exchange.errors import ExchangeError
from exchange.settlement.accounts import (
    CUSTODY,
    FEE,
    IN_TRANSIT,
    VAT,
    Line,
    available,
    escrow,
    held,
    move,
    parts,
    payable,
    receivable,
)
from exchange.settlement.books import (
    capture,
    escrow_left_fen,
    hold,
    holdable_fen,
    plan_refund,
    post,
    refund,
    refundable,
    unhold,
)
from exchange.settlement.guards import faults
from exchange.settlement.models import Account, Capture, Escrow, Posting
from exchange.settlement.rules import Split
from exchange.storage.digest import digest
from tests.settlement.ledgerless import BUYER, SUPPLIER, Books, agreed

TABLES = (Account, Posting, Escrow, Capture)


@pytest.fixture
def books() -> Books:
    books = Books()
    books.fund("contract-1", 50_000)
    return books


def taken(books: Books, gross_fen: int, question: str, contract: str = "contract-1") -> Split:
    """Capture a fee as a node's receipt would."""
    return books.act(lambda writer, fact: capture(writer, fact, contract, gross_fen, question))


def refusal(books: Books, apply: Callable[..., Any]) -> str:
    """Return the code with which an act is refused, having changed nothing."""
    before = digest(books.tables, TABLES)
    with pytest.raises(ExchangeError) as caught:
        books.act(apply)
    assert digest(books.tables, TABLES) == before
    return caught.value.code


def test_names_of_accounts_have_a_kind_and_an_owner() -> None:
    names = [available("p-1"), receivable("p-1"), payable("p-1"), escrow("c-1"), held("d-1")]

    assert [parts(name) for name in [*names, CUSTODY, IN_TRANSIT, FEE, VAT]] == [
        ("Available", "p-1"),
        ("Receivable", "p-1"),
        ("Payable", "p-1"),
        ("Escrow", "c-1"),
        ("Hold", "d-1"),
        ("Bank", "Custody"),
        ("Bank", "InTransit"),
        ("Fee", "Trade"),
        ("Tax", "VAT"),
    ]


def test_an_act_is_posted_line_by_line_with_the_running_balance(books: Books) -> None:
    rows = books.tables.find(Posting, act_entry=2)

    assert [row.values() for row in rows] == [
        {
            "id": "000000000002/000",
            "entry": 2,
            "act_entry": 2,
            "act": "test.act",
            "at": rows[0].at,
            "account": "Available:p-buyer",
            "amount_fen": 50_000,
            "balance_fen": 0,
            "previous": "000000000001/001",
        },
        {
            "id": "000000000002/001",
            "entry": 2,
            "act_entry": 2,
            "act": "test.act",
            "at": rows[0].at,
            "account": "Escrow:contract-1",
            "amount_fen": -50_000,
            "balance_fen": -50_000,
            "previous": None,
        },
    ]
    row = books.tables.get(Account, "Escrow:contract-1")
    assert row is not None
    assert row.values() == {
        "id": "Escrow:contract-1",
        "entry": 2,
        "kind": "Escrow",
        "owner": "contract-1",
        "balance_fen": -50_000,
        "last": "000000000002/001",
    }


def test_an_act_may_post_twice(books: Books) -> None:
    def apply(writer: Any, fact: Any) -> None:
        post(writer, fact, move(escrow("contract-1"), FEE, 100))
        post(writer, fact, move(FEE, VAT, 40))

    books.act(apply)
    assert books.lines(3) == [
        ("Escrow:contract-1", 100),
        ("Fee:Trade", -100),
        ("Fee:Trade", 40),
        ("Tax:VAT", -40),
    ]
    assert books.owed(FEE, VAT) == [60, 40]


def test_lines_that_do_not_sum_to_zero_are_refused(books: Books) -> None:
    lines = [Line(escrow("contract-1"), 100), Line(FEE, -99)]

    assert refusal(books, lambda w, f: post(w, f, lines)) == "journal.unbalanced"


@pytest.mark.parametrize("amount", [0, 1.5, True, "1"])
def test_a_line_of_nothing_or_of_no_integer_is_the_programs_fault(
    books: Books, amount: Any
) -> None:
    lines = [Line(escrow("contract-1"), amount), Line(FEE, -1)]

    with pytest.raises(AssertionError):
        books.act(lambda w, f: post(w, f, lines))


@pytest.mark.parametrize(
    "lines",
    [
        move(escrow("contract-1"), available(BUYER), 50_001),
        move(available(BUYER), escrow("contract-1"), 1),
        move(FEE, available(BUYER), 1),
        move(available("p-new"), FEE, 1),
        move(IN_TRANSIT, CUSTODY, 1),
        (*move(escrow("contract-1"), FEE, 50_000), *move(escrow("contract-1"), FEE, 1)),
    ],
)
def test_no_account_passes_its_floor(books: Books, lines: tuple[Line, ...]) -> None:
    assert refusal(books, lambda w, f: post(w, f, lines)) == "funds.short"


def test_custody_does_not_go_below_what_the_bank_holds(books: Books) -> None:
    lines = [Line(CUSTODY, -50_001), Line(IN_TRANSIT, 50_001)]

    assert refusal(books, lambda w, f: post(w, f, lines)) == "funds.short"


def test_a_capture_goes_to_supplier_exchange_and_tax(books: Books) -> None:
    assert taken(books, 10_000, "q-1") == Split(10_000, 300, 17)

    assert books.lines(3) == [
        ("Escrow:contract-1", 10_000),
        ("Receivable:p-supplier", -9_700),
        ("Fee:Trade", -283),
        ("Tax:VAT", -17),
    ]
    assert escrow_left_fen(books.tables, "contract-1") == 40_000
    row = books.tables.get(Capture, "q-1")
    assert row is not None
    assert row.values() == {
        "id": "q-1",
        "entry": 3,
        "contract": "contract-1",
        "gross_fen": 10_000,
        "fee_fen": 300,
        "vat_fen": 17,
        "refunded_fen": 0,
        "shortfall_fen": 0,
    }


def test_captures_round_on_the_running_total_of_their_contract() -> None:
    books = Books(fee_ppm=30_000, vat_ppm=0)
    books.fund("contract-1", 1_000)
    books.fund("contract-2", 1_000)
    splits = [taken(books, 10, f"q-{number}") for number in range(10)]

    assert [split.fee_fen for split in splits] == [0, 1, 0, 0, 1, 0, 0, 0, 1, 0]
    assert taken(books, 10, "q-other", "contract-2").fee_fen == 0
    assert books.owed(FEE) == [3]


def test_a_question_is_captured_once(books: Books) -> None:
    taken(books, 10_000, "q-1")

    again = refusal(books, lambda w, f: capture(w, f, "contract-1", 10_000, "q-1"))
    assert again == "capture.twice"


def test_no_more_is_captured_than_the_escrow_holds(books: Books) -> None:
    taken(books, 50_000, "q-1")

    assert refusal(books, lambda w, f: capture(w, f, "contract-1", 1, "q-2")) == "escrow.short"
    assert refusal(books, lambda w, f: capture(w, f, "contract-0", 1, "q-2")) == "escrow.unknown"
    with pytest.raises(AssertionError):
        books.act(lambda w, f: capture(w, f, "contract-1", 0, "q-2"))


def test_a_whole_refund_undoes_its_capture(books: Books) -> None:
    taken(books, 10_000, "q-1")
    taken(books, 5_000, "q-2")
    books.act(lambda w, f: hold(w, f, "d-1", SUPPLIER, 4_850))
    done = books.act(lambda w, f: refund(w, f, "d-1", "q-2", 5_000))

    assert done.split == Split(5_000, 150, 8)
    assert done.shortfall_fen == 0
    assert books.lines(6) == [
        ("Hold:d-1", 4_850),
        ("Fee:Trade", 142),
        ("Tax:VAT", 8),
        ("Available:p-buyer", -5_000),
    ]
    assert books.owed(receivable(SUPPLIER), FEE, VAT) == [9_700, 283, 17]
    row = books.tables.get(Escrow, "contract-1")
    assert row is not None
    assert (row.captured_fen, row.refunded_fen) == (15_000, 5_000)


def test_a_refund_of_nothing_moves_nothing(books: Books) -> None:
    taken(books, 10_000, "q-1")
    done = books.act(lambda w, f: refund(w, f, "d-1", "q-1", 0))

    assert (done.lines, done.to_body(), books.lines(4)) == ((), [], [])


def test_refunds_never_exceed_their_capture(books: Books) -> None:
    taken(books, 10_000, "q-1")
    books.act(lambda w, f: refund(w, f, "d-1", "q-1", 6_000))

    assert refusal(books, lambda w, f: refund(w, f, "d-2", "q-1", 4_001)) == "refund.range"
    assert refusal(books, lambda w, f: refund(w, f, "d-2", "q-1", -1)) == "refund.range"
    assert refusal(books, lambda w, f: refund(w, f, "d-2", "q-0", 1)) == "capture.unknown"
    assert refundable(books.tables, "q-1", 4_000).gross_fen == 4_000


def test_a_hold_reaches_for_earnings_then_for_what_is_available_then_for_what_is_payable(
    books: Books,
) -> None:
    taken(books, 10_000, "q-1")
    books.act(lambda w, f: post(w, f, move(receivable(SUPPLIER), payable(SUPPLIER), 9_000)))
    books.pay_in(SUPPLIER, 500)

    assert holdable_fen(books.tables, SUPPLIER, 99_999) == 10_200
    books.act(lambda w, f: hold(w, f, "d-1", SUPPLIER, 1_300))
    assert books.lines(6) == [
        ("Receivable:p-supplier", 700),
        ("Available:p-supplier", 500),
        ("Payable:p-supplier", 100),
        ("Hold:d-1", -1_300),
    ]
    assert holdable_fen(books.tables, SUPPLIER, 99_999) == 8_900
    assert refusal(books, lambda w, f: hold(w, f, "d-2", SUPPLIER, 8_901)) == "funds.short"


def test_what_a_dispute_does_not_need_goes_back_to_the_earnings(books: Books) -> None:
    taken(books, 10_000, "q-1")
    books.act(lambda w, f: hold(w, f, "d-1", SUPPLIER, 9_700))

    def execute(writer: Any, fact: Any) -> int:
        refund(writer, fact, "d-1", "q-1", 4_000)
        return unhold(writer, fact, "d-1", SUPPLIER)

    assert books.act(execute) == 9_700 - 3_880
    assert books.owed(held("d-1"), receivable(SUPPLIER), available(BUYER)) == [0, 5_820, 4_000]
    assert books.act(lambda w, f: unhold(w, f, "d-1", SUPPLIER)) == 0


def test_what_nothing_covers_is_a_shortfall_and_no_invented_money(books: Books) -> None:
    taken(books, 10_000, "q-1")
    books.act(lambda w, f: post(w, f, move(receivable(SUPPLIER), IN_TRANSIT, 9_000)))
    books.act(lambda w, f: hold(w, f, "d-1", SUPPLIER, 500))

    planned = plan_refund(books.tables, "d-1", "q-1", 10_000)
    assert planned.shortfall_fen == 9_000
    assert planned.to_body() == [
        {"account": "Hold:d-1", "amount_fen": 500},
        {"account": "Receivable:p-supplier", "amount_fen": 200},
        {"account": "Fee:Trade", "amount_fen": 283},
        {"account": "Tax:VAT", "amount_fen": 17},
        {"account": "Available:p-buyer", "amount_fen": -1_000},
    ]
    assert books.act(lambda w, f: refund(w, f, "d-1", "q-1", 10_000)) == planned
    row = books.tables.get(Capture, "q-1")
    assert row is not None
    assert (row.refunded_fen, row.shortfall_fen) == (10_000, 9_000)


def test_the_rows_of_a_contract_are_what_its_postings_say(books: Books) -> None:
    taken(books, 12_345, "q-1")
    taken(books, 6_789, "q-2")
    books.act(lambda w, f: refund(w, f, "d-1", "q-1", 1_000))

    assert list(faults(books.tables)) == []
    assert books.owed(escrow("contract-1")) == [escrow_left_fen(books.tables, "contract-1")]
    assert agreed("contract-1", 50_000).amount_fen == 50_000


def test_the_last_fen_may_leave_the_bank() -> None:
    books = Books()
    books.pay_in(SUPPLIER, 100)
    books.act(lambda w, f: post(w, f, move(available(SUPPLIER), IN_TRANSIT, 100)))
    books.act(lambda w, f: post(w, f, move(IN_TRANSIT, CUSTODY, 100)))

    assert books.owed(CUSTODY, IN_TRANSIT, available(SUPPLIER)) == [0, 0, 0]
