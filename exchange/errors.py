"""What can go wrong, as kinds and stable codes that every delivery layer can translate."""

from enum import StrEnum


class Kind(StrEnum):
    """The few ways an act can fail; the web maps each to one status."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    EXHAUSTED = "exhausted"
    UNAVAILABLE = "unavailable"


class ExchangeError(Exception):
    """A refusal or fault that an outsider may read.

    `code` is stable (`grant.expired`); `text` is English and holds nothing secret;
    `fields` names the input fields at fault, field → code, empty if none.
    """

    def __init__(
        self, kind: Kind, code: str, text: str, fields: dict[str, str] | None = None
    ) -> None:
        super().__init__(text)
        self.kind = kind
        self.code = code
        self.text = text
        self.fields = dict(fields or {})


class InvalidError(ExchangeError):
    """The input breaks a rule that the caller can read; nothing was changed."""

    def __init__(self, code: str, text: str, fields: dict[str, str] | None = None) -> None:
        super().__init__(Kind.INVALID, code, text, fields)


class ForbiddenError(ExchangeError):
    """The actor's roles do not allow this act."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(Kind.FORBIDDEN, code, text)


class NotFoundError(ExchangeError):
    """There is no such thing, or it is not the caller's: both look alike from outside."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(Kind.NOT_FOUND, code, text)


class ConflictError(ExchangeError):
    """The thing is not in a state in which this act is possible."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(Kind.CONFLICT, code, text)


class ExhaustedError(ExchangeError):
    """A quota, a balance or a rate limit is used up."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(Kind.EXHAUSTED, code, text)


class UnavailableError(ExchangeError):
    """Something outside (a node, the database) does not answer; a retry may succeed."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(Kind.UNAVAILABLE, code, text)
