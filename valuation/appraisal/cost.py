"""The cost approach (成本法) in its two published forms.

Both forms let quality in at one place only: 2019 as the quality factor inside
the utility U, 2023 inside the adjustment δ. Never multiply by it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Final

from valuation.appraisal.method import AMOUNT_FEN, MULTIPLE_PPM, SHARE_PPM, Method
from valuation.arithmetic import PPM, decimal_arithmetic, from_ppm, round_fen, round_ppm
from valuation.bounds import Bound, require_int
from valuation.errors import AppraisalError

_CIRCULATION_PPM: Final = Bound(0, 3 * PPM)
_RETURN_PPM: Final = Bound(0, 10 * PPM)


@dataclass(frozen=True, slots=True)
class CostResult:
    """A cost-approach value: total cost × multiplier, in fen.

    ``multiplier_ppm`` is everything but the cost, rounded for the reader; the
    value is computed from the exact one.
    """

    total_cost_fen: int
    multiplier_ppm: int
    value_fen: int


@dataclass(frozen=True, slots=True)
class UtilityCost:
    """Inputs of ``P = TC · (1 + R) · U`` with ``U = α · β · (1 + l) · (1 - r)``.

    Modelled on 资产评估专家指引第9号 (2019). The total cost TC is construction
    (planning, collection, verification, labelling), operation (storage,
    integration, knowledge discovery) and management. Rates in ppm: the cost
    return R, quality α (0 to 1), circulation β (0 to 3), monopoly l (own over
    industry volume, 0 to 1) and risk r (0 to 1).

    Raises:
        AppraisalError: an input out of range, or no cost at all.
    """

    method: ClassVar[Method] = Method.COST_2019

    construction_fen: int
    operation_fen: int
    management_fen: int
    return_ppm: int
    quality_ppm: int
    circulation_ppm: int
    monopoly_ppm: int
    risk_ppm: int

    def __post_init__(self) -> None:
        for field in ("construction_fen", "operation_fen", "management_fen"):
            require_int(AppraisalError, field, getattr(self, field), AMOUNT_FEN)
        for field in ("quality_ppm", "monopoly_ppm", "risk_ppm"):
            require_int(AppraisalError, field, getattr(self, field), SHARE_PPM)
        require_int(AppraisalError, "return_ppm", self.return_ppm, _RETURN_PPM)
        require_int(AppraisalError, "circulation_ppm", self.circulation_ppm, _CIRCULATION_PPM)
        _require_cost(self.total_cost_fen)

    @property
    def total_cost_fen(self) -> int:
        """The total cost TC."""
        return self.construction_fen + self.operation_fen + self.management_fen

    def appraise(self) -> CostResult:
        """Compute the value.

        Raises:
            AppraisalError: the value is beyond what a report can state.
        """
        with decimal_arithmetic():
            scarcity = (1 + from_ppm(self.monopoly_ppm)) * (1 - from_ppm(self.risk_ppm))
            utility = from_ppm(self.quality_ppm) * from_ppm(self.circulation_ppm) * scarcity
            return _result(self.total_cost_fen, (1 + from_ppm(self.return_ppm)) * utility)


@dataclass(frozen=True, slots=True)
class ReplacementCost:
    """Inputs of ``P = C · δ``: replacement cost C and the value adjustment δ, in ppm.

    Modelled on 数据资产评估指导意见 (2023). C is preliminary (前期费用), direct,
    indirect and opportunity cost, and taxes (相关税费).

    Raises:
        AppraisalError: an input out of range, or no cost at all.
    """

    method: ClassVar[Method] = Method.COST_2023

    preliminary_fen: int
    direct_fen: int
    indirect_fen: int
    opportunity_fen: int
    tax_fen: int
    adjustment_ppm: int

    def __post_init__(self) -> None:
        parts = ("preliminary_fen", "direct_fen", "indirect_fen", "opportunity_fen", "tax_fen")
        for field in parts:
            require_int(AppraisalError, field, getattr(self, field), AMOUNT_FEN)
        require_int(AppraisalError, "adjustment_ppm", self.adjustment_ppm, MULTIPLE_PPM)
        _require_cost(self.total_cost_fen)

    @property
    def total_cost_fen(self) -> int:
        """The replacement cost C."""
        direct = self.preliminary_fen + self.direct_fen
        return direct + self.indirect_fen + self.opportunity_fen + self.tax_fen

    def appraise(self) -> CostResult:
        """Compute the value.

        Raises:
            AppraisalError: the value is beyond what a report can state.
        """
        with decimal_arithmetic():
            return _result(self.total_cost_fen, from_ppm(self.adjustment_ppm))


def _require_cost(total_cost_fen: int) -> None:
    if total_cost_fen == 0:
        raise AppraisalError("appraisal.no_cost", "nothing was spent, so cost shows no value")
    require_int(AppraisalError, "total_cost_fen", total_cost_fen, AMOUNT_FEN)


def _result(total_cost_fen: int, multiplier: Decimal) -> CostResult:
    return CostResult(
        total_cost_fen, round_ppm(multiplier), round_fen(Decimal(total_cost_fen) * multiplier)
    )
