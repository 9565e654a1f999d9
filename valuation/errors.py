"""Refusals of the valuation package."""

from __future__ import annotations

from typing import ClassVar


class ValuationError(Exception):
    """A refused valuation.

    ``code`` is stable and dotted; ``field`` names the input at fault, or is
    empty; the text names fields and limits, never the values given.
    """

    area: ClassVar[str] = "valuation"

    def __init__(self, code: str, text: str, field: str = "") -> None:
        super().__init__(code, text, field)
        self.code = code
        self.text = text
        self.field = field

    def __str__(self) -> str:
        return self.text


class QualityError(ValuationError):
    """Counts, rules or weights that no quality score can be made of."""

    area = "quality"


class AppraisalError(ValuationError):
    """Inputs that an appraisal method refuses."""

    area = "appraisal"


class ReportError(ValuationError):
    """An appraisal report that is malformed or can't be recomputed."""

    area = "report"


class ContributionError(ValuationError):
    """A game or a split that has no answer."""

    area = "contribution"
