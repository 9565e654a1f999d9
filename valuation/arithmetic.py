"""Exact arithmetic: one Decimal context, one rounding, parts per million."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from decimal import (
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    FloatOperation,
    InvalidOperation,
    Overflow,
    localcontext,
)
from fractions import Fraction
from typing import Final

from valuation.bounds import MAX_INT
from valuation.errors import AppraisalError

PPM: Final = 1_000_000
"""Parts per million in one whole."""

_CONTEXT: Final = Context(
    prec=50,
    rounding=ROUND_HALF_UP,
    Emin=-999_999,
    Emax=999_999,
    traps=[InvalidOperation, DivisionByZero, Overflow, FloatOperation],
)


def decimal_arithmetic() -> AbstractContextManager[Context]:
    """Open a block in which Decimals have 50 digits, round half up and refuse floats."""
    return localcontext(_CONTEXT)


def from_ppm(rate_ppm: int) -> Decimal:
    """Turn parts per million into a fraction of one, exactly."""
    return Decimal(f"{rate_ppm}e-6")


def round_fen(amount_fen: Decimal) -> int:
    """Round to whole fen, halves away from zero.

    Raises:
        AppraisalError: ``appraisal.value_out_of_range`` beyond 2^53 - 1 fen.
    """
    if abs(amount_fen) > MAX_INT:
        text = f"an amount passes {MAX_INT} fen, the most that a report can state"
        raise AppraisalError("appraisal.value_out_of_range", text)
    return int(amount_fen.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def round_ppm(ratio: Fraction | Decimal) -> int:
    """Round a non-negative ratio to whole parts per million, halves up."""
    assert ratio >= 0, "ratios rounded here are never negative"
    exact = Fraction(ratio) * PPM
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def largest_remainder(total: int, weights: Sequence[Fraction]) -> list[int]:
    """Divide a whole number in proportion to weights, so that the parts add up to it.

    Each part is its quota rounded down; what is left goes one by one to the
    largest remainders, equal ones in the order given (Hamilton's method).
    Every weight is at least 0 and one is above.
    """
    whole = sum(weights, Fraction(0))
    assert total >= 0, "only non-negative totals are divided"
    assert whole > 0, "something must carry weight"
    assert min(weights) >= 0, "no weight is negative"
    quotas = [total * weight / whole for weight in weights]
    parts = [quota.numerator // quota.denominator for quota in quotas]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - quotas[i], i))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts
