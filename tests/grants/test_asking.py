from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from exchange.actors import Role
from exchange.acts.ledger_tables import LedgerEntry, Payload
from exchange.acts.sealing import Custody
from exchange.acts.sequencer import Command, Recorded
from exchange.assets.service import describe
from exchange.context import Acting
from exchange.errors import ConflictError, UnavailableError
from exchange.grants.asking import Asked, ask
from exchange.grants.service import Reserve, Void, reserve, void
from exchange.grants.states import QuestionState
from exchange.parties.service import Censure, suspend
from exchange.protocol.asking import Ask
from exchange.protocol.commitment import commit
from exchange.storage.digest import row_json
from ledger import canonical
from ledger.act import Pin, key_name, parse_act_text, sign_act
from ledger.checkpoint import open_checkpoint
from ledger.encoding import b64
from ledger.proof import parse_proof
from ledger.signing import Ed25519Signer, private_key_from_seed
from tests.assets.registration import description
from tests.grants.granting import SQL, Granting, failed, kinds, untouched
from tests.grants.liars import OtherAnswer
from tests.grants.partner import ANSWER, SALT, DarkNode, Partner
from tests.world import ORIGIN

ANSWERED = Asked("q-1", QuestionState.ANSWERED, ANSWER, SALT, None)


@pytest.fixture
def story() -> Granting:
    return Granting()


def signer_of(acting: Acting) -> Ed25519Signer:
    """Return the signer of a participant whose key the test holds."""
    assert isinstance(acting.seal, Custody)
    name = key_name(ORIGIN, acting.participant, acting.seal.label)
    return Ed25519Signer(name, private_key_from_seed(acting.seal.seed))


def test_an_answer_is_handed_out_once_its_fee_is_captured(story: Granting) -> None:
    grant = story.granted()
    assert story.ask(grant) == ANSWERED
    assert kinds(story) == ["question.reserve", "answer.receipt"]
    contract = story.grant(grant).contract
    assert story.left(grant) == (4, 0)
    assert story.credit_fen(f"Escrow:{contract}") == 40_000
    assert story.credit_fen(f"Receivable:{story.supplier.participant}") == 9_700
    assert story.credit_fen("Fee:Trade") == 283
    assert story.credit_fen("Tax:VAT") == 17
    assert story.world.replay_digest() == story.world.digest()


def test_the_ticket_is_proven_under_the_checkpoint_that_the_head_names(story: Granting) -> None:
    story.ask(story.granted())
    (asked,) = story.partner.asked
    note = parse_proof(asked.ticket.proof).checkpoint_note
    checkpoint = open_checkpoint(note, story.world.log.verifier)
    assert asked.head.seen == Pin(checkpoint.size, checkpoint.root)
    assert asked.sql == SQL


def test_no_row_and_no_leaf_ever_holds_the_answer(story: Granting) -> None:
    story.ask(story.granted())
    with story.world.backend.snapshot() as reader:
        rows = [row_json(row) for model in story.world.tables for row in reader.all(model)]
        rows += [row.leaf for row in reader.all(LedgerEntry)]
        rows += [row_json(row) for row in reader.all(Payload)]
    assert rows
    assert not any(b"12.10" in row or b"9.26" in row for row in rows)


def test_asking_again_fetches_the_same_answer_without_an_act_or_a_fee(story: Granting) -> None:
    grant = story.granted()
    story.ask(grant)
    before = (story.world.digest(), story.world.leaves())
    assert story.ask(grant) == ANSWERED
    assert (story.world.digest(), story.world.leaves()) == before
    assert len(story.partner.asked) == 2


