"""Searching what is on offer."""

from dataclasses import dataclass

from exchange.market.queries import ListingView, open_listings
from exchange.storage.store import Reader

SORTS = ("latest", "cheapest", "dearest")
PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class CatalogueQuery:
    """What to look for: words that a title must all hold, a topic, an order, a page from 1."""

    words: str = ""
    topic: str | None = None
    sort: str = "latest"
    page: int = 1
    size: int = PAGE_SIZE


@dataclass(frozen=True, slots=True)
class CataloguePage:
    """One page of listings; `total` counts all that were found."""

    total: int
    page: int
    pages: int
    listings: tuple[ListingView, ...]


def search_listings(reader: Reader, query: CatalogueQuery) -> CataloguePage:
    """Return one page of the open listings that a query finds; a page too far is empty."""
    words = query.words.casefold().split()
    found = [view for view in open_listings(reader, query.topic) if _holds(view, words)]
    if query.sort != "latest":
        found.sort(key=lambda view: view.price_fen, reverse=query.sort == "dearest")
    start = (query.page - 1) * query.size
    return CataloguePage(
        total=len(found),
        page=query.page,
        pages=max(1, -(-len(found) // query.size)),
        listings=tuple(found[start : start + query.size]),
    )


def _holds(view: ListingView, words: list[str]) -> bool:
    text = f"{view.title_zh}\n{view.title_en}\n{view.supplier_name}".casefold()
    return all(word in text for word in words)
