"""No link of a page leads its visitor nowhere, and every form leads back to what it is about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode, urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import SQLModel

from exchange.assets.service import cancel
from exchange.clock import VirtualClock
from exchange.ids import SeededIds
from exchange.storage.engine import open_engine, sqlite_url
from exchange.web.actions import ACTIONS
from exchange.web.app import create_app
from exchange.web.site import DemoAccount, Site
from tests.grants.granting import Granting
from tests.web.access import VISITORS
from tests.web.browsing import browser_of
from tests.web.filling import page_of
from tests.web.moving import move
from tests.web.page_access import form_cells
from tests.web.scene import Market
from tests.world import START

#: Field that names a thing → the thing of the scene that forms are opened with.
THINGS = {
    "asset": ("asset registered", "asset applied", "asset noticed"),
    "appraisal": ("appraisal asked",),
    "listing": ("listing",),
    "request": ("request",),
    "contract": ("contract", "offered", "signed"),
    "grant": ("grant",),
    "dispute": ("dispute filed", "dispute judged", "dispute awarded"),
    "payout": ("payout",),
}
PLACES: dict[str, str | tuple[str, ...]] = {
    "asset": "/assets/",
    "appraisal": "/appraisals/",
    "listing": "/products/",
    "request": "/requests/",
    "contract": "/contracts/",
    "grant": "/grants/",
    "question": "/questions/",
    "dispute": ("/disputes/", "/ops/disputes/"),
    "payout": "/payouts/",
    "participant": "/suppliers/",
}
FORMS = [kind for kind, action in ACTIONS.items() if not action.own_key]
#: So many pages of the log stand for all of them.
ENTRIES = 3
_BACK = re.compile(r'</button><a class="button second" href="([^"]+)">')


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Market, Flask, Site]]:
    engine = open_engine(sqlite_url(tmp_path_factory.mktemp("links") / "exchange.db"))
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
    yield market, create_app(site), site
    engine.dispose()


def _browser(market: tuple[Market, Flask, Site], visitor: str) -> FlaskClient:
    scene, app, site = market
    return browser_of(app, site, scene.visitors()[visitor])


@pytest.mark.parametrize("visitor", VISITORS)
def test_no_link_that_a_visitor_sees_is_dead(
    market: tuple[Market, Flask, Site], visitor: str
) -> None:
    assert _dead_links(_browser(market, visitor), _pages_of_things(market[0])) == []


@pytest.mark.parametrize("visitor", [None, "supplier", "buyer"])
def test_no_link_is_dead_when_a_registration_has_ended(
    app: Flask, site: Site, story: Granting, visitor: str | None
) -> None:
    grant = story.grant(story.granted())
    story.ask(grant.id, "q-1")
    story.requested()
    story.world.do(story.supplier, cancel, story.registered_asset)
    client = browser_of(app, site, None if visitor is None else getattr(story, visitor))

    assert _dead_links(client, [f"/contracts/{grant.contract}", f"/grants/{grant.id}"]) == []
    product = client.get(f"/products/{story.contract(grant.contract).listing}")
    assert product.status_code == 200
    assert "登记已注销" in page_of(product).text
    assert "/do/contract.offer" not in product.get_data(as_text=True)


def _dead_links(client: FlaskClient, starts: list[str]) -> list[tuple[str, str]]:
    """Follow every link from the home page and some others; list (page, link that is not there)."""
    waiting, entries = ["/", *starts], 0
    came_from = dict.fromkeys(waiting, "")
    dead = []
    while waiting:
        path = waiting.pop(0)
        answer = client.get(path)
        if answer.status_code == 404 and came_from[path]:
            dead.append((came_from[path], path))
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        for link in page_of(answer).links:
            found = urlsplit(urljoin(path, link))._replace(fragment="").geturl()
            entries += found not in came_from and found.startswith("/ledger/entries/")
            if found in came_from or (entries > ENTRIES and found.startswith("/ledger/entries/")):
                continue
            came_from[found] = path
            waiting.append(found)
    assert len(came_from) > len(starts) + 1
    return dead


def _pages_of_things(scene: Market) -> list[str]:
    places = {name: place for name, place in PLACES.items() if isinstance(place, str)}
    return [
        *(
            f"{place}{scene.things[name]}"
            for field, place in places.items()
            for name in THINGS.get(field, ())
        ),
        *(
            f"{place}{scene.things[name]}"
            for place in PLACES["dispute"]
            for name in THINGS["dispute"]
        ),
        "/questions/q-clear",
        f"/suppliers/{scene.supplier.participant}",
    ]


def _given(scene: Market) -> list[tuple[str, str]]:
    """List the fields that a form can be opened with, each with a thing of the scene."""
    return [
        *((field, scene.things[name]) for field, names in THINGS.items() for name in names),
        ("question", "q-clear"),
        ("participant", scene.supplier.participant),
        ("node", scene.node.participant),
    ]


@pytest.mark.parametrize("kind", FORMS)
def test_a_form_leads_back_to_a_page_that_its_visitor_sees(
    market: tuple[Market, Flask, Site], kind: str
) -> None:
    fields = ACTIONS[kind].schema().fields
    for visitor in (name for name, status in form_cells(kind).items() if status == 200):
        client = _browser(market, visitor)
        for field, key in (one for one in _given(market[0]) if one[0] in fields):
            for thing in (key, "nothing"):
                opened = f"/do/{kind}?{urlencode({field: thing})}"
                back = _back(client, opened)
                assert client.get(back).status_code == 200, (visitor, opened, back)


@pytest.mark.parametrize(
    ("visitor", "kind", "field", "thing"),
    [
        ("buyer", "contract.offer", "listing", "listing"),
        ("buyer", "dispute.file", "question", "q-clear"),
        ("supplier", "appraisal.request", "asset", "asset registered"),
        ("supplier", "listing.open", "asset", "asset registered"),
        ("supplier", "grant.issue", "contract", "contract"),
        ("supplier", "grant.revoke", "grant", "grant"),
        ("operator", "match.propose", "request", "request"),
        ("operator", "dispute.assign", "dispute", "dispute answered"),
        ("arbitrator", "award.make", "dispute", "dispute judged"),
        ("appraiser", "appraisal.decline", "appraisal", "appraisal asked"),
        ("clearer", "payout.confirm", "payout", "payout"),
    ],
)
def test_a_form_leads_back_to_the_thing_that_it_was_opened_with(
    market: tuple[Market, Flask, Site], visitor: str, kind: str, field: str, thing: str
) -> None:
    key = market[0].things.get(thing, thing)

    back = _back(_browser(market, visitor), f"/do/{kind}?{urlencode({field: key})}")

    assert back.startswith(PLACES[field])
    assert back.endswith(f"/{key}")


def _back(client: FlaskClient, opened: str) -> str:
    """Return where a form's way back leads: the button beside the one that sends it."""
    answer = client.get(opened)
    assert answer.status_code == 200
    (back,) = _BACK.findall(answer.get_data(as_text=True))
    return str(back)
