"""Deciding about nodes and registrations: who applies, who judges, how long the notice runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exchange.actors import Role
from exchange.acts.participants import Participant, actor_of
from exchange.acts.unit_of_work import Decision, Service, UnitOfWork
from exchange.assets.codes import registration_code
from exchange.assets.description import check_description
from exchange.assets.models import Asset, CodeSeries, Node
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
    ACCEPTANCE_WORKING_DAYS,
    check_four_eyes,
    check_grade,
    check_registrar,
    check_rights,
    checked_name,
    checked_text,
    checked_url,
    notice_period,
    resumed_notice,
)
from exchange.assets.states import ASSET
from exchange.clock import iso
from exchange.errors import ConflictError, InvalidError
from exchange.storage.deadlines import check_due
from exchange.working_days import SHANGHAI, end_of_working_days
from ledger.encoding import b64
from ledger.errors import LedgerError
from ledger.signing import check_public_key


@dataclass(frozen=True, slots=True)
class RegisterNode:
    """A node's wish to become known; `public_key` is Ed25519, 32 bytes."""

    name: str
    supplier: str
    url: str
    public_key: bytes
    key: str = "k1"


@dataclass(frozen=True, slots=True)
class Apply:
    """A wish to register what a node described as `local`; rights and grade are the supplier's."""

    node: str
    local: str
    rights: tuple[str, ...]
    grade: str
    statement: str


@dataclass(frozen=True, slots=True)
class Remark:
    """A wish about one asset, with the text that goes with it: statement, grounds or reasons."""

    asset: str
    text: str


def register_node(uow: UnitOfWork, wish: RegisterNode) -> Decision:
    """Make a node known with its own key; it can do nothing until its supplier binds it.

    Raises:
        InvalidError: the name, the URL or the key is unfit (`node.name`, `node.url`, `node.key`).
        NotFoundError: there is no such supplier.
        ConflictError: it is no admitted supplier.
    """
    if not actor_of(uow.reader, wish.supplier).may(Role.SUPPLIER):
        raise ConflictError("node.supplier", "a node belongs to an admitted supplier")
    try:
        check_public_key(wish.public_key)
    except LedgerError as error:
        text = "the public key is no strong Ed25519 key"
        raise InvalidError("node.key", text, {"public_key": "weak"}) from error
    body = {
        "name": checked_name("node.name", "name", wish.name),
        "supplier": wish.supplier,
        "url": checked_url(wish.url),
        "key": wish.key,
        "public_key": b64(wish.public_key),
    }
    return Decision("node.register", body, uow.actor.id)


def bind_node(uow: UnitOfWork, wish: str) -> Decision:
    """Say that a node is one's own; the act names the leaf of the node's registration.

    Raises:
        NotFoundError: no such node has named the actor as its supplier.
        ConflictError: the node is bound already.
    """
    uow.need_role(Role.SUPPLIER)
    node = own_node(uow.reader, uow.actor.id, wish)
    Participant.lifecycle.target("node.bind", uow.require(Participant, node.id).state)
    return Decision("node.bind", {"node": node.id, "registered": b64(node.leaf_hash)}, node.id)


def describe(uow: UnitOfWork, wish: Mapping[str, Any]) -> Decision:
    """Describe an asset, or describe it anew; the wish is the act's whole body.

    An application keeps the description that it was made with.

    Raises:
        InvalidError: the description lacks its form.
        ConflictError: the node is not bound.
    """
    uow.need_role(Role.NODE)
    check_bound(uow.require(Node, uow.actor.id))
    check_description(wish)
    return Decision("asset.describe", dict(wish), f"{uow.actor.id}/{wish['asset']}")


def apply_for(uow: UnitOfWork, wish: Apply) -> Decision:
    """Apply for the registration of an asset by its latest description.

    Raises:
        NotFoundError: the node is not the actor's, or has described no such asset.
        ConflictError: the node is not bound, or the same data is applied for already.
        InvalidError: rights, grade or statement are unfit; core data is never registered.
    """
    uow.need_role(Role.SUPPLIER)
    node = own_bound_node(uow.reader, uow.actor.id, wish.node)
    description = described(uow.reader, node.id, wish.local)
    check_rights(wish.rights)
    check_grade(wish.grade)
    check_not_applied_for(uow.reader, node.id, wish.local)
    statement = uow.commit(checked_text("asset.statement", "statement", wish.statement))
    asset = uow.new_id("asset")
    body = {
        "asset": asset,
        "node": node.id,
        "local": wish.local,
        "describes": b64(description.leaf_hash),
        "rights": list(wish.rights),
        "grade": wish.grade,
        "statement": statement.id,
        "accept_by": iso(end_of_working_days(uow.now, ACCEPTANCE_WORKING_DAYS)),
    }
    return Decision("asset.apply", body, asset, (statement,))


def send_back(uow: UnitOfWork, wish: Remark) -> Decision:
    """Return an application to be completed, saying what is missing."""
    asset = _to_judge(uow, "asset.return", wish.asset)
    remarks = uow.commit(checked_text("asset.remarks", "remarks", wish.text))
    body = {"asset": asset.id, "remarks": remarks.id}
    return Decision("asset.return", body, asset.id, (remarks,))


