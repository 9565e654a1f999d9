from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from exchange.acts.ledger_tables import Payload
from exchange.assets.service import cancel
from exchange.clock import from_ms, iso
from exchange.grants.models import Grant
from exchange.grants.service import (
    Issue,
    Reserve,
    Revoke,
    Void,
    expire,
    issue,
    reserve,
    revoke,
    void,
)
from exchange.grants.states import GrantState
from exchange.storage.tables import Deadline
from ledger.encoding import b64
from tests.assets.registration import forge, forged
from tests.grants.granting import PRICE_FEN, SQL, Granting


@pytest.fixture
def story() -> Granting:
    return Granting()


def test_a_grant_carries_the_contract_the_asset_and_the_rule(story: Granting) -> None:
    contract = story.funded(days=30)
    recorded = story.world.do(story.supplier, issue, Issue(contract))
    row, asset = story.grant(recorded.key), story.asset(story.registered_asset)
    assert row == Grant(
        id=recorded.key,
        entry=recorded.index,
        contract=contract,
        asset=asset.id,
        local="flights",
        node="n-transport",
        buyer=story.buyer.participant,
        supplier=story.supplier.participant,
        rule=b"r" * 32,
        analyses=["delay-by-carrier"],
        issued=recorded.leaf_hash,
        questions=5,
        questions_left=5,
        price_fen=PRICE_FEN,
        expires_at=story.world.clock.now() + timedelta(days=30),
    )
    deadline = story.world.get(Deadline, f"grant:{row.id}")
    assert (from_ms(deadline.due_ms), deadline.act) == (row.expires_at, "grant.expire")
    assert story.world.replay_digest() == story.world.digest()


def test_only_the_contracts_own_supplier_issues(story: Granting) -> None:
    wish = Issue(story.funded())
    assert story.world.refuses("act.role", story.buyer, issue, wish)
    assert story.world.refuses("contract.unknown", story.rival, issue, wish)
    assert story.world.refuses("contract.unknown", story.supplier, issue, Issue("contract-none"))


def test_an_unfunded_contract_is_granted_nothing(story: Granting) -> None:
    assert story.world.refuses("contract.state", story.supplier, issue, Issue(story.signed()))


def test_a_contract_has_one_active_grant(story: Granting) -> None:
    contract = story.grant(story.granted()).contract
    assert story.world.refuses("grant.active", story.supplier, issue, Issue(contract))


def test_an_asset_that_was_cancelled_is_granted_no_more(story: Granting) -> None:
    wish = Issue(story.funded())
    story.world.do(story.supplier, cancel, story.registered_asset)
    assert story.world.refuses("asset.state", story.supplier, issue, wish)


def test_a_new_grant_has_what_the_old_one_left(story: Granting) -> None:
    grant = story.granted()
    story.ask(grant)
    story.world.do(story.supplier, revoke, Revoke(grant, "规则更新"))
    contract = story.grant(grant).contract
    second = story.grant(story.world.do(story.supplier, issue, Issue(contract)).key)
    assert (second.questions, second.questions_left) == (4, 4)
    for number in range(4):
        story.ask(second.id, f"q-second-{number}")
    story.world.do(story.supplier, revoke, Revoke(second.id, "用尽"))
    assert story.world.refuses("contract.questions", story.supplier, issue, Issue(contract))


def test_an_open_question_of_a_revoked_grant_is_not_granted_twice(story: Granting) -> None:
    grant = story.granted(questions=1)
    story.reserved(grant)
    story.world.do(story.supplier, revoke, Revoke(grant, "规则更新"))
    wish = Issue(story.grant(grant).contract)
    assert story.world.refuses("contract.questions", story.supplier, issue, wish)
    story.world.operate(void, Void("q-1", "node.down"))
    assert story.grant(story.world.do(story.supplier, issue, wish).key).questions == 1


