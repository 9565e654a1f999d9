from __future__ import annotations

from typing import Any

import pytest

from exchange.grants.nodes import Nodes
from exchange.grants.states import QuestionState
from exchange.protocol.asking import Ask
from ledger.encoding import b64
from tests.grants.granting import Granting, failed, kinds, untouched
from tests.grants.liars import LIARS, Tampering
from tests.grants.partner import SALT, Partner


@pytest.fixture
def story() -> Granting:
    return Granting()


class Garbage(Partner):
    """Sends what is no reply."""

    garbage: Any = None

    def post_question(self, url: str, request: dict[str, Any]) -> dict[str, Any]:
        assert super().post_question(url, request)
        garbage: dict[str, Any] = self.garbage
        return garbage


@pytest.mark.parametrize(
    "garbage",
    [
        {},
        {"outcome": "answered"},
        {"outcome": "maybe", "note": "x"},
        {"outcome": "refused", "note": 7, "code": "question.shape"},
        {"outcome": "answered", "note": "x", "answer": [], "salt": b64(SALT)},
        {"outcome": "answered", "note": "x", "answer": {}, "salt": "AAAA"},
        ["answered"],
    ],
)
def test_garbage_is_taken_for_no_answer(story: Granting, garbage: Any) -> None:
    grant = story.granted()
    node = Garbage(story.node, story.world.log)
    node.garbage = garbage
    assert failed("node.down", lambda: story.ask(grant, nodes=node))
    assert untouched(story, grant)


def caught(story: Granting, liar: Nodes) -> None:
    """Assert that a lie is found, the question voided, nothing charged, no answer let out."""
    grant = story.granted()
    assert failed("node.lied", lambda: story.ask(grant, nodes=liar))
    assert untouched(story, grant)
    row = story.question()
    assert (row.state, row.code, row.receipt) == (QuestionState.VOIDED, "node.lied", None)
    assert kinds(story) == ["question.reserve", "question.void"]


@pytest.mark.parametrize("liar", LIARS)
def test_a_lying_node_is_caught_and_nothing_is_charged(
    story: Granting, liar: type[Partner]
) -> None:
    caught(story, liar(story.node, story.world.log))


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("question", "q-2"),
        ("grant", "grant-other"),
        ("asset", "flights"),
        ("local", "weather"),
        ("analysis", "raw-rows"),
        ("ticket", b64(b"t" * 32)),
        ("ticket", None),
        ("rule", b64(b"s" * 32)),
        ("rule", "not base64"),
        ("data", b64(b"d" * 31)),
        ("data", None),
        ("answer", b64(b"a" * 32)),
        ("answer", None),
        ("answer", 7),
        ("charged", -1),
        ("charged", True),
        ("charged", None),
        ("note", "more"),
    ],
)
def test_a_receipt_for_anything_else_is_a_lie(story: Granting, member: str, value: Any) -> None:
    liar = Tampering(story.node, story.world.log)
    liar.member, liar.value = member, value
    caught(story, liar)


@pytest.mark.parametrize(
    ("member", "value"),
    [("code", "question.no_mood"), ("code", "question.budget"), ("grant", "grant-other")],
)
def test_a_refusal_that_was_signed_otherwise_is_a_lie(
    story: Granting, member: str, value: str
) -> None:
    liar = Tampering(story.node, story.world.log)
    liar.refusal, liar.member, liar.value = "question.column", member, value
    caught(story, liar)


def test_a_node_can_refuse_for_known_reasons_alone(story: Granting) -> None:
    story.partner.refusal = "question.no_mood"
    caught(story, story.partner)


def test_another_nodes_signature_is_a_lie(story: Granting) -> None:
    other = story.new_node("n-other", story.rival)

    class Borrowed(Partner):
        """Lets another node sign."""

        def sign(self, ask: Ask, kind: str, body: dict[str, Any]) -> str:
            return self.signed_by(other, ask, kind, body)

    caught(story, Borrowed(story.node, story.world.log))
