from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from math import factorial

from hypothesis import given
from hypothesis import strategies as st

from valuation.contribution.game import Game
from valuation.contribution.shapley import shapley

COSTS = {"a": 8, "b": 11, "c": 13}


def names(count: int) -> tuple[str, ...]:
    return tuple(f"p{k}" for k in range(count))


@st.composite
def games(draw: st.DrawFn, most: int = 5) -> Game:
    players = names(draw(st.integers(1, most)))
    value = st.fractions(-100, 100, max_denominator=60)
    size = 1 << len(players)
    return Game(players, tuple(draw(st.lists(value, min_size=size, max_size=size))))


def by_orders(game: Game) -> tuple[Fraction, ...]:
    """Average each player's gain over every order of arrival: the definition in words."""
    count = len(game.players)
    total = [Fraction(0)] * count
    for order in permutations(range(count)):
        mask = 0
        for player in order:
            total[player] += game.worth[mask | 1 << player] - game.worth[mask]
            mask |= 1 << player
    return tuple(each / factorial(count) for each in total)


def test_the_one_left_glove_is_worth_two_thirds() -> None:
    game = Game.of(
        ("left", "right 1", "right 2"),
        lambda members: 1 if "left" in members and len(members) > 1 else 0,
    )
    assert shapley(game) == (Fraction(2, 3), Fraction(1, 6), Fraction(1, 6))


def test_airlines_share_the_runway_they_use() -> None:
    game = Game.of(tuple(COSTS), lambda members: max((COSTS[each] for each in members), default=0))
    assert shapley(game) == (Fraction(8, 3), Fraction(25, 6), Fraction(37, 6))


def test_a_weighted_majority_of_four() -> None:
    votes = {"a": 4, "b": 3, "c": 2, "d": 1}
    game = Game.of(tuple(votes), lambda members: int(sum(votes[m] for m in members) >= 6))
    assert shapley(game) == (Fraction(5, 12), Fraction(3, 12), Fraction(3, 12), Fraction(1, 12))


def test_one_player_gets_the_whole_gain() -> None:
    assert shapley(Game(("a",), (Fraction(2), Fraction(7)))) == (Fraction(5),)


def test_sixteen_players_are_within_reach() -> None:
    costs = {name: place + 1 for place, name in enumerate(names(16))}
    game = Game.of(tuple(costs), lambda members: max((costs[each] for each in members), default=0))
    # Littlechild and Owen (1973): each step of the runway is shared by all who need it.
    shares, share = [], Fraction(0)
    for place in range(16):
        share += Fraction(1, 16 - place)
        shares.append(share)
    assert shapley(game) == tuple(shares)


@given(games())
def test_values_are_the_mean_gain_over_every_order(game: Game) -> None:
    assert shapley(game) == by_orders(game)


@given(games())
def test_efficiency_the_whole_gain_is_shared(game: Game) -> None:
    assert sum(shapley(game)) == game.worth[-1] - game.worth[0]


@given(games(4))
def test_null_player_who_adds_nothing_gets_nothing(game: Game) -> None:
    joined = Game((*game.players, "null"), game.worth * 2)
    assert shapley(joined) == (*shapley(game), Fraction(0))


@given(games(4), st.permutations(range(4)))
def test_symmetry_names_and_places_do_not_matter(game: Game, order: list[int]) -> None:
    count = len(game.players)
    place = [each for each in order if each < count]
    moved = [Fraction(0)] * len(game.worth)
    for mask, worth in enumerate(game.worth):
        moved[sum(1 << place[k] for k in range(count) if mask >> k & 1)] = worth
    renamed = shapley(Game(game.players, tuple(moved)))
    assert tuple(renamed[place[k]] for k in range(count)) == shapley(game)


@given(games(4), games(4))
def test_additivity_the_sum_of_two_games_pays_the_sum(one: Game, two: Game) -> None:
    count = min(len(one.players), len(two.players))
    size = 1 << count
    first, second = (Game(names(count), each.worth[:size]) for each in (one, two))
    pairs = zip(first.worth, second.worth, strict=True)
    both = Game(names(count), tuple(a + b for a, b in pairs))
    paid = zip(shapley(first), shapley(second), strict=True)
    assert shapley(both) == tuple(a + b for a, b in paid)
