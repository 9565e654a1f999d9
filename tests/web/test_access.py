"""Every route × every visitor, against the declared table; nothing is undeclared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import SQLModel

from exchange.acts.sequencer import Command, DraftedError, Recorded
from exchange.clock import VirtualClock
from exchange.ids import SeededIds
from exchange.storage.engine import open_engine, sqlite_url
from exchange.web.app import create_app
from exchange.web.site import Site
from tests.web.access import OPEN, TABLE, VISITORS
from tests.web.browsing import browser_of, problem
from tests.web.moving import move
from tests.web.requests_of import Body, requests_of
from tests.web.scene import Market
from tests.world import START


class Rehearsal:
    """Takes every act as far as a draft: decided and applied by the real services, then undone."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.recorded = Recorded(0, b"", "rehearsed", "rehearsed", market.world.last_signed.read())

    def submit(self, command: Command) -> Recorded:
        """Answer as if the act had been recorded, or refuse as it would be refused."""
        try:
            self.market.world.submit(replace(command, seal=None))
        except DraftedError:
            return self.recorded
        raise AssertionError("a draft is never recorded")


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Market, Site]]:
    engine = open_engine(sqlite_url(tmp_path_factory.mktemp("access") / "exchange.db"))
    SQLModel.metadata.create_all(engine)
    market = Market()
    move(market.world, engine)
    site = Site(
        exchange=replace(market.world.exchange, submit=Rehearsal(market).submit),
        engine=engine,
        real_clock=VirtualClock(START),
        ids=SeededIds(b"site"),
        nodes=market.partner,
        last_signed=market.world.last_signed,
    )
    yield market, site
    engine.dispose()


@pytest.fixture(scope="module")
def requests(market: tuple[Market, Site]) -> dict[str, tuple[str, Body]]:
    return requests_of(market[0])


@pytest.fixture(scope="module")
def browsers(market: tuple[Market, Site]) -> dict[str, FlaskClient]:
    scene, site = market
    app = create_app(site)
    return {name: browser_of(app, site, acting) for name, acting in scene.visitors().items()}


def _app(market: tuple[Market, Site]) -> Flask:
    return create_app(market[1])


def _status(client: FlaskClient, path: str, body: Body) -> int:
    address = f"/api/v1{path}"
    answer = client.get(address) if body is None else client.post(address, json=body)
    if answer.status_code >= 400:
        problem(answer)
    return answer.status_code


def test_every_route_is_declared_and_no_other(
    market: tuple[Market, Site], requests: dict[str, tuple[str, Body]]
) -> None:
    routes = {
        rule.endpoint for rule in _app(market).url_map.iter_rules() if rule.rule.startswith("/api/")
    }

    assert routes == set(TABLE) | OPEN
    assert set(requests) == set(TABLE)
    assert tuple(market[0].visitors()) == VISITORS


def test_the_requests_go_where_they_say(
    market: tuple[Market, Site], requests: dict[str, tuple[str, Body]]
) -> None:
    adapter = _app(market).url_map.bind("localhost")
    for endpoint, (path, body) in requests.items():
        method = "GET" if body is None else "POST"
        found, _ = adapter.match(f"/api/v1{path}".split("?")[0], method=method)
        assert found == endpoint


@pytest.mark.parametrize("endpoint", TABLE)
def test_who_may(
    market: tuple[Market, Site],
    requests: dict[str, tuple[str, Body]],
    browsers: dict[str, FlaskClient],
    endpoint: str,
) -> None:
    scene, _ = market
    before = (scene.world.digest(), scene.world.leaves())

    found = {name: _status(client, *requests[endpoint]) for name, client in browsers.items()}

    assert found == TABLE[endpoint]
    assert (scene.world.digest(), scene.world.leaves()) == before
