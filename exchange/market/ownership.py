"""Finding what an act is about: what is not the actor's looks like what is not there."""

from __future__ import annotations

from exchange.errors import NotFoundError
from exchange.market.models import Contract, Listing, Request
from exchange.storage.store import C, Reader, require


def own_listing(reader: Reader, supplier: str, key: str) -> Listing:
    """Return a supplier's listing.

    Raises:
        NotFoundError: there is none of its own (`listing.unknown`).
    """
    row = require(reader, Listing, key)
    return _owned(row, row.supplier, supplier)


def own_request(reader: Reader, buyer: str, key: str) -> Request:
    """Return a buyer's request.

    Raises:
        NotFoundError: there is none of its own (`request.unknown`).
    """
    row = require(reader, Request, key)
    return _owned(row, row.buyer, buyer)


def sold_contract(reader: Reader, supplier: str, key: str) -> Contract:
    """Return a contract in which somebody is the supplier.

    Raises:
        NotFoundError: there is none (`contract.unknown`).
    """
    row = require(reader, Contract, key)
    return _owned(row, row.supplier, supplier)


def bought_contract(reader: Reader, buyer: str, key: str) -> Contract:
    """Return a contract in which somebody is the buyer.

    Raises:
        NotFoundError: there is none (`contract.unknown`).
    """
    row = require(reader, Contract, key)
    return _owned(row, row.buyer, buyer)


def _owned(row: C, owner: str, actor: str) -> C:
    if owner != actor:
        name = row.table().name
        raise NotFoundError(f"{name}.unknown", f"there is no such {name}")
    return row
