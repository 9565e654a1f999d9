"""The rules of registration as pure functions: rights, grades, periods, texts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Literal
from urllib.parse import urlsplit

from exchange.errors import ForbiddenError, InvalidError
from exchange.working_days import SHANGHAI, end_of_working_days, is_published, is_working_day

ACCEPTANCE_WORKING_DAYS: Final = 3
NOTICE_WORKING_DAYS: Final = 10
#: Ten working days never lie closer together; who replays an act needs no calendar to see it.
NOTICE_FLOOR: Final = timedelta(days=NOTICE_WORKING_DAYS)
MAX_TEXT: Final = 4_000
MAX_NAME: Final = 200
_DAY: Final = timedelta(days=1)

Calendar = Literal["published", "fallback"]


class Right(StrEnum):
    """The three rights that may be registered separately (数据二十条, 2022)."""

    HOLDING = "holding"  # 数据资源持有权
    USE = "use"  # 数据加工使用权
    OPERATION = "operation"  # 数据产品经营权


class Grade(StrEnum):
    """The three grades of GB/T 43697-2024, gravest first."""

    CORE = "core"  # 核心
    IMPORTANT = "important"  # 重要
    GENERAL = "general"  # 一般


def check_rights(rights: Sequence[str]) -> None:
    """Refuse anything but one to three different rights.

    Raises:
        InvalidError: `asset.rights`.
    """
    if not rights or len(set(rights)) != len(rights) or not set(rights) <= set(Right):
        text = "state one to three different rights: holding, use, operation"
        raise InvalidError("asset.rights", text, {"rights": "choice"})


def check_grade(grade: str) -> None:
    """Refuse an unknown grade, and core data, which may not be traded.

    Raises:
        InvalidError: `asset.grade` or `asset.core`.
    """
    if grade not in set(Grade):
        text = "the grade is general or important"
        raise InvalidError("asset.grade", text, {"grade": "choice"})
    if grade == Grade.CORE:
        raise InvalidError("asset.core", "core data is not registered", {"grade": "core"})


def check_registrar(registrar: str, holder: str) -> None:
    """Refuse a registrar who would judge in his own case.

    Raises:
        ForbiddenError: `asset.self`.
    """
    if registrar == holder:
        raise ForbiddenError("asset.self", "nobody judges in his own case")


def check_four_eyes(grade: str, accepted_by: str | None, reviewer: str) -> None:
    """Refuse that one registrar both accepts and reviews an important asset.

    Raises:
        ForbiddenError: `asset.four_eyes`.
    """
    if grade == Grade.IMPORTANT and accepted_by == reviewer:
        text = "an important asset is reviewed by another registrar than the one who accepted it"
        raise ForbiddenError("asset.four_eyes", text)


def checked_text(code: str, field: str, text: str) -> str:
    """Return a person's free text without the space around it.

    Raises:
        InvalidError: nothing is left, it is too long, or it holds control characters (`code`).
    """
    stripped = text.strip()
    if not 0 < len(stripped) <= MAX_TEXT:
        fault = "too_long" if stripped else "required"
        raise InvalidError(code, f"write 1 to {MAX_TEXT} characters", {field: fault})
    if not "".join(stripped.split()).isprintable():
        raise InvalidError(code, "leave control characters out", {field: "characters"})
    return stripped


def checked_name(code: str, field: str, name: str) -> str:
    """Return a one-line name of at most 200 characters without the space around it.

    Raises:
        InvalidError: it is empty, too long, or more than one line (`code`).
    """
    stripped = name.strip()
    if not (0 < len(stripped) <= MAX_NAME and stripped.isprintable()):
        raise InvalidError(code, f"write 1 to {MAX_NAME} printable characters", {field: "text"})
    return stripped


def checked_url(url: str) -> str:
    """Return the base URL of a node without the slash at its end.

    Raises:
        InvalidError: it is no plain http(s) URL without user, query or fragment (`node.url`).
    """
    if not _is_base_url(url):
        text = "the URL looks like https://node.example:8443, at most 200 characters"
        raise InvalidError("node.url", text, {"url": "format"})
    return url.rstrip("/")


def notice_period(now: datetime) -> tuple[datetime, Calendar]:
    """Return when a notice that begins now ends, and on which calendar that was counted.

    `fallback` says that some of its days lie in a year whose holidays are not published yet,
    and were counted by weekdays and the holidays fixed by date.
    """
    ends_at = end_of_working_days(now, NOTICE_WORKING_DAYS)
    known = is_published(_day(now)) and is_published(_last_day(ends_at))
    return ends_at, "published" if known else "fallback"


def working_days_left(moment: datetime, ends_at: datetime) -> int:
    """Count the working days after the day of `moment`, up to a period's last day.

    The counterpart of `end_of_working_days`: what that adds, this finds left.
    """
    day, last = _day(moment), _last_day(ends_at)
    return sum(is_working_day(day + n * _DAY) for n in range(1, (last - day).days + 1))


def resumed_notice(objected_at: datetime, ends_at: datetime, now: datetime) -> datetime:
    """Return when a notice ends that stood still from an objection until now.

    The working days that were left run again from tomorrow; at least one is given.
    """
    return end_of_working_days(now, max(1, working_days_left(objected_at, ends_at)))


def _day(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()


def _last_day(ends_at: datetime) -> date:
    return _day(ends_at - timedelta(milliseconds=1))


def _is_base_url(url: str) -> bool:
    if not (len(url) <= MAX_NAME and url.isascii() and url.isprintable() and " " not in url):
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    plain = not (parts.username or parts.password or parts.query or parts.fragment)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and plain and port != 0
