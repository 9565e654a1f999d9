"""From several methods' values to one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from valuation.appraisal.method import AMOUNT_FEN
from valuation.arithmetic import PPM, decimal_arithmetic, from_ppm, round_fen, round_ppm
from valuation.bounds import Bound, require_int
from valuation.errors import AppraisalError

DEFAULT_THRESHOLD_PPM: Final = 250_000
"""Spread from which values count as apart; ours, inside the 20 to 30 % of practice."""
_WEIGHT_PPM: Final = Bound(1, PPM)
_THRESHOLD_PPM: Final = Bound(0, PPM)


class Agreement(StrEnum):
    """Whether the methods agree: is their spread at most the threshold?"""

    WITHIN = "within"
    BEYOND = "beyond"  # the report needs a reason


@dataclass(frozen=True, slots=True)
class WeightedValue:
    """One method's value and its weight, above 0.

    Raises:
        AppraisalError: a value or weight out of range.
    """

    value_fen: int
    weight_ppm: int

    def __post_init__(self) -> None:
        require_int(AppraisalError, "value_fen", self.value_fen, AMOUNT_FEN)
        require_int(AppraisalError, "weight_ppm", self.weight_ppm, _WEIGHT_PPM)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """One value, and how far apart the methods were.

    ``spread_ppm`` is highest less lowest over the (unrounded) reconciled value.
    """

    value_fen: int
    spread_ppm: int
    threshold_ppm: int
    agreement: Agreement

    @property
    def flagged(self) -> bool:
        """Whether the methods are further apart than the threshold."""
        return self.agreement is Agreement.BEYOND


def reconcile(
    values: Sequence[WeightedValue], threshold_ppm: int = DEFAULT_THRESHOLD_PPM
) -> Reconciliation:
    """Take the weighted mean of the methods' values.

    Raises:
        AppraisalError: weights that don't sum to 1,000,000 ppm, or a threshold
            out of range.
    """
    require_int(AppraisalError, "threshold_ppm", threshold_ppm, _THRESHOLD_PPM)
    if sum(each.weight_ppm for each in values) != PPM:
        text = "the weights of the methods must sum to 1,000,000 ppm"
        raise AppraisalError("appraisal.weights_sum", text, "weight_ppm")
    with decimal_arithmetic():
        weighed = (each.value_fen * from_ppm(each.weight_ppm) for each in values)
        value = sum(weighed, Decimal(0))
        value_fen = round_fen(value)
    amounts = [each.value_fen for each in values]
    apart = max(amounts) - min(amounts)
    spread_ppm = round_ppm(apart / Fraction(value)) if apart else 0
    agreement = Agreement.BEYOND if spread_ppm > threshold_ppm else Agreement.WITHIN
    return Reconciliation(value_fen, spread_ppm, threshold_ppm, agreement)
