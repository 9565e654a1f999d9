"""Asking over the API: answers pass through, nothing of them stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, MetaData

from exchange.acts.sealing import Custody
from exchange.grants.models import Grant
from exchange.identity.sessions import Holder, open_session
from exchange.web.site import Site
from ledger.act import key_name
from ledger.encoding import b64
from ledger.note import sign_note
from ledger.signing import Ed25519Signer, private_key_from_seed
from tests.grants.granting import SQL, Granting
from tests.grants.partner import ANSWER, SALT, DarkNode
from tests.web.browsing import Everything, browser_of, problem
from tests.web.filling import send
from tests.world import ORIGIN


@pytest.fixture
def grant(story: Granting) -> str:
    return story.granted()


@pytest.fixture
def buyer(app: Flask, site: Site, story: Granting) -> FlaskClient:
    return browser_of(app, site, story.buyer)


def _wish(grant: str, question: str = "q-1", sql: str = SQL) -> dict[str, str]:
    return {"question": question, "grant": grant, "sql": sql}


def test_an_answer_is_handed_on(buyer: FlaskClient, story: Granting, grant: str) -> None:
    answer = buyer.post("/api/v1/questions", json=_wish(grant))

    assert answer.status_code == 201
    assert answer.get_json() == {
        "question": "q-1",
        "state": "answered",
        "answer": ANSWER,
        "salt": b64(SALT),
        "code": None,
    }
    assert answer.headers["Cache-Control"] == "no-store"
    assert story.left(grant) == (4, 0)
    assert story.world.replay_digest() == story.world.digest()


def test_the_same_question_again_costs_nothing(
    buyer: FlaskClient, story: Granting, site: Site, grant: str
) -> None:
    first = buyer.post("/api/v1/questions", json=_wish(grant)).get_json()
    before = Everything.of(story.world, site)

    again = buyer.post("/api/v1/questions", json=_wish(grant))
    fetched = buyer.get("/api/v1/questions/q-1/answer")

    assert again.get_json() == fetched.get_json() == first
    assert fetched.status_code == 200
    assert fetched.headers["Cache-Control"] == "no-store"
    assert Everything.of(story.world, site).digest == before.digest
    assert Everything.of(story.world, site).leaves == before.leaves


def _stored(engine: Engine) -> Iterator[str]:
    metadata = MetaData()
    metadata.reflect(engine)
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(table.select()):
                yield repr(tuple(row))


def test_no_answer_is_ever_stored(buyer: FlaskClient, engine: Engine, grant: str) -> None:
    buyer.post("/api/v1/questions", json=_wish(grant))
    buyer.get("/api/v1/questions/q-1/answer")

    stored = list(_stored(engine))

    assert any("delay-by-carrier" in row for row in stored)
    assert not any("12.10" in row or "9.26" in row for row in stored)


def test_a_refusal_has_a_code_and_words(buyer: FlaskClient, story: Granting, grant: str) -> None:
    story.partner.refusal = "question.raw_rows"

    answer = buyer.post("/api/v1/questions", json=_wish(grant, sql="SELECT * FROM flights"))

    assert answer.status_code == 201
    assert answer.get_json()["state"] == "refused"
    assert answer.get_json()["code"] == "question.raw_rows"
    assert answer.get_json()["answer"] is None
    assert story.left(grant) == (5, 0)


def test_a_grant_used_up_is_a_conflict(site: Site, story: Granting, buyer: FlaskClient) -> None:
    grant = story.granted(questions=1)
    assert buyer.post("/api/v1/questions", json=_wish(grant)).status_code == 201
    before = Everything.of(story.world, site)

    answer = buyer.post("/api/v1/questions", json=_wish(grant, "q-2"))

    assert problem(answer) == (409, "grant.questions")
    assert "Retry-After" not in answer.headers
    assert send(buyer, f"/grants/{grant}/ask", sql=SQL).status_code == 409
    assert Everything.of(story.world, site) == before


def test_a_dark_node_costs_nothing(app: Flask, site: Site, story: Granting, grant: str) -> None:
    dark = app.extensions["fdx"] = replace(site, nodes=DarkNode())
    buyer = browser_of(app, dark, story.buyer)

    answer = buyer.post("/api/v1/questions", json=_wish(grant))

    assert problem(answer) == (503, "node.down")
    assert answer.headers["Retry-After"] == "5"
    assert "额度与费用已退回" in answer.get_json()["detail"]
    assert story.left(grant) == (5, 0)
    assert story.question().code == "node.down"
    assert problem(buyer.get("/api/v1/questions/q-1/answer")) == (409, "question.state")


def test_questions_are_their_parties_alone(
    app: Flask, site: Site, story: Granting, buyer: FlaskClient, grant: str
) -> None:
    buyer.post("/api/v1/questions", json=_wish(grant))
    supplier, stranger = (browser_of(app, site, who) for who in (story.supplier, story.rival))

    assert buyer.get("/api/v1/questions/q-1").get_json()["sql"] == SQL
    assert supplier.get("/api/v1/questions/q-1").get_json()["sql"] is None
    for path in ("questions/q-1", "questions/q-1/answer", f"grants/{grant}"):
        assert stranger.get(f"/api/v1/{path}").status_code == 404
    assert problem(supplier.get("/api/v1/questions/q-1/answer")) == (409, "question.erased")
    assert problem(supplier.post("/api/v1/questions", json=_wish(grant, "q-2"))) == (
        403,
        "act.role",
    )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"question": ""}, "question"),
        ({"question": "a b"}, "question"),
        ({"sql": "  "}, "sql"),
        ({"sql": "x" * 16_385}, "sql"),
        ({"sql": "SELECT '\u0000'"}, "sql"),
        ({"grant": None}, "grant"),
        ({"answer": "x"}, "answer"),
    ],
)
def test_an_unfit_question_is_refused(
    buyer: FlaskClient, story: Granting, grant: str, change: dict[str, object], field: str
) -> None:
    size = len(story.world.leaves())

    answer = buyer.post("/api/v1/questions", json={**_wish(grant), **change})

    assert problem(answer)[0] == 422
    assert list(answer.get_json()["errors"]) == [field]
    assert len(story.world.leaves()) == size


def test_an_expired_grant_refuses_before_the_node_is_asked(
    buyer: FlaskClient, story: Granting, site: Site, grant: str
) -> None:
    story.world.clock.advance_to(story.world.get(Grant, grant).expires_at)
    before = Everything.of(story.world, site)

    assert problem(buyer.post("/api/v1/questions", json=_wish(grant))) == (409, "grant.expired")
    assert Everything.of(story.world, site) == before
    assert story.partner.asked == []


def test_a_buyer_with_its_own_key_reserves_by_draft_and_then_asks(
    app: Flask, site: Site, story: Granting, grant: str
) -> None:
    holder = Holder(story.buyer.participant, None, None)
    own = app.test_client()
    own.set_cookie("fdx", open_session(site.identity, holder).cookie)
    early = own.post("/api/v1/questions", json=_wish(grant))
    assert problem(early) == (403, "custody.none")
    assert story.left(grant) == (5, 0)
    wish = {"actor": story.buyer.participant, "kind": "question.reserve", "body": _wish(grant)}
    draft = own.post("/api/v1/acts/drafts", json=wish).get_json()
    assert isinstance(story.buyer.seal, Custody)
    name = key_name(ORIGIN, story.buyer.participant, "k1")
    note = sign_note(
        draft["text"], Ed25519Signer(name, private_key_from_seed(story.buyer.seal.seed))
    )
    assert own.post("/api/v1/acts", json={"draft": draft["draft"], "note": note}).status_code == 201

    answer = own.post("/api/v1/questions", json=_wish(grant))

    assert answer.get_json()["answer"] == ANSWER
    assert story.left(grant) == (4, 0)