@pytest.mark.parametrize(
    "change",
    [
        {"questions": 6},
        {"questions": 0},
        {"analyses": ["delay-by-carrier", "raw"]},
        {"local": "weather"},
        {"node": "n-other"},
        {"rule": b64(b"s" * 32)},
        {"buyer": "p-somebody"},
        {"asset": "asset-other"},
        {"expires_at": iso(from_ms(0))},
        {"expires_at": "2126-01-01T00:00:00.000Z"},
    ],
)
def test_no_issue_says_otherwise_than_its_contract(story: Granting, change: dict[str, Any]) -> None:
    contract = story.contract(story.funded())
    asset = story.asset(contract.asset)
    body = {
        "grant": "grant-forged",
        "contract": contract.id,
        "asset": asset.id,
        "local": asset.local,
        "node": asset.node,
        "buyer": contract.buyer,
        "rule": b64(asset.rule),
        "analyses": list(contract.analyses),
        "questions": 5,
        "expires_at": iso(story.world.clock.now() + timedelta(days=contract.days)),
    }
    wish = forge("grant.issue", {**body, **change})
    assert story.world.refuses("grant.mismatch", story.supplier, forged, wish)
    assert story.world.refuses("contract.unknown", story.rival, forged, forge("grant.issue", body))
    story.world.do(story.supplier, forged, forge("grant.issue", body))
    assert story.world.refuses("grant.active", story.supplier, forged, wish)


def test_the_ledger_grants_nothing_on_an_unfunded_contract(story: Granting) -> None:
    contract = story.contract(story.signed())
    body = dict.fromkeys(
        ("asset", "local", "node", "buyer", "rule", "analyses", "questions"), "none"
    )
    fixed = {"grant": "g", "contract": contract.id, "expires_at": iso(story.world.clock.now())}
    wish = forge("grant.issue", {**body, **fixed})
    assert story.world.refuses("contract.state", story.supplier, forged, wish)


# Revoking and expiring


def test_a_supplier_revokes_with_reasons_that_stay_out_of_the_ledger(story: Granting) -> None:
    grant = story.granted()
    story.world.do(story.supplier, revoke, Revoke(grant, "发现滥用"))
    row = story.grant(grant)
    assert row.state is GrantState.REVOKED
    assert row.reasons is not None
    assert story.world.get(Payload, row.reasons).text == "发现滥用"
    assert not any("发现滥用".encode() in leaf for leaf in story.world.leaves())
    assert story.world.replay_digest() == story.world.digest()


def test_a_revocation_is_its_suppliers_and_has_reasons(story: Granting) -> None:
    grant = story.granted()
    refuses = story.world.refuses
    assert refuses("act.role", story.buyer, revoke, Revoke(grant, "x"))
    assert refuses("grant.unknown", story.rival, revoke, Revoke(grant, "x"))
    assert refuses("grant.unknown", story.supplier, revoke, Revoke("grant-none", "x"))
    assert refuses("text.length", story.supplier, revoke, Revoke(grant, " "))
    assert refuses("text.length", story.supplier, revoke, Revoke(grant, "x" * 2_001))
    wish = forge("grant.revoke", {"grant": grant, "reasons": "x"})
    assert refuses("grant.unknown", story.rival, forged, wish)
    story.world.do(story.supplier, revoke, Revoke(grant, "x"))
    assert refuses("grant.state", story.supplier, revoke, Revoke(grant, "x"))


def test_a_grant_expires_by_the_operator_not_a_millisecond_early(story: Granting) -> None:
    grant = story.granted(days=30)
    operator = story.world.exchange.operator
    story.world.advance(days=30, milliseconds=-1)
    assert story.world.refuses("act.role", story.supplier, expire, grant)
    assert story.world.refuses("deadline.early", operator, expire, grant)
    early = forge("grant.expire", {"grant": grant})
    assert story.world.refuses("deadline.early", operator, forged, early)
    story.world.advance(milliseconds=1)
    assert story.world.refuses("grant.expired", story.buyer, reserve, Reserve("q-1", grant, SQL))
    story.world.operate(expire, grant)
    assert story.grant(grant).state is GrantState.EXPIRED
    assert story.world.refuses("grant.state", operator, expire, grant)
    assert story.world.replay_digest() == story.world.digest()
