"""Acts over the API: recorded with their proof, or refused with nothing changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from exchange.actors import Role
from exchange.acts.ledger_tables import LedgerEntry
from exchange.acts.participants import Participant, ParticipantKey
from exchange.acts.sealing import Custody
from exchange.clock import VirtualClock
from exchange.context import Acting
from exchange.web.actions import ACTIONS
from exchange.web.site import Site
from ledger.act import key_name, parse_act_text
from ledger.encoding import b64
from ledger.note import sign_note
from ledger.proof import parse_proof, verify_proof
from ledger.signing import Ed25519Signer, private_key_from_seed, public_key_of
from tests.grants.granting import Granting
from tests.web.browsing import Everything, browser_of, problem
from tests.world import ORIGIN, World

SEED = bytes(range(32))


def check_proof(world: World, answer: dict[str, Any]) -> None:
    """Verify the proof of an act as an outsider does: by the log's key and the leaf alone."""
    entry = world.get(LedgerEntry, answer["index"])
    proof = parse_proof(answer["proof"])
    checkpoint = verify_proof(proof, entry.leaf, world.log.verifier)
    assert (proof.index, b64(entry.leaf_hash)) == (answer["index"], answer["leaf_hash"])
    assert checkpoint.size > answer["index"]


@pytest.fixture
def operator(app: Flask, site: Site, world: World) -> FlaskClient:
    return browser_of(app, site, world.exchange.operator)


def test_an_act_is_answered_with_its_proof(operator: FlaskClient, world: World) -> None:
    newcomer = world.join("新来者", Role.BUYER)

    answer = operator.post(
        f"/api/v1/participants/{newcomer.participant}/admission", json={"roles": ["buyer"]}
    )

    assert answer.status_code == 201
    assert answer.get_json()["kind"] == "party.admit"
    assert answer.get_json()["key"] == newcomer.participant
    assert answer.headers["Cache-Control"] == "no-store"
    assert world.get(Participant, newcomer.participant).roles == ["buyer"]
    check_proof(world, answer.get_json())
    assert world.replay_digest() == world.digest()


_NUMBER = ("格式不正确", "not of the right form")
_NEEDED = ("必填", "required")
WRONG_TARIFFS: list[tuple[dict[str, Any], dict[str, tuple[str, str]]]] = [
    ({}, {"fee_ppm": _NEEDED, "vat_ppm": _NEEDED}),
    (
        {"fee_ppm": 300_001, "vat_ppm": 0},
        {"fee_ppm": ("须在 0 到 300,000 之间", "from 0 to 300,000")},
    ),
    ({"fee_ppm": 1.5, "vat_ppm": True}, {"fee_ppm": _NUMBER, "vat_ppm": _NUMBER}),
    ({"fee_ppm": "1e3", "vat_ppm": None}, {"fee_ppm": _NUMBER, "vat_ppm": _NEEDED}),
    (
        {"fee_ppm": 1, "vat_ppm": 1, "version": 9},
        {"version": ("未知的字段或对象", "not known here")},
    ),
]


@pytest.mark.parametrize(("body", "errors"), WRONG_TARIFFS)
def test_wrong_fields_are_named_in_both_languages(
    operator: FlaskClient, site: Site, body: dict[str, Any], errors: dict[str, tuple[str, str]]
) -> None:
    before = site.last_signed.read()

    chinese = operator.post("/api/v1/tariffs", json=body)
    english = operator.post("/api/v1/tariffs?lang=en", json=body)
    asked = operator.post("/api/v1/tariffs", json=body, headers={"Accept-Language": "en-GB,en"})

    assert problem(chinese) == problem(english) == (422, "request.fields")
    assert chinese.get_json()["errors"] == {name: both[0] for name, both in errors.items()}
    assert chinese.get_json()["title"] == "填写有误"
    assert english.get_json()["errors"] == {name: both[1] for name, both in errors.items()}
    assert english.get_json() == asked.get_json()
    assert site.last_signed.read() == before


