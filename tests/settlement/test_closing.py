from __future__ import annotations

from datetime import timedelta

from exchange.actors import Actor, Role
from exchange.acts.kinds import Fact, table_of
from exchange.acts.unit_of_work import Decision, UnitOfWork
from exchange.ids import SeededIds
from exchange.settlement.accounts import CUSTODY, move, payable, receivable
from exchange.settlement.acts import ACTS
from exchange.settlement.books import hold, post
from exchange.settlement.closing import closable_fen, closable_lines
from exchange.settlement.models import Account, SettlementDay
from exchange.settlement.rules import LINES_LIMIT, end_of_day
from exchange.settlement.service import close_day
from exchange.storage.store import Writer, require
from ledger.canonical import encode
from tests.settlement.ledgerless import SUPPLIER, Books

DAY = "2026-03-02"
CUT_OFF = end_of_day(DAY)


def earn(books: Books, supplier: str, amount_fen: int) -> None:
    lines = move(CUSTODY, receivable(supplier), amount_fen)
    books.act(lambda writer, fact: post(writer, fact, lines))


def closable(books: Books) -> int:
    return closable_fen(books.tables, require(books.tables, Account, receivable(SUPPLIER)), CUT_OFF)


def decide(books: Books) -> Decision:
    operator = Actor("operator", frozenset({Role.OPERATOR}))
    return close_day(UnitOfWork(books.tables, operator, books.now, SeededIds(b"x")), DAY)


def close(books: Books) -> Decision:
    decision = decide(books)

    def apply(writer: Writer, fact: Fact) -> None:
        told = Fact(
            fact.index,
            fact.leaf_hash,
            fact.received_at,
            "operator",
            1,
            decision.kind,
            decision.body,
        )
        table_of(ACTS)[decision.kind].apply(writer, told)

    books.act(apply)
    return decision


def test_only_what_stood_there_at_the_cut_off_and_still_does_is_closed() -> None:
    books = Books()
    earn(books, SUPPLIER, 500)
    assert closable(books) == 500
    books.now = CUT_OFF - timedelta(milliseconds=1)
    earn(books, SUPPLIER, 60)
    assert closable(books) == 560
    books.now = CUT_OFF
    earn(books, SUPPLIER, 7_000)
    assert closable(books) == 560
    books.act(lambda w, f: hold(w, f, "d-1", SUPPLIER, 100))
    assert closable(books) == 460
    books.act(lambda w, f: post(w, f, move(receivable(SUPPLIER), payable(SUPPLIER), 460)))
    assert closable(books) == 0
    books.act(lambda w, f: hold(w, f, "d-2", SUPPLIER, 6_000))
    assert closable(books) == 0


def test_lines_are_by_participant_and_without_zeros() -> None:
    books = Books()
    for supplier, amount_fen in (("p-b", 2), ("p-a", 1), ("p-c", 3)):
        earn(books, supplier, amount_fen)
    books.act(lambda w, f: post(w, f, move(receivable("p-c"), payable("p-c"), 3)))

    assert closable_lines(books.tables, CUT_OFF) == [("p-a", 1), ("p-b", 2)]


def test_a_day_of_many_suppliers_takes_several_acts_and_pays_each_once() -> None:
    books = Books()
    for number in range(LINES_LIMIT + 2):
        earn(books, f"p-{number:013d}", 1_000 + number)
    books.now = CUT_OFF
    earn(books, f"p-{0:013d}", 5)

    first, second = close(books), close(books)
    assert [len(decision.body["lines"]) for decision in (first, second)] == [LINES_LIMIT, 2]
    assert len(encode(first.body)) < 30_000
    row = require(books.tables, SettlementDay, DAY)
    total_fen = sum(1_000 + number for number in range(LINES_LIMIT + 2))
    assert (row.lines, row.total_fen, row.complete) == (LINES_LIMIT + 2, total_fen, True)
    assert [books.owed(payable(f"p-{n:013d}"), receivable(f"p-{n:013d}")) for n in (0, 301)] == [
        [1_000, 5],
        [1_301, 0],
    ]


def test_what_was_first_earned_after_the_cut_off_waits() -> None:
    books = Books()
    books.now = CUT_OFF
    earn(books, SUPPLIER, 500)

    assert closable(books) == 0
