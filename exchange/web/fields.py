"""The kinds of input: marshmallow fields whose faults are codes, told in two languages elsewhere."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from exchange.clock import from_iso, iso
from exchange.errors import InvalidError
from exchange.working_days import SHANGHAI
from ledger.encoding import unb64
from ledger.errors import EncodingError, WeakKeyError
from ledger.signing import check_public_key

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}")
_WHOLE = re.compile(r"-?[0-9]{1,15}", re.ASCII)
_LOCAL = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
#: Largest amount that a form takes: ten thousand million yuan.
MAX_FEN = 10**12


class _Coded:
    """Says codes where marshmallow would say English sentences."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "required": "field.required",
        "null": "field.required",
        "invalid": "field.invalid",
        "invalid_utf8": "field.invalid",
    }


class WishSchema(Schema):
    """Input of an act; a field that it doesn't know is refused."""

    error_messages = {  # noqa: RUF012 - declared on marshmallow's side
        "unknown": "field.unknown",
        "type": "request.body",
    }

    class Meta:
        """What marshmallow does with unknown fields."""

        unknown = RAISE


def between(code: str, least: int, most: int) -> str:
    """Return a fault that names its limits, both included, for whoever puts it into words."""
    return f"{code}:{least}:{most}"


class Text(_Coded, fields.String):
    """A text without control characters, stripped; `lines` allows several lines."""

    def __init__(
        self, most: int = 200, *, least: int = 1, lines: bool = False, **more: Any
    ) -> None:
        self.most, self.lines = most, lines
        super().__init__(
            validate=_letters(least, most),
            required=more.pop("required", True),
            **more,
        )

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        assert isinstance(text, str)
        text = text.replace("\r\n", "\n").strip()
        if _CONTROL.search(text) or ("\n" in text and not self.lines):
            raise ValidationError("field.characters")
        return text


class Id(_Coded, fields.String):
    """An identifier of something that exists, or of a question about to be asked."""

    def __init__(self, **more: Any) -> None:
        super().__init__(
            validate=validate.Regexp(re.compile(_ID.pattern + r"\Z"), error="field.id"),
            required=more.pop("required", True),
            **more,
        )


class Secret(_Coded, fields.String):
    """A password, taken as it is; what it must be like is checked elsewhere."""

    def __init__(self, **more: Any) -> None:
        super().__init__(validate=_letters(1, 256), required=True, **more)


class Verbatim(_Coded, fields.String):
    """A text of which every byte counts, such as a signed note."""

    def __init__(self, most: int, **more: Any) -> None:
        super().__init__(validate=_letters(1, most), required=True, **more)


class Whole(_Coded, fields.Integer):
    """A whole number: a JSON integer, or its decimal digits as forms send them."""

    def __init__(self, least: int, most: int, **more: Any) -> None:
        self.least, self.most = least, most
        super().__init__(
            validate=validate.Range(least, most, error=between("field.between", least, most)),
            required=more.pop("required", True),
            **more,
        )

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:  # noqa: ARG002
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
            return int(value)
        raise self.make_error("invalid")


class Fen(Whole):
    """An amount of money in fen."""

    def __init__(self, least: int = 0, most: int = MAX_FEN, **more: Any) -> None:
        super().__init__(least, most, **more)


class Choice(_Coded, fields.String):
    """One of the values of an enumeration."""

    def __init__(self, values: Sequence[str], **more: Any) -> None:
        self.values = tuple(str(value) for value in values)
        super().__init__(
            validate=validate.OneOf(self.values, error="field.choice"),
            required=more.pop("required", True),
            **more,
        )


class Of(_Coded, fields.Field[StrEnum]):
    """One member of an enumeration, by its value."""

    def __init__(self, members: Sequence[StrEnum], **more: Any) -> None:
        self.members = {member.value: member for member in members}
        super().__init__(required=more.pop("required", True), **more)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> StrEnum:  # noqa: ARG002
        member = self.members.get(value) if isinstance(value, str) else None
        if member is None:
            raise ValidationError("field.choice")
        return member


class Items(_Coded, fields.List[Any]):
    """A list of different items, `least` to `most` of them; it loads as a tuple."""

    def __init__(self, item: fields.Field[Any], most: int, *, least: int = 1, **more: Any) -> None:
        super().__init__(
            item,
            validate=validate.Length(least, most, error=between("field.items", least, most)),
            required=more.pop("required", True),
            **more,
        )

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> Any:
        items = super()._deserialize(value, attr, data, **kwargs)
        if any(item in items[:place] for place, item in enumerate(items)):
            raise ValidationError("field.twice")
        return tuple(items)


class PublicKey(_Coded, fields.Field[bytes]):
    """An Ed25519 public key in base64; weak keys are refused."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bytes:  # noqa: ARG002
        if not isinstance(value, str):
            raise self.make_error("invalid")
        try:
            key = unb64(value, 32)
            check_public_key(key)
        except (EncodingError, WeakKeyError) as error:
            raise ValidationError("field.key") from error
        return key


class Moment(_Coded, fields.Field[datetime]):
    """A moment as `2026-03-02T01:00:00.000Z`, or as forms send it, `2026-03-02T09:00` in China."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> datetime:  # noqa: ARG002
        text = value if isinstance(value, str) else ""
        try:
            if _LOCAL.fullmatch(text):
                return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)
            return from_iso(text)
        except ValueError as error:
            raise ValidationError("field.moment") from error

    def _serialize(self, value: datetime | None, attr: Any, obj: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        return None if value is None else iso(value)


class Flag(_Coded, fields.Field[bool]):
    """Yes or no: a JSON boolean, or what a check box sends."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:  # noqa: ARG002
        if isinstance(value, bool):
            return value
        if value in {"true", "false", "on"}:
            return bool(value != "false")
        raise self.make_error("invalid")


class Document(_Coded, fields.Field[dict[str, Any]]):
    """A JSON object whose inside the act's own rules check."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> dict[str, Any]:  # noqa: ARG002
        if not isinstance(value, dict):
            raise self.make_error("invalid")
        return value


def _letters(least: int, most: int) -> validate.Length:
    return validate.Length(least, most, error=between("field.letters", least, most))


def load(schema: Schema, data: Any) -> dict[str, Any]:
    """Return the fields of an input as a schema reads them.

    Raises:
        InvalidError: some are wrong (`request.fields`); `fields` names each with its code.
    """
    try:
        loaded = schema.load(data)
    except ValidationError as error:
        raise fields_error(error.messages) from error
    assert isinstance(loaded, dict)
    return loaded


def fields_error(messages: Any) -> InvalidError:
    """Turn marshmallow's messages, which are codes here, into a refusal."""
    return InvalidError("request.fields", "some fields are wrong", dict(_flat("", messages)))


def _flat(place: str, messages: Any) -> list[tuple[str, str]]:
    if isinstance(messages, Mapping):
        return [
            found
            for name, inner in messages.items()
            for found in _flat(f"{place}.{name}" if place else str(name), inner)
        ]
    if isinstance(messages, list) and messages:
        return [(place, str(messages[0]))]
    return [(place, str(messages))]
