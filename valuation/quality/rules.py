"""Quality rules and what was counted under them.

Modelled on GB/T 36344-2018, which names six indicators and measures each as
A / B: elements that satisfy a requirement over elements assessed. The counts
are taken where the data lies; here they are only checked and scored.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from valuation.arithmetic import PPM
from valuation.bounds import MAX_INT, Bound, require_int, require_text
from valuation.errors import QualityError

WEIGHT: Final = Bound(1, PPM)
_COUNT: Final = Bound(0, MAX_INT)
_ID_LENGTH: Final = 64
_PREDICATE_LENGTH: Final = 500


class Indicator(StrEnum):
    """The six quality indicators, in the order of GB/T 36344-2018."""

    CONFORMITY = "conformity"  # 规范性
    COMPLETENESS = "completeness"  # 完整性
    ACCURACY = "accuracy"  # 准确性
    CONSISTENCY = "consistency"  # 一致性
    TIMELINESS = "timeliness"  # 时效性
    ACCESSIBILITY = "accessibility"  # 可访问性


@dataclass(frozen=True, slots=True)
class Measure:
    """What was counted under one rule: ``satisfied`` elements (A) of ``assessed`` (B).

    ``assessed`` 0 means that there was nothing to assess, which is not a
    failure. ``weight_ppm`` weighs the rule against the others of its indicator.

    Raises:
        QualityError: a count or weight out of range, or more satisfied than assessed.
    """

    rule_id: str
    indicator: Indicator
    satisfied: int
    assessed: int
    weight_ppm: int

    def __post_init__(self) -> None:
        require_text(QualityError, "rule_id", self.rule_id, _ID_LENGTH)
        require_int(QualityError, "satisfied", self.satisfied, _COUNT)
        require_int(QualityError, "assessed", self.assessed, _COUNT)
        require_int(QualityError, "weight_ppm", self.weight_ppm, WEIGHT)
        if self.satisfied > self.assessed:
            text = "no more elements can satisfy a rule than were assessed"
            raise QualityError("quality.satisfied_above_assessed", text, "satisfied")


@dataclass(frozen=True, slots=True)
class Rule:
    """One requirement on the data.

    ``column`` None means that the rule is about whole rows or the data set.
    ``predicate`` says in words or SQL what an element must satisfy. Weights are
    relative: only their ratio to those of the same indicator counts.

    Raises:
        QualityError: an empty or overlong text, or a weight out of range.
    """

    id: str
    indicator: Indicator
    column: str | None
    predicate: str
    weight_ppm: int = PPM

    def __post_init__(self) -> None:
        require_text(QualityError, "id", self.id, _ID_LENGTH)
        if self.column is not None:
            require_text(QualityError, "column", self.column, _PREDICATE_LENGTH)
        require_text(QualityError, "predicate", self.predicate, _PREDICATE_LENGTH)
        require_int(QualityError, "weight_ppm", self.weight_ppm, WEIGHT)

    def measured(self, satisfied: int, assessed: int) -> Measure:
        """Pair the rule with its counts.

        Raises:
            QualityError: counts that `Measure` refuses.
        """
        return Measure(self.id, self.indicator, satisfied, assessed, self.weight_ppm)
