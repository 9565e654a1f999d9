"""A rule made ready: its analyses lowered, its contradictions found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from exchange.node.literals import literal
from exchange.node.lowering import lower_sql
from exchange.node.matching import Template, allows
from exchange.node.predicates import values_in
from exchange.node.rule import Analysis, Check, ParameterSpec, QualityCheck, Role, Rule
from exchange.node.rule_file import RuleError
from exchange.node.scope import View
from exchange.protocol.codes import REFUSALS, RefusedError
from exchange.protocol.question import Column, Function, Parameter, ValueType

_ORDERED = (ValueType.INTEGER, ValueType.DECIMAL, ValueType.DATE, ValueType.TIMESTAMP)
_SUMMED = (ValueType.INTEGER, ValueType.DECIMAL)
_ARITY = {Check.NOT_NULL: 0, Check.UNIQUE: 0, Check.BETWEEN: 2, Check.REFERENCES: 1}


@dataclass(frozen=True, slots=True)
class Policy:
    """A rule that says one thing, its digest, and its analyses ready to be matched."""

    rule: Rule
    digest: bytes
    templates: tuple[Template, ...]


def approve(rule: Rule) -> Policy:
    """Check a rule against itself and lower its analyses.

    Raises:
        RuleError: the rule contradicts itself; the text lists every contradiction.
    """
    faults = [*_faults(rule)]
    templates = []
    for analysis in rule.analyses:
        try:
            templates.append(_template(rule, analysis))
        except RuleError as error:
            faults.append(error.text)
    if faults:
        raise RuleError("\n".join(f"- {fault}" for fault in faults))
    return Policy(rule, rule.sha256(), tuple(templates))


def _faults(rule: Rule) -> Iterator[str]:
    yield from _repeated("table", [each.name for each in rule.tables])
    yield from _repeated("analysis", [each.id for each in rule.analyses])
    yield from _repeated("quality check", [each.id for each in rule.quality])
    for table in rule.tables:
        yield from _repeated(f"column of {table.name}", [each.name for each in table.columns])
    yield from _column_faults(rule)
    yield from _unit_faults(rule)
    yield from _join_faults(rule)
    for check in rule.quality:
        yield from _quality_faults(rule, check)


def _repeated(what: str, names: Iterable[str]) -> Iterator[str]:
    seen: list[str] = []
    for name in names:
        if name.lower() in seen:
            yield f"{what} {name} is named twice"
        seen.append(name.lower())


def _column_faults(rule: Rule) -> Iterator[str]:
    for table in rule.tables:
        for column in table.columns:
            name = f"{table.name}.{column.name}"
            if column.role is Role.MEASURE and column.type not in _SUMMED:
                yield f"{name}: a measure is an integer or a decimal, not {column.type}"
            if column.role is Role.DIMENSION and column.type is ValueType.DECIMAL:
                yield f"{name}: a decimal column is too fine to group by; make it a measure"


def _unit_faults(rule: Rule) -> Iterator[str]:
    if rule.unit is None:
        if Function.COUNT_UNITS in rule.functions:
            yield "functions: count_units needs a unit column; with unit = row COUNT(*) says it"
        return
    column = rule.find(rule.unit)
    if column is None:
        yield f"unit: no column {_path(rule.unit)}"
    elif column.role not in {Role.HIDDEN, Role.JOIN_KEY}:
        yield f"unit: {_path(rule.unit)} must be hidden or a join_key, not a {column.role}"
    elif rule.unit.table != rule.tables[0].name:
        yield f"unit: {_path(rule.unit)} must stand in the first table, {rule.tables[0].name}"


def _join_faults(rule: Rule) -> Iterator[str]:
    for join in rule.joins:
        for side in (join.left, join.right):
            column = rule.find(side)
            if column is None or column.role is Role.HIDDEN:
                yield f"join: {_path(side)} is unknown or hidden"
            if rule.is_unit(side):
                yield f"join: {_path(side)} is the privacy unit; join on a public key"
        if join.left.table == join.right.table:
            yield f"join: {_path(join.left)} joins {join.left.table} with itself"
        if join.right.table == rule.tables[0].name:
            yield f"join: {_path(join.right)} must stand in another table than the first"


def _quality_faults(rule: Rule, check: QualityCheck) -> Iterator[str]:
    where = f"quality check {check.id}"
    column = rule.find(check.column)
    if column is None:
        yield f"{where}: no column {_path(check.column)}"
        return
    arity = _ARITY.get(check.check)
    if (arity is None and not check.values) or (arity is not None and arity != len(check.values)):
        yield f"{where}: {check.check} has another number of values"
    elif check.check is Check.REFERENCES:
        if rule.find(Column(*check.values[0].split(".", 1))) is None:
            yield f"{where}: no column {check.values[0]}"
    else:
        yield from _value_faults(where, column.type, check.values)


def _value_faults(where: str, kind: ValueType, values: Iterable[str]) -> Iterator[str]:
    for value in values:
        try:
            literal(kind, value)
        except ValueError:
            yield f"{where}: {value!r} is no {kind}"


def _template(rule: Rule, analysis: Analysis) -> Template:
    names = [each.name for each in analysis.parameters]
    where = f"analysis {analysis.id}"
    if len(set(names)) != len(names):
        raise RuleError(f"{where}: a parameter is named twice")
    try:
        question = lower_sql(analysis.sql, View(rule, None, frozenset(names)))
    except RefusedError as error:
        words = REFUSALS[error.code].en
        raise RuleError(f"{where}: its SQL would be refused as {error.code}: {words}") from error
    if question.table != rule.tables[0].name:
        raise RuleError(f"{where}: FROM must name the first table, {rule.tables[0].name}")
    used = {each.name for each in values_in(question.where) if isinstance(each, Parameter)}
    for spec in analysis.parameters:
        if spec.name not in used:
            raise RuleError(f"{where}: parameter {spec.name} is not used in the SQL")
        _check_spec(where, rule, question.where, spec)
    return Template(analysis, question)


def _check_spec(where: str, rule: Rule, predicate: Any, spec: ParameterSpec) -> None:
    if spec.values is None:
        if spec.type not in _ORDERED:
            raise RuleError(f"{where}: parameter {spec.name} of type {spec.type} needs values")
        assert spec.least is not None
        if not allows(spec, literal(spec.type, spec.least)):
            raise RuleError(f"{where}: parameter {spec.name} has least above most")
    for column, value in _uses(predicate):
        found = rule.find(column)
        if value == Parameter(spec.name) and found is not None and found.type is not spec.type:
            text = f"{where}: parameter {spec.name} is {spec.type}, {_path(column)} is {found.type}"
            raise RuleError(text)


def _uses(predicate: Any) -> Iterator[tuple[Column, Any]]:
    """Pair each value of a predicate with the column that it is compared with."""
    if hasattr(predicate, "parts"):
        for part in predicate.parts:
            yield from _uses(part)
    elif hasattr(predicate, "part"):
        yield from _uses(predicate.part)
    elif predicate is not None:
        for value in values_in(predicate):
            yield predicate.column, value


def _path(column: Column) -> str:
    return f"{column.table}.{column.name}"
