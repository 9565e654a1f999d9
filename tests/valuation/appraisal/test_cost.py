from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.appraisal.cost import CostResult, ReplacementCost, UtilityCost
from valuation.bounds import MAX_INT
from valuation.errors import AppraisalError

PPM = 1_000_000
UTILITY = UtilityCost(
    construction_fen=80_000_000,
    operation_fen=30_000_000,
    management_fen=10_000_000,
    return_ppm=150_000,
    quality_ppm=962_000,
    circulation_ppm=1_200_000,
    monopoly_ppm=50_000,
    risk_ppm=120_000,
)
REPLACEMENT = ReplacementCost(
    preliminary_fen=30_000_000,
    direct_fen=62_000_000,
    indirect_fen=15_000_000,
    opportunity_fen=8_000_000,
    tax_fen=5_000_000,
    adjustment_ppm=1_050_000,
)


def half_up(exact: Fraction) -> int:
    return int(exact + Fraction(1, 2))


def second_computation(inputs: UtilityCost) -> Fraction:
    total = inputs.construction_fen + inputs.operation_fen + inputs.management_fen
    alpha, beta = Fraction(inputs.quality_ppm, PPM), Fraction(inputs.circulation_ppm, PPM)
    monopoly, risk = Fraction(inputs.monopoly_ppm, PPM), Fraction(inputs.risk_ppm, PPM)
    utility = alpha * beta * (1 + monopoly) * (1 - risk)
    return total * (1 + Fraction(inputs.return_ppm, PPM)) * utility


def test_the_2019_worked_example_is_worth_1471998_53() -> None:
    # U = 1.0666656, times 1.15 = 1.22666544
    assert UTILITY.appraise() == CostResult(120_000_000, 1_226_665, 147_199_853)


def test_the_2023_worked_example_is_worth_1260000_00() -> None:
    assert REPLACEMENT.appraise() == CostResult(120_000_000, 1_050_000, 126_000_000)


amounts = st.integers(1, 10**13)
shares = st.integers(0, PPM)
utility_costs = st.builds(
    UtilityCost, amounts, amounts, amounts, shares, shares, st.integers(0, 3 * PPM), shares, shares
)


@given(utility_costs)
def test_the_2019_form_equals_a_second_computation(inputs: UtilityCost) -> None:
    assert inputs.appraise().value_fen == half_up(second_computation(inputs))


@given(st.tuples(amounts, amounts, amounts, amounts, amounts), st.integers(1, 10 * PPM))
def test_the_2023_form_equals_a_second_computation(
    parts: tuple[int, int, int, int, int], adjustment_ppm: int
) -> None:
    inputs = ReplacementCost(*parts, adjustment_ppm)
    exact = Fraction(sum(parts) * adjustment_ppm, PPM)
    assert inputs.appraise().value_fen == half_up(exact)


@given(utility_costs, st.integers(2, 50))
def test_the_value_is_homogeneous_in_money(inputs: UtilityCost, times: int) -> None:
    scaled = replace(
        inputs,
        construction_fen=inputs.construction_fen * times,
        operation_fen=inputs.operation_fen * times,
        management_fen=inputs.management_fen * times,
    )
    # Each side is rounded once, so they part by at most half a fen times the factor.
    difference = scaled.appraise().value_fen - times * inputs.appraise().value_fen
    assert abs(difference) <= (times + 1) / 2


@given(utility_costs, shares)
def test_better_quality_never_lowers_the_value(inputs: UtilityCost, quality_ppm: int) -> None:
    low, high = sorted((inputs.quality_ppm, quality_ppm))
    worse, better = replace(inputs, quality_ppm=low), replace(inputs, quality_ppm=high)
    assert worse.appraise().value_fen <= better.appraise().value_fen


@given(utility_costs, shares)
def test_more_risk_never_raises_the_value(inputs: UtilityCost, risk_ppm: int) -> None:
    low, high = sorted((inputs.risk_ppm, risk_ppm))
    safer, riskier = replace(inputs, risk_ppm=low), replace(inputs, risk_ppm=high)
    assert safer.appraise().value_fen >= riskier.appraise().value_fen


@pytest.mark.parametrize(
    "change",
    [
        {"construction_fen": -1},
        {"operation_fen": 1.5},
        {"management_fen": 2**53},
        {"return_ppm": -1},
        {"return_ppm": 10 * PPM + 1},
        {"quality_ppm": PPM + 1},
        {"quality_ppm": True},
        {"circulation_ppm": 3 * PPM + 1},
        {"monopoly_ppm": -1},
        {"risk_ppm": PPM + 1},
    ],
)
def test_2019_inputs_out_of_range_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(AppraisalError) as refusal:
        replace(UTILITY, **change)
    assert (refusal.value.code, refusal.value.field) == ("appraisal.out_of_range", *change)


@pytest.mark.parametrize(
    "change",
    [
        {"preliminary_fen": -1},
        {"direct_fen": "1"},
        {"indirect_fen": None},
        {"opportunity_fen": 2**53},
        {"tax_fen": False},
        {"adjustment_ppm": 0},
        {"adjustment_ppm": 10 * PPM + 1},
    ],
)
def test_2023_inputs_out_of_range_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(AppraisalError) as refusal:
        replace(REPLACEMENT, **change)
    assert (refusal.value.code, refusal.value.field) == ("appraisal.out_of_range", *change)


def test_no_cost_shows_no_value() -> None:
    with pytest.raises(AppraisalError) as refusal:
        ReplacementCost(0, 0, 0, 0, 0, PPM)
    assert refusal.value.code == "appraisal.no_cost"


def test_costs_that_add_up_past_json_integers_are_refused() -> None:
    with pytest.raises(AppraisalError) as refusal:
        replace(UTILITY, construction_fen=MAX_INT)
    assert (refusal.value.code, refusal.value.field) == ("appraisal.out_of_range", "total_cost_fen")


def test_a_value_past_json_integers_is_refused() -> None:
    with pytest.raises(AppraisalError) as refusal:
        ReplacementCost(MAX_INT, 0, 0, 0, 0, PPM + 1).appraise()
    assert refusal.value.code == "appraisal.value_out_of_range"
