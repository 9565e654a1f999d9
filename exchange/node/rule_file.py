"""Reading a rule from TOML, strictly: unknown members and loose types are errors."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Final

from exchange.errors import InvalidError
from exchange.node.literals import literal
from exchange.node.rule import (
    Analysis,
    Check,
    ParameterSpec,
    Period,
    QualityCheck,
    Role,
    Rule,
    RuleColumn,
    RuleJoin,
    RuleTable,
)
from exchange.node.typing_columns import MAX_SCALE
from exchange.protocol.fields import FieldError, Fields
from exchange.protocol.question import Column, Function, ValueType
from valuation.quality.rules import Indicator

DEFAULT_MINIMUM_UNITS: Final = 10
_MAX_TITLE: Final = 200
_MAX_SQL: Final = 4_000
_MAX_RULE_BYTES: Final = 262_144
_NAME: Final = re.compile(r"[^\W\d][\w ()%/.-]{0,62}")
_TABLE: Final = re.compile(r"[^\W\d]\w{0,62}")
_FILE: Final = re.compile(r"[\w-][\w.-]{0,99}")


class RuleError(InvalidError):
    """A rule that cannot be read or contradicts itself; the text says where."""

    def __init__(self, text: str) -> None:
        super().__init__("node.rule", text)


def read_rule(path: Path) -> Rule:
    """Read the rule in a TOML file.

    Raises:
        RuleError: the file is missing, too long, not TOML, or not a rule.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise RuleError(f"{path.name}: cannot be read") from error
    if len(content) > _MAX_RULE_BYTES:
        raise RuleError(f"{path.name}: a rule has at most {_MAX_RULE_BYTES} bytes")
    return parse_rule(content, path.name)


def parse_rule(content: bytes, name: str = "rule") -> Rule:
    """Read a rule from TOML text; `name` stands in error texts.

    Raises:
        RuleError: the content is not TOML or not a rule.
    """
    try:
        return _rule(Fields(tomllib.loads(content.decode("utf-8"))))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleError(f"{name}: not TOML in UTF-8: {error}") from error
    except FieldError as error:
        raise RuleError(f"{name}: {error}") from error


def _rule(fields: Fields) -> Rule:
    fields.only(
        *("asset", "version", "title_zh", "title_en", "source", "namespace", "unit"),
        *("minimum_units", "functions", "period", "tables", "joins", "analyses", "quality"),
    )
    return Rule(
        asset=fields.id("asset"),
        version=fields.integer("version", 1),
        title_zh=fields.text("title_zh", _MAX_TITLE),
        title_en=fields.text("title_en", _MAX_TITLE),
        source=fields.text("source", _MAX_TITLE),
        namespace=fields.id("namespace"),
        unit=_unit(fields),
        minimum_units=_minimum_units(fields),
        functions=tuple(
            _choice(Function, fields, "functions", item)
            for item in fields.items("functions", 10, 1)
        ),
        period=_period(fields),
        tables=tuple(_table(each) for each in fields.objects("tables", 20, 1)),
        joins=tuple(_join(each) for each in _optional(fields, "joins", 50)),
        analyses=tuple(_analysis(each) for each in _optional(fields, "analyses", 100)),
        quality=tuple(_quality(each) for each in _optional(fields, "quality", 100)),
    )


def _minimum_units(fields: Fields) -> int:
    if not fields.has("minimum_units"):
        return DEFAULT_MINIMUM_UNITS
    return fields.integer("minimum_units", 1, 1_000_000)


def _optional(fields: Fields, member: str, most: int) -> list[Fields]:
    return fields.objects(member, most) if fields.has(member) else []


def _choice(kind: type[Any], fields: Fields, member: str, value: object) -> Any:
    if not isinstance(value, str) or value not in [each.value for each in kind]:
        allowed = ", ".join(each.value for each in kind)
        raise fields.fail(member, f"must be one of {allowed}")
    return kind(value)


def _named(fields: Fields, member: str, grammar: re.Pattern[str]) -> str:
    value = fields.text(member, 100)
    if not grammar.fullmatch(value):
        raise fields.fail(member, "has characters that a name here cannot have")
    return value


