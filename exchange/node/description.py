"""What the node says about an asset: measured inside the domain, rounded before it leaves."""

from __future__ import annotations

from typing import Any, Final

from exchange.errors import InvalidError
from exchange.node.engine import Engine
from exchange.node.gate import Asset
from exchange.node.literals import SqlValue, literal, value_of
from exchange.node.rendering import Rendered, column_type, quote
from exchange.node.rule import Check, QualityCheck, Role, Rule, RuleColumn, RuleTable, analysis_body
from exchange.protocol.question import Column, ValueType
from ledger.canonical import encode
from ledger.encoding import b64
from valuation.quality.rules import Indicator, Measure
from valuation.quality.score import score, score_ratios

STEP_PPM: Final = 1_000
PPM: Final = 1_000_000
MAX_BODY_BYTES: Final = 28 * 1024


def describe(asset: Asset) -> dict[str, Any]:
    """Return the body of `asset.describe`.

    Counts appear as a class of magnitude or as ratios in steps so coarse that fewer
    elements than the rule's minimum of units make no difference.

    Raises:
        InvalidError: the description is longer than an act may be.
        EngineError: the data could not be measured.
    """
    rule = asset.policy.rule
    body = {
        "asset": rule.asset,
        "title_zh": rule.title_zh,
        "title_en": rule.title_en,
        "tables": [_table(asset.engine, rule, table) for table in rule.tables],
        "unit": {"kind": "row"}
        if rule.unit is None
        else {"kind": "column", "table": rule.unit.table, "column": rule.unit.name},
        "minimum_units": rule.minimum_units,
        "rows_class": magnitude(asset.vault.rows),
        "quality": quality(asset),
        "rule": b64(asset.policy.digest),
        "analyses": [analysis_body(each) for each in rule.analyses],
        "commitment": b64(asset.vault.commitment),
        "period": None
        if rule.period is None
        else {"from": rule.period.start, "to": rule.period.end},
        "source": rule.source,
    }
    if len(encode(body)) > MAX_BODY_BYTES:
        text = "the description is longer than 28 KiB: hide columns or shorten the analyses"
        raise InvalidError("node.description", text)
    return body


def magnitude(rows: int) -> str:
    """Say how many rows as a class of magnitude: 336,776 is `10^5–10^6`."""
    power = len(str(rows)) - 1
    return f"10^{power}–10^{power + 1}"


def quality(asset: Asset) -> dict[str, Any]:
    """Score the data's quality from counts that stay here; only rounded ratios come out."""
    rule = asset.policy.rule
    checks = (*_defaults(rule), *rule.quality)
    exact = score([_measure(asset.engine, rule, check) for check in checks])
    rounded = {
        each.indicator: (each.ratio_ppm + STEP_PPM // 2) // STEP_PPM * STEP_PPM
        for each in exact.indicators
        if each.ratio_ppm is not None
    }
    result = score_ratios(rounded)
    return {
        "overall_ppm": result.overall_ppm,
        "grade": result.grade.value,
        "indicators": {each.indicator.value: each.ratio_ppm for each in result.indicators},
    }


def coarse_ppm(share_ppm: int, assessed: int, rule: Rule) -> int:
    """Round a share of faults to steps of 1,000 ppm, or of the minimum of units if that is more.

    A step is never less than the minimum's share of the elements assessed, so fewer
    faults than that make no visible difference to none.
    """
    step = max(STEP_PPM, -(-rule.minimum_units * PPM // max(assessed, 1)))
    return min(PPM, (share_ppm + step // 2) // step * step)


def _table(engine: Engine, rule: Rule, table: RuleTable) -> dict[str, Any]:
    shown = [each for each in table.columns if each.role is not Role.HIDDEN]
    return {"name": table.name, "columns": [_column(engine, rule, table, each) for each in shown]}


def _column(engine: Engine, rule: Rule, table: RuleTable, column: RuleColumn) -> dict[str, Any]:
    present, rows = engine.count(_counting(table.name, f"COUNT({quote(column.name)})", "COUNT(*)"))
    null_ppm = (rows - present) * PPM // rows if rows else 0
    return {
        "name": column.name,
        "type": column.type.value,
        "role": column.role.value,
        "null_ppm": coarse_ppm(null_ppm, rows, rule),
    }


def _defaults(rule: Rule) -> list[QualityCheck]:
    """Count every shown column's completeness, whatever else the rule asks for."""
    shown = [
        Column(table.name, column.name)
        for table in rule.tables
        for column in table.columns
        if column.role is not Role.HIDDEN
    ]
    return [
        QualityCheck(f"complete:{place}", Indicator.COMPLETENESS.value, column, Check.NOT_NULL, ())
        for place, column in enumerate(shown)
    ]


def _measure(engine: Engine, rule: Rule, check: QualityCheck) -> Measure:
    """Count under one rule, and keep of the counts only their coarse ratio."""
    column = rule.find(check.column)
    assert column is not None, "the rule was checked"
    satisfied, assessed = engine.count(_check_sql(check, column))
    indicator = Indicator(check.indicator)
    if not assessed:
        return Measure(check.id, indicator, 0, 0, PPM)
    faults_ppm = coarse_ppm((assessed - satisfied) * PPM // assessed, assessed, rule)
    return Measure(check.id, indicator, PPM - faults_ppm, PPM, PPM)


def _check_sql(check: QualityCheck, column: RuleColumn) -> Rendered:
    name, table = quote(check.column.name), check.column.table
    mark = f"CAST(? AS {column_type(column)})"
    match check.check:
        case Check.NOT_NULL:
            return _counting(table, f"COUNT({name})", "COUNT(*)")
        case Check.UNIQUE:
            return _counting(table, f"COUNT(DISTINCT {name})", f"COUNT({name})")
        case Check.REFERENCES:
            other, _, key = check.values[0].partition(".")
            inside = f"{name} IN (SELECT {quote(key)} FROM {quote(other)})"  # noqa: S608
            return _counting(table, _where(inside), f"COUNT({name})")
        case Check.BETWEEN | Check.ONE_OF:
            listed = f"IN ({', '.join([mark] * len(check.values))})"
            ranged = f"BETWEEN {mark} AND {mark}"
            inside = f"{name} {ranged if check.check is Check.BETWEEN else listed}"
            values = _values(column.type, check.values)
            return _counting(table, _where(inside), f"COUNT({name})", values=values)


def _where(condition: str) -> str:
    return f"COUNT(*) FILTER (WHERE {condition})"


def _values(kind: ValueType, texts: tuple[str, ...]) -> tuple[SqlValue, ...]:
    return tuple(value_of(literal(kind, text)) for text in texts)


def _counting(table: str, *figures: str, values: tuple[SqlValue, ...] = ()) -> Rendered:
    return Rendered(f"SELECT {', '.join(figures)} FROM {quote(table)}", values)  # noqa: S608
