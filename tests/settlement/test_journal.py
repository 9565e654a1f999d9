from __future__ import annotations

import re
from decimal import Decimal
from functools import partial

from exchange.settlement.accounts import FEE, escrow, move
from exchange.settlement.books import capture, post
from exchange.settlement.journal import journal
from tests.settlement.ledgerless import Books


def made() -> Books:
    books = Books()
    books.fund("contract-1", 50_000)
    books.act(lambda w, f: capture(w, f, "contract-1", 10_001, "q-1"), "answer.receipt")
    return books


def test_the_journal_is_plain_text_with_closing_balances() -> None:
    assert list(journal(made().tables)) == [
        "decimal-mark .",
        "",
        "2026-03-02 * (1) test.act",
        "    Assets:Bank:Custody  CNY 500.00",
        "    Liabilities:Available:p-buyer  CNY -500.00",
        "",
        "2026-03-02 * (2) test.act",
        "    Liabilities:Available:p-buyer  CNY 500.00",
        "    Liabilities:Escrow:contract-1  CNY -500.00",
        "",
        "2026-03-02 * (3) answer.receipt",
        "    Liabilities:Escrow:contract-1  CNY 100.01",
        "    Liabilities:Receivable:p-supplier  CNY -97.01",
        "    Income:Fee:Trade  CNY -2.83",
        "    Liabilities:Tax:VAT  CNY -0.17",
        "",
        "2026-03-02 * closing balances",
        "    Liabilities:Available:p-buyer  CNY 0.00 = CNY 0.00",
        "    Assets:Bank:Custody  CNY 0.00 = CNY 500.00",
        "    Liabilities:Escrow:contract-1  CNY 0.00 = CNY -399.99",
        "    Income:Fee:Trade  CNY 0.00 = CNY -2.83",
        "    Liabilities:Receivable:p-supplier  CNY 0.00 = CNY -97.01",
        "    Liabilities:Tax:VAT  CNY 0.00 = CNY -0.17",
    ]


def test_whoever_adds_the_postings_up_finds_the_asserted_balances() -> None:
    books = made()
    for fen in (1, 99, 100, 12_345):
        lines = move(escrow("contract-1"), FEE, fen)
        books.act(partial(post, lines=lines))

    totals: dict[str, Decimal] = {}
    asserted: dict[str, Decimal] = {}
    for line in journal(books.tables):
        found = re.fullmatch(r" {4}(\S+)  CNY (-?[\d.]+)(?: = CNY (-?[\d.]+))?", line)
        if found is not None:
            totals[found[1]] = totals.get(found[1], Decimal(0)) + Decimal(found[2])
            asserted |= {found[1]: Decimal(found[3])} if found[3] else {}
    assert totals == asserted
    assert sum(totals.values()) == 0


def test_an_empty_journal_says_nothing() -> None:
    assert list(journal(Books().tables)) == ["decimal-mark .", "", "1970-01-01 * closing balances"]
