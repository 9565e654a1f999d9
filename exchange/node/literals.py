"""Typed literals: one canonical text per value, and the Python value behind it."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from exchange.protocol.question import Literal, ValueType

MAX_TEXT: Final = 200
MAX_BIGINT: Final = 2**63 - 1
SqlValue = str | int | bool | Decimal | date | datetime

_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]{0,18})", re.ASCII)
_DECIMAL: Final = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,10})?", re.ASCII)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIMESTAMP: Final = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}", re.ASCII)


def literal(kind: ValueType, text: str) -> Literal:
    """Make the canonical literal of a type from its written form.

    Raises:
        ValueError: the text is no value of the type.
    """
    return Literal(kind, _CANONICAL[kind](text))


def value_of(constant: Literal) -> SqlValue:
    """Return the Python value of a canonical literal."""
    match constant.type:
        case ValueType.INTEGER:
            return int(constant.text)
        case ValueType.DECIMAL:
            return Decimal(constant.text)
        case ValueType.DATE:
            return date.fromisoformat(constant.text)
        case ValueType.TIMESTAMP:
            return datetime.fromisoformat(constant.text)
        case ValueType.BOOLEAN:
            return constant.text == "true"
        case ValueType.TEXT:
            return constant.text


def _text(text: str) -> str:
    if len(text) > MAX_TEXT or not text.isprintable():
        raise ValueError("a text literal has at most 200 printable characters")
    return text


def _integer(text: str) -> str:
    if not _INTEGER.fullmatch(text) or abs(int(text)) > MAX_BIGINT:
        raise ValueError("not an integer of 64 bits")
    return str(int(text))


def _decimal(text: str) -> str:
    if not _DECIMAL.fullmatch(text):
        raise ValueError("not a decimal number of at most 18 and 10 digits")
    exact = Decimal(text)
    whole = format(exact, "f")
    if "." in whole:
        whole = whole.rstrip("0").rstrip(".")
    return "0" if exact == 0 else whole.lstrip("+")


def _date(text: str) -> str:
    if not _DATE.fullmatch(text):
        raise ValueError("not a date such as 2013-01-31")
    return date.fromisoformat(text).isoformat()


def _timestamp(text: str) -> str:
    if not _TIMESTAMP.fullmatch(text):
        raise ValueError("not a moment such as 2013-01-31 12:00:00")
    return datetime.fromisoformat(text).isoformat(" ")


def _boolean(text: str) -> str:
    if text not in {"true", "false"}:
        raise ValueError("neither true nor false")
    return text


_CANONICAL: Final = {
    ValueType.TEXT: _text,
    ValueType.INTEGER: _integer,
    ValueType.DECIMAL: _decimal,
    ValueType.DATE: _date,
    ValueType.TIMESTAMP: _timestamp,
    ValueType.BOOLEAN: _boolean,
}
assert set(_CANONICAL) == set(ValueType), "every type has a canonical form"