@pytest.mark.parametrize(
    ("content", "media_type", "status", "code"),
    [
        (b"{", "application/json", 400, "request.malformed"),
        (b"", "application/json", 400, "request.malformed"),
        (b"\xff", "application/json", 400, "request.malformed"),
        (b'{"fee_ppm": NaN, "vat_ppm": 0}', "application/json", 400, "request.malformed"),
        (
            b'{"fee_ppm": 1, "fee_ppm": 2, "vat_ppm": 0}',
            "application/json",
            400,
            "request.malformed",
        ),
        (b"[" * 50_000, "application/json", 400, "request.malformed"),
        (b"[]", "application/json", 422, "request.fields"),
        (b"1", "application/json", 422, "request.fields"),
        (b"null", "application/json", 422, "request.fields"),
        (b"fee_ppm=1", "application/x-www-form-urlencoded", 415, "request.media_type"),
        (b"x" * 65_537, "application/json", 413, "request.too_large"),
    ],
)
def test_bad_bodies_are_refused(
    operator: FlaskClient, content: bytes, media_type: str, status: int, code: str
) -> None:
    answer = operator.post("/api/v1/tariffs", data=content, content_type=media_type)

    assert problem(answer) == (status, code)


def test_unknown_addresses_and_methods_are_problems_too(client: FlaskClient) -> None:
    assert problem(client.get("/api/v1/nothing")) == (404, "page.unknown")
    answer = client.put("/api/v1/tariffs", json={})
    assert problem(answer) == (405, "request.method")
    assert "POST" in answer.headers["Allow"]


def test_a_wrong_state_is_a_conflict(operator: FlaskClient, story: Granting, site: Site) -> None:
    path = f"/api/v1/participants/{story.buyer.participant}/admission"
    before = Everything.of(story.world, site)

    assert problem(operator.post(path, json={"roles": ["buyer"]})) == (409, "participant.state")
    assert Everything.of(story.world, site) == before


def test_unknown_and_foreign_things_are_not_found(app: Flask, site: Site, story: Granting) -> None:
    rival = browser_of(app, site, story.rival)
    before = Everything.of(story.world, site)

    foreign = rival.post(f"/api/v1/assets/{story.registered_asset}/cancellation", json={})
    unknown = rival.post("/api/v1/assets/asset-nowhere/cancellation", json={})

    assert problem(foreign) == problem(unknown) == (404, "asset.unknown")
    assert foreign.get_json() == unknown.get_json()
    assert Everything.of(story.world, site) == before


def test_an_unfit_id_in_the_path_is_a_field_error(operator: FlaskClient) -> None:
    answer = operator.post("/api/v1/participants/%20x/suspension", json={"reason": "r"})

    assert problem(answer) == (422, "request.fields")
    assert answer.get_json()["errors"] == {"participant": "不是有效的编号"}


# --- acts signed by their actor's own key -----------------------------------------------------


def _draft(client: FlaskClient, actor: str, kind: str, body: dict[str, Any]) -> dict[str, str]:
    answer = client.post("/api/v1/acts/drafts", json={"actor": actor, "kind": kind, "body": body})
    assert answer.status_code == 201, answer.get_json()
    found: dict[str, str] = answer.get_json()
    return found


def _signed(actor: str, draft: dict[str, str], seed: bytes = SEED) -> dict[str, str]:
    signer = Ed25519Signer(key_name(ORIGIN, actor, "k1"), private_key_from_seed(seed))
    return {"draft": draft["draft"], "note": sign_note(draft["text"], signer)}


def _registration(**changes: Any) -> dict[str, Any]:
    body = {
        "name": "自持密钥公司",
        "roles": ["buyer"],
        "key": "k1",
        "public_key": b64(public_key_of(SEED)),
        "custody": False,
    }
    return {**body, **changes}


def _join(client: FlaskClient, actor: str = "p-own") -> dict[str, Any]:
    draft = _draft(client, actor, "key.register", _registration())
    answer = client.post("/api/v1/acts", json=_signed(actor, draft))
    assert answer.status_code == 201, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    return found