def test_a_refusal_gives_question_and_fee_back(story: Granting) -> None:
    grant = story.granted()
    story.partner.refusal = "question.column"
    refused = Asked("q-1", QuestionState.REFUSED, None, None, "question.column")
    assert story.ask(grant) == refused
    assert untouched(story, grant)
    assert story.ask(grant) == refused
    assert len(story.partner.asked) == 1
    assert story.world.replay_digest() == story.world.digest()


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ("peer.unreachable", "node.down"),
        ("peer.reply", "node.down"),
        ("question.late", "node.down"),
        ("node.lied", "node.down"),
        ("node.stale", "node.stale"),
        ("ticket.stale", "ticket.stale"),
    ],
)
def test_a_dark_node_voids_the_question_and_costs_nothing(
    story: Granting, told: str, reason: str
) -> None:
    grant = story.granted()
    assert failed(reason, lambda: story.ask(grant, nodes=DarkNode(told)))
    assert untouched(story, grant)
    row = story.question()
    assert (row.state, row.code) == (QuestionState.VOIDED, reason)
    assert kinds(story) == ["question.reserve", "question.void"]
    assert failed("question.voided", lambda: story.ask(grant))
    assert story.ask(grant, "q-2").state is QuestionState.ANSWERED
    assert story.world.replay_digest() == story.world.digest()


def test_a_node_that_was_suspended_meanwhile_gives_no_answer(story: Granting) -> None:
    grant = story.granted()
    wish = Censure(story.node.participant, "审计中")
    story.partner.before_reply = lambda: story.world.operate(suspend, wish)
    assert failed("node.down", lambda: story.ask(grant))
    assert untouched(story, grant)


def test_an_overtaken_node_is_asked_again_at_its_new_place(story: Granting) -> None:
    grant = story.granted()
    story.partner.before_reply = lambda: story.world.do(story.node, describe, description())
    assert story.ask(grant) == ANSWERED
    first, second = story.partner.asked
    assert second.head.seq == first.head.seq + 1
    assert second.ticket == first.ticket
    assert kinds(story) == ["question.reserve", "asset.describe", "answer.receipt"]


