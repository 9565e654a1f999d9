"""Asking through the exchange at a real node's gate: real log, real follower, real rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from exchange.acts.sealing import Custody
from exchange.assets.service import describe
from exchange.errors import ExchangeError, UnavailableError
from exchange.grants.asking import ask
from exchange.grants.nodes import Turns
from exchange.grants.service import Issue, Reserve, Revoke, issue, reserve, revoke
from exchange.grants.states import QuestionState
from exchange.market.service import OfferContract, accept_contract, offer_contract
from exchange.node.engine import Engine
from exchange.node.follower import Follower, Log, NodeIdentity
from exchange.node.gate import Allowance, Asset, Gate, GateParts
from exchange.node.journal import Journal
from exchange.node.rule_file import parse_rule
from exchange.node.signing import Chair
from exchange.protocol.codes import ProblemError
from exchange.settlement.service import fund_escrow
from ledger.act import key_name
from ledger.encoding import b64
from ledger.signing import Ed25519Signer, private_key_from_seed
from ledger.tiles import TILE_WIDTH, encode_entry_bundle, parse_tile_path
from tests.assets.registration import description
from tests.grants.granting import Granting, failed, kinds
from tests.node.scene import RULE, make_asset, write_trips
from tests.world import ORIGIN

BY_CITY = "SELECT city, COUNT(*) AS trips, SUM(fare) AS fares FROM trips GROUP BY city"


class GateNodes(Turns):
    """The way to one gate in this process, as HTTP would tell of it."""

    def __init__(self, gate: Gate) -> None:
        super().__init__(wait_s=1.0)
        self.gate = gate

    def post_question(self, url: str, request: dict[str, Any]) -> dict[str, Any]:
        """Put a question; a problem comes back as its code."""
        assert url
        try:
            return self.gate.answer(request)
        except ProblemError as problem:
            raise UnavailableError(problem.code.value, "the node turned it away") from problem


class Scene:
    """The exchange of the tests with a node that holds the data of the node's own tests."""

    def __init__(self, directory: Path, journal: Journal) -> None:
        write_trips(directory)
        self.asset: Asset = make_asset(parse_rule(RULE.encode()), directory)
        self.story = Granting()
        self.nodes = GateNodes(self.gate(journal))
        self.grant = self.granted()

    def fetch(self, path: str) -> bytes:
        """Serve the exchange's log as C2SP tlog-tiles."""
        if path == "checkpoint":
            return self.story.world.last_signed.read().encode()
        tile = parse_tile_path(path)
        start = tile.index * TILE_WIDTH
        return encode_entry_bundle(self.story.world.leaves()[start : start + tile.width])

    def gate(self, journal: Journal) -> Gate:
        """Put the gate together as a node's assembly does."""
        world, node = self.story.world, self.story.node
        assert isinstance(node.seal, Custody)
        name = key_name(ORIGIN, node.participant, "k1")
        signer = Ed25519Signer(name, private_key_from_seed(node.seal.seed))
        identity = NodeIdentity(node.participant, (self.story.supplier.participant,))
        log = Log(ORIGIN, world.log.verifier, self.fetch)
        follower = Follower(log, journal, world.clock, identity)
        chair = Chair(node.participant, signer, journal, follower, world.clock)
        allowance = Allowance(100, 20_000)
        assets = {"trips": self.asset}
        return Gate(GateParts(chair, journal, follower, world.clock, assets, allowance, bytes(32)))

    def granted(self) -> str:
        """Register the node's data, list it, sell it, grant it."""
        story, world = self.story, self.story.world
        analysis = {**description()["analyses"][0], "id": "by-city", "parameters": []}
        changes = {"asset": "trips", "rule": b64(self.asset.policy.digest), "analyses": [analysis]}
        world.do(story.node, describe, description(**changes))
        asset = story.registered(local="trips")
        listing = story.listed(asset=asset, appraisal=story.appraised(asset), analyses=("by-city",))
        wish = OfferContract(listing, ("by-city",), 5)
        contract = world.do(story.buyer, offer_contract, wish).key
        world.do(story.supplier, accept_contract, contract)
        story.pay_in(story.buyer, 50_000)
        world.do(story.buyer, fund_escrow, contract)
        return world.do(story.supplier, issue, Issue(contract)).key

    def ask(self, sql: str, question: str) -> Any:
        """Ask through the exchange."""
        story = self.story
        wish = Reserve(question, self.grant, sql)
        return ask(story.world.exchange, story.buyer, self.nodes, wish)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    journal = Journal(tmp_path / "journal.sqlite")
    made = Scene(tmp_path, journal)
    yield made
    journal.close()
    engine: Engine = made.asset.engine
    engine.close()


def test_approved_questions_are_answered_and_paid_one_after_another(scene: Scene) -> None:
    first = scene.ask(BY_CITY, "q-1")
    second = scene.ask(BY_CITY, "q-2")
    assert (first.state, second.state) == (QuestionState.ANSWERED, QuestionState.ANSWERED)
    assert first.answer == second.answer
    assert [column["name"] for column in first.answer["columns"]] == ["city", "trips", "fares"]
    assert sorted(row[0] for row in first.answer["rows"]) == ["厦门", "福州"]
    assert scene.story.left(scene.grant) == (3, 0)
    assert scene.story.world.replay_digest() == scene.story.world.digest()


def test_an_answer_is_fetched_again_long_after(scene: Scene) -> None:
    first = scene.ask(BY_CITY, "q-1")
    scene.ask(BY_CITY, "q-2")
    scene.story.world.advance(days=3)
    scene.nodes.gate.parts.follower.follow()  # as a served node does every second
    before = scene.story.world.leaves()
    assert scene.ask(BY_CITY, "q-1") == first
    assert scene.story.world.leaves() == before


def test_what_the_rule_does_not_allow_is_refused_and_costs_nothing(scene: Scene) -> None:
    assert scene.ask("SELECT * FROM trips", "q-1").code == "question.raw_rows"
    assert scene.ask("SELECT COUNT(*) FROM trips WHERE rider = 'r1'", "q-2").code is not None
    assert scene.story.left(scene.grant) == (5, 0)
    assert kinds(scene.story) == ["question.reserve", "answer.refuse"] * 2


def test_a_ticket_that_lay_too_long_is_void(scene: Scene) -> None:
    story = scene.story
    story.world.do(story.buyer, reserve, Reserve("q-1", scene.grant, BY_CITY))
    story.world.advance(seconds=61)
    assert failed("ticket.stale", lambda: scene.ask(BY_CITY, "q-1"))
    assert story.left(scene.grant) == (5, 0)
    assert scene.ask(BY_CITY, "q-2").state is QuestionState.ANSWERED


def test_an_overtaken_gate_signs_the_same_answer_at_its_new_place(scene: Scene) -> None:
    story = scene.story
    answer = scene.nodes.gate.answer

    def overtaken(request: object) -> dict[str, object]:
        reply = answer(request)
        scene.nodes.gate.answer = answer  # type: ignore[method-assign]
        story.world.do(story.node, describe, description())
        return reply

    scene.nodes.gate.answer = overtaken  # type: ignore[method-assign]
    assert scene.ask(BY_CITY, "q-1").state is QuestionState.ANSWERED
    assert kinds(story) == ["question.reserve", "asset.describe", "answer.receipt"]


def test_a_revoked_grant_is_answered_by_nobody(scene: Scene) -> None:
    story = scene.story
    story.world.do(story.supplier, revoke, Revoke(scene.grant, "停止供应"))
    with pytest.raises(ExchangeError) as caught:
        scene.ask(BY_CITY, "q-1")
    assert caught.value.code == "grant.revoked"
