"""What every answer carries, and what comes from other sites."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from exchange.acts.sequencer import Command, Recorded
from exchange.identity.sessions import Holder, open_session
from exchange.web import current
from exchange.web.app import create_app
from exchange.web.security import HEADERS, check_csrf, csrf_token
from exchange.web.site import Site
from tests.grants.granting import Granting
from tests.web.browsing import Everything, browser_of, problem

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def _address(rule: Rule) -> str:
    values = {name: 1 if "int" in str(rule) else "x" for name in rule.arguments}
    address = rule.rule
    for name, value in values.items():
        for form in (f"<{name}>", f"<path:{name}>", f"<int:{name}>"):
            address = address.replace(form, str(value))
    return address


def _assert_headers(answer: TestResponse, where: str) -> None:
    assert answer.headers["Content-Security-Policy"] == POLICY, where
    assert answer.headers["X-Content-Type-Options"] == "nosniff", where
    assert answer.headers["Referrer-Policy"] == "same-origin", where
    for name, value in HEADERS.items():
        if not where.startswith("/ledger/"):
            assert answer.headers[name] == value, where
    assert "Strict-Transport-Security" not in answer.headers, where


def test_every_route_carries_the_headers(app: Flask, client: FlaskClient) -> None:
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            address = _address(rule)
            answer = client.open(address, method=method)
            _assert_headers(answer, address)
            assert answer.status_code != 500, (method, address)


def test_who_is_logged_in_leaves_nothing_in_caches(app: Flask, site: Site, story: Granting) -> None:
    browser = browser_of(app, site, story.supplier)
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) or rule.endpoint == "static":
            continue
        answer = browser.get(_address(rule))
        if rule.endpoint.startswith("ledger_files."):
            continue
        assert answer.headers["Cache-Control"] == "no-store", rule.rule
        assert "Cookie" in answer.headers["Vary"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example", "Sec-Fetch-Site": "same-origin"},
    ],
)
def test_writing_from_another_site_is_refused(
    app: Flask, site: Site, story: Granting, headers: dict[str, str]
) -> None:
    browser = browser_of(app, site, story.supplier)
    before = Everything.of(story.world, site)
    path = f"/api/v1/assets/{story.registered_asset}/cancellation"

    refused = browser.post(path, json={}, headers=headers)

    assert problem(refused) == (403, "csrf.site")
    assert Everything.of(story.world, site) == before


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://localhost"},
    ],
)
def test_writing_from_here_is_not(
    app: Flask, site: Site, story: Granting, headers: dict[str, str]
) -> None:
    browser = browser_of(app, site, story.supplier)
    path = f"/api/v1/assets/{story.registered_asset}/cancellation"

    assert browser.post(path, json={}, headers=headers).status_code == 201


def test_a_simple_form_cannot_speak_to_the_api(app: Flask, site: Site, story: Granting) -> None:
    browser = browser_of(app, site, story.supplier)
    path = f"/api/v1/assets/{story.registered_asset}/cancellation"
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = browser.post(path, data=b"{}", content_type=media_type)
        assert problem(answer) == (415, "request.media_type")


def _guarded(site: Site) -> Flask:
    """Return an app with one form on it."""
    app = create_app(site)

    def form() -> str:
        if current.site() is site and current.session() is not None:
            return csrf_token()
        return csrf_token()

    def done() -> str:
        check_csrf()
        return "done"

    app.add_url_rule("/test-form", view_func=form, methods=["GET"])
    app.add_url_rule("/test-form", endpoint="done", view_func=done, methods=["POST"])
    return app


def test_a_form_must_bring_its_sessions_token(site: Site, story: Granting) -> None:
    app = _guarded(site)
    browser, other = (browser_of(app, site, who) for who in (story.supplier, story.buyer))
    token = browser.get("/test-form").get_data(as_text=True)

    assert browser.post("/test-form", data={"csrf": token}).get_data() == b"done"
    for wrong in ("", "x", "é", other.get("/test-form").get_data(as_text=True)):
        assert browser.post("/test-form", data={"csrf": wrong}).status_code == 403
    assert browser.post("/test-form").status_code == 403


def test_visitors_without_a_session_have_a_token_too(site: Site) -> None:
    app = _guarded(site)
    visitor, other = app.test_client(), app.test_client()
    shown = visitor.get("/test-form")
    token = shown.get_data(as_text=True)
    assert shown.headers["Set-Cookie"].endswith("; HttpOnly; Path=/; SameSite=Lax")

    assert visitor.post("/test-form", data={"csrf": token}).get_data() == b"done"
    assert visitor.get("/test-form").get_data(as_text=True) == token
    assert other.post("/test-form", data={"csrf": token}).status_code == 403


def test_a_fault_shows_nothing_of_itself(
    site: Site, story: Granting, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(_: Command) -> Recorded:
        msg = "secret detail"
        raise RuntimeError(msg)

    broken = replace(site, exchange=replace(site.exchange, submit=breaks))
    browser = browser_of(create_app(broken), broken, story.supplier)
    with caplog.at_level(logging.CRITICAL, "exchange.web.errors"):
        answer = browser.post(f"/api/v1/assets/{story.registered_asset}/cancellation", json={})

    assert problem(answer) == (500, "fault.internal")
    assert "secret" not in answer.get_data(as_text=True)
    assert "Traceback" not in answer.get_data(as_text=True)
    _assert_headers(answer, "fault")


@pytest.mark.parametrize(
    "planted", ["<script>alert(1)</script>", "秘密12345678", "../../etc/passwd"]
)
def test_refusals_do_not_repeat_what_was_sent(
    app: Flask, site: Site, story: Granting, planted: str
) -> None:
    browser = browser_of(app, site, story.supplier)
    wishes: list[tuple[str, Any]] = [
        (f"/assets/{planted}/cancellation", {}),
        ("/listings", {"asset": planted, "topic": planted, "price_fen": planted, planted: 1}),
        ("/acts", {"draft": planted, "note": planted}),
        ("/acts/drafts", {"actor": planted, "kind": planted, "body": {}}),
        ("/sessions", {"username": planted, "password": planted}),
    ]
    for path, body in wishes:
        answer = browser.post(f"/api/v1{path}", json=body)
        assert answer.status_code >= 400
        said = answer.get_json()
        said.pop("errors", None)  # it names the fields, known ones and unknown ones
        assert planted not in str(said)


def test_a_session_of_a_suspended_participant_has_no_roles(
    app: Flask, site: Site, story: Granting
) -> None:
    browser = browser_of(app, site, story.supplier)
    operator = browser_of(app, site, story.world.exchange.operator)
    path = f"/api/v1/participants/{story.supplier.participant}/suspension"
    assert operator.post(path, json={"reason": "核查"}).status_code == 201

    refused = browser.post(f"/api/v1/assets/{story.registered_asset}/cancellation", json={})

    assert problem(refused) == (403, "act.role")


def test_a_session_of_nobody_in_the_log_is_not_found(app: Flask, site: Site) -> None:
    client = app.test_client()
    client.set_cookie("fdx", open_session(site.identity, Holder("p-ghost", None, None)).cookie)

    assert problem(client.get("/api/v1/participants/me")) == (404, "participant.unknown")
