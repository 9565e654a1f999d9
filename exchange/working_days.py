"""Working days of mainland China, on which the exchange's periods are counted."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import chinese_calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")

#: Days off fixed by date by the Regulation on Public Holidays (State Council decree 795, 2024).
#: Spring Festival, Qingming, Dragon Boat and Mid-Autumn follow the lunar calendar and each year's
#: notice, so beyond the published years they are not known here.
_FIXED_HOLIDAYS = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})


@lru_cache(maxsize=4096)
def is_working_day(day: date) -> bool:
    """Tell whether offices work on `day`, by the published calendar where there is one."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5 and (day.month, day.day) not in _FIXED_HOLIDAYS  # noqa: PLR2004


def is_published(day: date) -> bool:
    """Tell whether the State Council's notice for the year of `day` is known here."""
    try:
        chinese_calendar.is_workday(day)
    except NotImplementedError:
        return False
    return True


def end_of_working_days(start: datetime, days: int) -> datetime:
    """Return the end of the `days`-th working day after the day of `start`.

    Days are those of Asia/Shanghai; the day of `start` itself is not counted
    (Civil Code of the PRC, article 201), and the last day ends at its midnight
    (article 203). The result is aware UTC.
    """
    assert days > 0
    day = start.astimezone(SHANGHAI).date()
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI).astimezone(UTC)
