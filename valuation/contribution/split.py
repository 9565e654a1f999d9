"""Splitting revenue: from shares to whole fen that add up."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from fractions import Fraction
from typing import Final

from valuation.arithmetic import largest_remainder
from valuation.bounds import MAX_INT, Bound, require_int
from valuation.errors import ContributionError

_TOTAL: Final = Bound(0, MAX_INT)


class NegativeShares(StrEnum):
    """What to do with a share below zero, that of a supplier who lowered the result."""

    CLIP_RENORMALISE = "clip_renormalise"  # it gets nothing; the others share in proportion
    REFUSE = "refuse"  # no split


def split_largest_remainder(
    total_fen: int,
    shares: Sequence[Fraction | int],
    negative: NegativeShares = NegativeShares.CLIP_RENORMALISE,
) -> list[int]:
    """Split an amount in proportion to shares; the parts add up to it exactly.

    Shares need not add up to one. The fen left by rounding down go to the
    largest remainders, equal ones in the order given.

    Raises:
        ContributionError: a total out of range, an inexact share, a negative one
            under ``REFUSE``, or no share above zero.
    """
    require_int(ContributionError, "total_fen", total_fen, _TOTAL)
    if any(type(share) not in {int, Fraction} for share in shares):
        text = "shares must be exact: integers or fractions, not floats"
        raise ContributionError("contribution.inexact", text, "shares")
    if negative is NegativeShares.REFUSE and any(share < 0 for share in shares):
        text = "a share is negative and the policy refuses to clip it"
        raise ContributionError("contribution.negative_share", text, "shares")
    clipped = [max(Fraction(share), Fraction(0)) for share in shares]
    if not any(clipped):
        raise ContributionError("contribution.no_share", "no share is above zero", "shares")
    return largest_remainder(total_fen, clipped)
