"""The books: the one hand that writes postings and balances; captures, refunds and holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from exchange.acts.kinds import Fact
from exchange.errors import ConflictError, ExhaustedError, InvalidError
from exchange.market.models import Contract, Tariff
from exchange.settlement.accounts import (
    CUSTODY,
    FEE,
    VAT,
    Line,
    available,
    drop_zeros,
    escrow,
    held,
    move,
    parts,
    payable,
    receivable,
)
from exchange.settlement.models import Account, Capture, Escrow, Posting
from exchange.settlement.rules import Rates, Split, split_of_capture, split_of_refund
from exchange.storage.store import Reader, Writer, require

_LINES_MAX: Final = 1000  # three digits in a posting's key


@dataclass(frozen=True, slots=True)
class Refund:
    """What a refund moves; `shortfall_fen` is the supplier's part that nothing covers."""

    split: Split
    shortfall_fen: int
    lines: tuple[Line, ...]

    def to_body(self) -> list[dict[str, str | int]]:
        """Write the lines as an act's body holds them."""
        return [{"account": line.account, "amount_fen": line.amount_fen} for line in self.lines]


def balance_fen(reader: Reader, account: str) -> int:
    """Return an account's balance, debit + and credit -; 0 for one that was never used."""
    row = reader.get(Account, account)
    return 0 if row is None else row.balance_fen


def owed_fen(reader: Reader, account: str) -> int:
    """Return what stands to the credit of an account, as a plain amount."""
    return -balance_fen(reader, account)


def escrow_left_fen(reader: Reader, contract: str) -> int:
    """Return what a contract's escrow still holds: funded - captured - released."""
    row = reader.get(Escrow, contract)
    return 0 if row is None else row.funded_fen - row.captured_fen - row.released_fen


def post(writer: Writer, fact: Fact, lines: Sequence[Line]) -> None:
    """Write the lines of one act to the journal and move the balances with them.

    Raises:
        InvalidError: the lines do not sum to zero (`journal.unbalanced`).
        ExhaustedError: an account would pass its floor (`funds.short`).
    """
    assert all(type(line.amount_fen) is int and line.amount_fen for line in lines)
    if sum(line.amount_fen for line in lines):
        raise InvalidError("journal.unbalanced", "debits and credits differ")
    _check_floors(writer, lines)
    first = len(writer.find(Posting, act_entry=fact.index))
    assert first + len(lines) <= _LINES_MAX, "an act has fewer than a thousand lines"
    for number, line in enumerate(lines, start=first):
        _write_line(writer, fact, line, f"{fact.index:012d}/{number:03d}")


def capture(writer: Writer, fact: Fact, contract: str, gross_fen: int, question: str) -> Split:
    """Take the fee of one answered question out of its contract's escrow, and split it.

    Raises:
        ConflictError: the question's fee was captured before (`capture.twice`).
        ExhaustedError: the escrow holds less (`escrow.short`).
    """
    assert gross_fen > 0
    row = require(writer, Escrow, contract)
    agreed = require(writer, Contract, contract)
    tariff = require(writer, Tariff, agreed.tariff)
    if writer.get(Capture, question) is not None:
        raise ConflictError("capture.twice", "this question's fee was captured before")
    if gross_fen > escrow_left_fen(writer, contract):
        raise ExhaustedError("escrow.short", "the contract's escrow does not cover this")
    split = split_of_capture(row.captured_fen, gross_fen, Rates(tariff.fee_ppm, tariff.vat_ppm))
    post(writer, fact, _capture_lines(contract, agreed.supplier, split))
    writer.change(
        row,
        captured_fen=row.captured_fen + split.gross_fen,
        fee_fen=row.fee_fen + split.fee_fen,
        vat_fen=row.vat_fen + split.vat_fen,
    )
    writer.add(
        Capture(
            id=question,
            contract=contract,
            gross_fen=split.gross_fen,
            fee_fen=split.fee_fen,
            vat_fen=split.vat_fen,
        )
    )
    return split


def refundable(reader: Reader, question: str, refund_fen: int) -> Split:
    """Split a further refund on a captured question by the capture's stored split.

    Raises:
        NotFoundError: nothing was captured for this question.
        InvalidError: the refund is negative or more than what is left (`refund.range`).
    """
    row = require(reader, Capture, question)
    if not 0 <= refund_fen <= row.gross_fen - row.refunded_fen:
        raise InvalidError("refund.range", "the refund is more than what was captured")
    return split_of_refund(
        Split(row.gross_fen, row.fee_fen, row.vat_fen), row.refunded_fen, refund_fen
    )


