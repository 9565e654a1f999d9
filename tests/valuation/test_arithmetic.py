from __future__ import annotations

import decimal
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.arithmetic import (
    PPM,
    decimal_arithmetic,
    from_ppm,
    largest_remainder,
    round_fen,
    round_ppm,
)
from valuation.bounds import MAX_INT
from valuation.errors import AppraisalError


@pytest.mark.parametrize(
    ("amount", "fen"),
    [("0", 0), ("0.5", 1), ("1.5", 2), ("2.5", 3), ("2.4999", 2), ("-0.5", -1), ("-2.4", -2)],
)
def test_fen_round_half_away_from_zero(amount: str, fen: int) -> None:
    assert round_fen(Decimal(amount)) == fen


@pytest.mark.parametrize("amount", [MAX_INT + 1, -MAX_INT - 1, Decimal("1e400")])
def test_amounts_past_json_integers_are_refused(amount: Decimal | int) -> None:
    with pytest.raises(AppraisalError) as refusal:
        round_fen(Decimal(amount))
    assert refusal.value.code == "appraisal.value_out_of_range"


def test_the_largest_amount_is_still_stated() -> None:
    assert round_fen(Decimal(MAX_INT)) == MAX_INT


@pytest.mark.parametrize(
    ("ratio", "ppm"),
    [
        (Fraction(0), 0),
        (Fraction(1), PPM),
        (Fraction(1, 3), 333_333),
        (Fraction(2, 3), 666_667),
        (Fraction(1, 2 * PPM), 1),
        (Decimal("1.0666656"), 1_066_666),
    ],
)
def test_ratios_round_half_up(ratio: Fraction | Decimal, ppm: int) -> None:
    assert round_ppm(ratio) == ppm


def test_ppm_are_exact_whatever_the_surrounding_context() -> None:
    with decimal.localcontext(prec=2):
        assert from_ppm(1_234_567) == Decimal("1.234567")


def test_decimal_arithmetic_refuses_floats_and_leaves_no_trace() -> None:
    before = decimal.getcontext().prec
    with decimal_arithmetic() as context:
        assert context.prec == 50
        with pytest.raises(decimal.FloatOperation):
            Decimal("0.1") < 0.1  # noqa: B015
    assert decimal.getcontext().prec == before


def test_ties_go_to_whoever_comes_first() -> None:
    assert largest_remainder(2, [Fraction(1)] * 3) == [1, 1, 0]
    assert largest_remainder(1, [Fraction(1, 3), Fraction(1, 3), Fraction(1, 3)]) == [1, 0, 0]


@given(
    st.integers(0, 10**15),
    st.lists(st.fractions(0, 1000, max_denominator=997), min_size=1, max_size=12).filter(any),
)
def test_parts_add_up_and_stay_within_one_of_their_quota(
    total: int, weights: list[Fraction]
) -> None:
    parts = largest_remainder(total, weights)

    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - total * weight / sum(weights)) < 1
        assert part == 0 or weight > 0


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=12).filter(any))
def test_dividing_by_the_parts_themselves_changes_nothing(parts: list[int]) -> None:
    assert largest_remainder(sum(parts), [Fraction(part) for part in parts]) == parts
