"""The form of a node's description, which the exchange shows but cannot check against the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from exchange.errors import InvalidError
from exchange.protocol.fields import FieldError, Fields
from exchange.protocol.question import ValueType

MEMBERS: Final = (
    "asset",
    "title_zh",
    "title_en",
    "tables",
    "unit",
    "minimum_units",
    "rows_class",
    "quality",
    "rule",
    "analyses",
    "commitment",
    "period",
    "source",
)
LEAST_MINIMUM_UNITS: Final = 2
_PPM: Final = 1_000_000
_NAME: Final = 140
_TITLE: Final = 200
_SOURCE: Final = 500
_SQL: Final = 16_384
_ROLES: Final = ("dimension", "measure", "join_key", "filter", "hidden")
_INDICATORS: Final = (
    "conformity",
    "completeness",
    "accuracy",
    "consistency",
    "timeliness",
    "accessibility",
)


def check_description(body: Mapping[str, Any]) -> None:
    """Refuse a description that lacks its form, whoever signed it.

    Raises:
        InvalidError: `asset.description`; `fields` names the member at fault.
    """
    try:
        _check(Fields(body))
    except FieldError as error:
        text = "the description does not have its form"
        raise InvalidError("asset.description", text, {error.name: "invalid"}) from error


def analysis_ids(description: Mapping[str, Any]) -> tuple[str, ...]:
    """List the approved analyses of a description, in its order."""
    return tuple(str(analysis["id"]) for analysis in description["analyses"])


def _check(body: Fields) -> None:
    body.only(*MEMBERS)
    body.id("asset")
    body.text("title_zh", _TITLE)
    body.text("title_en", _TITLE)
    body.integer("minimum_units", LEAST_MINIMUM_UNITS)
    body.text("rows_class", _NAME)
    body.text("source", _SOURCE)
    body.digest("rule")
    body.digest("commitment")
    _check_tables(body)
    _check_unit(body.object("unit"))
    _check_quality(body.object("quality"))
    _check_analyses(body)
    if body.raw("period") is not None:
        _check_period(body.object("period"))


def _check_tables(body: Fields) -> None:
    tables = body.objects("tables", most=50, least=1)
    _all_different(body, "tables", [table.text("name", _NAME) for table in tables])
    for table in tables:
        table.only("name", "columns")
        columns = table.objects("columns", most=500, least=1)
        _all_different(table, "columns", [column.text("name", _NAME) for column in columns])
        for column in columns:
            column.only("name", "type", "role", "null_ppm")
            _one_of(column, "type", tuple(ValueType))
            _one_of(column, "role", _ROLES)
            if column.has("null_ppm"):
                column.integer("null_ppm", 0, _PPM)


def _check_unit(unit: Fields) -> None:
    _one_of(unit, "kind", ("row", "column"))
    if unit.raw("kind") == "row":
        unit.only("kind")
        return
    unit.only("kind", "table", "column")
    unit.text("table", _NAME)
    unit.text("column", _NAME)


def _check_quality(quality: Fields) -> None:
    quality.only("overall_ppm", "grade", "indicators")
    if quality.has("overall_ppm"):
        quality.integer("overall_ppm", 0, _PPM)
        _one_of(quality, "grade", ("A", "B", "C", "D"))
    indicators = quality.object("indicators")
    indicators.only(*_INDICATORS)
    for name in _INDICATORS:
        if indicators.has(name):
            indicators.integer(name, 0, _PPM)


def _check_analyses(body: Fields) -> None:
    analyses = body.objects("analyses", most=200)
    _all_different(body, "analyses", [analysis.id("id") for analysis in analyses])
    for analysis in analyses:
        analysis.only("id", "title_zh", "title_en", "sql", "parameters")
        analysis.text("title_zh", _TITLE)
        analysis.text("title_en", _TITLE)
        analysis.text("sql", _SQL)
        for parameter in analysis.objects("parameters", most=50):
            parameter.text("name", _NAME)
            _one_of(parameter, "type", tuple(ValueType))


def _check_period(period: Fields) -> None:
    period.only("from", "to")
    if _day(period, "from") > _day(period, "to"):
        raise period.fail("to", "must not lie before the beginning")


def _day(period: Fields, member: str) -> date:
    text = period.text(member, 10, 10)
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise period.fail(member, "must be a date") from error
    if day.isoformat() != text:
        raise period.fail(member, "must look like 2026-03-02")
    return day


def _one_of(fields: Fields, member: str, choices: Sequence[str]) -> None:
    if fields.text(member, _NAME) not in choices:
        raise fields.fail(member, "must be one of the known words")


def _all_different(fields: Fields, member: str, names: Sequence[str]) -> None:
    if len({name.lower() for name in names}) != len(names):
        raise fields.fail(member, "must not name one thing twice")
