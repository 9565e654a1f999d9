"""What the acts about nodes and assets do to the rows."""

from typing import Any

from exchange.actors import Role
from exchange.acts.kinds import ActKind, Fact
from exchange.acts.participants import Participant, actor_of
from exchange.assets.codes import registration_code
from exchange.assets.description import MEMBERS, check_description
from exchange.assets.models import Asset, CodeSeries, Description, Node
from exchange.assets.ownership import (
    check_bound,
    check_not_applied_for,
    described,
    own_asset,
    own_bound_node,
    own_node,
    public_asset,
)
from exchange.assets.rules import (
    NOTICE_FLOOR,
    check_four_eyes,
    check_grade,
    check_registrar,
    check_rights,
)
from exchange.assets.states import ASSET
from exchange.clock import from_iso
from exchange.errors import ConflictError, ForbiddenError, InvalidError
from exchange.parties.acts import register_first_key
from exchange.storage.store import Writer, require
from exchange.working_days import SHANGHAI
from ledger.encoding import b64, unb64


def _register_node(writer: Writer, fact: Fact) -> None:
    supplier, name = str(fact.body["supplier"]), str(fact.body["name"])
    if not actor_of(writer, supplier).may(Role.SUPPLIER):
        raise ConflictError("node.supplier", "a node belongs to an admitted supplier")
    register_first_key(writer, fact, name, [Role.NODE.value])
    writer.add(
        Node(
            id=fact.actor,
            supplier=supplier,
            url=str(fact.body["url"]),
            name=name,
            leaf_hash=fact.leaf_hash,
        )
    )


def _bind_node(writer: Writer, fact: Fact) -> None:
    node = own_node(writer, fact.actor, str(fact.body["node"]))
    if fact.body["registered"] != b64(node.leaf_hash):
        raise ConflictError("node.registered", "the act names another registration of the node")
    participant = require(writer, Participant, node.id)
    writer.advance(participant, fact.kind, roles=[Role.NODE.value])
    writer.change(node, bound=True)


def _describe(writer: Writer, fact: Fact) -> None:
    check_bound(require(writer, Node, fact.actor))
    check_description(fact.body)
    key, body = f"{fact.actor}/{fact.body['asset']}", dict(fact.body)
    row = writer.get(Description, key)
    if row is None:
        writer.add(Description(id=key, node=fact.actor, leaf_hash=fact.leaf_hash, body=body))
    else:
        writer.change(row, leaf_hash=fact.leaf_hash, body=body)


def _apply(writer: Writer, fact: Fact) -> None:
    body = fact.body
    node = own_bound_node(writer, fact.actor, str(body["node"]))
    local, rights, grade = str(body["local"]), list(body["rights"]), str(body["grade"])
    check_rights(rights)
    check_grade(grade)
    check_not_applied_for(writer, node.id, local)
    writer.add(
        Asset(
            id=str(body["asset"]),
            supplier=fact.actor,
            node=node.id,
            local=local,
            rights=rights,
            grade=grade,
            statement=str(body["statement"]),
            applied_at=fact.received_at,
            accept_by=from_iso(str(body["accept_by"])),
            objectors=[],
            **_from_description(described(writer, node.id, local), fact),
        )
    )


def _from_description(description: Description, fact: Fact) -> dict[str, Any]:
    if fact.body["describes"] != b64(description.leaf_hash):
        raise ConflictError("asset.described", "the node has described the asset anew since")
    return {
        "title_zh": description.body["title_zh"],
        "title_en": description.body["title_en"],
        "describes": description.leaf_hash,
        "description": description.body,
        "rule": unb64(str(description.body["rule"]), 32),
    }


def _return(writer: Writer, fact: Fact) -> None:
    writer.advance(_judged(writer, fact), fact.kind, remarks=str(fact.body["remarks"]))


def _resubmit(writer: Writer, fact: Fact) -> None:
    asset = own_asset(writer, fact.actor, str(fact.body["asset"]))
    described_anew = _from_description(described(writer, asset.node, asset.local), fact)
    statement = str(fact.body["statement"])
    writer.advance(asset, fact.kind, statement=statement, **described_anew)


def _accept(writer: Writer, fact: Fact) -> None:
    writer.advance(_judged(writer, fact), fact.kind, accepted_by=fact.actor)


def _review(writer: Writer, fact: Fact) -> None:
    asset = _judged(writer, fact)
    check_four_eyes(asset.grade, asset.accepted_by, fact.actor)
    ends_at = from_iso(str(fact.body["notice_ends_at"]))
    if ends_at < fact.received_at + NOTICE_FLOOR:
        raise InvalidError("asset.notice", "the notice is shorter than ten working days")
    writer.advance(
        asset,
        fact.kind,
        due_at=ends_at,
        notice_ends_at=ends_at,
        published_calendar=fact.body["calendar"] == "published",
    )


