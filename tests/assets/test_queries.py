"""What is shown of nodes and assets, and to whom."""

import pytest

from exchange.actors import Actor
from exchange.acts.participants import actor_of
from exchange.assets.queries import (
    AssetView,
    Certificate,
    DescriptionView,
    NodeView,
    Papers,
    asset_of,
    assets_of,
    certificate_of,
    descriptions_of,
    node_of,
    nodes_of,
    papers_of,
    public_notices,
    registered_assets,
    registration_queue,
)
from exchange.assets.service import Remark, cancel, describe, dismiss, send_back
from exchange.assets.states import AssetState
from exchange.context import Acting
from exchange.errors import NotFoundError
from tests.assets.registration import Registry, description


@pytest.fixture
def registry() -> Registry:
    return Registry()


def actor(registry: Registry, acting: Acting) -> Actor:
    with registry.world.backend.snapshot() as reader:
        return actor_of(reader, acting.participant)


def test_nodes_are_shown_with_their_descriptions(registry: Registry) -> None:
    registry.new_node("n-unbound", registry.supplier)
    leaf_hash = registry.world.do(registry.node, describe, description(asset="delays")).leaf_hash
    supplier = registry.supplier.participant
    bound = NodeView(
        "n-transport", supplier, "n-transport", "http://n-transport.example:8101", True
    )
    unbound = NodeView("n-unbound", supplier, "n-unbound", "http://n-unbound.example:8101", False)
    with registry.world.backend.snapshot() as reader:
        assert nodes_of(reader, supplier) == [bound, unbound]
        assert nodes_of(reader, registry.rival.participant) == []
        assert node_of(reader, "n-transport") == bound
        delays, flights = descriptions_of(reader, "n-transport")
        with pytest.raises(NotFoundError, match="no such node"):
            node_of(reader, "n-nobody")
    assert delays == DescriptionView(
        "n-transport", "delays", leaf_hash, description(asset="delays")
    )
    assert flights.local == "flights"


def test_a_registered_asset_is_shown_to_everybody(registry: Registry) -> None:
    row = registry.asset(registry.registered())
    with registry.world.backend.snapshot() as reader:
        view = asset_of(reader, None, row.id)
        assert registered_assets(reader) == [view]
    assert view == AssetView(
        id=row.id,
        supplier=registry.supplier.participant,
        supplier_name="榕城交通数据有限公司",
        node="n-transport",
        local="flights",
        title_zh="航班准点数据",
        title_en="Flight punctuality",
        rights=("holding", "operation"),
        grade="general",
        state=AssetState.REGISTERED,
        acts=("asset.cancel",),
        description=description(),
        describes=row.describes,
        rule=b"r" * 32,
        applied_at=row.applied_at,
        accept_by=row.accept_by,
        notice_ends_at=row.notice_ends_at,
        published_calendar=True,
        code="FJ-2026-000001-7",
        coded_at=row.coded_at,
        entry=row.entry,
    )


def test_an_unpublished_application_is_shown_to_holder_and_staff_alone(
    registry: Registry,
) -> None:
    key = registry.accepted()
    staff = (registry.registrar, registry.world.exchange.operator)
    with registry.world.backend.snapshot() as reader:
        for acting in (registry.supplier, *staff):
            assert asset_of(reader, actor(registry, acting), key).id == key
        for stranger in (None, actor(registry, registry.rival), actor(registry, registry.buyer)):
            with pytest.raises(NotFoundError) as caught:
                asset_of(reader, stranger, key)
            assert caught.value.code == "asset.unknown"


def test_papers_are_shown_to_holder_and_staff_alone(registry: Registry) -> None:
    key = registry.frozen()
    registry.world.do(registry.registrar, dismiss, Remark(key, "证据不足。"))
    papers = Papers(
        statement="数据为本公司经营中依法采集。",
        remarks="证据不足。",
        grounds="数据来源于我方系统。",
        objectors=(registry.buyer.participant,),
    )
    with registry.world.backend.snapshot() as reader:
        assert papers_of(reader, actor(registry, registry.supplier), key) == papers
        assert papers_of(reader, actor(registry, registry.second), key) == papers
        with pytest.raises(NotFoundError):
            papers_of(reader, actor(registry, registry.buyer), key)


def test_what_was_never_written_is_none(registry: Registry) -> None:
    key = registry.applied()
    with registry.world.backend.snapshot() as reader:
        papers = papers_of(reader, actor(registry, registry.supplier), key)
    assert (papers.remarks, papers.grounds, papers.objectors) == (None, None, ())


def test_lists_are_ordered_and_hold_what_their_names_say(registry: Registry) -> None:
    world = registry.world
    keys = {}
    for name in ("first", "second", "third", "fourth"):
        world.do(registry.node, describe, description(asset=name))
        world.advance(days=1)
        bring = {"first": registry.applied, "second": registry.noticed}.get(name, registry.frozen)
        keys[name] = bring(local=name)
    world.do(registry.registrar, send_back, Remark(keys["first"], "补充。"))
    with world.backend.snapshot() as reader:
        own = [view.local for view in assets_of(reader, registry.supplier.participant)]
        waiting = [view.local for view in registration_queue(reader)]
        noticed = [view.local for view in public_notices(reader)]
        assert registered_assets(reader) == []
    assert own == ["fourth", "third", "second", "first"]
    assert waiting == ["third", "fourth"]
    assert noticed == ["second", "third", "fourth"]


def test_a_certificate_stands_while_the_registration_is_in_force(registry: Registry) -> None:
    world = registry.world
    row = registry.asset(registry.registered())
    code = "FJ-2026-000001-7"
    with world.backend.snapshot() as reader:
        view = asset_of(reader, None, row.id)
        assert row.coded_at is not None
        assert certificate_of(reader, code) == Certificate(code, view, row.coded_at, row.entry)
    assert row.entry == len(world.leaves()) - 1
    world.do(registry.supplier, cancel, row.id)
    with world.backend.snapshot() as reader:
        for unknown in (code, "FJ-2026-000002-5", ""):
            with pytest.raises(NotFoundError) as caught:
                certificate_of(reader, unknown)
            assert caught.value.code == "certificate.unknown"
