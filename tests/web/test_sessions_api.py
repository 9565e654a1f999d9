"""Logging in and out over the API."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from exchange.acts.sealing import Custody
from exchange.clock import VirtualClock
from exchange.context import Acting
from exchange.identity.accounts import Credentials
from exchange.identity.models import LoginAccount
from exchange.web.app import create_app
from exchange.web.site import Site
from ledger.act import key_name
from ledger.note import sign_note
from ledger.signing import Ed25519Signer, private_key_from_seed
from tests.grants.granting import Granting
from tests.web.browsing import Everything, browser_of, problem
from tests.world import ORIGIN

PASSWORD = "tide tables and buoys"


@pytest.fixture
def account(site: Site, story: Granting) -> Credentials:
    """An account of the supplier."""
    assert isinstance(story.supplier.seal, Custody)
    credentials = Credentials("harbour", PASSWORD)
    site.accounts.open(credentials, story.supplier.participant, story.supplier.seal)
    return credentials


def _log_in(client: FlaskClient, username: str = "harbour", password: str = PASSWORD) -> int:
    body = {"username": username, "password": password}
    return client.post("/api/v1/sessions", json=body).status_code


def test_a_password_opens_a_session(
    client: FlaskClient, account: Credentials, story: Granting
) -> None:
    answer = client.post(
        "/api/v1/sessions", json={"username": account.username, "password": account.password}
    )

    assert answer.status_code == 201
    assert answer.get_json() == {
        "participant": story.supplier.participant,
        "roles": ["supplier"],
        "custody": True,
    }
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("fdx=")
    assert cookie.endswith("; HttpOnly; Path=/; SameSite=Lax")
    me = client.get("/api/v1/participants/me").get_json()
    assert me["id"] == story.supplier.participant


def test_over_https_the_cookie_is_bound_to_the_host(site: Site, account: Credentials) -> None:
    secure = replace(site, secure=True)
    client = create_app(secure).test_client()

    answer = client.post(
        "/api/v1/sessions",
        json={"username": account.username, "password": account.password},
        base_url="https://fdx.example",
    )

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-fdx=")
    assert "; Secure; HttpOnly; Path=/; SameSite=Lax" in cookie
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.usefixtures("account")
def test_wrong_credentials_say_nothing_more(client: FlaskClient) -> None:
    wrong = client.post("/api/v1/sessions", json={"username": "harbour", "password": "wrong"})
    unknown = client.post("/api/v1/sessions", json={"username": "nobody", "password": "wrong"})

    assert problem(wrong) == problem(unknown) == (401, "login.failed")
    assert wrong.get_json() == unknown.get_json()
    assert "Set-Cookie" not in wrong.headers


@pytest.mark.usefixtures("account")
def test_guessing_is_throttled_and_the_limit_passes(
    client: FlaskClient, real_clock: VirtualClock
) -> None:
    statuses = [_log_in(client, password=f"guess {number}") for number in range(12)]

    assert statuses == [401] * 10 + [429] * 2
    limited = client.post("/api/v1/sessions", json={"username": "harbour", "password": PASSWORD})
    assert problem(limited) == (429, "rate.login")
    assert limited.headers["Retry-After"] == "60"
    real_clock.advance(timedelta(seconds=60))
    assert _log_in(client) == 201


def test_guessing_many_names_from_one_address_is_throttled(client: FlaskClient) -> None:
    statuses = [_log_in(client, username=f"user{number}") for number in range(12)]

    assert statuses == [401] * 10 + [429] * 2


@pytest.mark.usefixtures("account")
def test_logging_in_well_is_not_counted(client: FlaskClient) -> None:
    assert [_log_in(client) for _ in range(25)] == [201] * 25


@pytest.mark.usefixtures("account")
def test_an_account_of_ones_own_buys_no_guesses_at_others(client: FlaskClient) -> None:
    statuses = []
    for number in range(12):
        statuses.append(_log_in(client, username=f"user{number}"))
        _log_in(client)

    assert statuses == [401] * 10 + [429] * 2


@pytest.mark.usefixtures("account")
def test_logging_in_again_ends_the_old_session(app: Flask, client: FlaskClient) -> None:
    _log_in(client)
    old = client.get_cookie("fdx")
    assert old is not None
    _log_in(client)

    thief = app.test_client()
    thief.set_cookie("fdx", old.value)
    assert problem(thief.get("/api/v1/participants/me")) == (401, "session.missing")
    assert client.get("/api/v1/participants/me").status_code == 200


def test_sessions_are_listed_and_ended(app: Flask, site: Site, story: Granting) -> None:
    here, there = (browser_of(app, site, story.supplier) for _ in range(2))
    listed = here.get("/api/v1/sessions").get_json()
    assert [item["present"] for item in listed] in ([True, False], [False, True])
    other = next(item["id"] for item in listed if not item["present"])
    stranger = browser_of(app, site, story.buyer)
    assert problem(stranger.delete(f"/api/v1/sessions/{other}")) == (404, "session.unknown")

    assert here.delete(f"/api/v1/sessions/{other}").status_code == 204

    assert problem(there.get("/api/v1/sessions")) == (401, "session.missing")
    ended = here.delete("/api/v1/sessions/present")
    assert ended.status_code == 204
    assert "fdx=;" in ended.headers["Set-Cookie"]
    assert problem(here.get("/api/v1/sessions")) == (401, "session.missing")


def _sign(acting: Acting, text: str) -> str:
    assert isinstance(acting.seal, Custody)
    name = key_name(ORIGIN, acting.participant, acting.seal.label)
    return sign_note(text, Ed25519Signer(name, private_key_from_seed(acting.seal.seed)))


def test_a_key_opens_a_session_that_signs_nothing_itself(
    client: FlaskClient, story: Granting, site: Site
) -> None:
    actor = story.supplier.participant
    made = client.post("/api/v1/sessions/challenge", json={"actor": actor})
    assert made.status_code == 201
    assert made.get_json()["text"] == (
        f"fdx-login/v1\n{ORIGIN}\n{actor}\n{made.get_json()['nonce']}\n"
    )
    note = _sign(story.supplier, made.get_json()["text"])

    opened = client.post("/api/v1/sessions/key", json={"actor": actor, "note": note})

    assert opened.status_code == 201
    assert opened.get_json() == {"participant": actor, "roles": ["supplier"], "custody": False}
    before = Everything.of(story.world, site)
    refused = client.post(f"/api/v1/assets/{story.registered_asset}/cancellation", json={})
    assert problem(refused) == (403, "custody.none")
    assert Everything.of(story.world, site) == before
    again = client.post("/api/v1/sessions/key", json={"actor": actor, "note": note})
    assert problem(again) == (401, "login.failed")


def test_a_challenge_signed_by_somebody_else_opens_nothing(
    client: FlaskClient, story: Granting
) -> None:
    actor = story.supplier.participant
    text = client.post("/api/v1/sessions/challenge", json={"actor": actor}).get_json()["text"]

    for body in (
        {"actor": actor, "note": _sign(story.rival, text)},
        {"actor": story.rival.participant, "note": _sign(story.supplier, text)},
        {"actor": actor, "note": text},
    ):
        assert problem(client.post("/api/v1/sessions/key", json=body)) == (401, "login.failed")


def test_signing_up_makes_participant_account_and_session(
    client: FlaskClient, story: Granting
) -> None:
    wish = {
        "username": "ferry",
        "password": PASSWORD,
        "name": "轮渡公司",
        "roles": ["buyer", "supplier"],
    }

    joined = client.post("/api/v1/participants", json=wish)

    assert joined.status_code == 201
    assert joined.get_json()["kind"] == "key.register"
    me = client.get("/api/v1/participants/me").get_json()
    assert (me["id"], me["name"], me["state"]) == (joined.get_json()["key"], "轮渡公司", "joined")
    assert me["asked"] == ["buyer", "supplier"]
    assert me["roles"] == []
    assert me["keys"][0]["custody"] is True
    assert story.world.replay_digest() == story.world.digest()


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"username": "No"}, "username", "用户名须为"),
        ({"password": "short"}, "password", "密码至少"),
        ({"name": ""}, "name", "须有 1 到 200 个字符"),
        ({"name": "a\u202eb"}, "name", "含有不允许的字符"),
        ({"roles": []}, "roles", "须有 1 到 7 项"),
        ({"roles": ["operator"]}, "roles.0", "不在可选范围内"),
        ({"roles": ["buyer", "buyer"]}, "roles", "有重复项"),
        ({"roles": "buyer"}, "roles", "格式不正确"),
        ({"extra": 1}, "extra", "未知的字段或对象"),
    ],
)
def test_a_wrong_sign_up_leaves_nothing(
    client: FlaskClient, site: Site, change: dict[str, object], field: str, says: str
) -> None:
    wish = {"username": "ferry", "password": PASSWORD, "name": "轮渡公司", "roles": ["buyer"]}
    before = _accounts_and_size(site)

    refused = client.post("/api/v1/participants", json={**wish, **change})

    assert problem(refused)[0] == 422
    assert list(refused.get_json()["errors"]) == [field]
    assert refused.get_json()["errors"][field].startswith(says)
    assert _accounts_and_size(site) == before


def _accounts_and_size(site: Site) -> tuple[int, str]:
    with site.engine.connect() as connection:
        rows = connection.execute(LoginAccount.table().select()).all()
    return len(rows), site.last_signed.read()
