"""What must hold of the books at the end of every batch, checked by other code than wrote them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from exchange.settlement.accounts import CUSTODY
from exchange.settlement.models import Account, Posting
from exchange.storage.store import Reader, Tables


class UnbalancedError(Exception):
    """The books contradict themselves: a fault of the program, and nothing is committed."""

    def __init__(self, entry: int | None, text: str) -> None:
        super().__init__(text if entry is None else f"act {entry}: {text}")
        self.code = "books.unbalanced"
        self.entry = entry


def balanced(reader: Reader, indexes: Sequence[int]) -> None:
    """Check the postings of these acts and every balance that they moved.

    Each posting must carry on from its account's previous one, and the last of an account
    must be its balance; so, batch after batch, a balance is the sum of its postings, at a
    cost that does not grow with the journal.

    Raises:
        UnbalancedError: the books contradict themselves.
    """
    touched: dict[str, int] = {}
    for index in indexes:
        postings = reader.find(Posting, act_entry=index)
        if sum(posting.amount_fen for posting in postings):
            raise UnbalancedError(index, "its postings do not sum to zero")
        for posting in postings:
            _check_step(reader, posting)
            touched[posting.account] = index
    for account, index in touched.items():
        _check_account(reader, account, index)


def _check_step(reader: Reader, posting: Posting) -> None:
    before = 0
    if posting.previous is not None:
        previous = reader.get(Posting, posting.previous)
        if previous is None or previous.account != posting.account:
            raise UnbalancedError(posting.act_entry, "a posting follows one of another account")
        before = previous.balance_fen
    if before + posting.amount_fen != posting.balance_fen:
        raise UnbalancedError(posting.act_entry, f"{posting.account} is added up wrongly")


def _check_account(reader: Reader, name: str, index: int) -> None:
    row = reader.get(Account, name)
    last = None if row is None else reader.get(Posting, row.last)
    if row is None or last is None or (last.account, last.act_entry) != (name, index):
        raise UnbalancedError(index, f"{name} does not know its last posting")
    if row.balance_fen != last.balance_fen:
        raise UnbalancedError(index, f"the balance of {name} is not what was posted")
    if (row.balance_fen if name == CUSTODY else -row.balance_fen) < 0:
        raise UnbalancedError(index, f"{name} has passed its floor")


def faults(tables: Tables) -> Iterator[str]:
    """Go through the whole journal and yield one sentence for each contradiction.

    Unlike `balanced` this adds everything up anew, per act and per account, and trusts
    no running balance.
    """
    by_act: dict[int, int] = {}
    by_account: dict[str, int] = {}
    for posting in tables.all(Posting):
        by_act[posting.act_entry] = by_act.get(posting.act_entry, 0) + posting.amount_fen
        total = by_account.get(posting.account, 0) + posting.amount_fen
        by_account[posting.account] = total
        if posting.balance_fen != total:
            yield f"posting {posting.id}: {posting.account} stood at {total} fen"
    for entry, total in by_act.items():
        if total:
            yield f"act {entry}: its postings sum to {total} fen"
    for account in tables.all(Account):
        total = by_account.pop(account.id, 0)
        if account.balance_fen != total:
            yield f"{account.id}: its balance is {account.balance_fen} fen, its postings {total}"
    for name in by_account:
        yield f"{name}: it has postings and no balance"
