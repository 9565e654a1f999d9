from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.appraisal.reconcile import (
    Agreement,
    Reconciliation,
    WeightedValue,
    reconcile,
)
from valuation.errors import AppraisalError

PPM = 1_000_000
VALUES = (
    WeightedValue(147_199_853, 300_000),
    WeightedValue(69_097_913, 300_000),
    WeightedValue(102_627_785, 400_000),
)


def test_the_worked_methods_become_one_flagged_value() -> None:
    result = reconcile(VALUES)

    # 0.3 * 147,199,853 + 0.3 * 69,097,913 + 0.4 * 102,627,785 = 105,940,443.8
    assert result == Reconciliation(105_940_444, 737_225, 250_000, Agreement.BEYOND)
    assert result.flagged


def test_one_method_alone_has_no_spread() -> None:
    result = reconcile([WeightedValue(5, PPM)])
    assert result == Reconciliation(5, 0, 250_000, Agreement.WITHIN)
    assert not result.flagged


def test_values_of_nothing_agree() -> None:
    nothing = [WeightedValue(0, 500_000), WeightedValue(0, 500_000)]
    assert reconcile(nothing) == Reconciliation(0, 0, 250_000, Agreement.WITHIN)


def test_half_a_fen_is_rounded_up() -> None:
    halves = [WeightedValue(1, 500_000), WeightedValue(2, 500_000)]
    assert reconcile(halves).value_fen == 2


@pytest.mark.parametrize(
    ("threshold_ppm", "agreement"), [(199_999, Agreement.BEYOND), (200_000, Agreement.WITHIN)]
)
def test_the_threshold_itself_is_within(threshold_ppm: int, agreement: Agreement) -> None:
    values = [WeightedValue(90, 500_000), WeightedValue(110, 500_000)]
    assert reconcile(values, threshold_ppm) == Reconciliation(
        100, 200_000, threshold_ppm, agreement
    )


@pytest.mark.parametrize(
    "values", [(), VALUES[:2], (*VALUES, WeightedValue(1, 1)), (WeightedValue(1, PPM - 1),)]
)
def test_weights_that_do_not_sum_to_a_million_are_refused(
    values: tuple[WeightedValue, ...],
) -> None:
    with pytest.raises(AppraisalError) as refusal:
        reconcile(values)
    assert refusal.value.code == "appraisal.weights_sum"


@pytest.mark.parametrize("threshold_ppm", [-1, PPM + 1, 0.25])
def test_bad_thresholds_are_refused(threshold_ppm: int) -> None:
    with pytest.raises(AppraisalError) as refusal:
        reconcile(VALUES, threshold_ppm)
    assert (refusal.value.code, refusal.value.field) == ("appraisal.out_of_range", "threshold_ppm")


@pytest.mark.parametrize(
    ("value_fen", "weight_ppm", "field"),
    [
        (-1, PPM, "value_fen"),
        (2**53, PPM, "value_fen"),
        (1, 0, "weight_ppm"),
        (1.0, 1, "value_fen"),
    ],
)
def test_bad_values_are_refused(value_fen: int, weight_ppm: int, field: str) -> None:
    with pytest.raises(AppraisalError) as refusal:
        WeightedValue(value_fen, weight_ppm)
    assert (refusal.value.code, refusal.value.field) == ("appraisal.out_of_range", field)


@given(
    st.lists(st.integers(0, 10**14), min_size=2, max_size=2),
    st.integers(1, PPM - 1),
    st.integers(2, 50),
)
def test_the_value_lies_between_its_sources_and_scales_with_them(
    amounts: list[int], weight_ppm: int, times: int
) -> None:
    def of(factor: int) -> Reconciliation:
        weights = (weight_ppm, PPM - weight_ppm)
        pairs = zip(amounts, weights, strict=True)
        return reconcile([WeightedValue(amount * factor, weight) for amount, weight in pairs])

    exact = Fraction(amounts[0] * weight_ppm + amounts[1] * (PPM - weight_ppm), PPM)
    assert of(1).value_fen == int(exact + Fraction(1, 2))
    assert min(amounts) <= of(1).value_fen <= max(amounts)
    assert of(times).spread_ppm == of(1).spread_ppm
