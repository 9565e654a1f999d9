"""From counts to one quality figure and a grade.

Modelled on GB/T 36344-2018, which gives the indicators and the ratios A / B.
The weights of the indicators and the thresholds of the grades are ours: the
standard sets neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import groupby
from types import MappingProxyType
from typing import Final

from valuation.arithmetic import PPM, largest_remainder, round_ppm
from valuation.bounds import Bound, require_int
from valuation.errors import QualityError
from valuation.quality.rules import Indicator, Measure

DEFAULT_WEIGHTS_PPM: Final[Mapping[Indicator, int]] = MappingProxyType(
    {
        Indicator.CONFORMITY: 150_000,
        Indicator.COMPLETENESS: 200_000,
        Indicator.ACCURACY: 250_000,
        Indicator.CONSISTENCY: 150_000,
        Indicator.TIMELINESS: 150_000,
        Indicator.ACCESSIBILITY: 100_000,
    }
)
_ORDER: Final = {indicator: place for place, indicator in enumerate(Indicator)}
_INDICATOR_WEIGHT: Final = Bound(0, PPM)


class Grade(StrEnum):
    """Quality classes, by the rounded overall figure; the thresholds are ours."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


THRESHOLDS_PPM: Final = ((900_000, Grade.A), (800_000, Grade.B), (600_000, Grade.C), (0, Grade.D))
"""Least overall figure of each grade, best first."""


@dataclass(frozen=True, slots=True)
class IndicatorScore:
    """One indicator's part in the score.

    ``ratio_ppm`` None means not assessed. ``weight_ppm`` is the stated weight,
    ``effective_ppm`` what it became once the weight of indicators that were not
    assessed was spread over the others in proportion.
    """

    indicator: Indicator
    ratio_ppm: int | None
    weight_ppm: int
    effective_ppm: int


@dataclass(frozen=True, slots=True)
class QualityResult:
    """A quality score: six indicators in the standard's order, one figure, one grade.

    ``unassessed_rules`` lists the rules, in the order given, that found nothing
    to assess; their weight went to the other rules of their indicator.
    """

    indicators: tuple[IndicatorScore, ...]
    overall_ppm: int
    grade: Grade
    unassessed_rules: tuple[str, ...] = ()

    @property
    def not_assessed(self) -> tuple[Indicator, ...]:
        """The indicators whose weight was redistributed, in the standard's order."""
        return tuple(each.indicator for each in self.indicators if each.ratio_ppm is None)


def score(
    measures: Sequence[Measure], weights: Mapping[Indicator, int] = DEFAULT_WEIGHTS_PPM
) -> QualityResult:
    """Score a data set from the counts under its rules.

    An indicator's ratio is the weighted mean of A / B over its rules with
    B > 0. Weights are in ppm and must sum to one million over the six.

    Raises:
        QualityError: a rule counted twice, bad weights, or nothing assessed.
    """
    ids = [measure.rule_id for measure in measures]
    if len(set(ids)) != len(ids):
        raise QualityError("quality.duplicate_rule", "a rule is counted twice", "measures")
    assessed = [measure for measure in measures if measure.assessed > 0]
    return _score(
        _ratios(assessed), weights, tuple(each.rule_id for each in measures if each.assessed == 0)
    )


def score_ratios(
    ratios_ppm: Mapping[Indicator, int], weights: Mapping[Indicator, int] = DEFAULT_WEIGHTS_PPM
) -> QualityResult:
    """Score a data set from published ratios; an indicator left out was not assessed.

    For readers who see the rounded ratios but not the counts behind them.

    Raises:
        QualityError: an unknown indicator, a ratio outside 0 to one million, bad
            weights, or nothing assessed.
    """
    if not ratios_ppm.keys() <= _ORDER.keys():
        text = "a ratio is given for something other than the six indicators"
        raise QualityError("quality.unknown_indicator", text, "ratios_ppm")
    for indicator, ratio in ratios_ppm.items():
        require_int(QualityError, indicator, ratio, _INDICATOR_WEIGHT)
    exact = {indicator: Fraction(ratio, PPM) for indicator, ratio in ratios_ppm.items()}
    return _score(exact, weights, ())


def grade_of(overall_ppm: int) -> Grade:
    """Give the grade of an overall figure."""
    return next(grade for least_ppm, grade in THRESHOLDS_PPM if overall_ppm >= least_ppm)


def _ratios(assessed: Sequence[Measure]) -> dict[Indicator, Fraction]:
    ordered = sorted(assessed, key=lambda measure: _ORDER[measure.indicator])
    ratios: dict[Indicator, Fraction] = {}
    for indicator, rules in groupby(ordered, key=lambda measure: measure.indicator):
        group = list(rules)
        weighed = (Fraction(rule.weight_ppm * rule.satisfied, rule.assessed) for rule in group)
        ratios[indicator] = sum(weighed, Fraction(0)) / sum(rule.weight_ppm for rule in group)
    return ratios


def _score(
    ratios: Mapping[Indicator, Fraction],
    weights: Mapping[Indicator, int],
    unassessed_rules: tuple[str, ...],
) -> QualityResult:
    _check_weights(weights)
    carried = [Fraction(weights[each] if each in ratios else 0) for each in Indicator]
    if sum(carried) == 0:
        raise QualityError("quality.nothing_assessed", "no indicator with weight was assessed")
    effective = largest_remainder(PPM, carried)
    reached = sum(weights[each] * ratio for each, ratio in ratios.items())
    overall_ppm = round_ppm(Fraction(reached) / sum(carried))
    indicators = tuple(
        IndicatorScore(
            each, round_ppm(ratios[each]) if each in ratios else None, weights[each], effective_ppm
        )
        for each, effective_ppm in zip(Indicator, effective, strict=True)
    )
    return QualityResult(indicators, overall_ppm, grade_of(overall_ppm), unassessed_rules)


def _check_weights(weights: Mapping[Indicator, int]) -> None:
    if weights.keys() != _ORDER.keys():
        text = "each of the six indicators needs a weight, if only 0"
        raise QualityError("quality.weights_incomplete", text, "weights")
    for indicator in Indicator:
        require_int(QualityError, indicator, weights[indicator], _INDICATOR_WEIGHT)
    if sum(weights.values()) != PPM:
        text = "the weights of the six indicators must sum to 1,000,000 ppm"
        raise QualityError("quality.weights_sum", text, "weights")
