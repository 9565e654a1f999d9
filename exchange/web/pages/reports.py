"""The appraiser's form: what goes into a report by cost and, if wished, by income."""

from dataclasses import fields
from datetime import timedelta
from typing import Any

from exchange.errors import InvalidError
from exchange.web.actions.table import schema
from exchange.web.fields import Choice, Fen, Moment, Text, Whole, load
from exchange.working_days import SHANGHAI
from valuation.appraisal.cost import UtilityCost
from valuation.appraisal.income import IncomeForecast
from valuation.appraisal.method import MethodInputs
from valuation.appraisal.report import Assignment, Purpose, ValueType, draw_up

_PPM = 1_000_000
_HIGHEST_FEN = 10**12
_STATEMENTS = 2_000
_YEARS = 50

REPORT = schema(
    "ReportForm",
    value_type=Choice(tuple(ValueType)),
    valuation_date=Moment(required=True),
    premises=Text(_STATEMENTS, lines=True),
    limits=Text(_STATEMENTS, lines=True),
    construction_fen=Fen(0, _HIGHEST_FEN),
    operation_fen=Fen(0, _HIGHEST_FEN),
    management_fen=Fen(0, _HIGHEST_FEN),
    return_ppm=Whole(0, 10 * _PPM),
    quality_ppm=Whole(0, _PPM),
    circulation_ppm=Whole(0, 3 * _PPM),
    monopoly_ppm=Whole(0, _PPM),
    risk_ppm=Whole(0, _PPM),
    income_weight_ppm=Whole(0, _PPM - 1, required=False),
    income_fen=Fen(0, _HIGHEST_FEN, required=False),
    income_years=Whole(1, _YEARS, required=False),
    share_ppm=Whole(1, _PPM, required=False),
    discount_ppm=Whole(0, 10 * _PPM, required=False),
)


#: The form's inputs of the income approach.
_OF_INCOME = ("income_fen", "income_years", "share_ppm", "discount_ppm")


def load_report(data: dict[str, Any]) -> dict[str, Any]:
    """Return the form's fields; a method that has a weight has all of its inputs, one without none.

    Raises:
        InvalidError: some fields are wrong, missing, or would not count (`request.fields`).
    """
    given = load(REPORT(), data)
    if given.get("income_weight_ppm"):
        faults = {name: "field.required" for name in _OF_INCOME if name not in given}
    else:
        faults = {name: "field.unweighted" for name in _OF_INCOME if name in given}
    if faults:
        raise InvalidError("request.fields", "some fields are wrong", faults)
    return given


def report_body(subject: str, purpose: str, given: dict[str, Any]) -> dict[str, Any]:
    """Draw up a report by cost, and by even yearly income where that has a weight.

    `given` is what `load_report` returns.

    Raises:
        ValuationError: the inputs are outside what a method takes, or show no value.
    """
    # The form gives the end of the day; the report wants the day.
    day = (given["valuation_date"] - timedelta(milliseconds=1)).astimezone(SHANGHAI).date()
    assignment = Assignment(
        subject=subject,
        purpose=Purpose(purpose),
        value_type=ValueType(given["value_type"]),
        valuation_date=day,
        premises=_lines(given["premises"]),
        limits=_lines(given["limits"]),
    )
    return draw_up(assignment, _methods(given)).to_body()


def _methods(given: dict[str, Any]) -> list[tuple[MethodInputs, int]]:
    names = [item.name for item in fields(UtilityCost)]
    cost = UtilityCost(**{name: given[name] for name in names})
    weight = given.get("income_weight_ppm", 0)
    if not weight:
        return [(cost, _PPM)]
    income = IncomeForecast(
        incomes_fen=(given["income_fen"],) * given["income_years"],
        share_ppm=given["share_ppm"],
        discount_ppm=given["discount_ppm"],
    )
    return [(cost, _PPM - weight), (income, weight)]


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())
