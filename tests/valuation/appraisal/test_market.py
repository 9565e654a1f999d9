from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import prod, sqrt
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.appraisal.market import (
    LEAST,
    MOST,
    AdjustedPrice,
    Average,
    Comparable,
    Factors,
    MarketEvidence,
    MarketResult,
    Rejection,
    Side,
)
from valuation.bounds import MAX_INT
from valuation.errors import AppraisalError

PPM = 1_000_000
EVEN = Factors(PPM, PPM, PPM, PPM, PPM)
WORKED = (
    Comparable("deal-1", 80_000_000, Factors(1_055_600, 1_020_000, 1_010_000, 1_200_000, PPM)),
    Comparable("deal-2", 95_000_000, Factors(989_600, PPM, 990_000, 1_050_000, PPM)),
    Comparable("deal-3", 70_000_000, Factors(1_117_600, 1_050_000, 1_030_000, 1_250_000, PPM)),
)
EVIDENCE = MarketEvidence(WORKED)


def half_up(exact: Fraction) -> int:
    return int(exact + Fraction(1, 2))


def adjusted(comparable: Comparable) -> Fraction:
    ratios = (Fraction(ratio, PPM) for _, ratio in comparable.factors.named())
    return prod(ratios, start=Fraction(comparable.price_fen))


def test_the_worked_example_has_a_mean_of_1026277_85() -> None:
    assert EVIDENCE.appraise() == MarketResult(
        adjusted=(
            AdjustedPrice("deal-1", 104_397_996),
            AdjustedPrice("deal-2", 97_725_474),
            AdjustedPrice("deal-3", 105_759_885),
        ),
        rejected=(),
        lowest_fen=97_725_474,
        highest_fen=105_759_885,
        dispersion_ppm=34_209,
        value_fen=102_627_785,
    )


def test_the_median_of_the_worked_example_is_its_first_deal() -> None:
    assert replace(EVIDENCE, average=Average.MEDIAN).appraise().value_fen == 104_397_996


def test_the_median_of_an_even_number_lies_halfway() -> None:
    deals = tuple(Comparable(f"d{p}", p, EVEN) for p in (100, 900, 205, 300))
    evidence = MarketEvidence(deals, average=Average.MEDIAN)
    assert evidence.appraise().value_fen == 253  # 252.5


def test_a_factor_outside_its_range_rejects_the_comparable_and_says_why() -> None:
    odd = Comparable("odd", 1, Factors(PPM, 499_999, PPM, 2_000_001, PPM))

    result = MarketEvidence((*WORKED, odd)).appraise()

    assert result == replace(
        EVIDENCE.appraise(),
        rejected=(
            Rejection("odd", "supply_demand_ppm", Side.BELOW),
            Rejection("odd", "volume_ppm", Side.ABOVE),
        ),
    )


def test_the_ends_of_a_range_are_inside_it() -> None:
    ends = (Comparable("low", 100, LEAST), Comparable("high", 100, MOST))
    assert MarketEvidence(ends, required=2).appraise().rejected == ()


def test_the_ranges_are_the_appraisers() -> None:
    most = replace(MOST, volume_ppm=1_100_000)
    result = replace(EVIDENCE, most=most, required=1).appraise()
    assert (result.value_fen, result.dispersion_ppm) == (97_725_474, 0)
    assert [(line.id, line.factor) for line in result.rejected] == [
        ("deal-1", "volume_ppm"),
        ("deal-3", "volume_ppm"),
    ]


def test_too_few_comparables_show_no_value() -> None:
    most = replace(MOST, volume_ppm=1_100_000)
    with pytest.raises(AppraisalError) as refusal:
        replace(EVIDENCE, most=most).appraise()
    assert refusal.value.code == "appraisal.too_few_comparables"


