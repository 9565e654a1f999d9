"""Nodes: known by their own key, bound by their supplier, and only then heard."""

from dataclasses import replace
from typing import Any

import pytest

from exchange.actors import Role
from exchange.acts.participants import Participant, ParticipantKey, ParticipantState
from exchange.acts.sealing import Custody
from exchange.assets.models import Description, Node
from exchange.assets.service import RegisterNode, bind_node, describe, register_node
from exchange.context import Acting
from exchange.parties.service import Admit, Censure, admit, suspend
from ledger.encoding import b64
from ledger.signing import public_key_of
from tests.assets.registration import Registry, description, forge, forged, leaf_of

SEED = b"s" * 32
NEWCOMER = Acting("n-new", Custody("k1", SEED))


@pytest.fixture
def registry() -> Registry:
    return Registry()


def wish(registry: Registry, **changes: Any) -> RegisterNode:
    return replace(
        RegisterNode(
            "气象节点",
            registry.supplier.participant,
            "https://node.example/",
            public_key_of(SEED),
        ),
        **changes,
    )


def test_a_node_registers_with_its_own_key_and_can_do_nothing_yet(registry: Registry) -> None:
    recorded = registry.world.do(NEWCOMER, register_node, wish(registry))
    node = registry.world.get(Node, "n-new")
    participant = registry.world.get(Participant, "n-new")
    key = registry.world.get(ParticipantKey, "n-new/k1")
    assert node.values() == {
        "id": "n-new",
        "entry": recorded.index,
        "supplier": registry.supplier.participant,
        "url": "https://node.example",
        "name": "气象节点",
        "leaf_hash": recorded.leaf_hash,
        "bound": False,
    }
    assert (participant.state, participant.asked, participant.roles) == (
        ParticipantState.JOINED,
        ["node"],
        [],
    )
    assert (key.public_key, key.custody) == (public_key_of(SEED), False)
    assert registry.world.refuses("act.role", NEWCOMER, describe, description())


def test_a_node_without_its_key_is_not_registered(registry: Registry) -> None:
    thief = Acting("n-new", Custody("k1", b"t" * 32))
    assert registry.world.refuses("act.signature", thief, register_node, wish(registry))


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("node.name", {"name": " "}),
        ("node.url", {"url": "ftp://node.example"}),
        ("node.key", {"public_key": bytes(32)}),
        ("node.key", {"public_key": b"short"}),
        ("participant.unknown", {"supplier": "p-nobody"}),
    ],
)
def test_unfit_registrations_are_refused(
    registry: Registry, code: str, changes: dict[str, Any]
) -> None:
    assert registry.world.refuses(code, NEWCOMER, register_node, wish(registry, **changes))


def test_a_node_belongs_to_an_admitted_supplier(registry: Registry) -> None:
    world = registry.world
    joined = world.join("未获准公司", Role.SUPPLIER)
    for owner in (registry.buyer, joined):
        unfit = wish(registry, supplier=owner.participant)
        assert world.refuses("node.supplier", NEWCOMER, register_node, unfit)
        body = {
            "name": "n",
            "supplier": owner.participant,
            "url": "https://node.example",
            "key": "k1",
            "public_key": b64(public_key_of(SEED)),
        }
        assert world.refuses("node.supplier", NEWCOMER, forged, forge("node.register", body))


def test_a_key_or_an_actor_registers_once(registry: Registry) -> None:
    world = registry.world
    world.do(NEWCOMER, register_node, wish(registry))
    again = Acting("n-again", NEWCOMER.seal)
    assert world.refuses("key.used", again, register_node, wish(registry))
    assert world.refuses("act.first", NEWCOMER, register_node, wish(registry))


def test_its_supplier_binds_a_node_and_names_its_registration(registry: Registry) -> None:
    world = registry.world
    registered = world.do(NEWCOMER, register_node, wish(registry))
    world.do(registry.supplier, bind_node, "n-new")
    assert world.get(Node, "n-new").bound
    participant = world.get(Participant, "n-new")
    assert (participant.state, participant.roles) == (ParticipantState.ADMITTED, ["node"])
    assert leaf_of(registered).encode() in world.leaves()[-1]
    assert world.replay_digest() == world.digest()


def test_only_the_named_supplier_binds_a_node_once(registry: Registry) -> None:
    world = registry.world
    world.do(NEWCOMER, register_node, wish(registry))
    assert world.refuses("node.unknown", registry.rival, bind_node, "n-new")
    assert world.refuses("node.unknown", registry.supplier, bind_node, "n-nobody")
    assert world.refuses("act.role", registry.buyer, bind_node, "n-new")
    other = forge("node.bind", {"node": "n-new", "registered": b64(bytes(32))})
    assert world.refuses("node.registered", registry.supplier, forged, other)
    world.do(registry.supplier, bind_node, "n-new")
    assert world.refuses("participant.state", registry.supplier, bind_node, "n-new")


def test_a_node_describes_an_asset_and_describes_it_anew(registry: Registry) -> None:
    world = registry.world
    changed = description(title_en="Punctuality of flights")
    recorded = world.do(registry.node, describe, changed)
    assert world.get(Description, "n-transport/flights").values() == {
        "id": "n-transport/flights",
        "entry": recorded.index,
        "node": "n-transport",
        "leaf_hash": recorded.leaf_hash,
        "body": changed,
    }
    assert recorded.key == "n-transport/flights"
    assert world.replay_digest() == world.digest()


def test_malformed_descriptions_are_refused_whoever_decided(registry: Registry) -> None:
    world, unfit = registry.world, description(minimum_units=1)
    assert world.refuses("asset.description", registry.node, describe, unfit)
    lie = forge("asset.describe", unfit)
    assert world.refuses("asset.description", registry.node, forged, lie)
    assert world.refuses("asset.description", registry.node, describe, {"asset": "flights"})


def test_nobody_but_a_node_describes(registry: Registry) -> None:
    assert registry.world.refuses("act.role", registry.supplier, describe, description())


def test_a_node_that_its_supplier_has_not_bound_is_not_heard(registry: Registry) -> None:
    world = registry.world
    world.do(NEWCOMER, register_node, wish(registry))
    operator = world.exchange.operator
    assert world.refuses("party.roles", operator, admit, Admit("n-new", (Role.NODE,)))
    assert world.refuses("act.role", NEWCOMER, describe, description())
    lie = forge("asset.describe", description())
    assert world.refuses("act.role", NEWCOMER, forged, lie)


def test_a_suspended_node_is_not_heard(registry: Registry) -> None:
    registry.world.operate(suspend, Censure(registry.node.participant, "演练"))
    assert registry.world.refuses("act.role", registry.node, describe, description())
