"""The appraiser's form: a weighted method states all of its inputs, an unweighted one none."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from exchange.appraisals.models import Appraisal
from exchange.appraisals.service import RequestAppraisal, request_appraisal
from exchange.web.site import Site
from exchange.working_days import SHANGHAI
from tests.grants.granting import Granting
from tests.web.browsing import Everything, browser_of
from tests.web.filling import done, page_of, send

_BESIDE = re.compile(r'class="fault" id="e-([a-z_]+)">([^<]*)<')
COST = {
    "value_type": "market",
    "premises": "持续使用",
    "limits": "仅供交易",
    "construction_fen": "8000",
    "operation_fen": "1500",
    "management_fen": "500",
    "return_ppm": "12",
    "quality_ppm": "96",
    "circulation_ppm": "110",
    "monopoly_ppm": "10",
    "risk_ppm": "8",
}
INCOME = {"income_fen": "3000", "income_years": "5", "share_ppm": "60", "discount_ppm": "11"}
WEIGHT = {"income_weight_ppm": "50"}


@pytest.fixture
def place(story: Granting) -> str:
    wish = RequestAppraisal(story.registered_asset, story.appraiser.participant, "trade")
    return f"/appraisals/{story.world.do(story.supplier, request_appraisal, wish).key}"


@pytest.fixture
def appraiser(app: Flask, site: Site, story: Granting) -> FlaskClient:
    return browser_of(app, site, story.appraiser)


def _sign(client: FlaskClient, story: Granting, place: str, typed: dict[str, str]) -> TestResponse:
    day = story.world.clock.now().astimezone(SHANGHAI).date().isoformat()
    return send(client, f"{place}/sign", valuation_date=day, **COST, **typed)


@pytest.mark.parametrize(
    "given",
    [(), ("income_fen",), *(tuple(one for one in INCOME if one != left) for left in INCOME)],
)
def test_a_weighted_method_needs_every_input(
    appraiser: FlaskClient, site: Site, story: Granting, place: str, given: tuple[str, ...]
) -> None:
    typed = WEIGHT | {name: INCOME[name] for name in given}
    before = Everything.of(story.world, site)

    answer = _sign(appraiser, story, place, typed)

    assert _refused(answer, typed) == dict.fromkeys(INCOME.keys() - typed.keys(), "必填")
    assert Everything.of(story.world, site) == before


@pytest.mark.parametrize(
    "typed", [INCOME, INCOME | {"income_weight_ppm": "0"}, {"discount_ppm": "0"}]
)
def test_inputs_of_a_method_without_a_weight_are_refused_and_told_what_to_do(
    appraiser: FlaskClient, site: Site, story: Granting, place: str, typed: dict[str, str]
) -> None:
    before = Everything.of(story.world, site)

    answer = _sign(appraiser, story, place, typed)

    told = "所属方法没有权重：请填写权重，或清空此项"
    assert _refused(answer, typed) == {name: told for name in typed if name in INCOME}
    assert Everything.of(story.world, site) == before


def test_what_is_signed_is_what_was_typed(
    appraiser: FlaskClient, story: Granting, place: str
) -> None:
    assert done(_sign(appraiser, story, place, WEIGHT | INCOME)) == place

    report = story.world.get(Appraisal, place.rpartition("/")[2]).report
    assert report is not None
    (income,) = [one for one in report["methods"] if one["inputs"].get("discount_ppm") is not None]
    assert income["inputs"]["incomes_fen"] == [300_000] * 5
    assert (income["inputs"]["share_ppm"], income["inputs"]["discount_ppm"]) == (600_000, 110_000)
    assert income["weight_ppm"] == 500_000


def _refused(answer: TestResponse, typed: dict[str, str]) -> dict[str, str]:
    """Return the faults of a refused form by field, after checking that it kept what was typed."""
    page = page_of(answer)
    assert answer.status_code == 422, page.text
    (form,) = [form for form in page.forms if form.action.endswith("/sign")]
    assert {name: form.values[name] for name in typed} == {n: [v] for n, v in typed.items()}
    assert form.values["construction_fen"] == ["8000"]
    return dict(_BESIDE.findall(answer.get_data(as_text=True)))
