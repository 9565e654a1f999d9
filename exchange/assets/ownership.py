"""Finding what an act is about: what is not the actor's looks like what is not there."""

from exchange.assets.models import Asset, Description, Node
from exchange.assets.states import FINAL_STATES, PUBLIC_STATES
from exchange.errors import ConflictError, NotFoundError
from exchange.storage.store import Reader, require


def own_node(reader: Reader, supplier: str, key: str) -> Node:
    """Return a supplier's node.

    Raises:
        NotFoundError: there is none of its own (`node.unknown`).
    """
    node = require(reader, Node, key)
    if node.supplier != supplier:
        raise NotFoundError("node.unknown", "there is no such node")
    return node


def own_bound_node(reader: Reader, supplier: str, key: str) -> Node:
    """Return a node that speaks for its supplier.

    Raises:
        NotFoundError: there is none of its own (`node.unknown`).
        ConflictError: the supplier has not bound it (`node.unbound`).
    """
    node = own_node(reader, supplier, key)
    check_bound(node)
    return node


def check_bound(node: Node) -> None:
    """Stop unless the supplier has said that the node is its own.

    Raises:
        ConflictError: `node.unbound`.
    """
    if not node.bound:
        raise ConflictError("node.unbound", "the supplier has not bound this node yet")


def own_asset(reader: Reader, supplier: str, key: str) -> Asset:
    """Return a supplier's asset.

    Raises:
        NotFoundError: there is none of its own (`asset.unknown`).
    """
    asset = require(reader, Asset, key)
    if asset.supplier != supplier:
        raise NotFoundError("asset.unknown", "there is no such asset")
    return asset


def public_asset(reader: Reader, key: str) -> Asset:
    """Return an asset that anybody may see.

    Raises:
        NotFoundError: there is none (`asset.unknown`).
    """
    asset = require(reader, Asset, key)
    if asset.state not in PUBLIC_STATES:
        raise NotFoundError("asset.unknown", "there is no such asset")
    return asset


def described(reader: Reader, node: str, local: str) -> Description:
    """Return the latest description of an asset by its node.

    Raises:
        NotFoundError: the node has described no such asset (`description.unknown`).
    """
    return require(reader, Description, f"{node}/{local}")


def check_not_applied_for(reader: Reader, node: str, local: str) -> None:
    """Stop if the same data is registered, or on its way there.

    Raises:
        ConflictError: `asset.duplicate`.
    """
    for asset in reader.find(Asset, node=node):
        if asset.local == local and asset.state not in FINAL_STATES:
            raise ConflictError("asset.duplicate", "this data is applied for already")