def resubmit(uow: UnitOfWork, wish: Remark) -> Decision:
    """Hand a returned application in again, by the asset's latest description.

    Raises:
        NotFoundError: the asset is not the actor's.
    """
    uow.need_role(Role.SUPPLIER)
    asset = own_asset(uow.reader, uow.actor.id, wish.asset)
    ASSET.target("asset.resubmit", asset.state)
    description = described(uow.reader, asset.node, asset.local)
    statement = uow.commit(checked_text("asset.statement", "statement", wish.text))
    body = {
        "asset": asset.id,
        "describes": b64(description.leaf_hash),
        "statement": statement.id,
    }
    return Decision("asset.resubmit", body, asset.id, (statement,))


def accept(uow: UnitOfWork, wish: str) -> Decision:
    """Accept a complete application for review."""
    asset = _to_judge(uow, "asset.accept", wish)
    return Decision("asset.accept", {"asset": asset.id}, asset.id)


def review(uow: UnitOfWork, wish: str) -> Decision:
    """Pass an asset on review and publish its notice for ten working days.

    Raises:
        ForbiddenError: the asset is important and the actor accepted it himself.
    """
    asset = _to_judge(uow, "asset.review", wish)
    check_four_eyes(asset.grade, asset.accepted_by, uow.actor.id)
    ends_at, calendar = notice_period(uow.now)
    body = {"asset": asset.id, "notice_ends_at": iso(ends_at), "calendar": calendar}
    return Decision("asset.review", body, asset.id)


def object_to(uow: UnitOfWork, wish: Remark) -> Decision:
    """Object to an asset under notice, which stops the notice until a registrar has judged.

    Raises:
        NotFoundError: no such asset is public.
        ForbiddenError: the actor is the asset's holder.
        ConflictError: the actor has objected before, or the notice is over.
    """
    uow.need_role(Role.SUPPLIER, Role.BUYER, Role.APPRAISER)
    asset = public_asset(uow.reader, wish.asset)
    grounds = uow.commit(checked_text("asset.grounds", "grounds", wish.text))
    body = {"asset": asset.id, "grounds": grounds.id}
    return Decision("asset.object", body, asset.id, (grounds,))


def dismiss(uow: UnitOfWork, wish: Remark) -> Decision:
    """Dismiss an objection; the working days that the notice had left run on, at least one."""
    asset = _to_judge(uow, "asset.dismiss", wish.asset)
    reasons = uow.commit(checked_text("asset.reasons", "reasons", wish.text))
    assert asset.objected_at is not None, "a frozen asset knows its objection"
    assert asset.notice_ends_at is not None, "a frozen asset knows its notice"
    ends_at = resumed_notice(asset.objected_at, asset.notice_ends_at, uow.now)
    body = {"asset": asset.id, "reasons": reasons.id, "notice_ends_at": iso(ends_at)}
    return Decision("asset.dismiss", body, asset.id, (reasons,))


def reject(uow: UnitOfWork, wish: Remark) -> Decision:
    """Refuse the registration of an asset, also by granting an objection."""
    asset = _to_judge(uow, "asset.reject", wish.asset)
    reasons = uow.commit(checked_text("asset.reasons", "reasons", wish.text))
    body = {"asset": asset.id, "reasons": reasons.id}
    return Decision("asset.reject", body, asset.id, (reasons,))


def assign_code(uow: UnitOfWork, wish: str) -> Decision:
    """Register an asset whose notice ran out, and give it the year's next code.

    Raises:
        ConflictError: the notice still runs (`deadline.early`), or stands still.
    """
    uow.need_role(Role.OPERATOR)
    asset = uow.require(Asset, wish)
    ASSET.target("asset.code", asset.state)
    check_due(uow.reader, asset, uow.now)
    year = uow.now.astimezone(SHANGHAI).year
    series = uow.get(CodeSeries, str(year))
    code = registration_code(year, 1 if series is None else series.last + 1)
    body = {"asset": asset.id, "code": code, "coded_at": iso(uow.now)}
    return Decision("asset.code", body, asset.id)


def cancel(uow: UnitOfWork, wish: str) -> Decision:
    """Withdraw one's application, or cancel one's registration; its code is never used again.

    Raises:
        NotFoundError: the asset is not the actor's.
    """
    uow.need_role(Role.SUPPLIER)
    asset = own_asset(uow.reader, uow.actor.id, wish)
    return Decision("asset.cancel", {"asset": asset.id}, asset.id)


def _to_judge(uow: UnitOfWork, kind: str, key: str) -> Asset:
    """Return the asset that a registrar is to judge now.

    Raises:
        NotFoundError: there is none.
        ForbiddenError: the actor is no registrar, or the holder himself.
        ConflictError: the act is not possible in its state.
    """
    uow.need_role(Role.REGISTRAR)
    asset = uow.require(Asset, key)
    check_registrar(uow.actor.id, asset.supplier)
    ASSET.target(kind, asset.state)
    return asset


#: Which service does the act of a timer.
TIMED: dict[str, Service[str]] = {"asset.code": assign_code}
