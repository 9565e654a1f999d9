"""The client: what it sends, what it checks, and which lies of an exchange it sees through."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from exchange.actors import Role
from exchange.acts.participants import Participant, ParticipantKey
from exchange.client.api import ApiClient, OwnKey
from exchange.errors import ConflictError, ExchangeError, Kind, UnavailableError
from exchange.parties.service import Admit, admit
from ledger.signing import Ed25519Verifier, public_key_of
from tests.client.conftest import Line
from tests.grants.granting import Granting

PASSWORD = "tide tables and buoys"
KEY = OwnKey("p-own", bytes(range(32)))


def _join(api: ApiClient, story: Granting) -> None:
    api.join_with_own_key(KEY, "自持密钥公司", ("buyer",))
    story.world.do(story.world.exchange.operator, admit, Admit("p-own", (Role.BUYER,)))


def _offer(story: Granting, listing: str) -> dict[str, Any]:
    assert story.registered_asset
    return {"listing": listing, "analyses": ["delay-by-carrier"], "questions": 3}


def test_signing_up_opens_a_session(api: ApiClient, story: Granting) -> None:
    api.sign_up("ferry", PASSWORD, "轮渡公司", ("buyer",))

    assert story.world.get(Participant, api.participant).name == "轮渡公司"
    assert api.get("/participants/me")["id"] == api.participant


def test_a_password_opens_a_session_again(api: ApiClient, line: Line, story: Granting) -> None:
    api.sign_up("ferry", PASSWORD, "轮渡公司", ("buyer",))
    second = ApiClient(line, story.world.log.verifier)

    second.log_in("ferry", PASSWORD)

    assert second.participant == api.participant
    assert second.get("/sessions")[0]["account"] == "ferry"


def test_a_key_of_ones_own_joins_logs_in_and_acts(api: ApiClient, story: Granting) -> None:
    listing = story.listed()
    _join(api, story)

    answer = api.act("contract.offer", _offer(story, listing))

    key = story.world.get(ParticipantKey, "p-own/k1")
    assert (key.public_key, key.custody) == (public_key_of(KEY.seed), False)
    assert answer["kind"] == "contract.offer"
    assert story.contract(answer["key"]).buyer == "p-own"
    assert api.get(f"/contracts/{answer['key']}")["questions"] == 3
    assert story.world.replay_digest() == story.world.digest()
    assert repr(KEY.seed) not in repr(KEY)


def test_texts_may_stand_by_their_commitments(api: ApiClient, story: Granting) -> None:
    _join(api, story)
    needs = {"columns": ["delay", "carrier"], "minimum_quality_ppm": 0, "budget_fen": 1_000}
    wish = {
        "title": "研究",
        "detail": "需要月度统计",
        "topic": "transport",
        "until": "2026-04-01T09:00:00.000Z",
    }

    answer = api.act("request.post", {**wish, **needs, "questions": 1, "days": 1})

    assert answer["kind"] == "request.post"


def test_terms_inside_other_terms_are_read_too(api: ApiClient, line: Line, story: Granting) -> None:
    _join(api, story)
    wish: dict[str, Any] = {
        "title": "研究",
        "detail": "需要月度统计",
        "topic": "transport",
        "columns": [],
        "minimum_quality_ppm": 0,
        "budget_fen": 1_000,
        "questions": 1,
        "days": 1,
        "until": "2026-04-01T09:00:00.000Z",
    }

    def lie(said: dict[str, Any]) -> None:
        assert '"budget_fen":1000' in said["text"]
        said["text"] = said["text"].replace('"budget_fen":1000', '"budget_fen":9000')

    line.bend = _lies_about("/acts/drafts", lie)
    with pytest.raises(ConflictError) as refusal:
        api.act("request.post", wish)

    assert refusal.value.code == "act.draft"


def test_a_refusal_keeps_kind_code_and_fields(api: ApiClient) -> None:
    with pytest.raises(ExchangeError) as refusal:
        api.sign_up("No", "short", "", ())

    assert (refusal.value.kind, refusal.value.code) == (Kind.INVALID, "request.fields")
    assert set(refusal.value.fields) == {"name", "roles"}
    with pytest.raises(ExchangeError) as unknown:
        api.get("/assets/nowhere")
    assert (unknown.value.kind, unknown.value.code) == (Kind.NOT_FOUND, "asset.unknown")


Lie = Callable[[dict[str, Any]], object]


def _lies_about(path: str, lie: Lie) -> Callable[[str, str, bytes], bytes]:
    def bend(method: str, asked: str, body: bytes) -> bytes:
        assert method in {"GET", "POST"}
        if not asked.endswith(path):
            return body
        said = json.loads(body)
        lie(said)
        return json.dumps(said).encode()

    return bend


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ('"questions":3', '"questions":900'),
        ("delay-by-carrier", "delay-by-airport"),
        ("listing-", "listing-x"),
        ("contract.offer", "contract.accept"),
        ("p-own", "p-else"),
        ("test.fdx.example", "evil.fdx.example"),
        ("fdx-act/v1", "fdx-act/v9"),
    ],
)
def test_it_signs_no_other_act_than_it_asked_for(
    api: ApiClient, line: Line, story: Granting, wrong: str, right: str
) -> None:
    listing = story.listed()
    _join(api, story)
    size = len(story.world.leaves())

    def lie(said: dict[str, Any]) -> None:
        assert wrong in said["text"]
        said["text"] = said["text"].replace(wrong, right)

    line.bend = _lies_about("/acts/drafts", lie)
    with pytest.raises(ConflictError) as refusal:
        api.act("contract.offer", _offer(story, listing))

    assert refusal.value.code == "act.draft"
    assert len(story.world.leaves()) == size


def test_it_signs_no_challenge_that_is_something_else(
    api: ApiClient, line: Line, story: Granting
) -> None:
    _join(api, story)
    line.bend = _lies_about(
        "/sessions/challenge", lambda said: said.update(text="fdx-act/v1\n" + said["text"])
    )

    with pytest.raises(ConflictError) as refusal:
        api.log_in_with_key(KEY)

    assert refusal.value.code == "login.challenge"


@pytest.mark.parametrize(
    ("path", "lie"),
    [
        ("/acts", lambda said: said.update(index=0)),
        ("/acts", lambda said: said.update(leaf_hash="A" * 43 + "=")),
        ("/acts", lambda said: said.update(leaf_hash="x")),
        ("/acts", lambda said: said.update(proof="x")),
        ("/acts", lambda said: said.update(proof=said["proof"].replace("index", "x", 1))),
        ("/ledger/entries/", lambda said: said.update(leaf="AAAA")),
        ("/ledger/entries/", lambda said: said.pop("leaf")),
    ],
)
def test_it_believes_no_proof_that_proves_nothing(
    api: ApiClient, line: Line, story: Granting, path: str, lie: Lie
) -> None:
    listing = story.listed()
    _join(api, story)

    def bend(method: str, asked: str, body: bytes) -> bytes:
        hit = asked.endswith(path) or (path.endswith("/") and path in asked)
        return _lies_about("", lie)(method, asked, body) if hit else body

    line.bend = bend
    with pytest.raises(UnavailableError) as refusal:
        api.act("contract.offer", _offer(story, listing))

    assert refusal.value.code == "act.proof"


def test_another_acts_entry_is_no_proof_of_mine(
    api: ApiClient, line: Line, story: Granting
) -> None:
    listing = story.listed()
    _join(api, story)
    first = api.act("contract.offer", _offer(story, listing))
    line.bend = _lies_about("/acts", lambda said: said.update(first))

    with pytest.raises(UnavailableError) as refusal:
        api.act("contract.offer", _offer(story, listing))

    assert refusal.value.code == "act.proof"


def test_another_logs_checkpoint_proves_nothing(line: Line) -> None:
    other = Ed25519Verifier("test.fdx.example/ledger", public_key_of(b"\x05" * 32))

    with pytest.raises(UnavailableError) as refusal:
        ApiClient(line, other).sign_up("ferry", PASSWORD, "轮渡公司", ("buyer",))

    assert refusal.value.code == "act.proof"