def _reference(fields: Fields, member: str) -> Column:
    """Read `table.column`; the column's own name may hold further dots."""
    table, dot, name = fields.text(member, 140).partition(".")
    if not dot or not _TABLE.fullmatch(table) or not _NAME.fullmatch(name):
        raise fields.fail(member, "must look like table.column")
    return Column(table, name)


def _unit(fields: Fields) -> Column | None:
    return None if fields.raw("unit") == "row" else _reference(fields, "unit")


def _period(fields: Fields) -> Period | None:
    if not fields.has("period"):
        return None
    period = fields.object("period")
    period.only("from", "to")
    start, end = (_date(period, member) for member in ("from", "to"))
    if start > end:
        raise period.fail("to", "must not lie before from")
    return Period(start, end)


def _date(fields: Fields, member: str) -> str:
    return _canonical(fields, member, ValueType.DATE, fields.raw(member))


def _canonical(fields: Fields, member: str, kind: ValueType, value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    try:
        return literal(kind, text).text
    except ValueError as error:
        raise fields.fail(member, f"is no {kind}") from error


def _table(fields: Fields) -> RuleTable:
    fields.only("name", "file", "columns")
    columns = tuple(_column(each) for each in fields.objects("columns", 500, 1))
    return RuleTable(_named(fields, "name", _TABLE), _named(fields, "file", _FILE), columns)


def _column(fields: Fields) -> RuleColumn:
    fields.only("name", "type", "role", "scale", "domain")
    kind = _choice(ValueType, fields, "type", fields.raw("type"))
    scale = fields.integer("scale", 0, MAX_SCALE) if fields.has("scale") else 0
    if scale and kind is not ValueType.DECIMAL:
        raise fields.fail("scale", "belongs to decimal columns only")
    domain = None
    if fields.has("domain"):
        items = fields.items("domain", 500, 1)
        domain = tuple(_canonical(fields, "domain", kind, each) for each in items)
    role = _choice(Role, fields, "role", fields.raw("role"))
    return RuleColumn(_named(fields, "name", _NAME), kind, role, scale, domain)


def _join(fields: Fields) -> RuleJoin:
    fields.only("left", "right")
    return RuleJoin(_reference(fields, "left"), _reference(fields, "right"))


def _analysis(fields: Fields) -> Analysis:
    fields.only("id", "title_zh", "title_en", "sql", "parameters")
    return Analysis(
        fields.id("id"),
        fields.text("title_zh", _MAX_TITLE),
        fields.text("title_en", _MAX_TITLE),
        fields.text("sql", _MAX_SQL).strip(),
        tuple(_parameter(each) for each in _optional(fields, "parameters", 20)),
    )


def _parameter(fields: Fields) -> ParameterSpec:
    fields.only("name", "type", "values", "least", "most")
    kind = _choice(ValueType, fields, "type", fields.raw("type"))
    name = _named(fields, "name", _TABLE)
    if fields.has("values"):
        if fields.has("least") or fields.has("most"):
            raise fields.fail("values", "excludes least and most")
        items = fields.items("values", 500, 1)
        values = tuple(_canonical(fields, "values", kind, each) for each in items)
        return ParameterSpec(name, kind, values, None, None)
    least = _canonical(fields, "least", kind, fields.raw("least"))
    most = _canonical(fields, "most", kind, fields.raw("most"))
    return ParameterSpec(name, kind, None, least, most)


def _quality(fields: Fields) -> QualityCheck:
    fields.only("id", "indicator", "column", "check", "values")
    values = fields.items("values", 500) if fields.has("values") else []
    check = _choice(Check, fields, "check", fields.raw("check"))
    if check is Check.REFERENCES and not all("." in str(each) for each in values):
        raise fields.fail("values", "must look like table.column")
    return QualityCheck(
        fields.id("id"),
        _choice(Indicator, fields, "indicator", fields.raw("indicator")).value,
        _reference(fields, "column"),
        check,
        tuple(str(each) for each in values),
    )
