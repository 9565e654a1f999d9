"""The books alone: rows in memory and acts without signatures, for tests of many small steps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from exchange.acts.kinds import Fact
from exchange.market.models import Contract, Tariff
from exchange.market.states import ContractState
from exchange.settlement.accounts import CUSTODY, available, escrow, move
from exchange.settlement.books import owed_fen, post
from exchange.settlement.guards import balanced
from exchange.settlement.models import Escrow, Posting
from exchange.storage.memory import MemoryTables
from exchange.storage.store import Writer

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SUPPLIER, BUYER = "p-supplier", "p-buyer"

T = TypeVar("T")


class Books:
    """A tariff and any number of funded contracts between one buyer and one supplier."""

    def __init__(self, fee_ppm: int = 30_000, vat_ppm: int = 60_000) -> None:
        self.tables = MemoryTables()
        self.index = 0
        self.now = START
        tariff = Tariff(id="1", fee_ppm=fee_ppm, vat_ppm=vat_ppm, current=True)
        self.act(lambda writer, _: writer.add(tariff))

    def act(self, apply: Callable[[Writer, Fact], T], kind: str = "test.act") -> T:
        """Apply one act as the sequencer does: all of it or nothing, and guarded."""
        fact = Fact(self.index, bytes(32), self.now, "operator", self.index + 1, kind, {})
        with self.tables.savepoint():
            outcome = apply(Writer(self.tables, self.index), fact)
            balanced(self.tables, [self.index])
        self.index += 1
        self.now += timedelta(seconds=1)
        return outcome

    def pay_in(self, participant: str, amount_fen: int) -> None:
        """Let money arrive at the bank for a participant."""
        lines = move(CUSTODY, available(participant), amount_fen)
        self.act(lambda writer, fact: post(writer, fact, lines))

    def fund(self, contract: str, amount_fen: int) -> None:
        """Make a funded contract, its money coming from the bank."""
        self.pay_in(BUYER, amount_fen)

        def apply(writer: Writer, fact: Fact) -> None:
            writer.add(agreed(contract, amount_fen))
            writer.add(Escrow(id=contract, funded_fen=amount_fen))
            post(writer, fact, move(available(BUYER), escrow(contract), amount_fen))

        self.act(apply)

    def owed(self, *accounts: str) -> list[int]:
        """Return what stands to the credit of some accounts."""
        return [owed_fen(self.tables, account) for account in accounts]

    def lines(self, index: int) -> list[tuple[str, int]]:
        """Return the postings of one act."""
        rows = self.tables.find(Posting, act_entry=index)
        return [(row.account, row.amount_fen) for row in rows]


def agreed(contract: str, amount_fen: int) -> Contract:
    """Return the row of a funded contract."""
    return Contract(
        id=contract,
        listing="listing-1",
        asset="asset-1",
        supplier=SUPPLIER,
        buyer=BUYER,
        request=None,
        analyses=["a"],
        price_fen=amount_fen,
        questions=1,
        amount_fen=amount_fen,
        days=30,
        tariff="1",
        offered=bytes(32),
        state=ContractState.FUNDED,
    )
