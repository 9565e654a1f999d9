"""Applications: what is asked, what is sent back, who may judge."""

from typing import Any

import pytest

from exchange.actors import Role
from exchange.acts.sealing import Custody
from exchange.acts.unit_of_work import Service
from exchange.assets.service import (
    Remark,
    accept,
    apply_for,
    bind_node,
    describe,
    dismiss,
    reject,
    resubmit,
    review,
    send_back,
)
from exchange.assets.states import AssetState
from exchange.context import Acting
from exchange.parties.service import Admit, Join, admit, join
from ledger.encoding import b64
from ledger.signing import public_key_of
from tests.assets.registration import (
    Registry,
    description,
    forge,
    forged,
    shanghai_midnight,
    text_of,
)

RULE = b"r" * 32
WORDS = "理由如下。"


@pytest.fixture
def registry() -> Registry:
    return Registry()


def test_an_application_keeps_the_description_it_was_made_with(registry: Registry) -> None:
    world = registry.world
    described = world.do(registry.node, describe, description(rule=b64(b"R" * 32)))
    asset = registry.asset(registry.applied())
    world.do(registry.node, describe, description(title_zh="改名"))
    assert asset.values() == {
        "id": asset.id,
        "entry": described.index + 1,
        "supplier": registry.supplier.participant,
        "node": "n-transport",
        "local": "flights",
        "title_zh": "航班准点数据",
        "title_en": "Flight punctuality",
        "rights": ["holding", "operation"],
        "grade": "general",
        "describes": described.leaf_hash,
        "description": description(rule=b64(b"R" * 32)),
        "rule": b"R" * 32,
        "statement": asset.statement,
        "applied_at": world.clock.now(),
        "accept_by": shanghai_midnight(2026, 3, 6),
        "accepted_by": None,
        "notice_ends_at": None,
        "published_calendar": True,
        "objectors": [],
        "objected_at": None,
        "grounds": None,
        "remarks": None,
        "code": None,
        "coded_at": None,
        "state": AssetState.APPLIED,
    }
    assert text_of(registry, asset.statement) == "数据为本公司经营中依法采集。"
    assert world.replay_digest() == world.digest()


def test_a_statement_stands_in_the_ledger_as_a_commitment_alone(registry: Registry) -> None:
    asset = registry.asset(registry.applied())
    leaf = registry.world.leaves()[-1].decode()
    assert asset.statement in leaf
    assert "依法采集" not in leaf


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("node.unknown", {"node": "n-nobody"}),
        ("description.unknown", {"local": "weather"}),
        ("asset.rights", {"rights": ()}),
        ("asset.rights", {"rights": ("ownership",)}),
        ("asset.core", {"grade": "core"}),
        ("asset.grade", {"grade": ""}),
        ("asset.statement", {"statement": "\n"}),
    ],
)
def test_unfit_applications_are_refused(
    registry: Registry, code: str, changes: dict[str, Any]
) -> None:
    wish = registry.application(**changes)
    assert registry.world.refuses(code, registry.supplier, apply_for, wish)


def test_suppliers_apply_for_data_of_their_own_bound_nodes_alone(registry: Registry) -> None:
    world, wish = registry.world, registry.application()
    assert world.refuses("node.unknown", registry.rival, apply_for, wish)
    assert world.refuses("act.role", registry.buyer, apply_for, wish)
    registry.new_node("n-unbound", registry.supplier)
    unbound = registry.application(node="n-unbound")
    assert world.refuses("node.unbound", registry.supplier, apply_for, unbound)
    world.do(registry.supplier, bind_node, "n-unbound")
    assert world.refuses("description.unknown", registry.supplier, apply_for, unbound)


def test_the_same_data_is_not_applied_for_twice_until_that_is_over(registry: Registry) -> None:
    world, wish = registry.world, registry.application()
    first = registry.applied()
    assert world.refuses("asset.duplicate", registry.supplier, apply_for, wish)
    world.do(registry.node, describe, description(asset="delays"))
    registry.applied(local="delays")
    world.do(registry.registrar, reject, Remark(first, WORDS))
    assert registry.asset(registry.applied()).state is AssetState.APPLIED


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("asset.core", {"grade": "core"}),
        ("asset.rights", {"rights": ["use", "use"]}),
        ("asset.described", {"describes": b64(bytes(32))}),
        ("node.unknown", {"node": "n-nobody"}),
    ],
)
def test_applications_are_checked_again_whoever_decided(
    registry: Registry, code: str, changes: dict[str, Any]
) -> None:
    body = {
        "asset": "asset-1",
        "node": "n-transport",
        "local": "flights",
        "describes": "",
        "rights": ["use"],
        "grade": "general",
        "statement": "s",
        "accept_by": "2026-03-05T16:00:00.000Z",
    }
    lie = forge("asset.apply", {**body, **changes})
    assert registry.world.refuses(code, registry.supplier, forged, lie)


