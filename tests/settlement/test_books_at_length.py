"""Many acts in any order, against books that are kept a second time with fractions."""

from __future__ import annotations

from fractions import Fraction
from math import floor

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from exchange.settlement.accounts import (
    CUSTODY,
    IN_TRANSIT,
    available,
    held,
    move,
    payable,
    receivable,
)
from exchange.settlement.books import capture, hold, holdable_fen, post, refund, unhold
from exchange.settlement.guards import faults
from exchange.settlement.models import Account, Capture, Escrow
from tests.settlement.ledgerless import BUYER, SUPPLIER, Books

PURSES = ("Receivable", "Available", "Payable")


def nearest(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


class SecondBooks(RuleBasedStateMachine):
    """Two contracts, captures, refunds, holds and payouts; `money` is the second set of books.

    It knows purses and no postings, and splits with fractions on its own.
    """

    def __init__(self) -> None:
        super().__init__()
        self.money: dict[str, int] = {}
        self.captured: dict[str, int] = {}
        self.questions: dict[str, dict[str, int]] = {}
        self.rate = Fraction(0)
        self.tax = Fraction(0)

    @initialize(
        fee_ppm=st.integers(0, 300_000),
        vat_ppm=st.integers(0, 200_000),
        amounts=st.tuples(st.integers(1, 10**6), st.integers(1, 10**4)),
    )
    def begin(self, fee_ppm: int, vat_ppm: int, amounts: tuple[int, int]) -> None:
        self.books = Books(fee_ppm, vat_ppm)
        self.rate, self.tax = Fraction(fee_ppm, 10**6), Fraction(vat_ppm, 10**6)
        for number, amount_fen in enumerate(amounts):
            self.books.fund(f"contract-{number}", amount_fen)
            self.move(f"Escrow:contract-{number}", amount_fen)
            self.move("Bank", amount_fen)
            self.captured[f"contract-{number}"] = 0

    def move(self, purse: str, amount_fen: int) -> None:
        self.money[purse] = self.money.get(purse, 0) + amount_fen

    def take(self, purse: str, wanted_fen: int) -> int:
        part = min(wanted_fen, self.money.get(purse, 0))
        self.move(purse, -part)
        return part

    def shares(self, total_fen: int) -> tuple[int, int]:
        fee = nearest(total_fen * self.rate)
        return fee, nearest(fee * self.tax / (1 + self.tax))

    @rule(number=st.integers(0, 1), part=st.fractions(0, 1))
    def capture(self, number: int, part: Fraction) -> None:
        contract = f"contract-{number}"
        gross = floor(part * self.money[f"Escrow:{contract}"])
        if gross == 0:
            return
        before = self.shares(self.captured[contract])
        self.captured[contract] += gross
        after = self.shares(self.captured[contract])
        fee, vat = after[0] - before[0], after[1] - before[1]
        question = f"q-{len(self.questions)}"
        self.questions[question] = {"gross": gross, "fee": fee, "vat": vat, "back": 0, "short": 0}
        self.move(f"Escrow:{contract}", -gross)
        self.move("Receivable", gross - fee)
        self.move("Fee", fee - vat)
        self.move("VAT", vat)
        self.books.act(lambda w, f: capture(w, f, contract, gross, question))

    def returned(self, question: dict[str, int], total: int) -> tuple[int, int]:
        fee = nearest(Fraction(total * question["fee"], question["gross"]))
        return fee, nearest(Fraction(fee * question["vat"], question["fee"])) if fee else 0

    @precondition(lambda self: bool(self.questions))
    @rule(pick=st.integers(0, 1000), part=st.fractions(0, 1), dispute=st.integers(0, 2))
    def refund(self, pick: int, part: Fraction, dispute: int) -> None:
        name = sorted(self.questions)[pick % len(self.questions)]
        question = self.questions[name]
        amount = floor(part * (question["gross"] - question["back"]))
        before = self.returned(question, question["back"])
        question["back"] += amount
        after = self.returned(question, question["back"])
        fee, vat = after[0] - before[0], after[1] - before[1]
        wanted = amount - fee
        for purse in (f"Hold:{dispute}", *PURSES):
            wanted -= self.take(purse, wanted)
        question["short"] += wanted
        self.move("Fee", vat - fee)
        self.move("VAT", -vat)
        self.move("Buyer", amount - wanted)
        self.books.act(lambda w, f: refund(w, f, f"{dispute}", name, amount))

    @rule(wanted=st.integers(0, 10**6), dispute=st.integers(0, 2))
    def hold(self, wanted: int, dispute: int) -> None:
        amount = min(wanted, sum(self.money.get(purse, 0) for purse in PURSES))
        assert holdable_fen(self.books.tables, SUPPLIER, wanted) == amount
        left = amount
        for purse in PURSES:
            left -= self.take(purse, left)
        self.move(f"Hold:{dispute}", amount)
        self.books.act(lambda w, f: hold(w, f, f"{dispute}", SUPPLIER, amount))

    @rule(dispute=st.integers(0, 2))
    def unhold(self, dispute: int) -> None:
        self.move("Receivable", self.take(f"Hold:{dispute}", 10**12))
        self.books.act(lambda w, f: unhold(w, f, f"{dispute}", SUPPLIER))

    @rule(part=st.fractions(0, 1))
    def close(self, part: Fraction) -> None:
        amount = floor(part * self.money.get("Receivable", 0))
        self.move("Payable", self.take("Receivable", amount))
        lines = move(receivable(SUPPLIER), payable(SUPPLIER), amount)
        self.books.act(lambda w, f: post(w, f, lines))

    @rule(part=st.fractions(0, 1))
    def pay_out(self, part: Fraction) -> None:
        amount = self.take("Payable", floor(part * self.money.get("Payable", 0)))
        self.move("Bank", -amount)
        lines = move(payable(SUPPLIER), IN_TRANSIT, amount)
        self.books.act(lambda w, f: post(w, f, lines))

    @rule()
    def bank_confirms(self) -> None:
        (amount,) = self.books.owed(IN_TRANSIT)
        self.books.act(lambda w, f: post(w, f, move(IN_TRANSIT, CUSTODY, amount)))

    @rule(amount=st.integers(1, 10**5))
    def supplier_pays_in(self, amount: int) -> None:
        self.move("Available", amount)
        self.move("Bank", amount)
        self.books.pay_in(SUPPLIER, amount)

    @invariant()
    def both_books_agree(self) -> None:
        if not self.money:
            return
        names = {
            "Receivable": receivable(SUPPLIER),
            "Available": available(SUPPLIER),
            "Payable": payable(SUPPLIER),
            "Buyer": available(BUYER),
            "Fee": "Fee:Trade",
            "VAT": "Tax:VAT",
            **{f"Hold:{number}": held(f"{number}") for number in range(3)},
            **{f"Escrow:contract-{number}": f"Escrow:contract-{number}" for number in range(2)},
        }
        assert {purse: self.books.owed(name)[0] for purse, name in names.items()} == {
            purse: self.money.get(purse, 0) for purse in names
        }
        bank = -sum(self.books.owed(CUSTODY, IN_TRANSIT))
        assert bank == self.money["Bank"]
        assert bank == sum(self.money.get(purse, 0) for purse in names)

    @invariant()
    def rows_say_what_happened(self) -> None:
        if not self.money:
            return
        for name, question in self.questions.items():
            row = self.books.tables.get(Capture, name)
            assert row is not None
            assert question == {
                "gross": row.gross_fen,
                "fee": row.fee_fen,
                "vat": row.vat_fen,
                "back": row.refunded_fen,
                "short": row.shortfall_fen,
            }
        for contract, total in self.captured.items():
            escrow = self.books.tables.get(Escrow, contract)
            assert escrow is not None
            assert (escrow.captured_fen, escrow.fee_fen, escrow.vat_fen) == (
                total,
                *self.shares(total),
            )

    def teardown(self) -> None:
        if self.money:
            assert list(faults(self.books.tables)) == []
            assert sum(row.balance_fen for row in self.books.tables.all(Account)) == 0


TestSecondBooks = SecondBooks.TestCase
TestSecondBooks.settings = settings(max_examples=60, stateful_step_count=40)
