from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

from exchange.disputes.queries import (
    DisputeView,
    dispute_of,
    disputes_in,
    disputes_of,
    exhibits,
)
from exchange.disputes.states import DisputeState
from exchange.errors import NotFoundError
from exchange.storage.store import Reader
from ledger.encoding import b64
from tests.disputes.disputing import STATEMENT, Disputing

V = TypeVar("V")


@pytest.fixture
def story() -> Disputing:
    return Disputing()


def seen(story: Disputing, query: Callable[[Reader], V]) -> V:
    """Return what a query finds now."""
    with story.world.exchange.snapshot() as reader:
        return query(reader)


def test_parties_and_arbitrator_see_the_dispute_and_nobody_else(story: Disputing) -> None:
    dispute = story.awarded(4_000)
    row = story.dispute(dispute)
    assert row.drawn is not None
    assert row.arbitrator is not None
    view = DisputeView(
        id=dispute,
        question="q-1",
        contract=row.contract,
        claimant=story.buyer.participant,
        respondent=story.supplier.participant,
        arbitrator=row.arbitrator,
        claim_fen=10_000,
        held_fen=9_700,
        award_fen=4_000,
        filed_at=row.filed_at,
        answer_by=row.answer_by,
        statement=STATEMENT,
        answer="数据无误。",
        reasons="回执与承诺不符。",
        evidence=tuple(row.evidence),
        drawn_from=tuple(row.drawn["from"]),
        seed=row.drawn["seed"],
        state=DisputeState.AWARDED,
    )
    for viewer in (row.claimant, row.respondent, row.arbitrator):
        assert seen(story, lambda reader, who=viewer: dispute_of(reader, dispute, who)) == view  # type: ignore[misc]
        assert seen(story, lambda reader, who=viewer: disputes_of(reader, who)) == [view]  # type: ignore[misc]
    rival = story.rival.participant
    assert seen(story, lambda reader: disputes_of(reader, rival)) == []
    for query in (dispute_of, exhibits):
        with pytest.raises(NotFoundError) as caught:
            seen(story, lambda reader, query=query: query(reader, dispute, rival))  # type: ignore[misc]
        assert caught.value.code == "dispute.unknown"


def test_a_fresh_dispute_has_no_arbitrator_and_no_draw(story: Disputing) -> None:
    dispute = story.filed(story.answered())
    (view,) = seen(story, lambda reader: disputes_of(reader, story.buyer.participant))
    assert (view.arbitrator, view.drawn_from, view.seed) == (None, (), None)
    assert (view.answer, view.reasons, view.evidence) == (None, None, ())
    assert seen(story, lambda reader: disputes_in(reader, DisputeState.FILED)) == [dispute]
    assert seen(story, lambda reader: disputes_in(reader, DisputeState.AWARDED)) == []


def test_the_exhibits_are_the_acts_that_an_award_can_cite(story: Disputing) -> None:
    dispute = story.assigned()
    found = seen(story, lambda reader: exhibits(reader, dispute, story.buyer.participant))
    assert [(exhibit.kind, exhibit.actor) for exhibit in found] == [
        ("asset.describe", "n-transport"),
        ("contract.offer", story.buyer.participant),
        ("grant.issue", story.supplier.participant),
        ("question.reserve", story.buyer.participant),
        ("answer.receipt", "n-transport"),
    ]
    assert [exhibit.index for exhibit in found] == sorted(exhibit.index for exhibit in found)
    question = story.question()
    assert [exhibit.leaf_hash for exhibit in found][3:] == [question.ticket, question.receipt]
    assert found[-1].received_at == question.ended_at
    cited = tuple(b64(exhibit.leaf_hash) for exhibit in found)
    assert len(set(cited)) == 5