class Restless(Partner):
    """Acts for itself before every reply."""

    def reply(self, ask: Ask, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        self.move()
        return super().reply(ask, kind, body)

    move: Callable[[], object]


def test_a_node_that_never_stands_still_is_given_up_on(story: Granting) -> None:
    grant = story.granted()
    node = Restless(story.node, story.world.log)
    node.move = lambda: story.world.do(story.node, describe, description())
    assert failed("node.head", lambda: story.ask(grant, nodes=node))
    assert untouched(story, grant)
    assert len(node.asked) == 4


def test_a_node_whose_place_is_taken_says_so_and_is_asked_again(story: Granting) -> None:
    class Busy(Partner):
        """Has promised its place to somebody else at first."""

        turned_away = 0

        def post_question(self, url: str, request: dict[str, Any]) -> dict[str, Any]:
            if not self.turned_away:
                self.turned_away += 1
                raise ConflictError("node.head", "the place is taken")
            return super().post_question(url, request)

    assert story.ask(story.granted(), nodes=Busy(story.node, story.world.log)) == ANSWERED


def test_a_question_reserved_by_its_buyers_own_key_is_carried_on(story: Granting) -> None:
    grant = story.granted()
    world, buyer, wish = story.world, story.buyer, Reserve("q-1", grant, SQL)
    draft = world.exchange.draft(buyer.participant, reserve, wish)
    note = sign_act(parse_act_text(draft.text), signer_of(buyer))
    world.exchange.submit_signed(buyer.participant, reserve, wish, draft, note)
    assert story.ask(grant) == ANSWERED
    assert kinds(story) == ["question.reserve", "answer.receipt"]


def test_an_open_question_is_carried_on_also_when_the_log_has_grown(story: Granting) -> None:
    grant = story.granted()
    story.reserved(grant)
    story.pay_in(story.buyer, 1)
    assert story.ask(grant) == ANSWERED
    assert story.left(grant) == (4, 0)


def test_two_carriers_of_one_question_record_and_charge_once(story: Granting) -> None:
    grant = story.granted()
    twin = Partner(story.node, story.world.log)
    twin.journal = story.partner.journal
    story.partner.before_reply = lambda: story.ask(grant, nodes=twin)
    assert story.ask(grant) == ANSWERED
    assert kinds(story) == ["question.reserve", "answer.receipt"]
    assert story.left(grant) == (4, 0)


def test_two_carriers_of_one_refusal_record_it_once(story: Granting) -> None:
    grant = story.granted()
    twin = Partner(story.node, story.world.log)
    twin.refusal = story.partner.refusal = "question.shape"
    story.partner.before_reply = lambda: story.ask(grant, nodes=twin)
    assert story.ask(grant).code == "question.shape"
    assert kinds(story) == ["question.reserve", "answer.refuse"]


def test_an_answer_to_a_question_that_was_voided_meanwhile_stays_inside(story: Granting) -> None:
    grant = story.granted()
    wish = Void("q-1", "node.down")
    story.partner.before_reply = lambda: story.world.operate(void, wish)
    assert failed("node.down", lambda: story.ask(grant))
    assert kinds(story) == ["question.reserve", "question.void"]
    assert untouched(story, grant)


def test_a_dark_node_on_a_second_asking_leaves_the_answered_question_alone(
    story: Granting,
) -> None:
    grant = story.granted()
    story.ask(grant)
    refused = story.world.refused
    assert refused("node.down", lambda: story.ask(grant, nodes=DarkNode()))
    liar = OtherAnswer(story.node, story.world.log)
    assert refused("node.lied", lambda: story.ask(grant, nodes=liar))
    assert story.question().state is QuestionState.ANSWERED


def test_a_node_cannot_give_another_answer_the_second_time(story: Granting) -> None:
    grant = story.granted()
    story.ask(grant)

    class Changed(Partner):
        """Signs for an answer of today."""

        def judge(self, ask: Ask) -> tuple[str, dict[str, Any]]:
            kind, body = super().judge(ask)
            return kind, {**body, "answer": b64(commit(SALT, canonical.encode({"rows": []})))}

        def reply(self, ask: Ask, kind: str, body: dict[str, Any]) -> dict[str, Any]:
            return {**super().reply(ask, kind, body), "answer": {"rows": []}}

    changed = Changed(story.node, story.world.log)
    assert story.world.refused("node.lied", lambda: story.ask(grant, nodes=changed))


@pytest.mark.parametrize("field", ["sql", "grant", "acting"])
def test_an_id_stands_for_one_question_only(story: Granting, field: str) -> None:
    grant = story.granted()
    story.ask(grant)
    changes: dict[str, dict[str, Any]] = {
        "sql": {"sql": "SELECT COUNT(*) FROM flights"},
        "grant": {"grant": story.granted()},
        "acting": {"acting": story.world.enrol("乙公司", Role.BUYER)},
    }
    given = {"grant": grant, **changes[field]}
    assert story.world.refused("question.taken", lambda: story.ask(**given))


def test_an_unknown_grant_is_refused_before_anything_is_sent(story: Granting) -> None:
    assert story.world.refused("grant.unknown", lambda: story.ask("grant-none"))
    assert story.partner.asked == []


def test_a_question_whose_text_was_erased_is_not_carried(story: Granting) -> None:
    grant = story.granted()
    story.reserved(grant)
    with story.world.backend.batch() as tables:
        row = tables.get(Payload, story.question().sql)
        assert row is not None
        tables.delete(row)
    assert story.world.refused("question.erased", lambda: story.ask(grant))


def test_an_open_question_without_a_signed_checkpoint_waits_for_one(story: Granting) -> None:
    grant = story.granted()
    story.reserved(grant)
    exchange = replace(story.world.exchange, publish=lambda: None)
    wish = Reserve("q-1", grant, SQL)
    assert story.world.refused(
        "ledger.unsigned", lambda: ask(exchange, story.buyer, story.partner, wish)
    )
    assert story.ask(grant) == ANSWERED


def test_a_busy_log_leaves_the_question_open_to_be_repeated(story: Granting) -> None:
    grant = story.granted()

    def busy(command: Command) -> Recorded:
        if command.actor == story.node.participant:
            raise UnavailableError("ledger.busy", "the exchange takes no acts at the moment")
        return story.world.submit(command)

    exchange = replace(story.world.exchange, submit=busy)
    wish = Reserve("q-1", grant, SQL)
    assert failed("ledger.busy", lambda: ask(exchange, story.buyer, story.partner, wish))
    assert story.question().state is QuestionState.RESERVED
    assert story.ask(grant) == ANSWERED
    assert kinds(story) == ["question.reserve", "answer.receipt"]
