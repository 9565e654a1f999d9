"""The catalogue, its products, the demands and the suppliers: public pages."""

from flask import Blueprint, render_template, request

from exchange.appraisals.queries import AppraisalView, valid_appraisals
from exchange.assets.models import Asset
from exchange.assets.queries import asset_of, registered_assets
from exchange.assets.states import AssetState
from exchange.market.queries import (
    ListingView,
    TariffView,
    listing_of,
    listings_by,
    open_listings,
    open_requests,
    tariff_now,
)
from exchange.market.rules import Topic
from exchange.parties.queries import participant
from exchange.settlement.rules import Rates, Split, split_of_total
from exchange.storage.store import Reader, require
from exchange.web import current
from exchange.web.catalogue import SORTS, CatalogueQuery, find_cards
from exchange.web.pages.log_reads import page_of
from exchange.web.pages.menus import offers

BLUEPRINT = Blueprint("catalog", __name__)

PAGE = 12
_LONGEST_SEARCH = 100


@BLUEPRINT.get("/catalog")
def catalog() -> str:
    """Show the open listings, searched, sorted and paged by what the address says."""
    wanted = request.args.get("q", "")[:_LONGEST_SEARCH].strip()
    topic, sort = request.args.get("topic", ""), request.args.get("sort", SORTS[0])
    with current.site().exchange.snapshot() as reader:
        topics = {listing.topic for listing in open_listings(reader)}
        ordered = find_cards(reader, CatalogueQuery(wanted, topic or None, sort))
    page = page_of(len(ordered), request.args.get("page"), PAGE)
    start = (page.page - 1) * PAGE
    return render_template(
        "catalog.html",
        cards=ordered[start : start + PAGE],
        pages=page,
        topics=[topic for topic in Topic if topic.value in topics],
        sorts=SORTS,
        asked={"q": wanted, "topic": topic, "sort": sort},
    )


@BLUEPRINT.get("/products/<listing>")
def product(listing: str) -> str:
    """Show one listing with everything a buyer should know before paying."""
    actor, exchange = current.actor(), current.site().exchange
    with exchange.snapshot() as reader:
        view = listing_of(reader, listing)
        own = actor is not None and actor.id == view.supplier
        if require(reader, Asset, view.asset).state is AssetState.CANCELLED:
            closing = offers(actor, ("listing.close",) if own else (), view.id, view.acts)
            return render_template("product_ended.html", listing=view, links=closing)
        asset = asset_of(reader, actor, view.asset)
        tariff = tariff_now(reader)
        links = offers(
            actor,
            ("listing.close",) if own else ("contract.offer",) if view.state == "open" else (),
            view.id,
            view.acts if own else None,
            listing=view.id,
        )
        return render_template(
            "product.html",
            listing=view,
            asset=asset,
            offered=[a for a in asset.description["analyses"] if a["id"] in view.analyses],
            appraisal=_appraisal(reader, view),
            tariff=tariff,
            split=None if tariff is None else _split(view.price_fen, tariff),
            links=links,
            others=[other for other in listings_by(reader, view.supplier) if other.id != view.id][
                :4
            ],
        )


@BLUEPRINT.get("/demands")
def demands() -> str:
    """Show what buyers look for."""
    with current.site().exchange.snapshot() as reader:
        wanted = open_requests(reader)
    page = page_of(len(wanted), request.args.get("page"), PAGE)
    start = (page.page - 1) * PAGE
    return render_template(
        "demands.html",
        requests=wanted[start : start + PAGE],
        pages=page,
        links=offers(current.actor(), ("request.post",)),
    )


@BLUEPRINT.get("/suppliers/<key>")
def supplier(key: str) -> str:
    """Show a participant: roles, keys, and what it has registered and listed."""
    actor = current.actor()
    with current.site().exchange.snapshot() as reader:
        view = participant(reader, key)
        mine = [asset for asset in registered_assets(reader) if asset.supplier == key]
        listed = [one for one in listings_by(reader, key) if one.state == "open"]
    possible = {
        "joined": ("party.admit",),
        "admitted": ("party.suspend",),
        "suspended": ("party.reinstate",),
    }[view.state]
    return render_template(
        "supplier.html",
        party=view,
        assets=mine,
        listings=listed,
        links=offers(actor, possible, key),
    )


def _appraisal(reader: Reader, listing: ListingView) -> AppraisalView | None:
    now = current.site().exchange.clock.now()
    return next(
        (a for a in valid_appraisals(reader, listing.asset, now) if a.id == listing.appraisal), None
    )


def _split(price_fen: int, tariff: TariffView) -> Split:
    return split_of_total(price_fen, Rates(tariff.fee_ppm, tariff.vat_ppm))