ratios = st.integers(500_000, 2_000_000)
deals = st.lists(
    st.tuples(st.integers(1, 10**12), st.builds(Factors, ratios, ratios, ratios, ratios, ratios)),
    min_size=3,
    max_size=9,
).map(lambda pairs: tuple(Comparable(f"d{k}", p, f) for k, (p, f) in enumerate(pairs)))


@given(deals, st.sampled_from(Average))
def test_the_value_equals_a_second_computation(
    comparables: tuple[Comparable, ...], average: Average
) -> None:
    prices = [adjusted(each) for each in comparables]
    mean = sum(prices) / len(prices)
    exact = mean if average is Average.MEAN else Fraction(median(prices))
    variance = sum((price - mean) ** 2 for price in prices) / len(prices)

    result = MarketEvidence(comparables, average).appraise()

    assert abs(result.value_fen - exact) <= Fraction(1, 2)
    assert [each.adjusted_fen for each in result.adjusted] == [half_up(p) for p in prices]
    assert (result.lowest_fen, result.highest_fen) == (half_up(min(prices)), half_up(max(prices)))
    assert result.dispersion_ppm == pytest.approx(sqrt(variance) / mean * PPM, abs=1)


@given(deals, st.integers(2, 50))
def test_the_value_is_homogeneous_in_money(comparables: tuple[Comparable, ...], times: int) -> None:
    scaled = tuple(replace(each, price_fen=each.price_fen * times) for each in comparables)
    one, many = MarketEvidence(comparables).appraise(), MarketEvidence(scaled).appraise()
    assert abs(many.value_fen - times * one.value_fen) <= (times + 1) / 2
    assert many.dispersion_ppm == one.dispersion_ppm


@given(deals)
def test_the_order_of_comparables_does_not_matter(comparables: tuple[Comparable, ...]) -> None:
    there, back = (
        MarketEvidence(comparables).appraise(),
        MarketEvidence(comparables[::-1]).appraise(),
    )
    assert replace(back, adjusted=back.adjusted[::-1]) == there


@pytest.mark.parametrize("ratio", [0, -1, 10 * PPM + 1, 1.0, True])
def test_ratios_out_of_range_are_refused(ratio: Any) -> None:
    with pytest.raises(AppraisalError) as refusal:
        replace(EVEN, date_ppm=ratio)
    assert (refusal.value.code, refusal.value.field) == ("appraisal.out_of_range", "date_ppm")


@pytest.mark.parametrize(
    ("change", "code"),
    [({"id": ""}, "appraisal.bad_text"), ({"price_fen": 0}, "appraisal.out_of_range")],
)
def test_bad_comparables_are_refused(change: dict[str, Any], code: str) -> None:
    with pytest.raises(AppraisalError) as refusal:
        replace(WORKED[0], **change)
    assert (refusal.value.code, refusal.value.field) == (code, *change)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"comparables": ()}, "appraisal.comparable_count", "comparables"),
        (
            {"comparables": tuple(Comparable(f"d{k}", 1, EVEN) for k in range(31))},
            "appraisal.comparable_count",
            "comparables",
        ),
        ({"comparables": WORKED[:1] * 2}, "appraisal.duplicate_comparable", "comparables"),
        ({"required": 0}, "appraisal.out_of_range", "required"),
        ({"required": 31}, "appraisal.out_of_range", "required"),
        ({"least": replace(LEAST, other_ppm=2_000_001)}, "appraisal.empty_range", "other_ppm"),
    ],
)
def test_bad_evidence_is_refused(change: dict[str, Any], code: str, field: str) -> None:
    with pytest.raises(AppraisalError) as refusal:
        replace(EVIDENCE, **change)
    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_a_value_past_json_integers_is_refused() -> None:
    deal = Comparable("d", MAX_INT, replace(EVEN, other_ppm=PPM + 1))
    with pytest.raises(AppraisalError) as refusal:
        MarketEvidence((deal,), required=1).appraise()
    assert refusal.value.code == "appraisal.value_out_of_range"
