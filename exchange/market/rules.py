"""Limits of what may be listed, sought and agreed, as pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from exchange.errors import ConflictError, InvalidError

#: The largest single amount, ¥100 billion: sums of many such still fit 64 bits.
AMOUNT_LIMIT_FEN: Final = 10_000_000_000_000
QUESTIONS_LIMIT: Final = 1_000_000
DAYS_LIMIT: Final = 1_096
REQUEST_LIMIT: Final = timedelta(days=366)
COLUMNS_LIMIT: Final = 20
COLUMN_LENGTH: Final = 140
FEE_LIMIT_PPM: Final = 300_000
VAT_LIMIT_PPM: Final = 200_000
PPM: Final = 1_000_000

#: How long an offer waits for the supplier, and a signed contract for its money.
OFFER_LASTS: Final = timedelta(hours=72)
FUNDING_LASTS: Final = timedelta(hours=24)


class Topic(StrEnum):
    """What data is about; one topic for each listing and request."""

    AGRICULTURE = "agriculture"
    CULTURE = "culture"
    ECOLOGY = "ecology"
    EDUCATION = "education"
    ENERGY = "energy"
    ENTERPRISE = "enterprise"
    FINANCE = "finance"
    HEALTH = "health"
    MANUFACTURING = "manufacturing"
    OCEAN = "ocean"
    PUBLIC = "public"
    SCIENCE = "science"
    TELECOM = "telecom"
    TRADE = "trade"
    TRANSPORT = "transport"
    WEATHER = "weather"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Needs:
    """What a request demands.

    `columns` are column names, letter case aside; `budget_fen` is for all questions together;
    `days` is the term for which the answers are needed.
    """

    columns: tuple[str, ...]
    minimum_quality_ppm: int
    budget_fen: int
    questions: int
    days: int

    def to_body(self) -> dict[str, Any]:
        """Write the needs as an act's body and a row hold them."""
        return {**asdict(self), "columns": list(self.columns)}

    @classmethod
    def from_body(cls, body: dict[str, Any]) -> Needs:
        """Read what `to_body` wrote."""
        return cls(**{**body, "columns": tuple(body["columns"])})


def check_rates(fee_ppm: int, vat_ppm: int) -> None:
    """Stop unless fee and VAT rates are within their limits.

    Raises:
        InvalidError: they are not (`tariff.range`).
    """
    faults = {
        **_out_of("fee_ppm", fee_ppm, 0, FEE_LIMIT_PPM),
        **_out_of("vat_ppm", vat_ppm, 0, VAT_LIMIT_PPM),
    }
    _stop("tariff.range", "a rate is outside its limits", faults)


def check_topic(topic: str, code: str) -> None:
    """Stop unless the topic is one of the list.

    Raises:
        InvalidError: it is not (`code`).
    """
    if topic not in set(Topic):
        raise InvalidError(code, "there is no such topic", {"topic": "choice"})


def check_listing(price_fen: int, days: int) -> None:
    """Stop unless a listing's price and longest term are within their limits.

    Raises:
        InvalidError: they are not (`listing.range`).
    """
    faults = {
        **_out_of("price_fen", price_fen, 1, AMOUNT_LIMIT_FEN),
        **_out_of("days", days, 1, DAYS_LIMIT),
    }
    _stop("listing.range", "price or term is outside its limits", faults)


def checked_analyses(wanted: Sequence[str], offered: Iterable[str], code: str) -> tuple[str, ...]:
    """Return the wanted analyses sorted, if there are any and all of them are offered.

    Raises:
        InvalidError: none is wanted, one is named twice, or one is not offered (`code`).
    """
    if not wanted or len(set(wanted)) != len(wanted) or not set(wanted) <= set(offered):
        raise InvalidError(code, "name one or more of the analyses", {"analyses": "choice"})
    return tuple(sorted(wanted))


def check_needs(needs: Needs) -> None:
    """Stop unless what a request demands is within the limits.

    Raises:
        InvalidError: it is not (`request.needs`).
    """
    names = {name.casefold() for name in needs.columns}
    good_names = all(
        0 < len(name) <= COLUMN_LENGTH and name.isprintable() and name == name.strip()
        for name in needs.columns
    )
    distinct = len(names) == len(needs.columns) <= COLUMNS_LIMIT
    faults = {
        **({} if good_names and distinct else {"columns": "form"}),
        **_out_of("minimum_quality_ppm", needs.minimum_quality_ppm, 0, PPM),
        **_out_of("budget_fen", needs.budget_fen, 1, AMOUNT_LIMIT_FEN),
        **_out_of("questions", needs.questions, 1, QUESTIONS_LIMIT),
        **_out_of("days", needs.days, 1, DAYS_LIMIT),
    }
    _stop("request.needs", "what is needed is outside the limits", faults)


def check_until(now: datetime, until: datetime) -> None:
    """Stop unless a request ends in the future and within a year.

    Raises:
        InvalidError: it does not (`request.until`).
    """
    if not now < until <= now + REQUEST_LIMIT:
        text = "a request ends in the future and within a year"
        raise InvalidError("request.until", text, {"until": "range"})


@dataclass(frozen=True, slots=True)
class Terms:
    """What a contract is about in figures: price of one question, questions, term."""

    price_fen: int
    questions: int
    days: int

    @property
    def amount_fen(self) -> int:
        """What all questions cost."""
        return self.price_fen * self.questions


def check_terms(terms: Terms, posted_fen: int, longest_days: int) -> None:
    """Stop unless an offer stays within its listing: no dearer, no longer.

    Raises:
        InvalidError: it does not (`contract.terms`).
    """
    faults = {
        **_out_of("price_fen", terms.price_fen, 1, posted_fen),
        **_out_of("questions", terms.questions, 1, QUESTIONS_LIMIT),
        **_out_of("days", terms.days, 1, longest_days),
    }
    if not faults:
        faults = _out_of("questions", terms.amount_fen, 1, AMOUNT_LIMIT_FEN)
    _stop("contract.terms", "the offer is outside what the listing allows", faults)


def check_parties(buyer: str, supplier: str) -> None:
    """Stop when somebody would deal with himself.

    Raises:
        ConflictError: buyer and supplier are one (`contract.self`).
    """
    if buyer == supplier:
        raise ConflictError("contract.self", "nobody buys from himself")


def _out_of(field: str, value: int, least: int, most: int) -> dict[str, str]:
    return {} if least <= value <= most else {field: "range"}


def _stop(code: str, text: str, faults: dict[str, str]) -> None:
    if faults:
        raise InvalidError(code, text, faults)
