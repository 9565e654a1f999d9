"""What a report must be before it may be signed, as pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final

from exchange.errors import InvalidError
from exchange.working_days import SHANGHAI
from valuation.appraisal.report import AppraisalReport, Purpose, from_body
from valuation.errors import ValuationError

#: Years for which a value holds from its date, as appraisal practice in China has it.
VALIDITY_YEARS: Final = 1


@dataclass(frozen=True, slots=True)
class Commission:
    """What a report was asked for: `names` are the asset's id and code, either names the asset."""

    names: tuple[str, ...]
    purpose: str


def check_purpose(purpose: str) -> None:
    """Refuse a purpose that no report can have.

    Raises:
        InvalidError: `appraisal.purpose`.
    """
    if purpose not in set(Purpose):
        text = "the purpose is trade, pledge, balance_sheet or equity_contribution"
        raise InvalidError("appraisal.purpose", text, {"purpose": "choice"})


def checked_report(body: object, commission: Commission, at: datetime) -> AppraisalReport:
    """Return the report with every figure computed anew, if it is what was asked for.

    Raises:
        InvalidError: `appraisal.report`, with the member at fault: it is malformed, its figures
            do not follow from its inputs, it is about something else, or dated after `at`.
    """
    try:
        report = from_body(body)
    except ValuationError as error:
        fields = {error.field or "report": error.code}
        raise InvalidError("appraisal.report", error.text, fields) from error
    assignment = report.assignment
    if assignment.subject not in commission.names:
        raise _unfit("subject", "the report is about another asset")
    if assignment.purpose.value != commission.purpose:
        raise _unfit("purpose", "the report has another purpose than the request")
    if assignment.valuation_date > at.astimezone(SHANGHAI).date():
        raise _unfit("valuation_date", "the valuation date lies in the future")
    return report


def validity_end(valuation_date: date) -> datetime:
    """Return the end of the last day on which a value of this date holds, as aware UTC.

    One year: of 2026-03-02 until 2027-03-01 has passed, Shanghai time. What begins on
    29 February ends with the next 28 February.
    """
    try:
        day = valuation_date.replace(year=valuation_date.year + VALIDITY_YEARS)
    except ValueError:
        day = date(valuation_date.year + VALIDITY_YEARS, 3, 1)
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def check_expiry(expires_at: datetime, valuation_date: date, at: datetime) -> None:
    """Refuse a report that has run out when it is signed, or is said to hold too long.

    Raises:
        InvalidError: `appraisal.report` on `valuation_date`.
    """
    if not at < expires_at <= validity_end(valuation_date):
        raise _unfit("valuation_date", "the value no longer holds, or is said to hold too long")


def _unfit(member: str, text: str) -> InvalidError:
    return InvalidError("appraisal.report", text, {f"report.assignment.{member}": "unfit"})
