from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from valuation.errors import QualityError
from valuation.quality.rules import Indicator, Measure
from valuation.quality.score import (
    DEFAULT_WEIGHTS_PPM,
    Grade,
    IndicatorScore,
    QualityResult,
    grade_of,
    score,
    score_ratios,
)

PPM = 1_000_000
WORKED = dict(zip(Indicator, (98, 97, 95, 99, 90, 100), strict=True))


def measure(
    indicator: Indicator, satisfied: int, assessed: int, *, weight_ppm: int = PPM, rule: str = ""
) -> Measure:
    return Measure(rule or f"{indicator}.1", indicator, satisfied, assessed, weight_ppm)


def worked() -> list[Measure]:
    return [measure(indicator, percent, 100) for indicator, percent in WORKED.items()]


def test_the_worked_example_scores_0_9620() -> None:
    result = score(worked())

    assert result == QualityResult(
        indicators=tuple(
            IndicatorScore(each, WORKED[each] * 10_000, weight, weight)
            for each, weight in DEFAULT_WEIGHTS_PPM.items()
        ),
        overall_ppm=962_000,
        grade=Grade.A,
        unassessed_rules=(),
    )
    assert result.not_assessed == ()


def test_the_order_of_the_measures_does_not_matter() -> None:
    assert score(worked()[::-1]) == score(worked())


def test_the_weight_of_what_was_not_assessed_goes_to_the_others_and_is_reported() -> None:
    empty = measure(Indicator.TIMELINESS, 0, 0)
    present = [each for each in worked() if each.indicator is not Indicator.TIMELINESS]

    result = score([*present, empty])

    # 0.827 of the stated weight is reached by the five, who carry 0.85 of it.
    assert result.overall_ppm == 972_941
    assert result.not_assessed == (Indicator.TIMELINESS,)
    assert result.unassessed_rules == ("timeliness.1",)
    assert [each.effective_ppm for each in result.indicators] == [
        176_471,
        235_294,
        294_118,
        176_470,
        0,
        117_647,
    ]
    assert result.indicators[4] == IndicatorScore(Indicator.TIMELINESS, None, 150_000, 0)
    assert score(present).overall_ppm == 972_941


def test_rules_of_one_indicator_are_weighed_by_rule_not_by_row() -> None:
    rows = [
        measure(Indicator.ACCURACY, 1, 2, weight_ppm=300_000, rule="few"),
        measure(Indicator.ACCURACY, 900_000, 1_000_000, weight_ppm=100_000, rule="many"),
        measure(Indicator.ACCURACY, 0, 0, weight_ppm=600_000, rule="none"),
    ]

    result = score(rows)

    assert result.overall_ppm == 600_000  # (3 * 0.5 + 1 * 0.9) / 4
    assert result.unassessed_rules == ("none",)
    assert result.indicators[2] == IndicatorScore(Indicator.ACCURACY, 600_000, 250_000, PPM)


def test_halves_are_rounded_up() -> None:
    weights = {**dict.fromkeys(Indicator, 0), Indicator.ACCURACY: PPM}
    assert score([measure(Indicator.ACCURACY, 1, 2 * PPM)], weights).overall_ppm == 1


@pytest.mark.parametrize(
    ("overall_ppm", "grade"),
    [
        (PPM, Grade.A),
        (900_000, Grade.A),
        (899_999, Grade.B),
        (800_000, Grade.B),
        (799_999, Grade.C),
        (600_000, Grade.C),
        (599_999, Grade.D),
        (0, Grade.D),
    ],
)
def test_grades_begin_at_their_thresholds(overall_ppm: int, grade: Grade) -> None:
    assert grade_of(overall_ppm) is grade


def test_published_ratios_score_as_the_counts_behind_them() -> None:
    ratios = {each: percent * 10_000 for each, percent in WORKED.items()}
    assert score_ratios(ratios) == score(worked())


