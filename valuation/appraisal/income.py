"""The income approach (收益法): expected yearly incomes, discounted.

Modelled on 数据资产评估指导意见 (2023), which has direct, shared, excess and
incremental income: whatever the year's figure is, the share says how much of
it the data earns.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Final

from valuation.appraisal.method import Method
from valuation.arithmetic import PPM, decimal_arithmetic, from_ppm, round_fen
from valuation.bounds import MAX_INT, Bound, require_int
from valuation.errors import AppraisalError

MAX_YEARS: Final = 50
_INCOME_FEN: Final = Bound(-MAX_INT, MAX_INT)
_SHARE_PPM: Final = Bound(1, PPM)
_DISCOUNT_PPM: Final = Bound(1 - PPM, 10 * PPM)


class Timing(StrEnum):
    """When in its year an income arrives."""

    YEAR_END = "year_end"  # year t is discounted t years
    MID_YEAR = "mid_year"  # year t is discounted t - 1/2 years


@dataclass(frozen=True, slots=True)
class PresentIncome:
    """One year's part in the value; ``year`` counts from 1 after the valuation date."""

    year: int
    present_fen: int


@dataclass(frozen=True, slots=True)
class IncomeResult:
    """An income-approach value; its years are rounded one by one, the value once."""

    years: tuple[PresentIncome, ...]
    value_fen: int


@dataclass(frozen=True, slots=True)
class IncomeForecast:
    """Inputs of ``P = Σ F_t · k / (1 + i)^t'``.

    ``incomes_fen`` holds years 1 to n (1 to 50; a year may lose money).
    ``share_ppm`` is the split k: one million for direct, excess or incremental
    income. ``discount_ppm`` is the yearly rate i, above -1; incomes and rate must
    both be nominal or both real, both before or both after tax.

    Raises:
        AppraisalError: no year or too many, or an input out of range.
    """

    method: ClassVar[Method] = Method.INCOME

    incomes_fen: tuple[int, ...]
    share_ppm: int
    discount_ppm: int
    timing: Timing = Timing.YEAR_END

    def __post_init__(self) -> None:
        if not 1 <= len(self.incomes_fen) <= MAX_YEARS:
            text = f"a forecast covers 1 to {MAX_YEARS} years"
            raise AppraisalError("appraisal.year_count", text, "incomes_fen")
        for income_fen in self.incomes_fen:
            require_int(AppraisalError, "incomes_fen", income_fen, _INCOME_FEN)
        require_int(AppraisalError, "share_ppm", self.share_ppm, _SHARE_PPM)
        require_int(AppraisalError, "discount_ppm", self.discount_ppm, _DISCOUNT_PPM)

    def appraise(self) -> IncomeResult:
        """Compute the value.

        Raises:
            AppraisalError: the losses outweigh the gains, or an amount is beyond
                what a report can state.
        """
        with decimal_arithmetic():
            present = self._present()
            value = sum(present, Decimal(0))
            if value < 0:
                text = "the forecast loses more than it earns, so income shows no value"
                raise AppraisalError("appraisal.negative_value", text, "incomes_fen")
            years = tuple(PresentIncome(t, round_fen(p)) for t, p in enumerate(present, 1))
            return IncomeResult(years, round_fen(value))

    def _present(self) -> list[Decimal]:
        growth = 1 + from_ppm(self.discount_ppm)
        share = from_ppm(self.share_ppm)
        if self.timing is Timing.MID_YEAR:
            share *= growth.sqrt()
        return [income * share / growth**t for t, income in enumerate(self.incomes_fen, 1)]


def capital_cost_ppm(risk_free_ppm: int, beta_ppm: int, premium_ppm: int, specific_ppm: int) -> int:
    """Build a discount rate up: risk-free rate + β · market premium + specific risk.

    The capital asset pricing model with a premium for the asset itself; all in
    ppm, rounded half up.

    Raises:
        AppraisalError: a part below 0 or above ten.
    """
    parts = {
        "risk_free_ppm": risk_free_ppm,
        "beta_ppm": beta_ppm,
        "premium_ppm": premium_ppm,
        "specific_ppm": specific_ppm,
    }
    for field, part_ppm in parts.items():
        require_int(AppraisalError, field, part_ppm, Bound(0, 10 * PPM))
    return risk_free_ppm + specific_ppm + (2 * beta_ppm * premium_ppm + PPM) // (2 * PPM)
