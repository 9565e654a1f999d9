"""Searching what is on offer: one search for the pages and the API."""

from dataclasses import dataclass

from exchange.assets.models import Asset
from exchange.market.queries import ListingView, open_listings
from exchange.storage.store import Reader, require

SORTS = ("latest", "cheapest", "dearest", "quality")
PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class CatalogueQuery:
    """What to look for: words that a listing must all hold, a topic, an order, a page from 1."""

    words: str = ""
    topic: str | None = None
    sort: str = "latest"
    page: int = 1
    size: int = PAGE_SIZE


@dataclass(frozen=True, slots=True)
class Card:
    """A listing with what its asset's description adds; `words` is what a search looks in."""

    listing: ListingView
    quality_ppm: int | None
    rows_class: str
    words: str


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """One page of listings; `total` counts all that were found."""

    total: int
    page: int
    pages: int
    listings: tuple[ListingView, ...]


def search_listings(reader: Reader, query: CatalogueQuery) -> CataloguePage:
    """Return one page of the open listings that a query finds; a page too far is empty."""
    found = find_cards(reader, query)
    start = (query.page - 1) * query.size
    return CataloguePage(
        total=len(found),
        page=query.page,
        pages=max(1, -(-len(found) // query.size)),
        listings=tuple(card.listing for card in found[start : start + query.size]),
    )


def find_cards(reader: Reader, query: CatalogueQuery) -> list[Card]:
    """Return all open listings that a query finds, in its order; an unknown order is the latest.

    Words are looked for in titles, the supplier's name, column names and analyses, letter case
    aside.
    """
    words = query.words.casefold().split()
    cards = [_card(reader, listing) for listing in open_listings(reader, query.topic)]
    found = [card for card in cards if all(word in card.words for word in words)]
    if query.sort == "cheapest":
        return sorted(found, key=lambda card: card.listing.price_fen)
    if query.sort == "dearest":
        return sorted(found, key=lambda card: -card.listing.price_fen)
    if query.sort == "quality":
        return sorted(found, key=lambda card: -(card.quality_ppm or 0))
    return found


def _card(reader: Reader, listing: ListingView) -> Card:
    description = require(reader, Asset, listing.asset).description
    columns = [c["name"] for table in description["tables"] for c in table["columns"]]
    analyses = [
        f"{a['title_zh']} {a['title_en']}"
        for a in description["analyses"]
        if a["id"] in listing.analyses
    ]
    words = [listing.title_zh, listing.title_en, listing.supplier_name, *columns, *analyses]
    return Card(
        listing,
        description["quality"].get("overall_ppm"),
        str(description["rows_class"]),
        " ".join(words).casefold(),
    )
