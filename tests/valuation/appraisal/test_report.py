from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from valuation.appraisal.cost import ReplacementCost, UtilityCost
from valuation.appraisal.income import IncomeForecast, Timing
from valuation.appraisal.market import Comparable, Factors, MarketEvidence
from valuation.appraisal.method import Method, MethodInputs
from valuation.appraisal.report import (
    AppraisalReport,
    Assignment,
    Purpose,
    ValueType,
    draw_up,
    from_body,
    recompute,
)
from valuation.errors import AppraisalError, ReportError, ValuationError

PPM = 1_000_000
ASSIGNMENT = Assignment(
    subject="FJ-DATA-0001",
    purpose=Purpose.TRADE,
    value_type=ValueType.MARKET,
    valuation_date=date(2026, 6, 30),
    premises=("公开市场假设", "the data stays available for five years"),
    limits=("for this trade only",),
)
COST = UtilityCost(80_000_000, 30_000_000, 10_000_000, 150_000, 962_000, 1_200_000, 50_000, 120_000)
REPLACEMENT = ReplacementCost(30_000_000, 62_000_000, 15_000_000, 8_000_000, 5_000_000, 1_050_000)
INCOME = IncomeForecast(
    (50_000_000, 65_000_000, 70_000_000, 60_000_000, 40_000_000), 350_000, 140_000
)
MARKET = MarketEvidence(
    (
        Comparable("deal-1", 80_000_000, Factors(1_055_600, 1_020_000, 1_010_000, 1_200_000, PPM)),
        Comparable("deal-2", 95_000_000, Factors(989_600, PPM, 990_000, 1_050_000, PPM)),
        Comparable("deal-3", 70_000_000, Factors(1_117_600, 1_050_000, 1_030_000, 1_250_000, PPM)),
        Comparable("deal-4", 70_000_000, Factors(100_000, PPM, PPM, PPM, PPM)),
    )
)
EVERY_METHOD: tuple[tuple[MethodInputs, int], ...] = (
    (COST, 200_000),
    (REPLACEMENT, 100_000),
    (INCOME, 300_000),
    (MARKET, 400_000),
)


def report() -> AppraisalReport:
    return draw_up(ASSIGNMENT, EVERY_METHOD)


def test_a_report_reconciles_every_method_into_one_value() -> None:
    drawn = report()

    assert [(each.method, each.result.value_fen) for each in drawn.methods] == [
        (Method.COST_2019, 147_199_853),
        (Method.COST_2023, 126_000_000),
        (Method.INCOME, 69_097_913),
        (Method.MARKET, 102_627_785),
    ]
    # 0.2 * 147,199,853 + 0.1 * 126,000,000 + 0.3 * 69,097,913 + 0.4 * 102,627,785
    assert drawn.value_fen == 103_820_459
    assert drawn.reconciliation.flagged


def test_the_body_of_a_report_is_exactly_this() -> None:
    assert draw_up(ASSIGNMENT, [(INCOME, PPM)]).to_body() == {
        "format": "fdx-appraisal/v1",
        "assignment": {
            "subject": "FJ-DATA-0001",
            "purpose": "trade",
            "value_type": "market",
            "valuation_date": "2026-06-30",
            "premises": ["公开市场假设", "the data stays available for five years"],
            "limits": ["for this trade only"],
        },
        "methods": [
            {
                "method": "income",
                "weight_ppm": 1_000_000,
                "inputs": {
                    "incomes_fen": [50_000_000, 65_000_000, 70_000_000, 60_000_000, 40_000_000],
                    "share_ppm": 350_000,
                    "discount_ppm": 140_000,
                    "timing": "year_end",
                },
                "result": {
                    "years": [
                        {"year": 1, "present_fen": 15_350_877},
                        {"year": 2, "present_fen": 17_505_386},
                        {"year": 3, "present_fen": 16_536_802},
                        {"year": 4, "present_fen": 12_433_686},
                        {"year": 5, "present_fen": 7_271_161},
                    ],
                    "value_fen": 69_097_913,
                },
            }
        ],
        "reconciliation": {
            "value_fen": 69_097_913,
            "spread_ppm": 0,
            "threshold_ppm": 250_000,
            "agreement": "within",
        },
    }


