from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.appraisals.rules import check_expiry, check_purpose, validity_end
from exchange.errors import InvalidError
from exchange.working_days import SHANGHAI


@pytest.mark.parametrize("purpose", ["trade", "pledge", "balance_sheet", "equity_contribution"])
def test_known_purposes_pass(purpose: str) -> None:
    check_purpose(purpose)


@pytest.mark.parametrize("purpose", ["", "Trade", "fun"])
def test_other_purposes_are_refused(purpose: str) -> None:
    with pytest.raises(InvalidError) as caught:
        check_purpose(purpose)
    assert caught.value.code == "appraisal.purpose"


@pytest.mark.parametrize(
    ("valued", "last_day"),
    [
        (date(2026, 3, 2), date(2027, 3, 1)),
        (date(2027, 3, 1), date(2028, 2, 29)),
        (date(2028, 2, 29), date(2029, 2, 28)),
        (date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_value_holds_for_a_year_of_shanghai_days(valued: date, last_day: date) -> None:
    end = validity_end(valued)
    assert end.tzinfo is UTC
    assert (end - timedelta(seconds=1)).astimezone(SHANGHAI).date() == last_day
    assert end.astimezone(SHANGHAI).date() == last_day + timedelta(days=1)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_every_value_holds_365_or_366_days(valued: date) -> None:
    begins = datetime(valued.year, valued.month, valued.day, tzinfo=SHANGHAI)
    assert validity_end(valued) - begins in {timedelta(days=365), timedelta(days=366)}


def test_a_value_neither_runs_out_before_it_is_signed_nor_outlives_its_year() -> None:
    valued, end = date(2026, 3, 2), validity_end(date(2026, 3, 2))
    check_expiry(end, valued, end - timedelta(milliseconds=1))
    check_expiry(end - timedelta(days=30), valued, end - timedelta(days=31))
    for expires_at, at in ((end, end), (end + timedelta(milliseconds=1), end)):
        with pytest.raises(InvalidError) as caught:
            check_expiry(expires_at, valued, at)
        assert caught.value.fields == {"report.assignment.valuation_date": "unfit"}