def plan_refund(reader: Reader, dispute: str, question: str, refund_fen: int) -> Refund:
    """Work out what a refund would move, and write nothing.

    The supplier's part comes from the dispute's hold, then from what else the supplier has
    here; the exchange's fee and its VAT come back in full. What nothing covers is a
    shortfall: it is recorded, and the buyer gets that much less.

    Raises:
        NotFoundError: nothing was captured for this question.
        InvalidError: the refund is more than what is left (`refund.range`).
    """
    split = refundable(reader, question, refund_fen)
    agreed = require(reader, Contract, require(reader, Capture, question).contract)
    sources = (held(dispute), *_purses(agreed.supplier))
    taken = _draw(reader, sources, split.supplier_fen)
    shortfall_fen = split.supplier_fen - sum(line.amount_fen for line in taken)
    lines = drop_zeros(
        (
            *taken,
            Line(FEE, split.net_fee_fen),
            Line(VAT, split.vat_fen),
            Line(available(agreed.buyer), shortfall_fen - split.gross_fen),
        )
    )
    return Refund(split, shortfall_fen, lines)


def refund(writer: Writer, fact: Fact, dispute: str, question: str, refund_fen: int) -> Refund:
    """Give a part of a captured fee back to the buyer, as `plan_refund` works it out.

    Raises:
        NotFoundError: nothing was captured for this question.
        InvalidError: the refund is more than what is left (`refund.range`).
    """
    planned = plan_refund(writer, dispute, question, refund_fen)
    post(writer, fact, planned.lines)
    row = require(writer, Capture, question)
    writer.change(
        row,
        refunded_fen=row.refunded_fen + refund_fen,
        shortfall_fen=row.shortfall_fen + planned.shortfall_fen,
    )
    contract = require(writer, Escrow, row.contract)
    writer.change(contract, refunded_fen=contract.refunded_fen + refund_fen)
    return planned


def holdable_fen(reader: Reader, supplier: str, wanted_fen: int) -> int:
    """Return how much of `wanted_fen` a supplier has here to be held back."""
    return sum(line.amount_fen for line in _draw(reader, _purses(supplier), wanted_fen))


def hold(writer: Writer, fact: Fact, dispute: str, supplier: str, amount_fen: int) -> None:
    """Hold back a supplier's money until a dispute is decided: earned first, then available.

    Raises:
        ExhaustedError: the supplier has less here (`funds.short`).
    """
    taken = _draw(writer, _purses(supplier), amount_fen)
    if sum(line.amount_fen for line in taken) != amount_fen:
        raise ExhaustedError("funds.short", "the supplier has less than this to hold back")
    post(writer, fact, drop_zeros((*taken, Line(held(dispute), -amount_fen))))


def unhold(writer: Writer, fact: Fact, dispute: str, supplier: str) -> int:
    """Give all that a dispute still holds back to the supplier's earnings; return how much."""
    amount_fen = owed_fen(writer, held(dispute))
    post(writer, fact, move(held(dispute), receivable(supplier), amount_fen))
    return amount_fen


def _purses(supplier: str) -> tuple[str, ...]:
    """List where a supplier's money lies, in the order in which it is reached for."""
    return (receivable(supplier), available(supplier), payable(supplier))


def _draw(reader: Reader, sources: Sequence[str], wanted_fen: int) -> tuple[Line, ...]:
    """Debit the sources in order until `wanted_fen` are together or all are empty."""
    assert wanted_fen >= 0
    lines: list[Line] = []
    for source in sources:
        part = min(wanted_fen, owed_fen(reader, source))
        lines.append(Line(source, part))
        wanted_fen -= part
    return drop_zeros(lines)


def _capture_lines(contract: str, supplier: str, split: Split) -> tuple[Line, ...]:
    return drop_zeros(
        (
            Line(escrow(contract), split.gross_fen),
            Line(receivable(supplier), -split.supplier_fen),
            Line(FEE, -split.net_fee_fen),
            Line(VAT, -split.vat_fen),
        )
    )


def _check_floors(reader: Reader, lines: Sequence[Line]) -> None:
    moved: dict[str, int] = {}
    for line in lines:
        moved[line.account] = moved.get(line.account, 0) + line.amount_fen
    for account, change_fen in moved.items():
        after = balance_fen(reader, account) + change_fen
        if after < 0 if account == CUSTODY else after > 0:
            raise ExhaustedError("funds.short", "an account does not hold this much")


def _write_line(writer: Writer, fact: Fact, line: Line, key: str) -> None:
    row = writer.get(Account, line.account)
    before = 0 if row is None else row.balance_fen
    posting = Posting(
        id=key,
        act_entry=fact.index,
        act=fact.kind,
        at=fact.received_at,
        account=line.account,
        amount_fen=line.amount_fen,
        balance_fen=before + line.amount_fen,
        previous=None if row is None else row.last,
    )
    writer.add(posting)
    if row is None:
        kind, owner = parts(line.account)
        balance = posting.balance_fen
        writer.add(Account(id=line.account, kind=kind, owner=owner, balance_fen=balance, last=key))
    else:
        writer.change(row, balance_fen=posting.balance_fen, last=key)
