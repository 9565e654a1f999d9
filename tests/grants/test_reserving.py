from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from exchange.actors import Role
from exchange.acts.ledger_tables import Payload
from exchange.clock import from_ms
from exchange.grants.models import Question
from exchange.grants.service import (
    Reserve,
    Revoke,
    reserve,
    revoke,
)
from exchange.settlement.models import Escrow
from exchange.settlement.service import decide_release
from exchange.storage.tables import Deadline
from ledger.encoding import b64
from tests.assets.registration import forge, forged
from tests.grants.bodies import reservation
from tests.grants.granting import PRICE_FEN, SQL, Granting


@pytest.fixture
def story() -> Granting:
    return Granting()


def test_a_reservation_sets_one_question_and_its_fee_aside(story: Granting) -> None:
    grant = story.granted()
    recorded = story.reserved(grant)
    row = story.question()
    assert row == Question(
        id="q-1",
        entry=recorded.index,
        grant=grant,
        contract=story.grant(grant).contract,
        buyer=story.buyer.participant,
        node="n-transport",
        sql=row.sql,
        fee_fen=PRICE_FEN,
        ticket=recorded.leaf_hash,
        ticket_index=recorded.index,
        asked_at=story.world.clock.now(),
    )
    assert story.world.get(Payload, row.sql).text == SQL
    assert story.left(grant) == (4, PRICE_FEN)
    assert story.credit_fen(f"Escrow:{row.contract}") == 5 * PRICE_FEN
    deadline = story.world.get(Deadline, "question:q-1")
    assert deadline.act == "question.void"
    assert from_ms(deadline.due_ms) - row.asked_at == timedelta(minutes=5)
    assert not any(SQL.encode() in leaf for leaf in story.world.leaves())
    assert story.world.replay_digest() == story.world.digest()


@pytest.mark.parametrize(
    ("question", "sql", "code"),
    [
        ("", SQL, "question.id"),
        ("-q", SQL, "question.id"),
        ("q 1", SQL, "question.id"),
        ("q" * 65, SQL, "question.id"),
        ("q\n", SQL, "question.id"),
        ("问", SQL, "question.id"),
        ("q-1", " \n", "question.empty"),
        ("q-1", "x" * 16_385, "question.too_long"),
        ("q-1", "问" * 5_462, "question.too_long"),
        ("q-1", "SELECT '\ud800'", "question.text"),
    ],
)
def test_a_question_has_a_form_that_nodes_take(
    story: Granting, question: str, sql: str, code: str
) -> None:
    wish = Reserve(question, story.granted(), sql)
    assert story.world.refuses(code, story.buyer, reserve, wish)


def test_a_grant_is_its_buyers_alone(story: Granting) -> None:
    grant = story.granted()
    stranger = story.world.enrol("乙公司", Role.BUYER)
    refuses = story.world.refuses
    assert refuses("act.role", story.supplier, reserve, Reserve("q-1", grant, SQL))
    assert refuses("grant.unknown", stranger, reserve, Reserve("q-1", grant, SQL))
    assert refuses("grant.unknown", story.buyer, reserve, Reserve("q-1", "grant-none", SQL))


def test_an_id_is_used_once_whoever_used_it(story: Granting) -> None:
    grant = story.granted()
    story.reserved(grant)
    assert story.world.refuses("question.taken", story.buyer, reserve, Reserve("q-1", grant, SQL))


def test_a_revoked_grant_takes_no_question(story: Granting) -> None:
    grant = story.granted()
    story.world.do(story.supplier, revoke, Revoke(grant, "x"))
    assert story.world.refuses("grant.revoked", story.buyer, reserve, Reserve("q-1", grant, SQL))


def test_open_questions_count_against_the_grant(story: Granting) -> None:
    grant = story.granted(questions=2)
    story.reserved(grant)
    story.reserved(grant, "q-2")
    assert story.left(grant) == (0, 2 * PRICE_FEN)
    wish = Reserve("q-3", grant, SQL)
    assert story.world.refuses("grant.questions", story.buyer, reserve, wish)


def test_a_closed_contract_takes_no_question(story: Granting) -> None:
    grant = story.granted()
    story.world.operate(decide_release, story.grant(grant).contract)
    assert story.world.refuses("contract.state", story.buyer, reserve, Reserve("q-1", grant, SQL))


def test_no_question_is_taken_that_the_escrow_does_not_cover(story: Granting) -> None:
    grant = story.granted()
    story.reserved(grant)
    # No act leads here: the check stands between a fault in the books and the buyer's money.
    with story.world.backend.batch() as tables:
        row = tables.get(Escrow, story.grant(grant).contract)
        assert row is not None
        tables.update(row, {"released_fen": row.funded_fen - 2 * PRICE_FEN + 1})
    assert story.world.refuses("escrow.short", story.buyer, reserve, Reserve("q-2", grant, SQL))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"fee_fen": PRICE_FEN - 1}, "grant.mismatch"),
        ({"asset": "asset-other"}, "grant.mismatch"),
        ({"local": "weather"}, "grant.mismatch"),
        ({"node": "n-other"}, "grant.mismatch"),
        ({"rule": b64(b"s" * 32)}, "grant.mismatch"),
        ({"lapses_at": "2126-01-01T00:00:00.000Z"}, "grant.mismatch"),
        ({"lapses_at": "2026-01-01T00:00:00.000Z"}, "grant.mismatch"),
        ({"question": "q-1"}, "question.taken"),
        ({"grant": "grant-none"}, "grant.unknown"),
    ],
)
def test_no_reservation_says_otherwise_than_its_grant(
    story: Granting, changes: dict[str, Any], code: str
) -> None:
    grant = story.granted()
    story.reserved(grant)
    wish = forge("question.reserve", reservation(story, grant, **changes))
    assert story.world.refuses(code, story.buyer, forged, wish)


def test_the_ledger_takes_no_reservation_on_anothers_or_an_ended_grant(story: Granting) -> None:
    grant = story.granted()
    stranger = story.world.enrol("乙公司", Role.BUYER)
    wish = forge("question.reserve", reservation(story, grant))
    assert story.world.refuses("grant.unknown", stranger, forged, wish)
    story.world.do(story.supplier, revoke, Revoke(grant, "x"))
    assert story.world.refuses("grant.state", story.buyer, forged, wish)
