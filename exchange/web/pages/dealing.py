"""Requests with their matches, contracts with their money, payouts."""

from flask import Blueprint, render_template

from exchange.actors import Actor, Role
from exchange.disputes.queries import disputes_of
from exchange.errors import NotFoundError
from exchange.grants.queries import grants_of_contract
from exchange.grants.states import GrantState
from exchange.market.queries import (
    ContractView,
    contract_of,
    detail_of,
    listing_of,
    matches_of,
    request_of,
)
from exchange.settlement.models import Payout
from exchange.settlement.queries import captures_of, escrow_of, payouts_of
from exchange.storage.store import require
from exchange.web import current
from exchange.web.pages.menus import ActLink, offers
from exchange.web.pages.visitors import me

BLUEPRINT = Blueprint("dealing", __name__)

_OF_BUYER = ("escrow.fund",)
_OF_SUPPLIER = ("contract.accept", "contract.decline")


@BLUEPRINT.get("/requests/<key>")
def request_page(key: str) -> str:
    """Show a request, and what matches it with all reasons."""
    actor = current.actor()
    with current.site().exchange.snapshot() as reader:
        view = request_of(reader, key)
        own = actor is not None and actor.id == view.buyer
        kinds = ("request.withdraw",) if own else ("match.propose",)
        possible = (*view.acts, *(("match.propose",) if view.state == "open" else ()))
        near = [] if view.funnel is None else view.funnel["near_misses"]
        return render_template(
            "request.html",
            wanted=view,
            detail=None if actor is None else detail_of(reader, key),
            matches=matches_of(reader, key),
            near=[(miss, listing_of(reader, miss["listing"])) for miss in near],
            own=own,
            links=offers(actor, kinds, key, possible),
        )


@BLUEPRINT.get("/contracts/<key>")
def contract(key: str) -> str:
    """Show a contract to its parties and the staff: terms, money, grants, disputes."""
    actor = me()
    with current.site().exchange.snapshot() as reader:
        view = contract_of(reader, actor, key)
        grants = grants_of_contract(reader, key, actor.id)
        active = any(grant.state is GrantState.ACTIVE for grant in grants)
        return render_template(
            "contract.html",
            contract=view,
            escrow=escrow_of(reader, key),
            captures=captures_of(reader, key),
            grants=grants,
            disputes=[one for one in disputes_of(reader, actor.id) if one.contract == key],
            party=actor.id in {view.supplier, view.buyer},
            links=_links(actor, view, active=active),
        )


def _links(actor: Actor, view: ContractView, *, active: bool) -> list[ActLink]:
    issuing = ("grant.issue",) if view.state == "funded" and not active else ()
    if actor.id == view.supplier:
        return offers(actor, (*_OF_SUPPLIER, *issuing), view.id, (*view.acts, *issuing))
    if actor.id == view.buyer:
        return offers(actor, _OF_BUYER, view.id, view.acts)
    return offers(actor, ("escrow.release",), view.id, view.acts)


@BLUEPRINT.get("/payouts/<key>")
def payout(key: str) -> str:
    """Show a payout to the clearers, and to whom it goes.

    Raises:
        NotFoundError: there is none that concerns the visitor.
    """
    actor = me()
    with current.site().exchange.snapshot() as reader:
        row = require(reader, Payout, key)
        if row.participant != actor.id and not actor.may(Role.CLEARER, Role.AUDITOR):
            raise NotFoundError("payout.unknown", "there is no such payout")
        view = next(one for one in payouts_of(reader, row.participant) if one.id == key)
    kinds = ("payout.confirm", "payout.fail")
    return render_template("payout.html", payout=view, links=offers(actor, kinds, key, view.acts))
