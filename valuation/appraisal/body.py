"""Between frozen dataclasses and plain JSON values, strictly in both directions.

A body has dictionaries, lists, strings and integers only, so it has one
canonical JSON form. Reading is driven by the types: it goes no deeper than
they do and accepts nothing that they don't name.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from valuation.errors import ReportError

T = TypeVar("T")


def to_body(value: object) -> Any:
    """Turn a value into its body: fields by name, tuples as lists, dates as ISO 8601."""
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [to_body(each) for each in value]
    if is_dataclass(value):
        return {each.name: to_body(getattr(value, each.name)) for each in fields(value)}
    assert type(value) in {int, str}, "bodies hold integers and strings only"
    return value


def read(kind: type[T], body: object, where: str) -> T:
    """Turn a body back into a value of the given dataclass.

    ``where`` is the path of the body, for refusals.

    Raises:
        ReportError: ``report.malformed``, naming the path at fault.
        ValuationError: as the dataclass itself refuses.
    """
    names = [each.name for each in fields(kind)]  # type: ignore[arg-type]
    given = require_keys(body, names, where)
    hints = get_type_hints(kind)
    return kind(**{name: _value(hints[name], given[name], f"{where}.{name}") for name in names})


def require_keys(body: object, names: list[str], where: str) -> dict[str, object]:
    """Return the body if it is a dictionary with exactly the given keys.

    Raises:
        ReportError: ``report.malformed`` otherwise.
    """
    if not isinstance(body, dict) or body.keys() != set(names):
        raise malformed(where)
    return body


def require_list(body: object, where: str) -> list[object]:
    """Return the body if it is a list.

    Raises:
        ReportError: ``report.malformed`` otherwise.
    """
    if not isinstance(body, list):
        raise malformed(where)
    return body


def malformed(where: str) -> ReportError:
    """Make the refusal of a body that lacks its form at a path."""
    return ReportError("report.malformed", f"{where} does not have the form of a report", where)


def first_difference(one: object, other: object, where: str) -> str | None:
    """Give the path of the first place where two bodies differ, None if they are equal.

    Unlike ``==`` this tells 1 from 1.0 and from True.
    """
    if type(one) is not type(other):
        return where
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        pairs = [(one[key], other[key], f"{where}.{key}") for key in one]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(a, b, f"{where}[{k}]") for k, (a, b) in enumerate(zip(one, other, strict=True))]
    else:
        return None if one == other else where
    found = (first_difference(a, b, path) for a, b, path in pairs)
    return next((path for path in found if path is not None), None)


def _value(kind: Any, body: object, where: str) -> Any:
    if get_origin(kind) is tuple:
        element = get_args(kind)[0]
        items = enumerate(require_list(body, where))
        return tuple(_value(element, each, f"{where}[{k}]") for k, each in items)
    if is_dataclass(kind):
        return read(kind, body, where)  # type: ignore[arg-type]
    if kind is date or issubclass(kind, StrEnum):
        return _parsed(kind, body, where)
    if type(body) is not kind:
        raise malformed(where)
    return body


def _parsed(kind: type[date] | type[StrEnum], body: object, where: str) -> object:
    if type(body) is not str:
        raise malformed(where)
    try:
        value = kind(body) if issubclass(kind, StrEnum) else date.fromisoformat(body)
    except ValueError as error:
        raise malformed(where) from error
    # The standard library also reads 20260101 and 2026-W01-4: one form is enough.
    if to_body(value) != body:
        raise malformed(where)
    return value
