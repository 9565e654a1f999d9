from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from valuation.contribution.game import Game
from valuation.errors import ContributionError


def test_coalitions_are_asked_for_once_in_the_order_of_bits() -> None:
    asked = []

    def worth_of(members: tuple[str, ...]) -> int:
        asked.append(members)
        return len(members)

    game = Game.of(("a", "b"), worth_of)

    assert asked == [(), ("a",), ("b",), ("a", "b")]
    assert game == Game(("a", "b"), (Fraction(0), Fraction(1), Fraction(1), Fraction(2)))


@pytest.mark.parametrize(
    ("players", "code"),
    [
        ((), "contribution.player_count"),
        (tuple(f"p{k}" for k in range(17)), "contribution.player_count"),
        (("a", "a"), "contribution.duplicate_player"),
        (("",), "contribution.bad_text"),
    ],
)
def test_bad_players_are_refused_before_anything_is_asked(
    players: tuple[str, ...], code: str
) -> None:
    asked = []

    def worth_of(members: tuple[str, ...]) -> int:
        asked.append(members)
        return 0

    with pytest.raises(ContributionError) as refusal:
        Game.of(players, worth_of)
    assert refusal.value.code == code
    assert asked == []


@pytest.mark.parametrize("worth", [0.5, "1", None, True])
def test_inexact_worth_is_refused(worth: Any) -> None:
    with pytest.raises(ContributionError) as refusal:
        Game.of(("a",), lambda _: worth)
    assert refusal.value.code == "contribution.inexact"


@pytest.mark.parametrize(
    ("worth", "code"),
    [
        ((), "contribution.table_size"),
        ((Fraction(0),) * 3, "contribution.table_size"),
        ((Fraction(0), 1.0), "contribution.inexact"),
    ],
)
def test_bad_tables_are_refused(worth: Any, code: str) -> None:
    with pytest.raises(ContributionError) as refusal:
        Game(("a",), worth)
    assert refusal.value.code == code
