"""Canonical JSON: one value, one encoding (RFC 8785 on a restricted profile).

The profile has objects with ASCII keys, arrays, strings, integers of at most 53 bits, booleans and
null. It leaves out floats, and keys whose UTF-16 order differs from their code point order: the
places where JSON libraries part company. On the profile the output equals RFC 8785's.
"""

from typing import Any

import orjson

from ledger.errors import CanonicalError

MAX_INTEGER = 2**53 - 1
"""Largest magnitude of an integer: every JSON reader keeps it exact."""

MAX_DEPTH = 32
"""Deepest accepted nesting of arrays and objects."""


def encode(value: Any) -> bytes:
    """Return the canonical encoding of a value.

    Raises:
        CanonicalError: `canonical.type`, `canonical.key`, `canonical.integer`, `canonical.depth` or
            `canonical.unicode`.
    """
    _check(value, 0)
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:
        raise CanonicalError("canonical.unicode", "a string holds a lone surrogate") from error


def decode(data: bytes) -> Any:
    """Read canonical JSON, refusing every other spelling of the same value.

    Encoding again and comparing refuses duplicate and unsorted keys, white space and needless
    escapes.

    Raises:
        CanonicalError: `canonical.json` for bytes that are not JSON, `canonical.form` for another
            spelling, or what `encode` raises for values outside the profile.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise CanonicalError("canonical.json", "not JSON") from error
    if encode(value) != data:
        raise CanonicalError("canonical.form", "JSON is not in canonical form")
    return value


def _check(value: Any, depth: int) -> None:
    # Exact types: a subclass could encode differently from what it compares equal to.
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return
    if kind is int:
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise CanonicalError("canonical.integer", "an integer needs more than 53 bits")
    elif kind is dict or kind is list:
        _check_members(value, depth + 1)
    else:
        raise CanonicalError("canonical.type", f"{kind.__name__} has no canonical encoding")


def _check_members(container: dict[Any, Any] | list[Any], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise CanonicalError("canonical.depth", f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(container, list):
        for item in container:
            _check(item, depth)
        return
    for key, item in container.items():
        if type(key) is not str or not key.isascii():
            raise CanonicalError("canonical.key", "object keys must be ASCII strings")
        _check(item, depth)
