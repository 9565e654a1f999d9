"""The appraisal report: what was appraised, how, and a value anybody can recompute.

Modelled on what 数据资产评估指导意见 (2023) asks a report to disclose. A report
echoes all inputs of all methods; reading one computes it anew and refuses it
when any figure differs from what it states.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from valuation.appraisal.body import first_difference, malformed, read, require_keys, require_list
from valuation.appraisal.body import to_body as body_of
from valuation.appraisal.cost import ReplacementCost, UtilityCost
from valuation.appraisal.income import IncomeForecast
from valuation.appraisal.market import MarketEvidence
from valuation.appraisal.method import Method, MethodInputs, MethodResult
from valuation.appraisal.reconcile import (
    DEFAULT_THRESHOLD_PPM,
    Reconciliation,
    WeightedValue,
    reconcile,
)
from valuation.bounds import require_text
from valuation.errors import ReportError

FORMAT: Final = "fdx-appraisal/v1"
_SUBJECT_LENGTH: Final = 200
_STATEMENT_LENGTH: Final = 500
_STATEMENT_COUNT: Final = 16
_INPUTS: Final[dict[Method, type[MethodInputs]]] = {
    kind.method: kind for kind in (UtilityCost, ReplacementCost, IncomeForecast, MarketEvidence)
}


class Purpose(StrEnum):
    """What the appraisal is for (评估目的)."""

    TRADE = "trade"  # 交易
    PLEDGE = "pledge"  # 质押融资
    BALANCE_SHEET = "balance_sheet"  # 入表
    EQUITY_CONTRIBUTION = "equity_contribution"  # 作价入股


class ValueType(StrEnum):
    """Whose value is stated (价值类型)."""

    MARKET = "market"  # 市场价值
    INVESTMENT = "investment"  # 投资价值


@dataclass(frozen=True, slots=True)
class Assignment:
    """What was to be appraised, and under which conditions the value holds.

    ``subject`` names the asset. ``valuation_date`` is the 评估基准日 that the
    value is as of. ``premises`` (评估假设) and ``limits`` (使用限制) are 1 to 16
    statements each.

    Raises:
        ReportError: a missing, empty or overlong statement.
    """

    subject: str
    purpose: Purpose
    value_type: ValueType
    valuation_date: date
    premises: tuple[str, ...]
    limits: tuple[str, ...]

    def __post_init__(self) -> None:
        require_text(ReportError, "subject", self.subject, _SUBJECT_LENGTH)
        _require_statements("premises", self.premises)
        _require_statements("limits", self.limits)


@dataclass(frozen=True, slots=True)
class MethodOpinion:
    """One method: its weight, everything that went in, everything that came out."""

    method: Method
    weight_ppm: int
    inputs: MethodInputs
    result: MethodResult


@dataclass(frozen=True, slots=True)
class AppraisalReport:
    """A finished appraisal; made by `draw_up` or `from_body`, which compute its figures."""

    format: str
    assignment: Assignment
    methods: tuple[MethodOpinion, ...]
    reconciliation: Reconciliation

    @property
    def value_fen(self) -> int:
        """The reconciled value."""
        return self.reconciliation.value_fen

    def to_body(self) -> dict[str, Any]:
        """Write the report as dictionaries, lists, strings and integers."""
        body: dict[str, Any] = body_of(self)
        return body


def draw_up(
    assignment: Assignment,
    weighted_inputs: Sequence[tuple[MethodInputs, int]],
    threshold_ppm: int = DEFAULT_THRESHOLD_PPM,
) -> AppraisalReport:
    """Appraise by every method given, with its weight in ppm, and reconcile the values.

    Raises:
        ReportError: a method is used twice.
        AppraisalError: a method finds no value, or the weights don't sum to
            1,000,000 ppm.
    """
    kinds = [inputs.method for inputs, _ in weighted_inputs]
    if len(set(kinds)) != len(kinds):
        raise ReportError("report.duplicate_method", "a method is used twice", "methods")
    opinions = tuple(
        MethodOpinion(inputs.method, weight_ppm, inputs, inputs.appraise())
        for inputs, weight_ppm in weighted_inputs
    )
    values = [WeightedValue(each.result.value_fen, each.weight_ppm) for each in opinions]
    return AppraisalReport(FORMAT, assignment, opinions, reconcile(values, threshold_ppm))


def from_body(body: object) -> AppraisalReport:
    """Read a report, computing every figure anew from the inputs it echoes.

    Raises:
        ReportError: ``report.malformed``, or ``report.not_recomputable`` when a
            stated figure is not what the inputs give; ``field`` has the path.
        ValuationError: inputs that a method refuses.
    """
    stated = require_keys(body, ["format", "assignment", "methods", "reconciliation"], "report")
    if stated["format"] != FORMAT:
        raise ReportError("report.unknown_format", f"the format is not {FORMAT}", "report.format")
    reconciliation = read(Reconciliation, stated["reconciliation"], "report.reconciliation")
    report = draw_up(
        read(Assignment, stated["assignment"], "report.assignment"),
        [
            _read_inputs(opinion, f"report.methods[{k}]")
            for k, opinion in enumerate(require_list(stated["methods"], "report.methods"))
        ],
        reconciliation.threshold_ppm,
    )
    where = first_difference(report.to_body(), body, "report")
    if where is not None:
        text = f"{where} is not what the inputs of the report give"
        raise ReportError("report.not_recomputable", text, where)
    return report


def recompute(body: object) -> int:
    """Compute a report's value in fen from its inputs, if it equals the stated one.

    Raises:
        ReportError: the report is malformed or states figures its inputs don't give.
        ValuationError: inputs that a method refuses.
    """
    return from_body(body).value_fen


def _read_inputs(opinion: object, where: str) -> tuple[MethodInputs, int]:
    given = require_keys(opinion, ["method", "weight_ppm", "inputs", "result"], where)
    method, weight_ppm = given["method"], given["weight_ppm"]
    if not isinstance(method, str) or method not in _INPUTS:
        raise malformed(f"{where}.method")
    if type(weight_ppm) is not int:
        raise malformed(f"{where}.weight_ppm")
    return read(_INPUTS[Method(method)], given["inputs"], f"{where}.inputs"), weight_ppm


def _require_statements(field: str, statements: tuple[str, ...]) -> None:
    if not 1 <= len(statements) <= _STATEMENT_COUNT:
        text = f"{field} must be 1 to {_STATEMENT_COUNT} statements"
        raise ReportError("report.statement_count", text, field)
    for statement in statements:
        require_text(ReportError, field, statement, _STATEMENT_LENGTH)