@pytest.mark.parametrize(
    ("ratios", "code"),
    [
        ({}, "quality.nothing_assessed"),
        ({"beauty": 1}, "quality.unknown_indicator"),
        ({Indicator.ACCURACY: PPM + 1}, "quality.out_of_range"),
        ({Indicator.ACCURACY: -1}, "quality.out_of_range"),
        ({Indicator.ACCURACY: 0.5}, "quality.out_of_range"),
    ],
)
def test_bad_ratios_are_refused(ratios: dict[Any, Any], code: str) -> None:
    with pytest.raises(QualityError) as refusal:
        score_ratios(ratios)
    assert refusal.value.code == code


STATED: dict[Any, Any] = dict(DEFAULT_WEIGHTS_PPM)


@pytest.mark.parametrize(
    ("weights", "code"),
    [
        ({}, "quality.weights_incomplete"),
        ({**STATED, "beauty": 0}, "quality.weights_incomplete"),
        ({**STATED, Indicator.ACCURACY: 249_999}, "quality.weights_sum"),
        ({**STATED, Indicator.ACCURACY: -1}, "quality.out_of_range"),
        ({**STATED, Indicator.ACCURACY: 0.25}, "quality.out_of_range"),
    ],
)
def test_bad_weights_are_refused(weights: dict[Any, Any], code: str) -> None:
    with pytest.raises(QualityError) as refusal:
        score(worked(), weights)
    assert refusal.value.code == code


def test_a_rule_counted_twice_is_refused() -> None:
    with pytest.raises(QualityError) as refusal:
        score([*worked(), worked()[0]])
    assert refusal.value.code == "quality.duplicate_rule"


@pytest.mark.parametrize("measures", [[], [measure(Indicator.ACCURACY, 0, 0)]])
def test_nothing_assessed_is_refused(measures: list[Measure]) -> None:
    with pytest.raises(QualityError) as refusal:
        score(measures)
    assert refusal.value.code == "quality.nothing_assessed"


def test_assessing_only_what_has_no_weight_is_refused() -> None:
    weights = {**dict.fromkeys(Indicator, 0), Indicator.ACCURACY: PPM}
    with pytest.raises(QualityError) as refusal:
        score([measure(Indicator.TIMELINESS, 1, 1)], weights)
    assert refusal.value.code == "quality.nothing_assessed"


@st.composite
def measures_of(draw: st.DrawFn) -> list[Measure]:
    count = draw(st.integers(1, 8))
    found = []
    for number in range(count):
        assessed = draw(st.integers(0, 10**6))
        satisfied = draw(st.integers(0, assessed))
        indicator = draw(st.sampled_from(Indicator))
        weight_ppm = draw(st.integers(1, PPM))
        found.append(Measure(f"r{number}", indicator, satisfied, assessed, weight_ppm))
    assume(any(each.assessed for each in found))
    return found


@given(measures_of())
def test_scores_equal_a_second_computation(measures: list[Measure]) -> None:
    reached, carried = Fraction(0), Fraction(0)
    for indicator in Indicator:
        rules = [m for m in measures if m.indicator is indicator and m.assessed]
        if rules:
            whole = sum(m.weight_ppm for m in rules)
            ratio = sum(
                Fraction(m.satisfied, m.assessed) * Fraction(m.weight_ppm, whole) for m in rules
            )
            reached += ratio * DEFAULT_WEIGHTS_PPM[indicator]
            carried += DEFAULT_WEIGHTS_PPM[indicator]

    result = score(measures)

    assert abs(Fraction(result.overall_ppm, PPM) - reached / carried) <= Fraction(1, 2 * PPM)
    assert sum(each.effective_ppm for each in result.indicators) == PPM
    assert 0 <= result.overall_ppm <= PPM


@given(measures_of(), st.integers(0, 7))
def test_one_more_satisfied_element_never_lowers_the_score(
    measures: list[Measure], place: int
) -> None:
    old = measures[place % len(measures)]
    assume(old.satisfied < old.assessed)
    better = Measure(old.rule_id, old.indicator, old.satisfied + 1, old.assessed, old.weight_ppm)

    improved = score([better if each is old else each for each in measures])

    assert improved.overall_ppm >= score(measures).overall_ppm