def test_a_report_survives_its_canonical_json() -> None:
    wire = rfc8785.dumps(report().to_body())
    assert from_body(json.loads(wire)) == report()
    assert recompute(json.loads(wire)) == 103_820_459


Path = tuple[str | int, ...]


def leaves(body: object, path: Path = ()) -> Iterator[Path]:
    """Paths of all integers and strings in a body."""
    if isinstance(body, dict):
        pairs: Iterator[tuple[Any, object]] = iter(body.items())
    elif isinstance(body, list):
        pairs = iter(enumerate(body))
    else:
        yield path
        return
    for key, each in pairs:
        yield from leaves(each, (*path, key))


def changed(body: dict[str, Any], path: Path, change: Callable[[Any], object]) -> dict[str, Any]:
    other: Any = copy.deepcopy(body)
    place = other
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = change(place[path[-1]])
    result: dict[str, Any] = other
    return result


FIGURES = [
    path
    for path in leaves(report().to_body())
    if "result" in path or (path[0] == "reconciliation" and path[-1] != "threshold_ppm")
]


@pytest.mark.parametrize("path", FIGURES, ids=lambda path: ".".join(map(str, path)))
def test_no_stated_figure_can_be_changed(path: Path) -> None:
    def change(old: str | int) -> str | int:
        if path[-1] == "agreement":
            return "within"
        return old + 1 if isinstance(old, int) else old + "x"

    body = changed(report().to_body(), path, change)
    kept = copy.deepcopy(body)

    with pytest.raises(ReportError) as refusal:
        recompute(body)

    assert refusal.value.code == "report.not_recomputable"
    assert body == kept


@pytest.mark.parametrize(
    "path",
    [
        ("methods", 0, "inputs", "quality_ppm"),
        ("methods", 2, "inputs", "incomes_fen", 4),
        ("methods", 3, "inputs", "comparables", 0, "price_fen"),
    ],
)
def test_no_echoed_input_can_be_changed_under_its_figures(path: Path) -> None:
    body = changed(report().to_body(), path, lambda old: old - 1000)
    with pytest.raises(ReportError) as refusal:
        recompute(body)
    assert refusal.value.code == "report.not_recomputable"
    assert refusal.value.field.startswith(f"report.methods[{path[1]}].result.")


@pytest.mark.parametrize("kind", [float, str, lambda old: [old], lambda _: None])
@pytest.mark.parametrize(
    "path",
    [
        ("reconciliation", "value_fen"),
        ("methods", 2, "result", "value_fen"),
        ("methods", 2, "weight_ppm"),
        ("methods", 2, "inputs", "share_ppm"),
    ],
)
def test_a_figure_of_another_kind_is_refused(path: Path, kind: Callable[[Any], object]) -> None:
    body = changed(report().to_body(), path, kind)
    with pytest.raises(ReportError) as refusal:
        recompute(body)
    assert refusal.value.code in {"report.malformed", "report.not_recomputable"}


