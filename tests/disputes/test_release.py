from __future__ import annotations

import pytest

from exchange.disputes.release import release
from exchange.disputes.service import withdraw
from exchange.grants.service import Revoke, Void, expire, revoke, void
from exchange.market.states import ContractState
from tests.disputes.disputing import Disputing


@pytest.fixture
def story() -> Disputing:
    return Disputing()


def refuses(story: Disputing, code: str, contract: str) -> bool:
    """Tell whether the operator's release is refused with this code, changing nothing."""
    return story.world.refuses(code, story.world.exchange.operator, release, contract)


def test_what_was_not_asked_goes_back_once_the_grant_has_expired(story: Disputing) -> None:
    grant = story.granted(days=30)
    contract = story.grant(grant).contract
    story.ask(grant)
    assert refuses(story, "grant.active", contract)
    story.world.advance(days=30)
    story.world.operate(expire, grant)
    story.world.operate(release, contract)
    assert story.contract(contract).state is ContractState.CLOSED
    assert story.credit_fen(f"Escrow:{contract}") == 0
    assert story.credit_fen(f"Available:{story.buyer.participant}") == 40_000
    assert refuses(story, "contract.state", contract)
    assert story.world.replay_digest() == story.world.digest()


def test_nothing_is_released_over_an_open_question(story: Disputing) -> None:
    grant = story.granted()
    contract = story.grant(grant).contract
    story.reserved(grant)
    story.world.do(story.supplier, revoke, Revoke(grant, "停止供应"))
    assert refuses(story, "question.open", contract)
    story.world.operate(void, Void("q-1", "node.down"))
    story.world.operate(release, contract)
    assert story.credit_fen(f"Available:{story.buyer.participant}") == 50_000


def test_nothing_is_released_over_an_open_dispute(story: Disputing) -> None:
    dispute = story.filed(story.answered())
    grant = story.question().grant
    contract = story.grant(grant).contract
    story.world.do(story.supplier, revoke, Revoke(grant, "停止供应"))
    assert refuses(story, "dispute.open", contract)
    story.world.do(story.buyer, withdraw, dispute)
    story.world.operate(release, contract)
    assert story.credit_fen(f"Available:{story.buyer.participant}") == 40_000


def test_a_supplier_has_three_days_to_issue_a_grant(story: Disputing) -> None:
    contract = story.funded()
    story.world.advance(days=3, milliseconds=-1)
    assert refuses(story, "release.early", contract)
    story.world.advance(milliseconds=1)
    story.world.operate(release, contract)
    assert story.credit_fen(f"Available:{story.buyer.participant}") == 50_000


def test_only_the_operator_releases_and_only_what_is_there(story: Disputing) -> None:
    contract = story.funded()
    assert story.world.refuses("act.role", story.buyer, release, contract)
    assert refuses(story, "contract.unknown", "contract-none")
    assert refuses(story, "contract.state", story.signed())
