from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.money import PPM, half_up, share, tax_within, yuan


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**9))
def test_half_up_is_the_nearest_integer_with_ties_away_from_zero(a: int, b: int) -> None:
    exact = Fraction(a, b)
    rounded = half_up(a, b)
    assert abs(exact - rounded) <= Fraction(1, 2)
    if abs(exact - rounded) == Fraction(1, 2):
        assert abs(rounded) > abs(exact)


@given(st.integers(0, 10**12), st.integers(0, PPM))
def test_a_share_never_exceeds_the_whole(amount: int, part: int) -> None:
    assert 0 <= share(amount, part) <= amount


def test_tax_within_a_gross_amount() -> None:
    assert tax_within(10_600, 60_000) == 600
    assert tax_within(0, 60_000) == 0


@pytest.mark.parametrize(
    ("fen", "text"), [(0, "¥0.00"), (5, "¥0.05"), (128_000, "¥1,280.00"), (-101, "-¥1.01")]
)
def test_fen_are_written_as_yuan(fen: int, text: str) -> None:
    assert yuan(fen) == text
