from __future__ import annotations

import pytest

from exchange.actors import Role
from exchange.context import Acting
from exchange.disputes.interest import eligible
from exchange.disputes.service import (
    Answer,
    File,
    answer,
    assign,
    default,
    execute,
    file,
    make_award,
)
from exchange.grants.asking import ask
from exchange.grants.service import Issue, Reserve, issue
from exchange.market.service import OfferContract, accept_contract, offer_contract
from exchange.parties.service import Censure, reinstate, suspend
from exchange.settlement.service import fund_escrow
from tests.disputes.disputing import STATEMENT, Disputing
from tests.grants.granting import SQL
from tests.steps import ANALYSIS


@pytest.fixture
def story() -> Disputing:
    return Disputing()


def free(story: Disputing, dispute: str) -> list[str]:
    """List who may be drawn now."""
    row = story.dispute(dispute)
    with story.world.backend.snapshot() as reader:
        return eligible(reader, row, story.world.clock.now())


def names(*actings: Acting) -> list[str]:
    """Return ids in order."""
    return sorted(acting.participant for acting in actings)


def bought(story: Disputing, buyer: Acting) -> str:
    """Let somebody buy from the supplier up to the supplier's acceptance."""
    wish = OfferContract(story.listed(), (ANALYSIS,), 1)
    contract = story.world.do(buyer, offer_contract, wish).key
    story.world.do(story.supplier, accept_contract, contract)
    return contract


def test_every_admitted_arbitrator_without_an_interest_may_be_drawn(story: Disputing) -> None:
    dispute = story.replied()
    assert free(story, dispute) == names(*story.arbitrators)
    story.world.join("申请人", Role.ARBITRATOR)
    assert free(story, dispute) == names(*story.arbitrators)
    first = story.arbitrators[0].participant
    story.world.operate(suspend, Censure(first, "停职"))
    assert free(story, dispute) == names(*story.arbitrators[1:])
    story.world.operate(reinstate, Censure(first, "复职"))
    assert free(story, dispute) == names(*story.arbitrators)


def test_a_party_never_judges_its_own_case(story: Disputing) -> None:
    both = story.world.enrol("两职公司", Role.BUYER, Role.ARBITRATOR)
    contract = bought(story, both)
    story.pay_in(both, 10_000)
    story.world.do(both, fund_escrow, contract)
    grant = story.world.do(story.supplier, issue, Issue(contract)).key
    ask(story.world.exchange, both, story.partner, Reserve("q-both", grant, SQL))
    own = story.world.do(both, file, File("q-both", 1, STATEMENT)).key
    assert free(story, own) == names(*story.arbitrators)


def test_business_with_a_party_bars_for_twenty_four_months(story: Disputing) -> None:
    both = story.world.enrol("两职公司", Role.BUYER, Role.ARBITRATOR)
    bought(story, both)
    dispute = story.replied()
    assert free(story, dispute) == names(*story.arbitrators)
    story.world.advance(days=730)
    assert free(story, dispute) == names(*story.arbitrators)
    story.world.advance(milliseconds=1)
    assert free(story, dispute) == names(*story.arbitrators, both)


def test_business_with_others_does_not_bar(story: Disputing) -> None:
    rival = story.world.enrol("供应兼裁决公司", Role.SUPPLIER, Role.ARBITRATOR)
    assert free(story, story.replied()) == names(*story.arbitrators, rival)


def test_who_judged_between_the_same_parties_is_not_drawn_again(story: Disputing) -> None:
    first = story.awarded(0)
    story.world.operate(execute, first)
    judge = story.judge(first)
    others = [acting for acting in story.arbitrators if acting is not judge]
    second = story.filed()
    assert free(story, second) == names(*others)
    story.world.do(story.supplier, answer, Answer(second, "同前。"))
    story.world.operate(assign, second)
    assert story.dispute(second).arbitrator in names(*others)


def test_in_the_end_nobody_is_left_and_nobody_is_drawn(story: Disputing) -> None:
    dispute = story.awarded(0)
    for _ in range(2):
        story.world.operate(execute, dispute)
        dispute = story.filed()
        story.world.advance(days=7)
        story.world.operate(default, dispute)
        story.world.operate(assign, dispute)
        story.world.do(story.judge(dispute), make_award, story.award(dispute, 0))
    story.world.operate(execute, dispute)
    dispute = story.filed()
    story.world.advance(days=7)
    story.world.operate(default, dispute)
    assert free(story, dispute) == []
    operator = story.world.exchange.operator
    assert story.world.refuses("dispute.nobody", operator, assign, dispute)
