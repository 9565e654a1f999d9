from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from valuation.errors import QualityError
from valuation.quality.rules import Indicator, Measure, Rule

RULE: dict[str, Any] = {
    "id": "dep_time.present",
    "indicator": Indicator.COMPLETENESS,
    "column": "dep_time",
    "predicate": "dep_time IS NOT NULL",
    "weight_ppm": 500_000,
}
MEASURE: dict[str, Any] = {
    "rule_id": "dep_time.present",
    "indicator": Indicator.COMPLETENESS,
    "satisfied": 9,
    "assessed": 10,
    "weight_ppm": 500_000,
}


def test_the_six_indicators_keep_the_order_of_the_standard() -> None:
    assert [each.value for each in Indicator] == [
        "conformity",
        "completeness",
        "accuracy",
        "consistency",
        "timeliness",
        "accessibility",
    ]


def test_a_rule_with_its_counts_is_a_measure() -> None:
    assert Rule(**RULE).measured(satisfied=9, assessed=10) == Measure(**MEASURE)


def test_a_rule_about_the_whole_data_set_has_no_column() -> None:
    rule = Rule("reachable", Indicator.ACCESSIBILITY, None, "attempts that succeeded")
    assert asdict(rule) == {
        "id": "reachable",
        "indicator": Indicator.ACCESSIBILITY,
        "column": None,
        "predicate": "attempts that succeeded",
        "weight_ppm": 1_000_000,
    }


def test_nothing_assessed_is_a_measure_too() -> None:
    assert Measure(**{**MEASURE, "satisfied": 0, "assessed": 0}).assessed == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id": ""}, "quality.bad_text"),
        ({"id": "x" * 65}, "quality.bad_text"),
        ({"column": ""}, "quality.bad_text"),
        ({"predicate": "a\nb"}, "quality.bad_text"),
        ({"weight_ppm": 0}, "quality.out_of_range"),
        ({"weight_ppm": 1_000_001}, "quality.out_of_range"),
    ],
)
def test_bad_rules_are_refused(change: dict[str, Any], code: str) -> None:
    with pytest.raises(QualityError) as refusal:
        Rule(**{**RULE, **change})
    assert (refusal.value.code, refusal.value.field) == (code, *change)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"rule_id": ""}, "quality.bad_text"),
        ({"satisfied": -1}, "quality.out_of_range"),
        ({"satisfied": True}, "quality.out_of_range"),
        ({"satisfied": 9.0}, "quality.out_of_range"),
        ({"assessed": 2**53}, "quality.out_of_range"),
        ({"weight_ppm": 0}, "quality.out_of_range"),
        ({"satisfied": 11}, "quality.satisfied_above_assessed"),
    ],
)
def test_bad_counts_are_refused(change: dict[str, Any], code: str) -> None:
    with pytest.raises(QualityError) as refusal:
        Measure(**{**MEASURE, **change})
    assert (refusal.value.code, refusal.value.field) == (code, *change)
