"""What every appraisal method has in common."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Final, Protocol

from valuation.arithmetic import PPM
from valuation.bounds import MAX_INT, Bound

AMOUNT_FEN: Final = Bound(0, MAX_INT)
SHARE_PPM: Final = Bound(0, PPM)
MULTIPLE_PPM: Final = Bound(1, 10 * PPM)
"""Factors and ratios around one; ten is far beyond any that practice uses."""


class Method(StrEnum):
    """The methods, by approach and formula."""

    COST_2019 = "cost_2019"  # 成本法,P = TC·(1+R)·U
    COST_2023 = "cost_2023"  # 成本法,P = C·δ
    INCOME = "income"  # 收益法
    MARKET = "market"  # 市场法


class MethodResult(Protocol):
    """What a method found, with the figures that lead to it."""

    @property
    def value_fen(self) -> int:
        """The value, in whole fen, rounded once at the end."""
        ...


class MethodInputs(Protocol):
    """All that a method needs: equal inputs give equal results."""

    method: ClassVar[Method]

    def appraise(self) -> MethodResult:
        """Compute the value.

        Raises:
            AppraisalError: the inputs lead to no value that a report can state.
        """
        ...
