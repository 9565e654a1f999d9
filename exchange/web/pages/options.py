"""What can be chosen in the fields of forms that name things, for the one who fills them in."""

from collections.abc import Callable, Iterable

from werkzeug.datastructures import MultiDict

from exchange.actors import Actor, Role
from exchange.acts.participants import ParticipantState
from exchange.appraisals.queries import valid_appraisals
from exchange.assets.queries import AssetView, assets_of, descriptions_of, nodes_of
from exchange.assets.states import AssetState
from exchange.disputes.queries import exhibits
from exchange.errors import NotFoundError
from exchange.market.queries import listing_of, requests_by
from exchange.market.states import RequestState
from exchange.money import yuan
from exchange.parties.queries import participant, participants
from exchange.storage.store import Reader
from exchange.web import current
from exchange.web.pages.forms import Choice, Options
from exchange.web.pages.rendering import t, term, title_text
from ledger.encoding import b64

Typed = MultiDict[str, str]
Find = Callable[[Reader, Actor, Typed], Options]


def options_for(kind: str, reader: Reader, actor: Actor, typed: Typed) -> Options:
    """Return the choices of an act's form, by field; none where the things are unknown."""
    find = _FIND.get(kind)
    if find is None:
        return {}
    try:
        return find(reader, actor, typed)
    except NotFoundError:
        # The service says so when the form is sent; here there is just nothing to choose.
        return {}


def _nodes(reader: Reader, actor: Actor, typed: Typed) -> Options:  # noqa: ARG001 - one form for all
    nodes = [node for node in nodes_of(reader, actor.id) if not node.bound]
    return {"node": tuple(Choice(node.id, node.name, node.url) for node in nodes)}


def _application(reader: Reader, actor: Actor, typed: Typed) -> Options:
    nodes = [node for node in nodes_of(reader, actor.id) if node.bound]
    wanted = typed.get("node") or (nodes[0].id if len(nodes) == 1 else "")
    described = [
        Choice(view.local, f"{title_text(view.body)} ({view.local})")
        for node in nodes
        if wanted in ("", node.id)
        for view in descriptions_of(reader, node.id)
    ]
    return {
        "node": tuple(Choice(node.id, node.name) for node in nodes),
        "local": tuple(described),
    }


def _appraisal(reader: Reader, actor: Actor, typed: Typed) -> Options:  # noqa: ARG001
    return {
        "asset": _asset_choices(_registered(reader, actor)),
        "appraiser": _admitted(reader, Role.APPRAISER, but=actor.id),
    }


def _listing(reader: Reader, actor: Actor, typed: Typed) -> Options:
    assets = _registered(reader, actor)
    chosen = [asset for asset in assets if typed.get("asset") in (None, "", asset.id)]
    now = current.site().exchange.clock.now()
    appraisals = [
        Choice(
            view.id, f"{title_text(asset)} · {view.appraiser_name} · {yuan(view.value_fen or 0)}"
        )
        for asset in chosen
        for view in valid_appraisals(reader, asset.id, now)
    ]
    analyses = [choice for asset in chosen for choice in _analyses(asset, None)]
    return {
        "asset": _asset_choices(assets),
        "appraisal": tuple(appraisals),
        "analyses": tuple(analyses),
    }


def _offer(reader: Reader, actor: Actor, typed: Typed) -> Options:
    listing = listing_of(reader, typed.get("listing", ""))
    asset = next(view for view in assets_of(reader, listing.supplier) if view.id == listing.asset)
    wanted = [view for view in requests_by(reader, actor.id) if view.state is RequestState.OPEN]
    return {
        "analyses": tuple(_analyses(asset, listing.analyses)),
        "request": tuple(Choice(view.id, view.title) for view in wanted),
    }


def _admission(reader: Reader, actor: Actor, typed: Typed) -> Options:  # noqa: ARG001
    view = participant(reader, typed.get("participant", ""))
    return {"roles": tuple(Choice(role, term(f"role.{role}")) for role in view.asked)}


def _parties(reader: Reader, actor: Actor, typed: Typed) -> Options:  # noqa: ARG001
    roles = (Role.BUYER, Role.SUPPLIER)
    return {"participant": _admitted(reader, *roles, but=actor.id)}


def _evidence(reader: Reader, actor: Actor, typed: Typed) -> Options:
    found = exhibits(reader, typed.get("dispute", ""), actor.id)
    return {
        "evidence": tuple(
            Choice(
                b64(exhibit.leaf_hash),
                f"{t('第 {n} 号', n=exhibit.index)} · {term(f'act.{exhibit.kind}')}",
                b64(exhibit.leaf_hash),
            )
            for exhibit in found
        )
    }


_FIND: dict[str, Find] = {
    "node.bind": _nodes,
    "asset.apply": _application,
    "appraisal.request": _appraisal,
    "listing.open": _listing,
    "contract.offer": _offer,
    "party.admit": _admission,
    "deposit.confirm": _parties,
    "payout.send": _parties,
    "award.make": _evidence,
}


def _registered(reader: Reader, actor: Actor) -> list[AssetView]:
    return [asset for asset in assets_of(reader, actor.id) if asset.state is AssetState.REGISTERED]


def _asset_choices(assets: Iterable[AssetView]) -> tuple[Choice, ...]:
    return tuple(Choice(asset.id, f"{title_text(asset)} ({asset.code})") for asset in assets)


def _analyses(asset: AssetView, allowed: tuple[str, ...] | None) -> list[Choice]:
    return [
        Choice(str(analysis["id"]), title_text(analysis), str(analysis["sql"]).strip())
        for analysis in asset.description["analyses"]
        if allowed is None or analysis["id"] in allowed
    ]


def _admitted(reader: Reader, *roles: Role, but: str) -> tuple[Choice, ...]:
    return tuple(
        Choice(view.id, f"{view.name} ({view.id})")
        for view in participants(reader, ParticipantState.ADMITTED)
        if view.id != but and not {role.value for role in roles}.isdisjoint(view.roles)
    )
