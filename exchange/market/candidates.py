"""Listings as matching sees them, read from the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from exchange.assets.models import Asset
from exchange.assets.states import AssetState
from exchange.market.matching import Candidate
from exchange.market.models import Listing
from exchange.market.states import ListingState
from exchange.storage.store import Reader, require


def open_candidates(reader: Reader) -> Iterator[Candidate]:
    """Yield the open listings whose assets stand registered."""
    for listing in reader.find(Listing, state=ListingState.OPEN):
        asset = require(reader, Asset, listing.asset)
        if asset.state is AssetState.REGISTERED:
            yield Candidate(
                listing=listing.id,
                supplier=listing.supplier,
                topic=listing.topic,
                columns=visible_columns(asset.description),
                quality_ppm=int(asset.description["quality"].get("overall_ppm") or 0),
                price_fen=listing.price_fen,
                days=listing.days,
            )


def visible_columns(description: Mapping[str, Any]) -> frozenset[str]:
    """Collect the names of the columns that a question may name, over all tables."""
    return frozenset(
        str(column["name"])
        for table in description["tables"]
        for column in table["columns"]
        if column["role"] != "hidden"
    )
