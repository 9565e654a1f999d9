"""The Shapley value, exactly (L. S. Shapley, A Value for n-Person Games, 1953)."""

from __future__ import annotations

from fractions import Fraction
from math import factorial, lcm

from valuation.contribution.game import Game


def shapley(game: Game) -> tuple[Fraction, ...]:
    """Give each player's Shapley value, in the order of ``game.players``.

    Player i gets the sum over coalitions S without i of
    ``|S|! (n - |S| - 1)! / n! * (v(S + i) - v(S))``. The values add up to the
    worth of everybody minus the worth of the empty coalition. Takes n * 2^n steps.
    """
    count = len(game.players)
    # One common denominator: the loop then adds plain integers.
    scale = lcm(*(value.denominator for value in game.worth))
    worth = [value.numerator * (scale // value.denominator) for value in game.worth]
    whole = factorial(count) * scale
    orders = [factorial(size) * factorial(count - size - 1) for size in range(count)]
    return tuple(Fraction(_weighed_gain(worth, 1 << k, orders), whole) for k in range(count))


def _weighed_gain(worth: list[int], player: int, orders: list[int]) -> int:
    return sum(
        orders[mask.bit_count()] * (worth[mask | player] - worth[mask])
        for mask in range(len(worth))
        if not mask & player
    )
