from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest

from exchange.errors import NotFoundError
from exchange.grants.queries import (
    GrantView,
    QuestionView,
    grant_of,
    grants_of_buyer,
    grants_of_contract,
    grants_of_supplier,
    question_of,
    questions_of,
)
from exchange.grants.states import GrantState, QuestionState
from exchange.storage.store import Reader
from tests.grants.granting import PRICE_FEN, SQL, Granting

V = TypeVar("V")


@pytest.fixture
def story() -> Granting:
    return Granting()


def seen(story: Granting, query: Callable[[Reader], V]) -> V:
    """Return what a query finds now."""
    with story.world.exchange.snapshot() as reader:
        return query(reader)


def test_both_parties_see_the_grant_and_nobody_else(story: Granting) -> None:
    grant = story.granted()
    row = story.grant(grant)
    view = GrantView(
        id=grant,
        contract=row.contract,
        asset=row.asset,
        title_zh="航班准点数据",
        title_en="Flight punctuality",
        node="n-transport",
        buyer=story.buyer.participant,
        supplier=story.supplier.participant,
        rule=b"r" * 32,
        analyses=("delay-by-carrier",),
        questions=5,
        questions_left=5,
        price_fen=PRICE_FEN,
        reserved_fen=0,
        expires_at=row.expires_at,
        state=GrantState.ACTIVE,
    )
    buyer, supplier = story.buyer.participant, story.supplier.participant
    rival = story.rival.participant
    assert seen(story, lambda reader: grant_of(reader, grant, buyer)) == view
    assert seen(story, lambda reader: grant_of(reader, grant, supplier)) == view
    assert seen(story, lambda reader: grants_of_buyer(reader, buyer)) == [view]
    assert seen(story, lambda reader: grants_of_supplier(reader, supplier)) == [view]
    assert seen(story, lambda reader: grants_of_contract(reader, row.contract, buyer)) == [view]
    assert seen(story, lambda reader: grants_of_contract(reader, row.contract, rival)) == []
    for query in (grant_of, questions_of):
        with pytest.raises(NotFoundError) as caught:
            seen(story, lambda reader, query=query: query(reader, grant, rival))  # type: ignore[misc]
        assert caught.value.code == "grant.unknown"


def test_only_the_buyer_reads_the_text_of_a_question(story: Granting) -> None:
    grant = story.granted()
    story.ask(grant)
    story.world.advance(seconds=1)
    story.reserved(grant, "q-2")
    buyer, supplier = story.buyer.participant, story.supplier.participant
    latest, first = seen(story, lambda reader: questions_of(reader, grant, buyer))
    row = story.question("q-2")
    assert latest == QuestionView(
        id="q-2",
        grant=grant,
        contract=row.contract,
        buyer=buyer,
        sql=SQL,
        fee_fen=PRICE_FEN,
        ticket=row.ticket,
        asked_at=row.asked_at,
        lapses_at=row.asked_at + timedelta(minutes=5),
        ended_at=None,
        code=None,
        analysis=None,
        receipt=None,
        answer=None,
        state=QuestionState.RESERVED,
    )
    assert (first.id, first.lapses_at, first.state) == ("q-1", None, QuestionState.ANSWERED)
    assert first.receipt == story.question("q-1").receipt
    theirs = seen(story, lambda reader: questions_of(reader, grant, supplier))
    assert [(view.id, view.sql) for view in theirs] == [("q-2", None), ("q-1", None)]
    assert seen(story, lambda reader: question_of(reader, "q-1", buyer)) == first
    with pytest.raises(NotFoundError) as caught:
        seen(story, lambda reader: question_of(reader, "q-1", story.rival.participant))
    assert caught.value.code == "question.unknown"
