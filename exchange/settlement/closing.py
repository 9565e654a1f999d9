"""What a settlement day may close: what was earned by its end and is still there."""

from __future__ import annotations

from datetime import datetime

from exchange.settlement.models import Account, Posting
from exchange.storage.store import Reader, require


def closable_fen(reader: Reader, account: Account, cut_off: datetime) -> int:
    """Return how much of an account's credit stood there at the cut-off and still does.

    What was taken since then is taken from that; what was earned since then waits for its
    own day.
    """
    taken_fen, balance_fen = 0, 0
    key: str | None = account.last
    while key is not None:
        posting = require(reader, Posting, key)
        if posting.at < cut_off:
            balance_fen = posting.balance_fen
            break
        taken_fen += max(posting.amount_fen, 0)
        key = posting.previous
    return max(-balance_fen - taken_fen, 0)


def closable_lines(reader: Reader, cut_off: datetime) -> list[tuple[str, int]]:
    """List what each supplier's earnings may close at, without zeros, by participant."""
    accounts = reader.find(Account, kind="Receivable")
    lines = [(account.owner, closable_fen(reader, account, cut_off)) for account in accounts]
    return sorted(line for line in lines if line[1])
