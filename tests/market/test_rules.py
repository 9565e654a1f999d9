from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from exchange.errors import ConflictError, ExchangeError, InvalidError
from exchange.market.rules import (
    Needs,
    Terms,
    check_listing,
    check_needs,
    check_parties,
    check_rates,
    check_terms,
    check_topic,
    check_until,
    checked_analyses,
)

NEEDS = Needs(("carrier",), 0, 1, 1, 1)
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def refusal(check: Callable[..., object], *given: Any) -> tuple[str, dict[str, str]]:
    """Return the code and the fields with which a check refuses."""
    with pytest.raises(ExchangeError) as caught:
        check(*given)
    return caught.value.code, caught.value.fields


def test_rates_have_limits() -> None:
    check_rates(0, 0)
    check_rates(300_000, 200_000)

    assert refusal(check_rates, -1, 0) == ("tariff.range", {"fee_ppm": "range"})
    assert refusal(check_rates, 300_001, 200_001) == (
        "tariff.range",
        {"fee_ppm": "range", "vat_ppm": "range"},
    )


def test_a_topic_is_one_of_the_list() -> None:
    check_topic("weather", "listing.topic")

    assert refusal(check_topic, "Weather", "request.topic") == (
        "request.topic",
        {"topic": "choice"},
    )


def test_price_and_term_of_a_listing_have_limits() -> None:
    check_listing(1, 1)
    check_listing(10**13, 1_096)

    assert refusal(check_listing, 0, 0) == (
        "listing.range",
        {"price_fen": "range", "days": "range"},
    )
    assert refusal(check_listing, 10**13 + 1, 1_097) == (
        "listing.range",
        {"price_fen": "range", "days": "range"},
    )


def test_analyses_come_back_sorted() -> None:
    assert checked_analyses(("b", "a"), ("a", "b", "c"), "x.y") == ("a", "b")


@pytest.mark.parametrize("wanted", [(), ("a", "a"), ("z",), ("a", "z")])
def test_only_offered_analyses_are_named_and_each_once(wanted: tuple[str, ...]) -> None:
    with pytest.raises(InvalidError) as caught:
        checked_analyses(wanted, ("a", "b"), "x.y")

    assert (caught.value.code, caught.value.fields) == ("x.y", {"analyses": "choice"})


def test_needs_survive_their_body() -> None:
    needs = Needs(("carrier", "机场"), 900_000, 100_000, 5, 30)

    assert Needs.from_body(needs.to_body()) == needs
    assert needs.to_body() == {
        "columns": ["carrier", "机场"],
        "minimum_quality_ppm": 900_000,
        "budget_fen": 100_000,
        "questions": 5,
        "days": 30,
    }


@pytest.mark.parametrize(
    "needs",
    [
        NEEDS,
        Needs((), 1_000_000, 10**13, 1_000_000, 1_096),
        Needs(tuple(f"c{n}" for n in range(20)), 0, 1, 1, 1),
    ],
)
def test_needs_within_the_limits_pass(needs: Needs) -> None:
    check_needs(needs)


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"columns": ("a", "A")}, {"columns": "form"}),
        ({"columns": ("",)}, {"columns": "form"}),
        ({"columns": (" a",)}, {"columns": "form"}),
        ({"columns": ("a\n",)}, {"columns": "form"}),
        ({"columns": ("a" * 141,)}, {"columns": "form"}),
        ({"columns": tuple(f"c{n}" for n in range(21))}, {"columns": "form"}),
        ({"minimum_quality_ppm": 1_000_001}, {"minimum_quality_ppm": "range"}),
        ({"budget_fen": 0, "questions": 0}, {"budget_fen": "range", "questions": "range"}),
        ({"budget_fen": 10**13 + 1}, {"budget_fen": "range"}),
        ({"questions": 1_000_001}, {"questions": "range"}),
        ({"days": 1_097}, {"days": "range"}),
    ],
)
def test_needs_outside_the_limits_are_refused(
    change: dict[str, Any], fields: dict[str, str]
) -> None:
    assert refusal(check_needs, replace(NEEDS, **change)) == ("request.needs", fields)


def test_a_request_ends_in_the_future_and_within_a_year() -> None:
    check_until(NOW, NOW + timedelta(milliseconds=1))
    check_until(NOW, NOW + timedelta(days=366))

    for until in (NOW, NOW - timedelta(days=1), NOW + timedelta(days=366, milliseconds=1)):
        assert refusal(check_until, NOW, until) == ("request.until", {"until": "range"})


def test_an_offer_is_no_dearer_and_no_longer_than_its_listing() -> None:
    check_terms(Terms(10_000, 5, 90), 10_000, 90)
    check_terms(Terms(1, 1, 1), 10_000, 90)

    assert refusal(check_terms, Terms(10_001, 0, 91), 10_000, 90) == (
        "contract.terms",
        {"price_fen": "range", "questions": "range", "days": "range"},
    )
    assert refusal(check_terms, Terms(0, 1_000_001, 0), 10_000, 90) == (
        "contract.terms",
        {"price_fen": "range", "questions": "range", "days": "range"},
    )


def test_an_offer_has_a_limit_in_all() -> None:
    check_terms(Terms(10**7, 10**6, 1), 10**13, 1)

    assert refusal(check_terms, Terms(10**7 + 1, 10**6, 1), 10**13, 1) == (
        "contract.terms",
        {"questions": "range"},
    )


def test_nobody_deals_with_himself() -> None:
    check_parties("p-1", "p-2")

    with pytest.raises(ConflictError) as caught:
        check_parties("p-1", "p-1")
    assert caught.value.code == "contract.self"
