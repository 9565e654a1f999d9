"""Limits on what may come in, checked in one way everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from valuation.errors import ValuationError

MAX_INT: Final = 2**53 - 1
"""Largest integer that every JSON reader keeps exactly (RFC 8785 section 3.2.2.3)."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A closed range of integers."""

    low: int
    high: int

    def holds(self, value: object) -> bool:
        """Say whether the value is a true ``int`` (no bool, no float) inside the range."""
        return type(value) is int and self.low <= value <= self.high


def require_int(error: type[ValuationError], field: str, value: object, bound: Bound) -> None:
    """Refuse anything but an integer inside the bound.

    Raises:
        ValuationError: as the given class, code ``<area>.out_of_range``.
    """
    if not bound.holds(value):
        text = f"{field} must be an integer from {bound.low} to {bound.high}"
        raise error(f"{error.area}.out_of_range", text, field)


def require_text(error: type[ValuationError], field: str, value: object, length: int) -> None:
    """Refuse anything but printable, stripped text of 1 to ``length`` characters.

    Printable leaves no room for line breaks, control characters or lone
    surrogates, so the text can be written as UTF-8 on one line.

    Raises:
        ValuationError: as the given class, code ``<area>.bad_text``.
    """
    good = isinstance(value, str) and 1 <= len(value) <= length
    if not (good and isinstance(value, str) and value.isprintable() and value == value.strip()):
        text = f"{field} must be 1 to {length} printable characters, with no space at the ends"
        raise error(f"{error.area}.bad_text", text, field)
