from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from valuation.appraisal.income import (
    IncomeForecast,
    IncomeResult,
    PresentIncome,
    Timing,
    capital_cost_ppm,
)
from valuation.bounds import MAX_INT
from valuation.errors import AppraisalError

PPM = 1_000_000
FORECAST = IncomeForecast(
    incomes_fen=(50_000_000, 65_000_000, 70_000_000, 60_000_000, 40_000_000),
    share_ppm=350_000,
    discount_ppm=140_000,
)

forecasts = st.builds(
    IncomeForecast,
    st.lists(st.integers(0, 10**12), min_size=1, max_size=12).map(tuple),
    st.integers(1, PPM),
    st.integers(-100_000, 2 * PPM),
)


def second_computation(forecast: IncomeForecast) -> Fraction:
    """Discount by Horner's rule, from the last year backwards."""
    growth = 1 + Fraction(forecast.discount_ppm, PPM)
    worth = Fraction(0)
    for income_fen in reversed(forecast.incomes_fen):
        worth = (worth + income_fen) / growth
    return worth * forecast.share_ppm / PPM


def test_the_worked_discount_rate_is_14_percent() -> None:
    assert capital_cost_ppm(25_000, 1_100_000, 65_000, 43_500) == 140_000


def test_half_a_part_per_million_of_a_rate_is_rounded_up() -> None:
    assert capital_cost_ppm(0, 500_000, 1, 0) == 1


@pytest.mark.parametrize("parts", [(-1, 0, 0, 0), (0, 0, 10 * PPM + 1, 0), (0, 0.5, 0, 0)])
def test_bad_parts_of_a_rate_are_refused(parts: tuple[int, int, int, int]) -> None:
    with pytest.raises(AppraisalError) as refusal:
        capital_cost_ppm(*parts)
    assert refusal.value.code == "appraisal.out_of_range"


def test_the_worked_example_is_worth_690979_13_at_year_ends() -> None:
    assert FORECAST.appraise() == IncomeResult(
        years=(
            PresentIncome(1, 15_350_877),
            PresentIncome(2, 17_505_386),
            PresentIncome(3, 16_536_802),
            PresentIncome(4, 12_433_686),
            PresentIncome(5, 7_271_161),
        ),
        value_fen=69_097_913,
    )


def test_the_worked_example_is_worth_737763_82_at_mid_years() -> None:
    assert replace(FORECAST, timing=Timing.MID_YEAR).appraise().value_fen == 73_776_382


def test_a_year_may_lose_money() -> None:
    forecast = IncomeForecast((-10_000, 33_000), PPM, 100_000)
    assert forecast.appraise() == IncomeResult(
        (PresentIncome(1, -9_091), PresentIncome(2, 27_273)), 18_182
    )


@given(forecasts)
def test_the_value_equals_a_second_computation(forecast: IncomeForecast) -> None:
    exact = second_computation(forecast)
    assert abs(forecast.appraise().value_fen - exact) <= Fraction(1, 2)


@given(forecasts, st.integers(2, 50))
def test_the_value_is_homogeneous_in_money(forecast: IncomeForecast, times: int) -> None:
    scaled = replace(forecast, incomes_fen=tuple(each * times for each in forecast.incomes_fen))
    difference = scaled.appraise().value_fen - times * forecast.appraise().value_fen
    assert abs(difference) <= (times + 1) / 2


@given(forecasts, st.integers(1, PPM))
def test_a_larger_share_never_lowers_the_value(forecast: IncomeForecast, share_ppm: int) -> None:
    low, high = sorted((forecast.share_ppm, share_ppm))
    less, more = replace(forecast, share_ppm=low), replace(forecast, share_ppm=high)
    assert less.appraise().value_fen <= more.appraise().value_fen


@given(forecasts, st.integers(-100_000, 2 * PPM), st.sampled_from(Timing))
def test_a_higher_rate_never_raises_the_value(
    forecast: IncomeForecast, discount_ppm: int, timing: Timing
) -> None:
    low, high = sorted((forecast.discount_ppm, discount_ppm))
    cheap = replace(forecast, discount_ppm=low, timing=timing)
    dear = replace(forecast, discount_ppm=high, timing=timing)
    assert cheap.appraise().value_fen >= dear.appraise().value_fen


@given(forecasts, st.sampled_from(Timing))
def test_without_interest_the_value_is_the_sum(forecast: IncomeForecast, timing: Timing) -> None:
    plain = replace(forecast, discount_ppm=0, share_ppm=PPM, timing=timing)
    assert plain.appraise().value_fen == sum(forecast.incomes_fen)


@given(forecasts)
def test_mid_year_is_worth_the_root_of_one_years_growth_more(forecast: IncomeForecast) -> None:
    value_fen = replace(forecast, timing=Timing.MID_YEAR).appraise().value_fen
    with localcontext(prec=60):
        end = second_computation(forecast)
        growth = 1 + Decimal(forecast.discount_ppm) / PPM
        expected = Decimal(end.numerator) / Decimal(end.denominator) * growth.sqrt()
        assert abs(value_fen - expected) <= Decimal("0.500001")


@given(forecasts, st.integers(1, 10**9))
def test_an_extra_year_adds_its_present_income(forecast: IncomeForecast, income_fen: int) -> None:
    longer = replace(forecast, incomes_fen=(*forecast.incomes_fen, income_fen))
    last = longer.appraise().years[-1]
    assert last.year == len(forecast.incomes_fen) + 1
    gain = longer.appraise().value_fen - forecast.appraise().value_fen
    assert abs(gain - last.present_fen) <= 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"incomes_fen": ()}, "appraisal.year_count"),
        ({"incomes_fen": (1,) * 51}, "appraisal.year_count"),
        ({"incomes_fen": (1, 2.0)}, "appraisal.out_of_range"),
        ({"incomes_fen": (-(2**53),)}, "appraisal.out_of_range"),
        ({"share_ppm": 0}, "appraisal.out_of_range"),
        ({"share_ppm": PPM + 1}, "appraisal.out_of_range"),
        ({"discount_ppm": -PPM}, "appraisal.out_of_range"),
        ({"discount_ppm": -PPM - 1}, "appraisal.out_of_range"),
        ({"discount_ppm": 10 * PPM + 1}, "appraisal.out_of_range"),
        ({"discount_ppm": 0.14}, "appraisal.out_of_range"),
    ],
)
def test_bad_inputs_are_refused(change: dict[str, Any], code: str) -> None:
    with pytest.raises(AppraisalError) as refusal:
        replace(FORECAST, **change)
    assert (refusal.value.code, refusal.value.field) == (code, *change)


@pytest.mark.parametrize("incomes_fen", [(-100, 50), (-1,)])
def test_a_forecast_that_loses_more_than_it_earns_shows_no_value(
    incomes_fen: tuple[int, ...],
) -> None:
    with pytest.raises(AppraisalError) as refusal:
        # A third of a fen lost is a loss, though it would round to nothing.
        IncomeForecast(incomes_fen, 333_333, 0).appraise()
    assert refusal.value.code == "appraisal.negative_value"


@given(st.integers(1 - PPM, -900_000))
def test_rates_close_to_minus_one_overflow_into_a_refusal(discount_ppm: int) -> None:
    forecast = IncomeForecast((MAX_INT,) * 50, PPM, discount_ppm)
    assume(second_computation(forecast) > MAX_INT)
    with pytest.raises(AppraisalError) as refusal:
        forecast.appraise()
    assert refusal.value.code == "appraisal.value_out_of_range"
