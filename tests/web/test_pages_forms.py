"""Forms that are refused: what was typed stays, faults are named, nothing has changed."""

from __future__ import annotations

import html
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from exchange.storage.engine import open_engine, sqlite_url
from exchange.web.actions import ACTIONS
from exchange.web.app import create_app
from exchange.web.pages.forms import read
from exchange.web.site import Site
from tests.grants.granting import Granting
from tests.web.browsing import Everything, browser_of
from tests.web.filling import page_of, send
from tests.web.reading import faults_of

LISTING = ACTIONS["listing.open"].schema
REQUEST = ACTIONS["request.post"].schema


@pytest.mark.parametrize(
    ("typed", "fen"),
    [("12.80", 1280), ("12.8", 1280), ("12", 1200), ("¥1,234,567.89", 123456789), (" 0.01 ", 1)],
)
def test_amounts_are_typed_in_yuan(typed: str, fen: int) -> None:
    assert read(LISTING, MultiDict({"price_fen": typed}))["price_fen"] == fen


@pytest.mark.parametrize("typed", ["12.801", "1,23", "-5", "1e3", "12.", "٣", "NaN", "1 000"])
def test_an_amount_that_is_none_goes_on_as_typed(typed: str) -> None:
    assert read(LISTING, MultiDict({"price_fen": typed}))["price_fen"] == typed


@pytest.mark.parametrize(
    ("typed", "ppm"), [("90", 900_000), ("96.25%", 962_500), ("0.0001", 1), ("100 %", 1_000_000)]
)
def test_rates_are_typed_in_percent(typed: str, ppm: int) -> None:
    assert read(REQUEST, MultiDict({"minimum_quality_ppm": typed}))["minimum_quality_ppm"] == ppm


def test_a_day_is_read_as_its_end_in_china() -> None:
    assert read(REQUEST, MultiDict({"until": "2026-03-31"}))["until"] == "2026-03-31T16:00:00.000Z"


def test_a_list_is_typed_one_a_line() -> None:
    read_back = read(REQUEST, MultiDict({"columns": "carrier\r\n delay \r\n\r\n"}))
    assert read_back["columns"] == ["carrier", "delay"]
    assert read(REQUEST, MultiDict())["columns"] == []


def test_what_is_left_empty_is_left_out() -> None:
    offer = ACTIONS["contract.offer"].schema
    typed = MultiDict({"listing": "l", "price_fen": " ", "days": "", "analyses": "a"})
    assert read(offer, typed) == {"listing": "l", "analyses": ["a"]}


@pytest.mark.parametrize(
    ("lang", "words"),
    [("zh", ("没有办成", "每次查询的价格")), ("en", ("Not done", "Price of one question"))],
)
def test_a_refused_form_keeps_what_was_typed_and_changes_nothing(
    app: Flask, site: Site, story: Granting, lang: str, words: tuple[str, ...]
) -> None:
    client = browser_of(app, site, story.supplier)
    client.set_cookie("fdx_lang", lang)
    before = Everything.of(story.world, site)

    answer = send(
        client,
        "/do/listing.open",
        asset=story.registered_asset,
        appraisal=story.appraisal,
        topic="transport",
        analyses=["delay-by-carrier"],
        price_fen="12.345",
        days="0",
    )

    page, source = page_of(answer), html.unescape(answer.get_data(as_text=True))
    assert answer.status_code == 422
    assert faults_of(page, "zh-CN" if lang == "zh" else lang) == []
    assert {"#f-price_fen", "#f-days"} <= set(page.links)
    assert all(word in page.text for word in words)
    kept = next(form for form in page.forms if form.action == "/do/listing.open").values
    assert (kept["price_fen"], kept["days"], kept["analyses"]) == (
        ["12.345"],
        ["0"],
        ["delay-by-carrier"],
    )
    assert f'value="{story.registered_asset}" selected' in source
    assert 'value="transport" selected' in source
    assert Everything.of(story.world, site) == before


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        (
            "zh",
            (
                "须在 ¥0.01 到 ¥100,000,000,000.00 之间",
                "须在 0% 到 100% 之间",
                "1 到 1,000,000 之间",
            ),
        ),
        ("en", ("from ¥0.01 to ¥100,000,000,000.00", "from 0% to 100%", "from 1 to 1,000,000")),
    ],
)
def test_a_fault_names_the_limits_in_the_unit_of_its_field(
    app: Flask, site: Site, story: Granting, lang: str, told: tuple[str, ...]
) -> None:
    client = browser_of(app, site, story.buyer)
    client.set_cookie("fdx_lang", lang)

    answer = send(
        client,
        "/do/request.post",
        budget_fen="0",
        minimum_quality_ppm="101",
        questions="0",
    )

    assert answer.status_code == 422
    assert [words for words in told if words not in page_of(answer).text] == []
    wrong = {"budget_fen": 0, "minimum_quality_ppm": -1}
    faults = client.post("/api/v1/requests?lang=en", json=wrong).get_json()["errors"]
    assert faults["minimum_quality_ppm"] == "from 0 to 1,000,000"


