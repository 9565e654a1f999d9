"""Seeded chance, one stream for each purpose, so that a new purpose moves no other draws."""

import math
from collections.abc import Sequence
from random import Random
from typing import TypeVar

from exchange.money import PPM

T = TypeVar("T")


class Chance:
    """Draws of one purpose; floats stay in here, only integers come out."""

    def __init__(self, seed: int, purpose: str) -> None:
        self._draws = Random(f"{seed}/{purpose}")  # noqa: S311 - repeatable on purpose

    def happens(self, chance_ppm: int) -> bool:
        """Tell whether something with this chance happens now."""
        return self._draws.randrange(PPM) < chance_ppm

    def between(self, least: int, most: int) -> int:
        """Draw an integer of the closed range, each alike."""
        return self._draws.randint(least, most)

    def choice(self, items: Sequence[T]) -> T:
        """Draw one of these."""
        return items[self._draws.randrange(len(items))]

    def log_normal(self, median: int, log_sd_ppm: int) -> int:
        """Draw a positive integer whose logarithm is normal, at least 1."""
        return max(1, round(median * math.exp(self._draws.gauss(0, log_sd_ppm / PPM))))
