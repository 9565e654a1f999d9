"""Every page × every visitor × both languages, against the declared table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import SQLModel

from exchange.clock import VirtualClock
from exchange.ids import SeededIds
from exchange.storage.engine import open_engine, sqlite_url
from exchange.web.actions import ACTIONS
from exchange.web.app import create_app
from exchange.web.site import DemoAccount, Site
from tests.web.access import VISITORS
from tests.web.browsing import browser_of
from tests.web.empty import empty_site
from tests.web.moving import move
from tests.web.page_access import TABLE, form_cells, paths_of
from tests.web.reading import Page, faults_of
from tests.web.scene import Market
from tests.world import START

LANGS = {"zh": "zh-CN", "en": "en"}
NOTICES = {"zh": "模拟环境。", "en": "Simulation."}
FORMS = [kind for kind, action in ACTIONS.items() if not action.own_key]
FILES = {"log.proof", "log.leaf"}


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Market, Site]]:
    engine = open_engine(sqlite_url(tmp_path_factory.mktemp("pages") / "exchange.db"))
    SQLModel.metadata.create_all(engine)
    market = Market()
    move(market.world, engine)
    site = Site(
        exchange=market.world.exchange,
        engine=engine,
        real_clock=VirtualClock(START),
        ids=SeededIds(b"site"),
        nodes=market.partner,
        last_signed=market.world.last_signed,
        demo_accounts=(DemoAccount("buyer", "buyer", "open to everybody"),),
    )
    yield market, site
    engine.dispose()


@pytest.fixture(scope="module")
def paths(market: tuple[Market, Site]) -> dict[str, str]:
    return paths_of(market[0])


@pytest.fixture(scope="module")
def browsers(market: tuple[Market, Site]) -> dict[str, dict[str, FlaskClient]]:
    """Return visitor → client, for each language, which a cookie keeps."""
    scene, site = market
    app = create_app(site)
    found = {
        lang: {name: browser_of(app, site, acting) for name, acting in scene.visitors().items()}
        for lang in LANGS
    }
    for lang, clients in found.items():
        for client in clients.values():
            client.set_cookie("fdx_lang", lang)
    return found


def _seen(client: FlaskClient, path: str, lang: str, *, is_file: bool = False) -> int:
    """Return a page's status, after checking that it is a good page."""
    answer = client.get(path)
    if not is_file or answer.status_code != 200:
        page = Page(answer.get_data(as_text=True))
        assert faults_of(page, LANGS[lang]) == []
        assert NOTICES[lang] in page.text
    return answer.status_code


def test_every_page_is_declared_and_no_other(market: tuple[Market, Site]) -> None:
    app: Flask = create_app(market[1])
    pages = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or set())
        and not rule.rule.startswith(("/api/", "/static/", "/ledger/tile"))
        and not rule.endpoint.startswith("ledger_files.")
    }

    assert pages == {*TABLE, "doing.ask"}
    assert tuple(market[0].visitors()) == VISITORS


def test_the_addresses_lead_to_their_pages(
    market: tuple[Market, Site], paths: dict[str, str]
) -> None:
    adapter = create_app(market[1]).url_map.bind("localhost")

    assert {name: adapter.match(path.split("?")[0])[0] for name, path in paths.items()} == {
        name: name for name in TABLE
    }


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("endpoint", TABLE)
def test_who_sees_a_page(
    browsers: dict[str, dict[str, FlaskClient]], paths: dict[str, str], endpoint: str, lang: str
) -> None:
    found = {
        name: _seen(client, paths[endpoint], lang, is_file=endpoint in FILES)
        for name, client in browsers[lang].items()
    }

    assert found == TABLE[endpoint]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", FORMS)
def test_who_sees_the_form_of_an_act(
    browsers: dict[str, dict[str, FlaskClient]], kind: str, lang: str
) -> None:
    found = {name: _seen(client, f"/do/{kind}", lang) for name, client in browsers[lang].items()}

    assert found == form_cells(kind)


@pytest.mark.parametrize("lang", LANGS)
def test_every_thing_of_the_scene_has_a_page(
    market: tuple[Market, Site], browsers: dict[str, dict[str, FlaskClient]], lang: str
) -> None:
    scene, clients = market[0], browsers[lang]
    places = {"asset": "assets", "dispute": "disputes", "appraisal": "appraisals"}
    found = {}
    for name, key in scene.things.items():
        kind = name.split()[0]
        place = places.get(kind)
        if place is not None:
            found[name] = _seen(clients["supplier"], f"/{place}/{key}", lang)
    for state in ("offered", "signed", "funded", "contract"):
        found[state] = _seen(clients["buyer"], f"/contracts/{scene.things[state]}", lang)

    assert set(found.values()) == {200}


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("path", ["/", "/catalog", "/demands", "/ledger", "/stats", "/rules"])
def test_an_empty_exchange_has_pages_too(
    market: tuple[Market, Site], tmp_path_factory: pytest.TempPathFactory, path: str, lang: str
) -> None:
    with empty_site(tmp_path_factory.mktemp("empty"), market[1]) as site:
        client = create_app(replace(site, demo_accounts=())).test_client()
        client.set_cookie("fdx_lang", lang)
        assert _seen(client, path, lang) == 200
        assert client.get("/switch").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/products/nothing",
        "/suppliers/nobody",
        "/assets/none",
        "/requests/none",
        "/ledger/entries/999999",
        "/ledger/entries/99999999999999999999999",
        "/ledger/entries/999999.tlog-proof",
        "/verify/FJ-2026-999999-0",
        "/do/no.act",
        "/do/key.register",
        "/nowhere",
    ],
)
def test_what_is_not_there_says_so(browsers: dict[str, dict[str, FlaskClient]], path: str) -> None:
    assert _seen(browsers["zh"]["buyer"], path, "zh") == 404
