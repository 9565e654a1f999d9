from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from valuation.contribution.game import Game
from valuation.contribution.shapley import shapley
from valuation.contribution.split import NegativeShares, split_largest_remainder
from valuation.errors import ContributionError

# Twelve suppliers' parts of 1,000,001 fen; the last lowered the result and gets nothing.
TWELVE = [
    160_574,
    141_548,
    142_943,
    119_235,
    112_860,
    97_221,
    49_507,
    64_548,
    50_304,
    46_419,
    14_842,
    0,
]

amounts = st.integers(0, 10**15)
share_lists = st.lists(st.fractions(-10, 10, max_denominator=997), min_size=1, max_size=12).filter(
    lambda shares: any(share > 0 for share in shares)
)


def test_the_fen_left_over_go_to_the_largest_remainders() -> None:
    # Quotas of 1,000,001 over 7: 142,857.29, 285,714.57, 571,429.14.
    assert split_largest_remainder(1_000_001, [1, 2, 4]) == [142_857, 285_715, 571_429]


def test_equal_remainders_go_in_order() -> None:
    assert split_largest_remainder(1_000_001, [Fraction(1, 3)] * 3) == [333_334, 333_334, 333_333]


def test_the_glove_game_pays_out_to_the_fen() -> None:
    game = Game.of(
        ("left", "right 1", "right 2"),
        lambda members: 1 if "left" in members and len(members) > 1 else 0,
    )
    assert split_largest_remainder(100, shapley(game)) == [67, 17, 16]


def test_twelve_suppliers_of_whom_one_did_harm() -> None:
    shares = [Fraction(part, 1_000_001) for part in TWELVE[:-1]]
    assert split_largest_remainder(1_000_001, [*shares, Fraction(-1, 50)]) == TWELVE


def test_nothing_is_split_into_nothing() -> None:
    assert split_largest_remainder(0, [1, 2]) == [0, 0]


def test_the_refusing_policy_splits_what_has_no_negative_share() -> None:
    assert split_largest_remainder(10, [1, 0], NegativeShares.REFUSE) == [10, 0]


@given(amounts, share_lists)
def test_parts_add_up_and_a_negative_share_gets_nothing(
    total_fen: int, shares: list[Fraction]
) -> None:
    parts = split_largest_remainder(total_fen, shares)
    assert sum(parts) == total_fen
    assert all(part == 0 for part, share in zip(parts, shares, strict=True) if share <= 0)
    assert min(parts) >= 0


@given(amounts, share_lists, st.fractions(Fraction(1, 100), 100))
def test_only_proportions_count(total_fen: int, shares: list[Fraction], times: Fraction) -> None:
    scaled = [share * times for share in shares]
    assert split_largest_remainder(total_fen, scaled) == split_largest_remainder(total_fen, shares)


@given(amounts, share_lists)
def test_a_larger_share_never_gets_less(total_fen: int, shares: list[Fraction]) -> None:
    parts = split_largest_remainder(total_fen, shares)
    ranked = sorted(zip(shares, parts, strict=True), key=lambda pair: pair[0])
    for (low, less), (high, more) in pairwise(ranked):
        assert less <= more or low == high


@pytest.mark.parametrize(
    ("total_fen", "shares", "policy", "code"),
    [
        (-1, [1], "clip_renormalise", "contribution.out_of_range"),
        (1.0, [1], "clip_renormalise", "contribution.out_of_range"),
        (2**53, [1], "clip_renormalise", "contribution.out_of_range"),
        (1, [0.5, 0.5], "clip_renormalise", "contribution.inexact"),
        (1, [True], "clip_renormalise", "contribution.inexact"),
        (1, [], "clip_renormalise", "contribution.no_share"),
        (1, [0, 0], "clip_renormalise", "contribution.no_share"),
        (1, [-1, Fraction(-1, 2)], "clip_renormalise", "contribution.no_share"),
        (1, [1, -1], "refuse", "contribution.negative_share"),
    ],
)
def test_what_cannot_be_split_is_refused(
    total_fen: Any, shares: list[Any], policy: str, code: str
) -> None:
    kept = list(shares)
    with pytest.raises(ContributionError) as refusal:
        split_largest_remainder(total_fen, shares, NegativeShares(policy))
    assert refusal.value.code == code
    assert shares == kept
