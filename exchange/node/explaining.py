"""A rule in words: what a buyer will get, and what not."""

from __future__ import annotations

from exchange.node.approval import Policy
from exchange.node.rule import Analysis, ParameterSpec, Role, Rule

_UNIT_ROW = "one row of the first table"


def explain(policy: Policy, questions: int) -> list[str]:
    """Say in plain sentences what a rule lets out; `questions` is the namespace's limit."""
    rule = policy.rule
    unit = _UNIT_ROW if rule.unit is None else f"{rule.unit.table}.{rule.unit.name}"
    lines = [
        f"Asset {rule.asset}, version {rule.version}: {rule.title_en} / {rule.title_zh}",
        (
            f"The privacy unit is {unit}. A group with fewer than {rule.minimum_units} different units,"
            " or fewer behind any of its figures, is left out without a trace."
        ),
        (
            f"At most {questions:,} questions are answered for good about `{rule.namespace}`, over all"
            " buyers. That is a count, not differential privacy: whoever asks two overlapping"
            " questions can subtract the answers. Approve only analyses for which that is harmless."
        ),
        *_columns(rule),
    ]
    if not rule.analyses:
        return [*lines, "No analysis is approved: a buyer gets nothing at all."]
    lines.append("A buyer gets exactly these analyses, if the grant lists them:")
    for analysis in rule.analyses:
        lines += _analysis(analysis)
    lines.append("Any other question is refused, whatever the data, and the refusal is signed.")
    return lines


def _columns(rule: Rule) -> list[str]:
    lines = []
    for table in rule.tables:
        shown = [column for column in table.columns if column.role is not Role.HIDDEN]
        words = ", ".join([f"{column.name} ({column.role})" for column in shown])
        lines.append(f"Of table {table.name}, questions may name: {words or 'nothing'}.")
    return [*lines, "All other columns stay hidden, names and values."]


def _analysis(analysis: Analysis) -> list[str]:
    sql = " ".join(analysis.sql.split())
    lines = [f"- {analysis.id}: {analysis.title_en} / {analysis.title_zh}", f"    {sql}"]
    return [*lines, *(f"    {_parameter(each)}" for each in analysis.parameters)]


def _parameter(spec: ParameterSpec) -> str:
    if spec.values is not None:
        return f":{spec.name} is one of {', '.join(spec.values)}"
    return f":{spec.name} lies from {spec.least} to {spec.most}"
