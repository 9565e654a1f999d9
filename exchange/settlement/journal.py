"""The books as plain text for another accounting program to check (hledger's journal format)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from exchange.clock import iso
from exchange.settlement.accounts import parts
from exchange.settlement.models import Account, Posting
from exchange.storage.store import Tables

_CLASSES: Final = {"Bank": "Assets", "Fee": "Income"}


def journal(tables: Tables) -> Iterator[str]:
    """Yield the journal line by line: each act with its postings, then a closing assertion each.

    Amounts are yuan with two decimals, exact. The assertions restate the balances that the
    exchange holds, so a program that adds the postings up on its own compares both.
    """
    yield "decimal-mark ."
    day = "1970-01-01"
    for entry, postings in groupby(tables.all(Posting), key=lambda row: row.act_entry):
        rows = list(postings)
        day = iso(rows[0].at)[:10]
        yield ""
        yield f"{day} * ({entry}) {rows[0].act}"
        yield from (f"    {_named(row.account)}  {_yuan(row.amount_fen)}" for row in rows)
    yield ""
    yield f"{day} * closing balances"
    for account in tables.all(Account):
        yield f"    {_named(account.id)}  CNY 0.00 = {_yuan(account.balance_fen)}"


def _named(account: str) -> str:
    return f"{_CLASSES.get(parts(account)[0], 'Liabilities')}:{account}"


def _yuan(amount_fen: int) -> str:
    whole, cents = divmod(abs(amount_fen), 100)
    return f"CNY {'-' if amount_fen < 0 else ''}{whole}.{cents:02d}"
