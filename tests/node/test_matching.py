"""Matching: a question is an instance of an approved analysis, value by value, or it is refused."""

from __future__ import annotations

import pytest

from exchange.node.approval import approve
from exchange.node.lowering import lower_sql
from exchange.node.matching import match
from exchange.node.rule_file import parse_rule
from exchange.node.scope import View
from exchange.protocol.codes import RefusedError
from tests.node.scene import RULE

POLICY = approve(parse_rule(RULE.encode()))
ALL = [template.analysis.id for template in POLICY.templates]
LABEL = (
    "SELECT label, COUNT(*), COUNT(DISTINCT rider), AVG(stops) FROM trips JOIN lines"
    " ON trips.line = lines.line WHERE {} GROUP BY label"
)
DEAR = "SELECT COUNT(*) FROM trips WHERE {}"


def matched(sql: str, allowed: list[str] | None = None) -> str:
    """Return the analysis, or the code of the refusal."""
    question = lower_sql(sql, View(POLICY.rule))
    try:
        return match(question, POLICY.templates, ALL if allowed is None else allowed).analysis
    except RefusedError as refused:
        return refused.code.value


@pytest.mark.parametrize(
    ("sql", "outcome"),
    [
        ("SELECT city, COUNT(*), SUM(fare) FROM trips GROUP BY city", "by-city"),
        ("SELECT COUNT(*), city, SUM(fare) FROM trips GROUP BY city", "question.unapproved"),
        ("SELECT city, COUNT(*) FROM trips GROUP BY city", "question.unapproved"),
        ("SELECT COUNT(*), SUM(fare) FROM trips GROUP BY city", "question.unapproved"),
        ("SELECT city, COUNT(*), AVG(fare) FROM trips GROUP BY city", "question.unapproved"),
        ("SELECT city, COUNT(*), SUM(stops) FROM trips GROUP BY city", "question.unapproved"),
        (
            "SELECT city, COUNT(*), SUM(fare) FROM trips WHERE line = 1 GROUP BY city",
            "question.unapproved",
        ),
        ("SELECT COUNT(*) FROM trips", "question.unapproved"),
        (LABEL.format("city = '福州' AND day BETWEEN '2026-01-01' AND '2026-01-31'"), "by-label"),
        (LABEL.format("day BETWEEN '2026-01-01' AND '2026-01-31' AND city = '福州'"), "by-label"),
        (
            LABEL.format("city = '北京' AND day BETWEEN '2026-01-01' AND '2026-01-31'"),
            "question.parameter",
        ),
        (
            LABEL.format("city = '福州' AND day BETWEEN '2025-12-31' AND '2026-01-31'"),
            "question.parameter",
        ),
        (
            LABEL.format("city <> '福州' AND day BETWEEN '2026-01-01' AND '2026-01-31'"),
            "question.unapproved",
        ),
        (
            LABEL.format("city = '福州' OR day BETWEEN '2026-01-01' AND '2026-01-31'"),
            "question.unapproved",
        ),
        (
            LABEL.format("city = '福州' AND NOT day BETWEEN '2026-01-01' AND '2026-01-31'"),
            "question.unapproved",
        ),
        (LABEL.format("city = '福州'"), "question.unapproved"),
        (DEAR.format("fare >= 1.5 AND line IN (1, 4)"), "dear"),
        (DEAR.format("fare >= 1.50 AND line IN (1, 1)"), "dear"),
        (DEAR.format("fare >= 2 AND line IN (1, 4)"), "question.parameter"),
        (DEAR.format("fare >= 1.5 AND line IN (1, 5)"), "question.parameter"),
        (DEAR.format("fare >= 1.5 AND line IN (2, 4)"), "question.unapproved"),
        (DEAR.format("fare >= 1.5 AND line IN (1)"), "question.unapproved"),
        (DEAR.format("fare >= 1.5 AND line IN (1, 2, 3)"), "question.unapproved"),
        (DEAR.format("fare > 1.5 AND line IN (1, 4)"), "question.unapproved"),
        (DEAR.format("fare >= 1.5 AND line IN (1, 4) AND city = 'x'"), "question.unapproved"),
    ],
)
def test_a_question_finds_its_analysis_or_none(sql: str, outcome: str) -> None:
    assert matched(sql) == outcome


def test_an_analysis_outside_the_grant_is_as_if_unapproved() -> None:
    sql = "SELECT city, COUNT(*), SUM(fare) FROM trips GROUP BY city"
    assert matched(sql, ["dear"]) == "question.unapproved"


def test_a_parameter_in_two_places_takes_one_value() -> None:
    twice = RULE.replace(
        "fare >= :fare AND line IN (1, :line)", "fare >= :fare AND line IN (:line, :line)"
    )
    policy = approve(parse_rule(twice.encode()))

    def outcome(values: str) -> str:
        question = lower_sql(DEAR.format(f"fare >= 1.5 AND line IN ({values})"), View(policy.rule))
        try:
            return match(question, policy.templates, ALL).analysis
        except RefusedError as refused:
            return refused.code.value

    assert outcome("3, 3") == "dear"
    assert outcome("3, 4") == "question.unapproved"


def test_the_outputs_are_the_templates() -> None:
    sql = "SELECT city AS a, COUNT(*) AS b, SUM(fare) AS c FROM trips GROUP BY city"
    question = lower_sql(sql, View(POLICY.rule))
    names = [output.alias for output in match(question, POLICY.templates, ALL).question.outputs]
    assert names == ["city", "trips", "fares"]
