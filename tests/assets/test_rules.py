from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.assets.rules import (
    MAX_TEXT,
    NOTICE_FLOOR,
    check_four_eyes,
    check_grade,
    check_registrar,
    check_rights,
    checked_name,
    checked_text,
    checked_url,
    notice_period,
    resumed_notice,
    working_days_left,
)
from exchange.errors import ExchangeError
from exchange.working_days import SHANGHAI, end_of_working_days

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2028, 12, 1)).map(  # noqa: DTZ001
    lambda naive: naive.replace(microsecond=0, tzinfo=UTC)
)


def code_of(attempt: object, *given: object) -> str:
    assert callable(attempt)
    with pytest.raises(ExchangeError) as caught:
        attempt(*given)
    return caught.value.code


def midnight_after(day: str) -> datetime:
    ends = date.fromisoformat(day) + timedelta(days=1)
    return datetime(ends.year, ends.month, ends.day, tzinfo=SHANGHAI).astimezone(UTC)


@pytest.mark.parametrize("rights", [("holding",), ("operation", "use", "holding")])
def test_different_known_rights_pass(rights: tuple[str, ...]) -> None:
    check_rights(rights)


@pytest.mark.parametrize("rights", [(), ("use", "use"), ("ownership",), ("use", "")])
def test_other_rights_are_refused(rights: tuple[str, ...]) -> None:
    assert code_of(check_rights, rights) == "asset.rights"


def test_core_data_is_refused_and_other_grades_pass() -> None:
    check_grade("general")
    check_grade("important")
    assert code_of(check_grade, "core") == "asset.core"
    assert code_of(check_grade, "secret") == "asset.grade"


def test_an_important_asset_takes_two_registrars_and_a_general_one_does_not() -> None:
    check_four_eyes("general", "p-1", "p-1")
    check_four_eyes("important", "p-1", "p-2")
    assert code_of(check_four_eyes, "important", "p-1", "p-1") == "asset.four_eyes"


def test_no_registrar_judges_his_own_asset() -> None:
    check_registrar("p-1", "p-2")
    assert code_of(check_registrar, "p-1", "p-1") == "asset.self"


def test_texts_lose_the_space_around_them() -> None:
    assert checked_text("x.y", "reasons", " 不完整\n请补充 \n") == "不完整\n请补充"
    assert checked_text("x.y", "reasons", "字" * MAX_TEXT) == "字" * MAX_TEXT
    assert checked_name("x.y", "name", " 交通节点 ") == "交通节点"


@pytest.mark.parametrize("text", ["", " \n\t", "a" * (MAX_TEXT + 1), "a\x00b", "a\x1bb", "\ud800"])
def test_unfit_texts_are_refused(text: str) -> None:
    assert code_of(checked_text, "x.y", "reasons", text) == "x.y"


@pytest.mark.parametrize("name", ["", "  ", "a" * 201, "a\nb", "a\u2028b", "\ud800"])
def test_unfit_names_are_refused(name: str) -> None:
    assert code_of(checked_name, "x.y", "name", name) == "x.y"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("http://localhost:8101", "http://localhost:8101"),
        ("https://node.example/fdx/", "https://node.example/fdx"),
        ("http://[::1]:8101", "http://[::1]:8101"),
    ],
)
def test_plain_urls_pass(url: str, kept: str) -> None:
    assert checked_url(url) == kept


@pytest.mark.parametrize(
    "url",
    [
        "",
        "node.example",
        "ftp://node.example",
        "file:///etc/passwd",
        "http://",
        "http://user@node.example",
        "http://user:word@node.example",
        "http://node.example?x=1",
        "http://node.example#x",
        "http://node.example:0",
        "http://node.example:99999",
        "http://node.example:port",
        "http://[::1",
        "http://node example",
        "http://节点.example",
        "http://node.example\n",
        "http://node.example/" + "a" * 200,
    ],
)
def test_other_urls_are_refused(url: str) -> None:
    assert code_of(checked_url, url) == "node.url"


@pytest.mark.parametrize(
    ("begins", "last_day", "calendar"),
    [
        ("2026-03-02T09:00:00+08:00", "2026-03-16", "published"),
        ("2026-03-07T23:59:59+08:00", "2026-03-20", "published"),  # a Saturday counts no day
        ("2026-02-09T09:00:00+08:00", "2026-02-28", "published"),  # two Saturdays count
        ("2026-12-22T09:00:00+08:00", "2027-01-06", "fallback"),  # New Year of a year to come
        ("2027-03-01T09:00:00+08:00", "2027-03-15", "fallback"),
    ],
)
def test_notices_last_ten_working_days(begins: str, last_day: str, calendar: str) -> None:
    assert notice_period(datetime.fromisoformat(begins)) == (midnight_after(last_day), calendar)


def test_no_notice_is_ever_shorter_than_its_floor() -> None:
    late = datetime(2020, 1, 1, 23, 59, tzinfo=SHANGHAI)
    for day in range(8 * 366):
        begins = late + timedelta(days=day)
        assert notice_period(begins)[0] - begins >= NOTICE_FLOOR


@given(MOMENTS, st.integers(1, 30))
def test_what_a_period_adds_is_found_left(moment: datetime, days: int) -> None:
    assert working_days_left(moment, end_of_working_days(moment, days)) == days


@given(MOMENTS, st.integers(0, 30), st.integers(0, 60))
def test_a_notice_that_stood_still_keeps_its_working_days(
    begins: datetime, objected_after: int, judged_after: int
) -> None:
    ends_at = notice_period(begins)[0]
    objected_at = min(begins + timedelta(days=objected_after), ends_at - timedelta(seconds=1))
    now = objected_at + timedelta(days=judged_after)
    resumed = resumed_notice(objected_at, ends_at, now)
    left = max(1, working_days_left(objected_at, ends_at))
    assert resumed >= ends_at
    assert working_days_left(now, resumed) == left


def test_a_notice_stopped_on_its_last_day_gets_one_more() -> None:
    ends_at = midnight_after("2026-03-16")
    objected_at = datetime(2026, 3, 16, 12, tzinfo=SHANGHAI)
    now = datetime(2026, 3, 20, 12, tzinfo=SHANGHAI)  # a Friday
    assert resumed_notice(objected_at, ends_at, now) == midnight_after("2026-03-23")