def _object(writer: Writer, fact: Fact) -> None:
    asset = public_asset(writer, str(fact.body["asset"]))
    if fact.actor == asset.supplier:
        raise ForbiddenError("asset.self", "the holder does not object to its own asset")
    if fact.actor in asset.objectors:
        raise ConflictError("asset.objected", "a participant objects to an asset once")
    ASSET.target(fact.kind, asset.state)
    assert asset.notice_ends_at is not None, "an asset under notice knows its end"
    if fact.received_at >= asset.notice_ends_at:
        raise ConflictError("asset.notice_over", "the notice of this asset is over")
    writer.advance(
        asset,
        fact.kind,
        objectors=[*asset.objectors, fact.actor],
        objected_at=fact.received_at,
        grounds=str(fact.body["grounds"]),
    )


def _dismiss(writer: Writer, fact: Fact) -> None:
    asset = _judged(writer, fact)
    ends_at = from_iso(str(fact.body["notice_ends_at"]))
    if asset.notice_ends_at is not None and ends_at < asset.notice_ends_at:
        raise InvalidError("asset.notice", "an objection does not shorten the notice")
    writer.advance(
        asset,
        fact.kind,
        due_at=ends_at,
        notice_ends_at=ends_at,
        remarks=str(fact.body["reasons"]),
    )


def _reject(writer: Writer, fact: Fact) -> None:
    writer.advance(_judged(writer, fact), fact.kind, remarks=str(fact.body["reasons"]))


def _code(writer: Writer, fact: Fact) -> None:
    asset = require(writer, Asset, str(fact.body["asset"]))
    ASSET.target(fact.kind, asset.state)
    coded_at = from_iso(str(fact.body["coded_at"]))
    assert asset.notice_ends_at is not None, "an asset under notice knows its end"
    if not asset.notice_ends_at <= coded_at <= fact.received_at:
        raise ConflictError("deadline.early", "the notice is not over yet")
    year = coded_at.astimezone(SHANGHAI).year
    series = writer.get(CodeSeries, str(year))
    number = 1 if series is None else series.last + 1
    if fact.body["code"] != registration_code(year, number):
        raise ConflictError("asset.code_order", "codes are given in order, without a gap")
    if series is None:
        writer.add(CodeSeries(id=str(year), last=number))
    else:
        writer.change(series, last=number)
    writer.advance(asset, fact.kind, code=str(fact.body["code"]), coded_at=coded_at)


def _cancel(writer: Writer, fact: Fact) -> None:
    writer.advance(own_asset(writer, fact.actor, str(fact.body["asset"])), fact.kind)


def _judged(writer: Writer, fact: Fact) -> Asset:
    asset = require(writer, Asset, str(fact.body["asset"]))
    check_registrar(fact.actor, asset.supplier)
    return asset


_NODE, _SUPPLIER, _REGISTRAR = (Role.NODE,), (Role.SUPPLIER,), (Role.REGISTRAR,)
_OBJECTORS = (Role.SUPPLIER, Role.BUYER, Role.APPRAISER)
_APPLICATION = (
    "asset",
    "node",
    "local",
    "describes",
    "rights",
    "grade",
    "statement",
    "accept_by",
)

ACTS = (
    ActKind(
        "node.register", None, ("name", "supplier", "url", "key", "public_key"), _register_node
    ),
    ActKind("node.bind", _SUPPLIER, ("node", "registered"), _bind_node),
    ActKind("asset.describe", _NODE, MEMBERS, _describe),
    ActKind("asset.apply", _SUPPLIER, _APPLICATION, _apply),
    ActKind("asset.return", _REGISTRAR, ("asset", "remarks"), _return),
    ActKind("asset.resubmit", _SUPPLIER, ("asset", "describes", "statement"), _resubmit),
    ActKind("asset.accept", _REGISTRAR, ("asset",), _accept),
    ActKind("asset.review", _REGISTRAR, ("asset", "notice_ends_at", "calendar"), _review),
    ActKind("asset.object", _OBJECTORS, ("asset", "grounds"), _object),
    ActKind("asset.dismiss", _REGISTRAR, ("asset", "reasons", "notice_ends_at"), _dismiss),
    ActKind("asset.reject", _REGISTRAR, ("asset", "reasons"), _reject),
    ActKind("asset.code", (Role.OPERATOR,), ("asset", "code", "coded_at"), _code),
    ActKind("asset.cancel", _SUPPLIER, ("asset",), _cancel),
)

TABLES = (Node, Description, Asset, CodeSeries)
