from __future__ import annotations

from typing import Any

import pytest

from exchange.actors import Role
from exchange.acts.kinds import ActKind, Fact
from exchange.acts.unit_of_work import Decision
from exchange.settlement.accounts import FEE, IN_TRANSIT, VAT, available, escrow, move
from exchange.settlement.books import balance_fen, post
from exchange.settlement.guards import UnbalancedError, balanced, faults
from exchange.settlement.models import Account, Posting
from exchange.storage.store import Writer, require
from tests.assets.registration import forged
from tests.settlement.ledgerless import BUYER, Books
from tests.steps import Trade


@pytest.fixture
def books() -> Books:
    books = Books()
    books.fund("contract-1", 50_000)
    books.act(lambda w, f: post(w, f, move(escrow("contract-1"), FEE, 300)))
    return books


def spoil(books: Books, model: type[Any], key: str, **changes: Any) -> None:
    """Change a row behind the books' back."""
    row = books.tables.get(model, key)
    assert row is not None
    books.tables.update(row, changes)


def test_honest_books_are_balanced(books: Books) -> None:
    balanced(books.tables, range(books.index))
    assert list(faults(books.tables)) == []


FORGERIES = [
    (Posting, "000000000003/000", {"amount_fen": 301}, 3),
    (Posting, "000000000003/001", {"balance_fen": -299}, 3),
    (Posting, "000000000003/000", {"previous": None}, 3),
    (Posting, "000000000003/000", {"previous": "000000000001/000"}, 3),
    (Posting, "000000000003/000", {"previous": "000000000099/000"}, 3),
    (Posting, "000000000003/001", {"account": VAT}, 3),
    (Account, FEE, {"balance_fen": -299}, 3),
    (Account, "Escrow:contract-1", {"last": "000000000002/001"}, 3),
]


@pytest.mark.parametrize(("model", "key", "changes", "entry"), FORGERIES)
def test_a_forged_row_is_found_with_its_act(
    books: Books, model: type[Any], key: str, changes: dict[str, Any], entry: int
) -> None:
    spoil(books, model, key, **changes)

    with pytest.raises(UnbalancedError) as caught:
        balanced(books.tables, range(books.index))
    assert (caught.value.code, caught.value.entry) == ("books.unbalanced", entry)
    assert str(caught.value).startswith(f"act {entry}: ")


def test_one_fen_moved_between_two_accounts_is_found(books: Books) -> None:
    """Sums to zero, act by act and in all, and is wrong."""
    spoil(books, Account, FEE, balance_fen=-299)
    spoil(books, Account, "Escrow:contract-1", balance_fen=-49_701)

    assert sum(row.balance_fen for row in books.tables.all(Account)) == 0
    with pytest.raises(UnbalancedError):
        balanced(books.tables, [3])
    assert list(faults(books.tables)) == [
        "Escrow:contract-1: its balance is -49701 fen, its postings -49700",
        "Fee:Trade: its balance is -299 fen, its postings -300",
    ]


def test_the_whole_journal_is_added_up_anew(books: Books) -> None:
    spoil(books, Posting, "000000000003/000", amount_fen=301)
    account = books.tables.get(Account, FEE)
    assert account is not None
    books.tables.delete(account)

    assert list(faults(books.tables)) == [
        "posting 000000000003/000: Escrow:contract-1 stood at -49699 fen",
        "act 3: its postings sum to 1 fen",
        "Escrow:contract-1: its balance is -49700 fen, its postings -49699",
        "Fee:Trade: it has postings and no balance",
    ]


def test_an_account_below_its_floor_is_found(books: Books) -> None:
    """Two forged lines that add up everywhere, and spend what is not there."""
    tables, fen = books.tables, 70_000
    for number, (name, amount) in enumerate([(available(BUYER), fen), (FEE, -fen)]):
        row = require(tables, Account, name)
        key = f"000000000004/{number:03d}"
        after = balance_fen(tables, name) + amount
        tables.insert(
            Posting(
                id=key,
                entry=4,
                act_entry=4,
                act="test.act",
                at=books.now,
                account=name,
                amount_fen=amount,
                balance_fen=after,
                previous=row.last,
            )
        )
        tables.update(row, {"balance_fen": after, "last": key})

    with pytest.raises(UnbalancedError, match=r"Available:p-buyer has passed its floor"):
        balanced(tables, [4])


def _cook(writer: Writer, fact: Fact) -> None:
    post(writer, fact, move(FEE, VAT, 0))
    writer.change(require(writer, Account, "Bank:Custody"), balance_fen=int(fact.body["fen"]))
    writer.add(
        Posting(
            id=f"{fact.index:012d}/000",
            act_entry=fact.index,
            act=fact.kind,
            at=fact.received_at,
            account="Bank:Custody",
            amount_fen=1,
            balance_fen=1,
        )
    )


def test_an_act_that_cooks_the_books_stands_nowhere() -> None:
    trade = Trade((ActKind("meter.cook", (Role.OPERATOR,), ("fen",), _cook),))
    trade.funded()
    before = (trade.world.digest(), trade.world.leaves(), trade.world.last_signed.read())

    with pytest.raises(UnbalancedError):
        trade.world.operate(forged, Decision("meter.cook", {"fen": 50_001}, "x"))
    assert (trade.world.digest(), trade.world.leaves(), trade.world.last_signed.read()) == before


def test_in_transit_is_what_the_bank_has_not_paid_yet(books: Books) -> None:
    books.act(lambda w, f: post(w, f, move(escrow("contract-1"), IN_TRANSIT, 700)))

    assert balance_fen(books.tables, IN_TRANSIT) == -700