@pytest.mark.parametrize(
    ("path", "value", "code", "field"),
    [
        (("format",), "fdx-appraisal/v2", "report.unknown_format", "report.format"),
        (("methods",), {}, "report.malformed", "report.methods"),
        (("methods", 0), [], "report.malformed", "report.methods[0]"),
        (("methods", 0, "method"), "guess", "report.malformed", "report.methods[0].method"),
        (("methods", 0, "method"), ["income"], "report.malformed", "report.methods[0].method"),
        (("methods", 0, "method"), "income", "report.malformed", "report.methods[0].inputs"),
        (("assignment", "subject"), "", "report.bad_text", "subject"),
        (("assignment", "subject"), 7, "report.malformed", "report.assignment.subject"),
        (("assignment", "premises"), [], "report.statement_count", "premises"),
        (("assignment", "limits"), [""], "report.bad_text", "limits"),
        (
            ("assignment", "valuation_date"),
            "30.6.2026",
            "report.malformed",
            "report.assignment.valuation_date",
        ),
        (("assignment", "purpose"), "fun", "report.malformed", "report.assignment.purpose"),
        (("reconciliation",), None, "report.malformed", "report.reconciliation"),
        (("reconciliation", "threshold_ppm"), -1, "appraisal.out_of_range", "threshold_ppm"),
        (("methods", 0, "weight_ppm"), 0, "appraisal.out_of_range", "weight_ppm"),
        (("methods", 0, "weight_ppm"), 1, "appraisal.weights_sum", "weight_ppm"),
        (("methods", 0, "inputs", "risk_ppm"), PPM + 1, "appraisal.out_of_range", "risk_ppm"),
        (("methods", 2, "inputs", "incomes_fen"), [-1], "appraisal.negative_value", "incomes_fen"),
    ],
)
def test_hostile_reports_are_refused(path: Path, value: object, code: str, field: str) -> None:
    body = changed(report().to_body(), path, lambda _: value)
    with pytest.raises(ValuationError) as refusal:
        from_body(body)
    assert (refusal.value.code, refusal.value.field) == (code, field)


@pytest.mark.parametrize("body", [None, 1, "x", [], {}, {"format": "fdx-appraisal/v1"}])
def test_what_is_no_report_is_refused(body: object) -> None:
    with pytest.raises(ReportError) as refusal:
        recompute(body)
    assert (refusal.value.code, refusal.value.field) == ("report.malformed", "report")


@pytest.mark.parametrize("path", [(), ("assignment",), ("methods", 0), ("methods", 0, "inputs")])
def test_nothing_can_ride_along(path: Path) -> None:
    body = report().to_body()
    place: Any = body
    for key in path:
        place = place[key]
    place["more"] = "x"
    with pytest.raises(ReportError) as refusal:
        recompute(body)
    assert refusal.value.code == "report.malformed"


def test_a_report_made_by_hand_with_another_value_is_refused() -> None:
    drawn = report()
    dearer = replace(drawn.reconciliation, value_fen=drawn.value_fen + 1)
    with pytest.raises(ReportError) as refusal:
        recompute(replace(drawn, reconciliation=dearer).to_body())
    assert refusal.value.field == "report.reconciliation.value_fen"


def test_a_method_used_twice_is_refused() -> None:
    with pytest.raises(ReportError) as refusal:
        draw_up(ASSIGNMENT, [(COST, 500_000), (COST, 500_000)])
    assert refusal.value.code == "report.duplicate_method"


def test_a_report_without_a_method_is_refused() -> None:
    with pytest.raises(AppraisalError) as refusal:
        draw_up(ASSIGNMENT, [])
    assert refusal.value.code == "appraisal.weights_sum"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"subject": "x" * 201}, "report.bad_text"),
        ({"premises": ()}, "report.statement_count"),
        ({"premises": ("x",) * 17}, "report.statement_count"),
        ({"limits": ()}, "report.statement_count"),
        ({"limits": ("x" * 501,)}, "report.bad_text"),
    ],
)
def test_incomplete_assignments_are_refused(change: dict[str, Any], code: str) -> None:
    with pytest.raises(ReportError) as refusal:
        replace(ASSIGNMENT, **change)
    assert (refusal.value.code, refusal.value.field) == (code, *change)


forecasts = st.builds(
    IncomeForecast,
    st.lists(st.integers(0, 10**12), min_size=1, max_size=10).map(tuple),
    st.integers(1, PPM),
    st.integers(-500_000, PPM),
    st.sampled_from(Timing),
)


@given(forecasts, st.integers(1, PPM - 1), st.integers(0, PPM))
def test_every_drawn_report_can_be_recomputed(
    forecast: IncomeForecast, weight_ppm: int, threshold_ppm: int
) -> None:
    drawn = draw_up(ASSIGNMENT, [(forecast, weight_ppm), (COST, PPM - weight_ppm)], threshold_ppm)

    again = from_body(json.loads(rfc8785.dumps(drawn.to_body())))

    assert again == drawn
