"""Chance repeats, and one purpose's draws do not move another's."""

from exchange.simulation.chance import Chance


def draws(chance: Chance) -> list[int]:
    return [chance.between(0, 1000), chance.log_normal(900, 1_000_000), chance.choice([1, 2, 3])]


def test_a_purpose_has_a_stream_of_its_own() -> None:
    assert draws(Chance(1, "a")) == draws(Chance(1, "a"))
    assert draws(Chance(1, "a")) != draws(Chance(1, "b"))
    assert draws(Chance(1, "a")) != draws(Chance(2, "a"))


def test_chances_come_true_about_as_often_as_they_say() -> None:
    chance = Chance(7, "coin")
    heads = sum(chance.happens(250_000) for _ in range(10_000))
    assert 2_300 < heads < 2_700
    assert not any(chance.happens(0) for _ in range(100))
    assert all(chance.happens(1_000_000) for _ in range(100))


def test_prices_are_positive_and_spread_around_their_median() -> None:
    chance = Chance(7, "prices")
    prices = sorted(chance.log_normal(900, 1_100_000) for _ in range(2_001))
    assert prices[0] >= 1
    assert 800 < prices[1_000] < 1_000
    assert prices[-1] > 10 * prices[1_000]
