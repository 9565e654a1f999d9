"""Strict reading of JSON objects that came from somebody else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ledger.encoding import unb64
from ledger.errors import LedgerError

MAX_INTEGER: Final = 2**53 - 1
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}", re.ASCII)


class FieldError(ValueError):
    """A member is missing, of another type or outside its limits; the text names the member."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name


class Fields:
    """The members of one JSON object, each read once with its type and limits.

    Every reader raises FieldError when the member is missing or unfit.
    """

    def __init__(self, value: object, where: str = "") -> None:
        if not isinstance(value, Mapping):
            raise FieldError(where or "value", "must be an object")
        self._value: Mapping[str, Any] = value
        self._where = where

    def name(self, member: str) -> str:
        """Return the path of a member, for error texts."""
        return f"{self._where}.{member}" if self._where else member

    def fail(self, member: str, reason: str) -> FieldError:
        """Make the error for one member."""
        return FieldError(self.name(member), reason)

    def only(self, *members: str) -> None:
        """Refuse members other than these."""
        for member in self._value:
            if member not in members:
                raise self.fail(str(member), "is not known here")

    def has(self, member: str) -> bool:
        """Tell whether the member is there and is not null."""
        return self._value.get(member) is not None

    def raw(self, member: str) -> Any:
        """Return a member as it is."""
        if member not in self._value:
            raise self.fail(member, "is missing")
        return self._value[member]

    def text(self, member: str, most: int, least: int = 1) -> str:
        """Return a string of `least` to `most` characters without control characters."""
        value = self.raw(member)
        if not isinstance(value, str):
            raise self.fail(member, "must be a text")
        if not least <= len(value) <= most:
            raise self.fail(member, f"must have {least} to {most} characters")
        if not value.replace("\n", "").replace("\t", "").isprintable():
            raise self.fail(member, "must not hold control characters")
        return value

    def id(self, member: str) -> str:
        """Return an identifier: ASCII letters, digits and `._:-`, at most 64."""
        value = self.raw(member)
        if not isinstance(value, str) or not _ID.fullmatch(value):
            raise self.fail(member, "must be an identifier")
        return value

    def integer(self, member: str, least: int, most: int = MAX_INTEGER) -> int:
        """Return an integer between `least` and `most`, both included."""
        value = self.raw(member)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.fail(member, f"must be an integer from {least} to {most}")
        return value

    def boolean(self, member: str) -> bool:
        """Return true or false."""
        value = self.raw(member)
        if not isinstance(value, bool):
            raise self.fail(member, "must be true or false")
        return value

    def digest(self, member: str) -> bytes:
        """Return the 32 bytes of a base64 digest."""
        return self.binary(member, 32)

    def binary(self, member: str, size: int | None) -> bytes:
        """Return the bytes of a padded base64 text; `size` None takes any length."""
        value = self.raw(member)
        if not isinstance(value, str):
            raise self.fail(member, "must be base64 text")
        try:
            return unb64(value, size)
        except LedgerError as error:
            raise self.fail(member, "must be padded base64 of the right length") from error

    def object(self, member: str) -> Fields:
        """Return an object's members."""
        return Fields(self.raw(member), self.name(member))

    def items(self, member: str, most: int, least: int = 0) -> list[Any]:
        """Return a list of `least` to `most` items."""
        value = self.raw(member)
        if not isinstance(value, list) or not least <= len(value) <= most:
            raise self.fail(member, f"must be a list of {least} to {most} items")
        return value

    def objects(self, member: str, most: int, least: int = 0) -> list[Fields]:
        """Return a list of objects."""
        return [
            Fields(item, f"{self.name(member)}[{place}]")
            for place, item in enumerate(self.items(member, most, least))
        ]

    def ids(self, member: str, most: int, least: int = 0) -> tuple[str, ...]:
        """Return a list of identifiers."""
        return tuple(
            Fields({"id": item}, f"{self.name(member)}[{place}]").id("id")
            for place, item in enumerate(self.items(member, most, least))
        )
