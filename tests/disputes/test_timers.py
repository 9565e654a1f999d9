"""The operator's sweep fires every timer of grants, questions and disputes, once and in time."""

from __future__ import annotations

from exchange.disputes.service import TIMED as DISPUTES_TIMED
from exchange.disputes.states import DISPUTE, DisputeState
from exchange.grants.service import TIMED as GRANTS_TIMED
from exchange.grants.states import GRANT, QUESTION, GrantState, QuestionState
from exchange.jobs.deadlines import fire_due
from tests.disputes.disputing import Disputing


def test_every_timer_has_its_service_and_no_service_lacks_its_timer() -> None:
    timers = {timer.act for lifecycle in (GRANT, QUESTION, DISPUTE) for timer in lifecycle.timers}
    assert timers == set(GRANTS_TIMED) | set(DISPUTES_TIMED)


def test_the_sweep_ends_what_has_run_out_and_nothing_else() -> None:
    story = Disputing()
    grant = story.granted(days=30)
    story.ask(grant, "q-1")
    dispute = story.filed()
    story.reserved(grant, "q-2")
    timed = {**GRANTS_TIMED, **DISPUTES_TIMED}
    assert fire_due(story.world.exchange, timed) == 0
    story.world.advance(minutes=5)
    assert fire_due(story.world.exchange, timed) == 1
    assert story.question("q-2").state is QuestionState.VOIDED
    story.world.advance(days=7)
    assert fire_due(story.world.exchange, timed) == 1
    assert story.dispute(dispute).state is DisputeState.UNANSWERED
    story.world.advance(days=30)
    assert fire_due(story.world.exchange, timed) == 1
    assert story.grant(grant).state is GrantState.EXPIRED
    assert fire_due(story.world.exchange, timed) == 0
    assert story.world.replay_digest() == story.world.digest()
