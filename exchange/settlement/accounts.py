"""Names of accounts, and lines between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

CUSTODY: Final = "Bank:Custody"
IN_TRANSIT: Final = "Bank:InTransit"
FEE: Final = "Fee:Trade"
VAT: Final = "Tax:VAT"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the journal: an account, and an amount with debit + and credit -."""

    account: str
    amount_fen: int


def available(participant: str) -> str:
    """Name the account of what a participant can spend."""
    return f"Available:{participant}"


def receivable(participant: str) -> str:
    """Name the account of what a supplier earned and no settlement day has closed yet."""
    return f"Receivable:{participant}"


def payable(participant: str) -> str:
    """Name the account of what is ready to be paid out to a supplier."""
    return f"Payable:{participant}"


def escrow(contract: str) -> str:
    """Name the account of a contract's money."""
    return f"Escrow:{contract}"


def held(dispute: str) -> str:
    """Name the account of what is held back until a dispute is decided."""
    return f"Hold:{dispute}"


def parts(account: str) -> tuple[str, str]:
    """Split an account's name into its kind and its owner."""
    kind, _, owner = account.partition(":")
    assert kind, "an account has a kind"
    assert owner, "an account has an owner"
    return kind, owner


def move(source: str, target: str, amount_fen: int) -> tuple[Line, ...]:
    """Debit `source` and credit `target`; nothing at all for an amount of 0."""
    assert amount_fen >= 0
    return drop_zeros((Line(source, amount_fen), Line(target, -amount_fen)))


def drop_zeros(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Leave out the lines that move nothing."""
    return tuple(line for line in lines if line.amount_fen)