def test_a_refusal_by_the_rules_is_told_in_the_form(
    app: Flask, site: Site, story: Granting
) -> None:
    listing = story.listed()
    before = Everything.of(story.world, site)

    answer = send(
        browser_of(app, site, story.buyer),
        f"/do/contract.offer?listing={listing}",
        "/do/contract.offer",
        analyses=["delay-by-carrier"],
        questions="5",
        price_fen="999",
        days="",
    )

    assert answer.status_code == 422
    assert "#f-price_fen" in page_of(answer).links
    assert Everything.of(story.world, site) == before


def test_a_state_that_has_moved_on_is_a_conflict(app: Flask, site: Site, story: Granting) -> None:
    listing = story.listed()
    client = browser_of(app, site, story.supplier)
    path = f"/do/listing.close?listing={listing}"
    assert send(client, path, "/do/listing.close").status_code == 303
    before = Everything.of(story.world, site)

    answer = send(client, path, "/do/listing.close")

    assert answer.status_code == 409
    assert "没有办成" in page_of(answer).text
    assert Everything.of(story.world, site) == before


@pytest.mark.parametrize(
    ("extra", "status"),
    [({"csrf": "forged"}, 403), ({"csrf": ""}, 403), ({"surprise": "x"}, 422)],
)
def test_a_form_that_the_site_did_not_make_is_refused(
    app: Flask, site: Site, story: Granting, extra: dict[str, str], status: int
) -> None:
    listing = story.listed()
    before = Everything.of(story.world, site)

    answer = send(
        browser_of(app, site, story.supplier),
        f"/do/listing.close?listing={listing}",
        "/do/listing.close",
        **extra,
    )

    assert answer.status_code == status
    assert Everything.of(story.world, site) == before


def test_another_site_cannot_send_a_form(app: Flask, site: Site, story: Granting) -> None:
    listing = story.listed()
    client = browser_of(app, site, story.supplier)
    page = page_of(client.get(f"/do/listing.close?listing={listing}"))
    values = next(form for form in page.forms if form.action == "/do/listing.close").values
    before = Everything.of(story.world, site)

    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = client.post(
            "/do/listing.close",
            data={name: value[0] for name, value in values.items()},
            headers=headers,
        )
        assert answer.status_code == 403
    assert Everything.of(story.world, site) == before


@pytest.mark.parametrize("who", ["rival", "buyer"])
def test_nobody_acts_on_what_is_anothers(app: Flask, site: Site, story: Granting, who: str) -> None:
    listing = story.listed()
    client = browser_of(app, site, getattr(story, who))
    token = page_of(client.get("/account")).forms[0].values["csrf"][0]
    before = Everything.of(story.world, site)

    answer = client.post("/do/listing.close", data={"csrf": token, "listing": listing})

    assert answer.status_code == {"rival": 404, "buyer": 403}[who]
    assert Everything.of(story.world, site) == before


def test_what_is_typed_is_never_markup(app: Flask, site: Site, story: Granting) -> None:
    hostile = "<script>alert(1)</script>"

    answer = send(
        browser_of(app, site, story.buyer),
        "/do/request.post",
        title=hostile,
        detail=hostile,
        topic="<b>",
        columns=hostile,
        minimum_quality_ppm=hostile,
        budget_fen=hostile,
        questions="1",
        days="1",
        until=hostile,
    )

    assert answer.status_code == 422
    assert "<script>" not in answer.get_data(as_text=True)
    assert faults_of(page_of(answer), "zh-CN") == []


def test_the_flash_line_shows_ones_own_entries_only(
    app: Flask, site: Site, story: Granting
) -> None:
    listing = story.listed()
    client = browser_of(app, site, story.supplier)
    answer = send(client, f"/do/listing.close?listing={listing}", "/do/listing.close")
    place = str(answer.headers["Location"])
    assert place.startswith(f"/products/{listing}?entry=")

    told = [
        "已记入账本" in page_of(one.get(place)).text
        for one in (client, browser_of(app, site, story.buyer), app.test_client())
    ]

    assert told == [True, False, False]
    assert "已记入账本" not in page_of(client.get(f"/products/{listing}?entry=99999")).text


def test_a_page_tells_when_the_database_does_not_answer(
    site: Site, story: Granting, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gone = open_engine(sqlite_url(tmp_path / "no" / "such" / "folder.db"))
    client = create_app(replace(site, engine=gone)).test_client()
    before = story.world.digest()

    answer = client.get("/")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert faults_of(page_of(answer), "zh-CN") == []
    assert "no/such" not in answer.get_data(as_text=True)
    assert "no/such" not in caplog.text
    assert story.world.digest() == before