def test_a_participant_joins_with_a_key_of_its_own(client: FlaskClient, world: World) -> None:
    answer = _join(client)

    assert (answer["kind"], answer["key"]) == ("key.register", "p-own")
    key = world.get(ParticipantKey, "p-own/k1")
    assert (key.public_key, key.custody) == (public_key_of(SEED), False)
    check_proof(world, answer)
    assert world.replay_digest() == world.digest()


def test_a_draft_is_the_exact_act(client: FlaskClient, world: World) -> None:
    before = (world.digest(), world.leaves())

    draft = _draft(client, "p-own", "key.register", _registration())

    act = parse_act_text(draft["text"])
    assert (act.origin, act.actor, act.seq, act.kind) == (ORIGIN, "p-own", 1, "key.register")
    assert act.body == _registration()
    assert (world.digest(), world.leaves()) == before


def test_later_acts_are_drafted_by_their_actor_alone(
    client: FlaskClient, app: Flask, site: Site, world: World, operator: FlaskClient
) -> None:
    _join(client)
    operator.post("/api/v1/participants/p-own/admission", json={"roles": ["buyer"]})
    wish = {"actor": "p-own", "kind": "request.post", "body": _request()}
    own = browser_of(app, site, Acting("p-own", Custody("k1", SEED)))
    stranger = browser_of(app, site, world.join("他人", Role.BUYER))

    assert problem(client.post("/api/v1/acts/drafts", json=wish)) == (401, "session.missing")
    assert problem(stranger.post("/api/v1/acts/drafts", json=wish)) == (403, "act.actor")
    drafted = own.post("/api/v1/acts/drafts", json=wish).get_json()
    answer = own.post("/api/v1/acts", json=_signed("p-own", drafted))

    assert answer.status_code == 201, answer.get_json()
    check_proof(world, answer.get_json())
    assert world.replay_digest() == world.digest()


def _request() -> dict[str, Any]:
    return {
        "title": "航班延误研究",
        "detail": "需要各航司的月度延误统计。",
        "topic": "transport",
        "columns": ["carrier"],
        "minimum_quality_ppm": 900_000,
        "budget_fen": 100_000,
        "questions": 5,
        "days": 30,
        "until": "2026-04-20T00:00:00.000Z",
    }


def test_an_overtaken_draft_is_stale(app: Flask, site: Site, story: Granting) -> None:
    own = browser_of(app, site, story.supplier)
    assert isinstance(story.supplier.seal, Custody)
    actor, seed = story.supplier.participant, story.supplier.seal.seed
    body = {"asset": story.registered_asset}
    overtaken = _draft(own, actor, "asset.cancel", body)
    story.listed()
    before = Everything.of(story.world, site)

    refused = own.post("/api/v1/acts", json=_signed(actor, overtaken, seed))

    assert problem(refused) == (409, "act.stale")
    assert Everything.of(story.world, site) == before
    fresh = _draft(own, actor, "asset.cancel", body)
    assert own.post("/api/v1/acts", json=_signed(actor, fresh, seed)).status_code == 201


def test_a_draft_lives_five_minutes_and_serves_once(
    client: FlaskClient, real_clock: VirtualClock, world: World
) -> None:
    draft = _draft(client, "p-own", "key.register", _registration())
    real_clock.advance(timedelta(minutes=5))
    late = client.post("/api/v1/acts", json=_signed("p-own", draft))
    assert problem(late) == (404, "draft.unknown")

    fresh = _signed("p-own", _draft(client, "p-own", "key.register", _registration()))
    assert client.post("/api/v1/acts", json=fresh).status_code == 201
    size = len(world.leaves())
    assert problem(client.post("/api/v1/acts", json=fresh)) == (404, "draft.unknown")
    assert len(world.leaves()) == size