def test_a_returned_application_comes_back_by_the_newest_description(registry: Registry) -> None:
    world, key = registry.world, registry.applied()
    world.do(registry.registrar, send_back, Remark(key, "缺少来源说明。"))
    returned = registry.asset(key)
    assert (returned.state, text_of(registry, returned.remarks)) == (
        AssetState.RETURNED,
        "缺少来源说明。",
    )
    newer = world.do(registry.node, describe, description(title_zh="航班延误数据"))
    world.do(registry.supplier, resubmit, Remark(key, "已补充。"))
    asset = registry.asset(key)
    assert (asset.state, asset.title_zh, asset.describes, asset.rule) == (
        AssetState.APPLIED,
        "航班延误数据",
        newer.leaf_hash,
        RULE,
    )
    assert text_of(registry, asset.statement) == "已补充。"
    assert world.replay_digest() == world.digest()


def test_only_its_supplier_hands_an_application_in_again(registry: Registry) -> None:
    world, key = registry.world, registry.applied()
    again = Remark(key, "已补充。")
    assert world.refuses("asset.state", registry.supplier, resubmit, again)
    world.do(registry.registrar, send_back, Remark(key, WORDS))
    assert world.refuses("asset.unknown", registry.rival, resubmit, again)
    assert world.refuses("asset.unknown", registry.supplier, resubmit, Remark("asset-0", "x"))
    assert world.refuses("asset.statement", registry.supplier, resubmit, Remark(key, ""))
    body = {"asset": key, "describes": b64(bytes(32)), "statement": "s"}
    lie = forge("asset.resubmit", body)
    assert world.refuses("asset.described", registry.supplier, forged, lie)
    assert world.refuses("asset.unknown", registry.rival, forged, lie)


def test_acceptance_names_the_registrar(registry: Registry) -> None:
    asset = registry.asset(registry.accepted())
    assert (asset.state, asset.accepted_by) == (
        AssetState.ACCEPTED,
        registry.registrar.participant,
    )


JUDGING: tuple[tuple[Service[Any], bool], ...] = (
    (send_back, True),
    (accept, False),
    (review, False),
    (dismiss, True),
    (reject, True),
)


@pytest.mark.parametrize(("service", "speaks"), JUDGING)
def test_registrars_alone_judge_and_never_what_is_not_there(
    registry: Registry, service: Service[Any], speaks: bool
) -> None:
    def wish(key: str) -> object:
        return Remark(key, WORDS) if speaks else key

    key = registry.applied()
    assert registry.world.refuses("act.role", registry.buyer, service, wish(key))
    assert registry.world.refuses("act.role", registry.supplier, service, wish(key))
    assert registry.world.refuses("asset.unknown", registry.registrar, service, wish("asset-0"))


def test_a_registrar_that_supplies_data_does_not_judge_it(registry: Registry) -> None:
    world = registry.world
    both = (Role.SUPPLIER, Role.REGISTRAR)
    seed = world.ids.token(32)
    holder = Acting("p-both", Custody("k1", seed))
    world.do(holder, join, Join("两栖公司", both, public_key_of(seed), custody=True))
    world.operate(admit, Admit("p-both", both))
    node = registry.new_node("n-both", holder)
    world.do(holder, bind_node, "n-both")
    world.do(node, describe, description())
    key = world.do(holder, apply_for, registry.application(node="n-both")).key
    assert world.refuses("asset.self", holder, accept, key)
    assert world.refuses("asset.self", holder, forged, forge("asset.accept", {"asset": key}))


@pytest.mark.parametrize("service", [send_back, reject])
def test_words_are_not_left_out(registry: Registry, service: Service[Remark]) -> None:
    code = "asset.remarks" if service is send_back else "asset.reasons"
    assert registry.world.refuses(code, registry.registrar, service, Remark(registry.applied(), ""))


def test_a_dismissal_gives_reasons(registry: Registry) -> None:
    empty = Remark(registry.frozen(), "")
    assert registry.world.refuses("asset.reasons", registry.registrar, dismiss, empty)
