from __future__ import annotations

from typing import Any

import pytest

from exchange.assets.models import Node
from exchange.assets.service import bind_node
from exchange.context import Acting
from exchange.grants.service import (
    Revoke,
    Void,
    receive_answer,
    receive_refusal,
    revoke,
    void,
    void_late,
)
from exchange.grants.states import QuestionState
from ledger.encoding import b64
from tests.assets.registration import forge, forged
from tests.grants.bodies import receipt, refusal
from tests.grants.granting import PRICE_FEN, Granting


@pytest.fixture
def story() -> Granting:
    return Granting()


def test_a_receipt_ends_a_question_and_captures_its_fee(story: Granting) -> None:
    grant = story.granted()
    story.reserved(grant)
    recorded = story.world.do(story.node, receive_answer, receipt(story))
    row = story.question()
    assert row.state is QuestionState.ANSWERED
    assert (row.receipt, row.answer) == (recorded.leaf_hash, b"a" * 32)
    assert (row.analysis, row.ended_at) == ("delay-by-carrier", story.world.clock.now())
    assert story.left(grant) == (4, 0)
    assert story.credit_fen(f"Escrow:{row.contract}") == 4 * PRICE_FEN


def test_only_the_asked_node_answers(story: Granting) -> None:
    story.reserved(story.granted())
    other = story.new_node("n-other", story.rival)
    refuses = story.world.refuses
    assert refuses("act.role", other, receive_answer, receipt(story))
    assert refuses("act.role", story.supplier, receive_answer, receipt(story))
    assert refuses("act.role", story.supplier, receive_refusal, refusal(story))
    bound = bind(story, other)
    assert refuses("question.unknown", bound, receive_answer, receipt(story))
    assert refuses("question.unknown", bound, receive_refusal, refusal(story))
    wish = forge("answer.receipt", receipt(story))
    assert refuses("question.unknown", bound, forged, wish)
    body = {**receipt(story), "question": "q-none"}
    assert refuses("question.unknown", story.node, receive_answer, body)


def bind(story: Granting, node: Acting) -> Acting:
    """Bind a node to the rival and return it."""
    story.world.do(story.rival, bind_node, node.participant)
    assert story.world.get(Node, node.participant).bound
    return node


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"grant": "grant-other"}, "receipt.mismatch"),
        ({"asset": "asset-other"}, "receipt.mismatch"),
        ({"local": "weather"}, "receipt.mismatch"),
        ({"ticket": b64(b"t" * 32)}, "receipt.mismatch"),
        ({"rule": b64(b"s" * 32)}, "receipt.mismatch"),
        ({"analysis": "raw-rows"}, "receipt.analysis"),
        ({"charged": -1}, "receipt.form"),
        ({"charged": True}, "receipt.form"),
        ({"data": "AAAA"}, "receipt.form"),
        ({"extra": 1}, "receipt.form"),
    ],
)
def test_a_receipt_fits_its_question(story: Granting, changes: dict[str, Any], code: str) -> None:
    story.reserved(story.granted())
    body = receipt(story, **changes)
    assert story.world.refuses(code, story.node, receive_answer, body)


@pytest.mark.parametrize(
    "changes",
    [
        {"grant": "grant-other"},
        {"asset": "asset-other"},
        {"local": "weather"},
        {"ticket": b64(b"t" * 32)},
        {"rule": b64(b"s" * 32)},
        {"analysis": "raw-rows"},
        {"charged": -1},
        {"charged": True},
    ],
)
def test_the_ledger_takes_no_receipt_that_does_not_fit(
    story: Granting, changes: dict[str, Any]
) -> None:
    story.reserved(story.granted())
    wish = forge("answer.receipt", receipt(story, **changes))
    assert story.world.refuses("grant.mismatch", story.node, forged, wish)


def test_a_question_ends_once(story: Granting) -> None:
    story.reserved(story.granted())
    story.world.do(story.node, receive_answer, receipt(story))
    operator = story.world.exchange.operator
    refuses = story.world.refuses
    assert refuses("question.state", story.node, receive_answer, receipt(story))
    assert refuses("question.state", story.node, receive_refusal, refusal(story))
    assert refuses("question.state", operator, void, Void("q-1", "node.down"))
    assert refuses("question.state", operator, void_late, "q-1")
    forgery = forge("answer.receipt", receipt(story))
    assert refuses("question.state", story.node, forged, forgery)


def test_a_receipt_is_taken_after_the_grant_was_revoked(story: Granting) -> None:
    grant = story.granted()
    story.reserved(grant)
    story.world.do(story.supplier, revoke, Revoke(grant, "x"))
    story.world.do(story.node, receive_answer, receipt(story))
    assert story.left(grant) == (4, 0)
    assert story.world.replay_digest() == story.world.digest()


def test_a_refusal_returns_question_and_fee(story: Granting) -> None:
    grant = story.granted()
    story.reserved(grant)
    story.world.do(story.node, receive_refusal, refusal(story))
    row = story.question()
    assert (row.state, row.code) == (QuestionState.REFUSED, "question.shape")
    assert story.left(grant) == (5, 0)
    assert story.credit_fen(f"Escrow:{row.contract}") == 5 * PRICE_FEN


@pytest.mark.parametrize(
    ("changes", "code", "in_ledger"),
    [
        ({"grant": "grant-other"}, "receipt.mismatch", "grant.mismatch"),
        ({"ticket": b64(b"t" * 32)}, "receipt.mismatch", "grant.mismatch"),
        ({"code": "question.no_mood"}, "receipt.code", "grant.mismatch"),
        ({"code": "no mood"}, "receipt.form", "grant.mismatch"),
    ],
)
def test_a_refusal_fits_its_question(
    story: Granting, changes: dict[str, Any], code: str, in_ledger: str
) -> None:
    story.reserved(story.granted())
    body = refusal(story, **changes)
    assert story.world.refuses(code, story.node, receive_refusal, body)
    assert story.world.refuses(in_ledger, story.node, forged, forge("answer.refuse", body))


def test_a_question_that_nobody_answers_is_void_after_five_minutes(story: Granting) -> None:
    grant = story.granted()
    story.reserved(grant)
    operator = story.world.exchange.operator
    story.world.advance(minutes=5, milliseconds=-1)
    early = forge("question.void", {"question": "q-1", "reason": "question.late"})
    assert story.world.refuses("deadline.early", operator, void_late, "q-1")
    assert story.world.refuses("deadline.early", operator, forged, early)
    story.world.advance(milliseconds=1)
    story.world.operate(void_late, "q-1")
    row = story.question()
    assert (row.state, row.code) == (QuestionState.VOIDED, "question.late")
    assert story.left(grant) == (5, 0)
    assert story.world.replay_digest() == story.world.digest()


def test_the_operator_voids_for_known_reasons_alone(story: Granting) -> None:
    story.reserved(story.granted())
    operator = story.world.exchange.operator
    refuses = story.world.refuses
    assert refuses("act.role", story.buyer, void, Void("q-1", "node.down"))
    assert refuses("act.role", story.buyer, void_late, "q-1")
    assert refuses("question.unknown", operator, void, Void("q-none", "node.down"))
    assert refuses("question.reason", operator, void, Void("q-1", "question.late"))
    assert refuses("question.reason", operator, void, Void("q-1", "because"))
    forgery = forge("question.void", {"question": "q-1", "reason": "because"})
    assert refuses("grant.mismatch", operator, forged, forgery)