def test_what_was_not_signed_as_drafted_is_refused(
    client: FlaskClient, world: World, site: Site
) -> None:
    draft = _draft(client, "p-own", "key.register", _registration())
    good = _signed("p-own", draft)
    text = draft["text"]
    before = Everything.of(world, site)
    wrong = [
        ({**good, "note": text}, 422, "act.note"),
        ({**good, "note": "x"}, 422, "act.note"),
        (_signed("p-own", draft, b"\x07" * 32), 422, "act.signature"),
        (_signed("p-other", draft), 422, "act.note"),
        (_signed("p-own", {**draft, "text": text.replace("buyer", "appraiser")}), 409, "act.stale"),
        ({**good, "draft": "draft-unknown"}, 404, "draft.unknown"),
        ({"draft": draft["draft"]}, 422, "request.fields"),
    ]

    for body, status, code in wrong:
        answer = client.post("/api/v1/acts", json=body)
        assert problem(answer)[0] == status, (body, answer.get_json())
        assert answer.get_json()["code"] in {code, "act.signature", "act.note"}

    assert Everything.of(world, site) == before
    assert client.post("/api/v1/acts", json=good).status_code == 201


@pytest.mark.parametrize(
    ("kind", "body", "field"),
    [
        ("no.such", {}, "kind"),
        ("asset.code", {}, "kind"),
        ("key.register", _registration(public_key="AAAA"), "public_key"),
        ("key.register", _registration(public_key=b64(b"\x01" + bytes(31))), "public_key"),
        ("key.register", _registration(custody=True), "custody"),
        ("key.register", _registration(roles=["node"]), "roles.0"),
        ("node.register", {"name": "n"}, "supplier"),
    ],
)
def test_wrong_drafts_name_the_field(
    client: FlaskClient, kind: str, body: dict[str, Any], field: str
) -> None:
    answer = client.post("/api/v1/acts/drafts", json={"actor": "p-own", "kind": kind, "body": body})

    assert problem(answer)[0] == 422
    assert field in answer.get_json()["errors"]


@pytest.mark.parametrize("actor", ["P-OWN", "a b", "x" * 65, "операт"])
def test_nobody_joins_under_an_unfit_name(client: FlaskClient, actor: str) -> None:
    wish = {"actor": actor, "kind": "key.register", "body": _registration()}

    assert problem(client.post("/api/v1/acts/drafts", json=wish))[0] == 422


def test_a_key_is_nobody_elses(client: FlaskClient, world: World, site: Site) -> None:
    _join(client)
    before = Everything.of(world, site)
    wish = {"actor": "p-second", "kind": "key.register", "body": _registration()}

    assert problem(client.post("/api/v1/acts/drafts", json=wish)) == (409, "key.used")
    taken = {**wish, "actor": "p-own"}
    assert problem(client.post("/api/v1/acts/drafts", json=taken))[0] == 409
    assert Everything.of(world, site) == before


def test_too_little_money_is_a_conflict(app: Flask, site: Site, story: Granting) -> None:
    contract = story.signed()
    before = Everything.of(story.world, site)

    answer = browser_of(app, site, story.buyer).post(
        f"/api/v1/contracts/{contract}/funding", json={}
    )

    assert problem(answer) == (409, "funds.short")
    assert "Retry-After" not in answer.headers
    assert Everything.of(story.world, site) == before


def test_drafts_are_throttled(client: FlaskClient) -> None:
    wish = {"actor": "p-own", "kind": "no.such", "body": {}}
    answers = [client.post("/api/v1/acts/drafts", json=wish) for _ in range(121)]

    assert [answer.status_code for answer in answers[:120]] == [422] * 120
    assert problem(answers[120]) == (429, "rate.draft")


def test_every_act_of_the_exchange_is_an_action_or_nobodys_wish(world: World) -> None:
    by_job_or_node = {
        "answer.receipt",
        "answer.refuse",
        "appraisal.expire",
        "asset.code",
        "contract.lapse",
        "dispute.default",
        "grant.expire",
        "question.void",
        "request.expire",
    }

    assert set(world.kinds) - set(ACTIONS) == by_job_or_node
    assert set(ACTIONS) <= set(world.kinds)
    for action in ACTIONS.values():
        by = world.kinds[action.kind].by
        assert (action.roles is None) == (by is None)
        assert set(action.roles or ()) == set(by or ())
        assert set(action.subjects) <= set(action.schema().fields)
