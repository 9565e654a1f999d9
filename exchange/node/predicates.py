"""Lowering of WHERE: comparisons of granted columns with literals, and what joins them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlglot import exp

from exchange.node.literals import literal
from exchange.node.rule import Role, RuleColumn
from exchange.node.scope import Scope, only
from exchange.protocol.codes import RefusalCode, RefusedError
from exchange.protocol.question import (
    And,
    Between,
    Comparator,
    Comparison,
    IsNull,
    Membership,
    Not,
    Or,
    Parameter,
    Predicate,
    Value,
    ValueType,
)

MAX_MEMBERS: Final = 100
# What the parser files under functions but nobody writes as a call.
_NOT_CALLS: Final = (exp.Case, exp.Cast, exp.Collate, exp.Exists, exp.Connector)
_FILTERED: Final = (Role.DIMENSION, Role.MEASURE, Role.FILTER)
_COMPARATORS: Final[dict[type[exp.Expression], Comparator]] = {
    exp.EQ: Comparator.EQ,
    exp.NEQ: Comparator.NE,
    exp.LT: Comparator.LT,
    exp.LTE: Comparator.LE,
    exp.GT: Comparator.GT,
    exp.GTE: Comparator.GE,
}
_MIRRORED: Final = {
    Comparator.EQ: Comparator.EQ,
    Comparator.NE: Comparator.NE,
    Comparator.LT: Comparator.GT,
    Comparator.LE: Comparator.GE,
    Comparator.GT: Comparator.LT,
    Comparator.GE: Comparator.LE,
}
_WRITTEN_AS: Final = {
    ValueType.TEXT: (ValueType.TEXT,),
    ValueType.INTEGER: (ValueType.INTEGER,),
    ValueType.DECIMAL: (ValueType.INTEGER, ValueType.DECIMAL),
    ValueType.DATE: (ValueType.TEXT, ValueType.DATE),
    ValueType.TIMESTAMP: (ValueType.TEXT, ValueType.TIMESTAMP),
    ValueType.BOOLEAN: (ValueType.BOOLEAN,),
}
_CASTS: Final = {
    exp.DataType.Type.DATE: ValueType.DATE,
    exp.DataType.Type.TIMESTAMP: ValueType.TIMESTAMP,
}


def lower_predicate(node: exp.Expression, scope: Scope) -> Predicate:
    """Lower one condition.

    Raises:
        RefusedError: anything but comparisons, IN, BETWEEN, IS NULL, AND, OR and NOT of
            granted columns and literals.
    """
    lowered = _LOWERED.get(type(node))
    if lowered is not None:
        return lowered(node, scope)
    if type(node) in _COMPARATORS:
        return _comparison(node, scope)
    raise unfit(node, scope)


def unfit(node: exp.Expression, scope: Scope) -> RefusedError:
    """Say why an expression cannot stand where a plain one must: a function, or its shape.

    Raises:
        RefusedError: a bare column that is the privacy unit or is not shown.
    """
    if isinstance(node, exp.Column):
        scope.plain(node, *_FILTERED)
    is_function = isinstance(node, exp.Func) and not isinstance(node, _NOT_CALLS)
    return RefusedError(RefusalCode.FUNCTION if is_function else RefusalCode.SHAPE)


def _junction(make: type[And | Or], kind: type[exp.Expression]) -> Callable[..., Predicate]:
    def lower(node: exp.Expression, scope: Scope) -> Predicate:
        parts: list[Predicate] = []
        for part in _operands(node, kind):
            lowered = lower_predicate(part, scope)
            parts.extend(lowered.parts if isinstance(lowered, make) else (lowered,))
        return make(tuple(sorted(parts, key=shape_of)))

    return lower


def _operands(node: exp.Expression, kind: type[exp.Expression]) -> list[exp.Expression]:
    """Flatten a left-deep chain without recursion, in the order written."""
    found = []
    while type(node) is kind:
        only(node, "this", "expression")
        found.append(node.args["expression"])
        node = node.this
    found.append(node)
    return found[::-1]


def _negation(node: exp.Expression, scope: Scope) -> Predicate:
    only(node, "this")
    return Not(lower_predicate(node.this, scope))


def _parenthesis(node: exp.Expression, scope: Scope) -> Predicate:
    only(node, "this")
    return lower_predicate(node.this, scope)


def _comparison(node: exp.Expression, scope: Scope) -> Predicate:
    only(node, "this", "expression")
    left, right = node.this, node.args["expression"]
    comparator = _COMPARATORS[type(node)]
    if not isinstance(left, exp.Column) and isinstance(right, exp.Column):
        left, right, comparator = right, left, _MIRRORED[comparator]
    if not isinstance(left, exp.Column):
        raise unfit(right if isinstance(left, exp.Literal) else left, scope)
    column, found = scope.plain(left, *_FILTERED)
    return Comparison(column, comparator, _value(right, found, scope))


def _membership(node: exp.Expression, scope: Scope) -> Predicate:
    only(node, "this", "expressions")
    if not isinstance(node.this, exp.Column):
        raise unfit(node.this, scope)
    column, found = scope.plain(node.this, *_FILTERED)
    items = node.args.get("expressions") or []
    if not 1 <= len(items) <= MAX_MEMBERS:
        raise RefusedError(RefusalCode.SHAPE)
    return Membership(column, tuple(_value(each, found, scope) for each in items))


def _between(node: exp.Expression, scope: Scope) -> Predicate:
    only(node, "this", "low", "high")
    if not isinstance(node.this, exp.Column):
        raise unfit(node.this, scope)
    column, found = scope.plain(node.this, *_FILTERED)
    low, high = (_value(node.args[end], found, scope) for end in ("low", "high"))
    return Between(column, low, high)


def _is_null(node: exp.Expression, scope: Scope) -> Predicate:
    only(node, "this", "expression")
    if not isinstance(node.args["expression"], exp.Null):
        raise RefusedError(RefusalCode.SHAPE)
    if not isinstance(node.this, exp.Column):
        raise unfit(node.this, scope)
    return IsNull(scope.plain(node.this, *_FILTERED)[0])


_LOWERED: Final[dict[type[exp.Expression], Callable[..., Predicate]]] = {
    exp.And: _junction(And, exp.And),
    exp.Or: _junction(Or, exp.Or),
    exp.Not: _negation,
    exp.Paren: _parenthesis,
    exp.In: _membership,
    exp.Between: _between,
    exp.Is: _is_null,
}


def _value(node: exp.Expression, column: RuleColumn, scope: Scope) -> Value:
    if isinstance(node, exp.Placeholder):
        return _parameter(node, scope)
    written = _written(node)
    if written is None:
        raise unfit(node, scope)
    kind, text = written
    if kind not in _WRITTEN_AS[column.type]:
        raise RefusedError(RefusalCode.PARAMETER)
    try:
        return literal(column.type, text)
    except ValueError:
        raise RefusedError(RefusalCode.PARAMETER) from None


def _parameter(node: exp.Placeholder, scope: Scope) -> Parameter:
    only(node, "this")
    name = node.this
    if not isinstance(name, str) or name not in scope.view.parameters:
        raise RefusedError(RefusalCode.SHAPE)
    return Parameter(name)


def _written(node: exp.Expression) -> tuple[ValueType, str] | None:
    """Read a literal as the type that it is written as, or None."""
    if isinstance(node, exp.Boolean):
        return ValueType.BOOLEAN, "true" if node.this else "false"
    if isinstance(node, exp.Cast):
        return _dated(node)
    sign = ""
    if isinstance(node, exp.Neg):
        sign, node = "-", node.this
    if not isinstance(node, exp.Literal):
        return None
    text = str(node.this)
    if node.is_string:
        return None if sign else (ValueType.TEXT, text)
    return (ValueType.INTEGER if text.isdigit() else ValueType.DECIMAL), sign + text


def _dated(node: exp.Cast) -> tuple[ValueType, str] | None:
    """Read `DATE '…'` and `TIMESTAMP '…'`, which the parser shows as casts of a string."""
    members = {name for name, value in node.args.items() if value and not name.startswith("_")}
    if members != {"this", "to"}:
        return None
    target: Any = node.args.get("to")
    kind = _CASTS.get(target.this) if isinstance(target, exp.DataType) else None
    inner = node.this
    if kind is None or not isinstance(inner, exp.Literal) or not inner.is_string:
        return None
    return kind, str(inner.this)


def shape_of(predicate: Predicate) -> str:
    """Return a text that depends on all of a predicate but its values, to order parts by."""
    match predicate:
        case Not(part):
            return f"not ({shape_of(part)})"
        case And(parts):
            return " and ".join(f"({shape_of(each)})" for each in parts)
        case Or(parts):
            return " or ".join(f"({shape_of(each)})" for each in parts)
        case _:
            return f"{predicate.column.table}.{predicate.column.name} {_relation(predicate)}"


def _relation(predicate: Comparison | Membership | Between | IsNull) -> str:
    match predicate:
        case Comparison(_, comparator, _):
            return comparator.value
        case Membership(_, values):
            return f"in {len(values)}"
        case Between():
            return "between"
        case IsNull():
            return "null"


def values_in(predicate: Predicate | None) -> list[Value]:
    """List a predicate's values in its order."""
    match predicate:
        case None | IsNull():
            return []
        case Comparison(_, _, value):
            return [value]
        case Membership(_, values):
            return list(values)
        case Between(_, low, high):
            return [low, high]
        case Not(part):
            return values_in(part)
        case And(parts) | Or(parts):
            return [value for part in parts for value in values_in(part)]
