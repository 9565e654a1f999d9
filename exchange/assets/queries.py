"""What pages and the API show about nodes and assets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exchange.actors import Actor, Role
from exchange.acts.ledger_tables import Payload
from exchange.acts.participants import Participant
from exchange.assets.models import Asset, Description, Node
from exchange.assets.states import PUBLIC_STATES, AssetState
from exchange.errors import NotFoundError
from exchange.storage.store import Reader, require

_STAFF = (Role.REGISTRAR, Role.OPERATOR, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class NodeView:
    """A domain node; `bound` says whether its supplier has confirmed it."""

    id: str
    supplier: str
    name: str
    url: str
    bound: bool


@dataclass(frozen=True, slots=True)
class DescriptionView:
    """The latest description of one asset by its node."""

    node: str
    local: str
    leaf_hash: bytes
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AssetView:
    """An asset as everybody who may see it sees it; `acts` are possible in its state."""

    id: str
    supplier: str
    supplier_name: str
    node: str
    local: str
    title_zh: str
    title_en: str
    rights: tuple[str, ...]
    grade: str
    state: AssetState
    acts: tuple[str, ...]
    description: dict[str, Any]
    describes: bytes
    rule: bytes
    applied_at: datetime
    accept_by: datetime
    notice_ends_at: datetime | None
    published_calendar: bool
    code: str | None
    coded_at: datetime | None
    entry: int


@dataclass(frozen=True, slots=True)
class Papers:
    """What was written about a registration; None where nothing was, or where it is erased."""

    statement: str | None
    remarks: str | None
    grounds: str | None
    objectors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the registration certificate states; `entry` is the act that gave the code."""

    code: str
    asset: AssetView
    coded_at: datetime
    entry: int


def node_of(reader: Reader, key: str) -> NodeView:
    """Return a node.

    Raises:
        NotFoundError: there is none (`node.unknown`).
    """
    return _node_view(require(reader, Node, key))


def nodes_of(reader: Reader, supplier: str) -> list[NodeView]:
    """List the nodes that name a supplier as theirs, bound or not, by id."""
    return [_node_view(row) for row in reader.find(Node, supplier=supplier)]


def descriptions_of(reader: Reader, node: str) -> list[DescriptionView]:
    """List what a node has described, by name."""
    return [
        DescriptionView(row.node, str(row.body["asset"]), row.leaf_hash, row.body)
        for row in reader.find(Description, node=node)
    ]


def asset_of(reader: Reader, actor: Actor | None, key: str) -> AssetView:
    """Return an asset that `actor` may see: a public one, its own, or any to the staff.

    Raises:
        NotFoundError: there is none that it may see (`asset.unknown`).
    """
    row = require(reader, Asset, key)
    if row.state not in PUBLIC_STATES and not _concerns(actor, row):
        raise NotFoundError("asset.unknown", "there is no such asset")
    return _asset_view(reader, row)


def papers_of(reader: Reader, actor: Actor, key: str) -> Papers:
    """Return what was written about an asset, for its holder and the staff.

    Raises:
        NotFoundError: there is none that concerns the actor (`asset.unknown`).
    """
    row = require(reader, Asset, key)
    if not _concerns(actor, row):
        raise NotFoundError("asset.unknown", "there is no such asset")
    return Papers(
        _text(reader, row.statement),
        _text(reader, row.remarks),
        _text(reader, row.grounds),
        tuple(row.objectors),
    )


def assets_of(reader: Reader, supplier: str) -> list[AssetView]:
    """List a supplier's assets in every state, latest application first."""
    rows = reader.find(Asset, supplier=supplier)
    rows.sort(key=lambda row: row.applied_at, reverse=True)
    return _asset_views(reader, rows)


def registered_assets(reader: Reader) -> list[AssetView]:
    """List the registered assets, by code."""
    rows = reader.find(Asset, state=AssetState.REGISTERED)
    return _asset_views(reader, sorted(rows, key=lambda row: str(row.code)))


def public_notices(reader: Reader) -> list[AssetView]:
    """List the assets under notice, and those that an objection froze, by the notice's end."""
    rows = reader.find(Asset, state=AssetState.NOTICE)
    rows += reader.find(Asset, state=AssetState.FROZEN)
    rows.sort(key=lambda row: row.notice_ends_at or row.applied_at)
    return _asset_views(reader, rows)


def registration_queue(reader: Reader) -> list[AssetView]:
    """List what waits for a registrar: applications, reviews, objections; longest waiting first."""
    waiting = (AssetState.APPLIED, AssetState.ACCEPTED, AssetState.FROZEN)
    rows = [row for state in waiting for row in reader.find(Asset, state=state)]
    rows.sort(key=lambda row: row.accept_by)
    return _asset_views(reader, rows)


def certificate_of(reader: Reader, code: str) -> Certificate:
    """Return the certificate of a registered asset by its code.

    Raises:
        NotFoundError: no registration in force has this code (`certificate.unknown`).
    """
    for row in reader.find(Asset, code=code):
        if row.state is AssetState.REGISTERED and row.code and row.coded_at:
            return Certificate(row.code, _asset_view(reader, row), row.coded_at, row.entry)
    raise NotFoundError("certificate.unknown", "no registration in force has this code")


def _concerns(actor: Actor | None, row: Asset) -> bool:
    return actor is not None and (actor.id == row.supplier or actor.may(*_STAFF))


def _text(reader: Reader, commitment: str | None) -> str | None:
    payload = None if commitment is None else reader.get(Payload, commitment)
    return None if payload is None else payload.text


def _node_view(row: Node) -> NodeView:
    return NodeView(row.id, row.supplier, row.name, row.url, row.bound)


def _asset_views(reader: Reader, rows: Iterable[Asset]) -> list[AssetView]:
    return [_asset_view(reader, row) for row in rows]


def _asset_view(reader: Reader, row: Asset) -> AssetView:
    return AssetView(
        id=row.id,
        supplier=row.supplier,
        supplier_name=require(reader, Participant, row.supplier).name,
        node=row.node,
        local=row.local,
        title_zh=row.title_zh,
        title_en=row.title_en,
        rights=tuple(row.rights),
        grade=row.grade,
        state=row.state,
        acts=row.lifecycle.acts(row.state),
        description=row.description,
        describes=row.describes,
        rule=row.rule,
        applied_at=row.applied_at,
        accept_by=row.accept_by,
        notice_ends_at=row.notice_ends_at,
        published_calendar=row.published_calendar,
        code=row.code,
        coded_at=row.coded_at,
        entry=row.entry,
    )
