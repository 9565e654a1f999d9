"""Reading nodes, assets, their papers and certificates."""

from exchange.actors import Role
from exchange.assets import queries
from exchange.assets.queries import (
    AssetView,
    Certificate,
    DescriptionView,
    NodeView,
    Papers,
)
from exchange.storage.store import Reader
from exchange.web import current
from exchange.web.api.routes import ANYBODY, Access, blueprint, reading

BLUEPRINT = blueprint("assets", "Registered data assets, notices, certificates, domain nodes.")

_DESK = Access(login=True, roles=(Role.REGISTRAR, Role.OPERATOR, Role.AUDITOR))


@reading(BLUEPRINT, "/assets", list[AssetView], ANYBODY)
def registered_assets(reader: Reader) -> list[AssetView]:
    """List the registered assets, by code."""
    return queries.registered_assets(reader)


@reading(BLUEPRINT, "/assets/mine", list[AssetView])
def own_assets(reader: Reader) -> list[AssetView]:
    """List one's own assets in every state."""
    return queries.assets_of(reader, current.participant())


@reading(BLUEPRINT, "/assets/notices", list[AssetView], ANYBODY)
def notices(reader: Reader) -> list[AssetView]:
    """List the assets under public notice."""
    return queries.public_notices(reader)


@reading(BLUEPRINT, "/assets/queue", list[AssetView], _DESK)
def registration_queue(reader: Reader) -> list[AssetView]:
    """List what waits for a registrar."""
    return queries.registration_queue(reader)


@reading(BLUEPRINT, "/assets/<key>", AssetView, ANYBODY)
def asset(reader: Reader, key: str) -> AssetView:
    """Show an asset: a public one, or one's own."""
    return queries.asset_of(reader, current.actor(), key)


@reading(BLUEPRINT, "/assets/<key>/papers", Papers)
def papers(reader: Reader, key: str) -> Papers:
    """Show what was written about a registration, to its holder and the staff."""
    return queries.papers_of(reader, current.viewer(), key)


@reading(BLUEPRINT, "/certificates/<code>", Certificate, ANYBODY)
def certificate(reader: Reader, code: str) -> Certificate:
    """Show the certificate of a registration in force."""
    return queries.certificate_of(reader, code)


@reading(BLUEPRINT, "/nodes/mine", list[NodeView])
def own_nodes(reader: Reader) -> list[NodeView]:
    """List the nodes that name oneself as their supplier."""
    return queries.nodes_of(reader, current.participant())


@reading(BLUEPRINT, "/nodes/<key>", NodeView, ANYBODY)
def node(reader: Reader, key: str) -> NodeView:
    """Show a domain node."""
    return queries.node_of(reader, key)


@reading(BLUEPRINT, "/nodes/<key>/descriptions", list[DescriptionView], ANYBODY)
def descriptions(reader: Reader, key: str) -> list[DescriptionView]:
    """List what a node has described; the same stands in its acts in the ledger."""
    return queries.descriptions_of(reader, queries.node_of(reader, key).id)
