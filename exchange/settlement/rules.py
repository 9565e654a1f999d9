"""Figures and limits of the settlement, as pure functions.

Rounding is cumulative: fee and VAT are rounded on a contract's running totals and each
capture takes the difference to what was taken before. So any number of captures costs
the same as one capture of their sum, and no fen is left over anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from exchange.errors import ConflictError, ForbiddenError, InvalidError
from exchange.market.rules import AMOUNT_LIMIT_FEN
from exchange.money import half_up, share, tax_within
from exchange.working_days import SHANGHAI

#: A payout from ¥50,000 on needs a second clearer, who confirms it. The limit is ours.
FOUR_EYES_FEN: Final = 5_000_000

#: How many participants one `settlement.close` settles: its act must stay under 32 KiB.
LINES_LIMIT: Final = 300

REFERENCE_LENGTH: Final = 64


@dataclass(frozen=True, slots=True)
class Split:
    """An amount and who gets it: the supplier, the exchange (its net fee), the tax office."""

    gross_fen: int
    fee_fen: int
    vat_fen: int

    @property
    def supplier_fen(self) -> int:
        """What is the supplier's."""
        return self.gross_fen - self.fee_fen

    @property
    def net_fee_fen(self) -> int:
        """What is the exchange's: the fee without VAT."""
        return self.fee_fen - self.vat_fen

    def less(self, other: Split) -> Split:
        """Return the difference, component by component."""
        return Split(
            self.gross_fen - other.gross_fen,
            self.fee_fen - other.fee_fen,
            self.vat_fen - other.vat_fen,
        )


@dataclass(frozen=True, slots=True)
class Rates:
    """What a tariff takes: the fee on the captured amount, VAT included in the fee."""

    fee_ppm: int
    vat_ppm: int


def split_of_total(captured_fen: int, rates: Rates) -> Split:
    """Split a contract's captured total, each part rounded half up."""
    fee_fen = share(captured_fen, rates.fee_ppm)
    return Split(captured_fen, fee_fen, tax_within(fee_fen, rates.vat_ppm))


def split_of_capture(captured_fen: int, gross_fen: int, rates: Rates) -> Split:
    """Split the next capture of a contract on which `captured_fen` were captured before."""
    before = split_of_total(captured_fen, rates)
    return split_of_total(captured_fen + gross_fen, rates).less(before)


def split_of_refunds(captured: Split, refunded_fen: int) -> Split:
    """Split the total refunded on one capture, by the capture's own stored split.

    The VAT follows the fee that is returned, so neither part ever turns back.
    """
    assert 0 <= refunded_fen <= captured.gross_fen
    fee_fen = half_up(refunded_fen * captured.fee_fen, captured.gross_fen)
    vat_fen = half_up(fee_fen * captured.vat_fen, captured.fee_fen) if captured.fee_fen else 0
    return Split(refunded_fen, fee_fen, vat_fen)


def split_of_refund(captured: Split, refunded_fen: int, refund_fen: int) -> Split:
    """Split the next refund on a capture of which `refunded_fen` went back before."""
    before = split_of_refunds(captured, refunded_fen)
    return split_of_refunds(captured, refunded_fen + refund_fen).less(before)


def check_amount(amount_fen: int) -> None:
    """Stop unless the amount is positive and within the limit.

    Raises:
        InvalidError: it is not (`amount.range`).
    """
    if not 0 < amount_fen <= AMOUNT_LIMIT_FEN:
        text = f"an amount is 1 to {AMOUNT_LIMIT_FEN} fen"
        raise InvalidError("amount.range", text, {"amount_fen": "range"})


def check_reference(reference: str, field: str) -> None:
    """Stop unless a reference is 1 to 64 printable ASCII characters without spaces.

    Raises:
        InvalidError: it is not (`reference.form`).
    """
    good = 0 < len(reference) <= REFERENCE_LENGTH
    if not good or not all("!" <= character <= "~" for character in reference):
        text = f"a reference is 1 to {REFERENCE_LENGTH} printable characters without spaces"
        raise InvalidError("reference.form", text, {field: "form"})


def check_four_eyes(amount_fen: int, sender: str, confirmer: str) -> None:
    """Stop when the clearer who sent a large payout would confirm it too.

    Raises:
        ForbiddenError: a second clearer is needed (`payout.four_eyes`).
    """
    if amount_fen >= FOUR_EYES_FEN and sender == confirmer:
        raise ForbiddenError("payout.four_eyes", "a large payout needs a second clearer")


def end_of_day(day: str) -> datetime:
    """Return the end of a calendar day in Asia/Shanghai, given as `2026-03-02`.

    Raises:
        InvalidError: the text names no day (`day.form`).
    """
    try:
        parsed = date.fromisoformat(day)
        next_day = parsed + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise _malformed_day() from error
    if parsed.isoformat() != day:
        raise _malformed_day()
    return datetime.combine(next_day, time(), SHANGHAI)


def check_ended(day: str, at: datetime) -> None:
    """Stop unless the day is over at this moment.

    Raises:
        ConflictError: it is not (`day.open`).
    """
    if at < end_of_day(day):
        raise ConflictError("day.open", "the day has not ended in Asia/Shanghai")


def _malformed_day() -> InvalidError:
    return InvalidError("day.form", "a day is written 2026-03-02", {"day": "form"})
