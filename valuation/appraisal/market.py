"""The market approach (市场法): prices of comparable deals, adjusted to the subject.

Modelled on 数据资产评估指导意见 (2023): the value is an average of
``Q · X1 · X2 · X3 · X4 · X5`` over comparables. The ranges a factor must keep
and the least number of comparables are the appraiser's, stated with the result.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Final

from valuation.appraisal.method import MULTIPLE_PPM, Method
from valuation.arithmetic import decimal_arithmetic, from_ppm, round_fen, round_ppm
from valuation.bounds import MAX_INT, Bound, require_int, require_text
from valuation.errors import AppraisalError

MAX_COMPARABLES: Final = 30
_PRICE_FEN: Final = Bound(1, MAX_INT)
_ID_LENGTH: Final = 64


class Average(StrEnum):
    """How adjusted prices become one."""

    MEAN = "mean"
    MEDIAN = "median"  # of an even number: halfway between the middle two


class Side(StrEnum):
    """On which side of its range a factor lies."""

    BELOW = "below"
    ABOVE = "above"


@dataclass(frozen=True, slots=True)
class Factors:
    """Five ratios of subject to comparable, in ppm: one million means alike.

    Raises:
        AppraisalError: a ratio that is not above 0 and at most ten.
    """

    quality_ppm: int  # X1 质量
    supply_demand_ppm: int  # X2 供求
    date_ppm: int  # X3 期日
    volume_ppm: int  # X4 容量
    other_ppm: int  # X5 其他

    def __post_init__(self) -> None:
        for name, ratio_ppm in self.named():
            require_int(AppraisalError, name, ratio_ppm, MULTIPLE_PPM)

    def named(self) -> Iterator[tuple[str, int]]:
        """Go through names and ratios, X1 to X5."""
        return ((field.name, getattr(self, field.name)) for field in fields(self))


LEAST: Final = Factors(500_000, 500_000, 500_000, 500_000, 500_000)
MOST: Final = Factors(2_000_000, 2_000_000, 2_000_000, 2_000_000, 2_000_000)


@dataclass(frozen=True, slots=True)
class Comparable:
    """A deal in similar data: its price in fen and what adjusts it to the subject.

    Raises:
        AppraisalError: a bad id, or a price that is not above 0.
    """

    id: str
    price_fen: int
    factors: Factors

    def __post_init__(self) -> None:
        require_text(AppraisalError, "id", self.id, _ID_LENGTH)
        require_int(AppraisalError, "price_fen", self.price_fen, _PRICE_FEN)


@dataclass(frozen=True, slots=True)
class AdjustedPrice:
    """A comparable that counts, with its adjusted price."""

    id: str
    adjusted_fen: int


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a comparable doesn't count: one factor outside its range."""

    id: str
    factor: str
    side: Side


@dataclass(frozen=True, slots=True)
class MarketResult:
    """A market-approach value.

    ``rejected`` has one line for each factor out of range, in the order given.
    ``dispersion_ppm`` is the population standard deviation of the adjusted prices
    over their mean.
    """

    adjusted: tuple[AdjustedPrice, ...]
    rejected: tuple[Rejection, ...]
    lowest_fen: int
    highest_fen: int
    dispersion_ppm: int
    value_fen: int


@dataclass(frozen=True, slots=True)
class MarketEvidence:
    """Inputs of the market approach.

    ``least`` and ``most`` are the closed ranges of the factors; a comparable with
    any factor outside is rejected. ``required`` is how many must be left.

    Raises:
        AppraisalError: no comparable, too many, one named twice, an empty range,
            or ``required`` out of range.
    """

    method: ClassVar[Method] = Method.MARKET

    comparables: tuple[Comparable, ...]
    average: Average = Average.MEAN
    required: int = 3
    least: Factors = LEAST
    most: Factors = MOST

    def __post_init__(self) -> None:
        if not 1 <= len(self.comparables) <= MAX_COMPARABLES:
            text = f"the market approach takes 1 to {MAX_COMPARABLES} comparables"
            raise AppraisalError("appraisal.comparable_count", text, "comparables")
        if len({each.id for each in self.comparables}) != len(self.comparables):
            text = "a comparable is named twice"
            raise AppraisalError("appraisal.duplicate_comparable", text, "comparables")
        require_int(AppraisalError, "required", self.required, Bound(1, MAX_COMPARABLES))
        for (name, least), (_, most) in zip(self.least.named(), self.most.named(), strict=True):
            if least > most:
                raise AppraisalError("appraisal.empty_range", f"{name} has an empty range", name)

    def appraise(self) -> MarketResult:
        """Compute the value.

        Raises:
            AppraisalError: too few comparables are left, or the value is beyond
                what a report can state.
        """
        rejected = tuple(line for each in self.comparables for line in self._faults(each))
        bad = {line.id for line in rejected}
        kept = [each for each in self.comparables if each.id not in bad]
        if len(kept) < self.required:
            text = "too few comparables have every factor inside its range"
            raise AppraisalError("appraisal.too_few_comparables", text, "comparables")
        with decimal_arithmetic():
            prices = [_adjusted(each) for each in kept]
            return MarketResult(
                adjusted=tuple(
                    AdjustedPrice(each.id, round_fen(price))
                    for each, price in zip(kept, prices, strict=True)
                ),
                rejected=rejected,
                lowest_fen=round_fen(min(prices)),
                highest_fen=round_fen(max(prices)),
                dispersion_ppm=round_ppm(_dispersion(prices)),
                value_fen=round_fen(_AVERAGES[self.average](prices)),
            )

    def _faults(self, comparable: Comparable) -> Iterator[Rejection]:
        ranges = zip(self.least.named(), self.most.named(), strict=True)
        for (name, ratio), ((_, least), (_, most)) in zip(
            comparable.factors.named(), ranges, strict=True
        ):
            if ratio < least:
                yield Rejection(comparable.id, name, Side.BELOW)
            elif ratio > most:
                yield Rejection(comparable.id, name, Side.ABOVE)


def _adjusted(comparable: Comparable) -> Decimal:
    price = Decimal(comparable.price_fen)
    for _, ratio_ppm in comparable.factors.named():
        price *= from_ppm(ratio_ppm)
    return price


def _mean(prices: list[Decimal]) -> Decimal:
    return sum(prices, Decimal(0)) / len(prices)


def _median(prices: list[Decimal]) -> Decimal:
    ordered = sorted(prices)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


_AVERAGES: Final = {Average.MEAN: _mean, Average.MEDIAN: _median}


def _dispersion(prices: list[Decimal]) -> Decimal:
    mean = _mean(prices)
    variance = sum(((price - mean) ** 2 for price in prices), Decimal(0)) / len(prices)
    return variance.sqrt() / mean
