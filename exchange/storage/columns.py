"""Column types that mean the same on every database."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson
from sqlalchemy import BigInteger, Dialect, LargeBinary, String, Text
from sqlalchemy.types import TypeDecorator

from exchange.clock import from_ms, to_ms


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC moment, stored as integer milliseconds since 1970.

    SQLite has no time type and gives naive moments back; an integer compares,
    sorts and digests alike everywhere.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Turn a moment into milliseconds."""
        return None if value is None else to_ms(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Turn milliseconds into a moment."""
        return None if value is None else from_ms(value)


class Json(TypeDecorator[Any]):
    """A JSON value stored as text with sorted keys, so that equal values are equal bytes."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:  # noqa: ARG002
        """Write the value with sorted keys."""
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002
        """Read the value back."""
        return None if value is None else orjson.loads(value)


class State(TypeDecorator[StrEnum]):
    """A state of one enumeration, stored by its value."""

    impl = String(32)
    cache_ok = True

    def __init__(self, states: type[StrEnum]) -> None:
        super().__init__()
        self.states = states

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write the value; a string that is no state is refused."""
        return None if value is None else self.states(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002
        """Read the state back."""
        return None if value is None else self.states(value)


Digest = LargeBinary
