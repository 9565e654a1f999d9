"""Cooperative games over a handful of suppliers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Self

from valuation.bounds import require_text
from valuation.errors import ContributionError

MAX_PLAYERS: Final = 16
_NAME_LENGTH: Final = 64


@dataclass(frozen=True, slots=True)
class Game:
    """What each coalition of players is worth.

    ``worth`` has one value for each of the 2^n coalitions: bit k of its index
    is set when ``players[k]`` takes part, so index 0 is the empty coalition
    (whose worth may differ from 0) and the last index is everybody.

    Raises:
        ContributionError: no player, more than 16, a name twice, or a table of
            the wrong length or kind.
    """

    players: tuple[str, ...]
    worth: tuple[Fraction, ...]

    def __post_init__(self) -> None:
        _check_players(self.players)
        if len(self.worth) != 1 << len(self.players):
            text = "a game of n players needs the worth of all 2^n coalitions"
            raise ContributionError("contribution.table_size", text, "worth")
        for value in self.worth:
            _exact(value)

    @classmethod
    def of(
        cls, players: tuple[str, ...], worth_of: Callable[[tuple[str, ...]], Fraction | int]
    ) -> Self:
        """Fill the table by asking the worth of every coalition once.

        Members reach ``worth_of`` in the order of ``players``.

        Raises:
            ContributionError: players or values that a `Game` refuses.
        """
        _check_players(players)
        coalitions = (_members(players, mask) for mask in range(1 << len(players)))
        return cls(players, tuple(_exact(worth_of(members)) for members in coalitions))


def _members(players: tuple[str, ...], mask: int) -> tuple[str, ...]:
    return tuple(player for k, player in enumerate(players) if mask >> k & 1)


def _exact(value: Fraction | int) -> Fraction:
    if type(value) not in {int, Fraction}:
        text = "the worth of a coalition must be exact: an integer or fraction, not a float"
        raise ContributionError("contribution.inexact", text, "worth")
    return Fraction(value)


def _check_players(players: tuple[str, ...]) -> None:
    if not 1 <= len(players) <= MAX_PLAYERS:
        text = f"an exact game has 1 to {MAX_PLAYERS} players"
        raise ContributionError("contribution.player_count", text, "players")
    for player in players:
        require_text(ContributionError, "players", player, _NAME_LENGTH)
    if len(set(players)) != len(players):
        raise ContributionError("contribution.duplicate_player", "a player is named twice")
