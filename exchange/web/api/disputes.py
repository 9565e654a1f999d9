"""Reading disputes."""

from exchange.disputes import queries
from exchange.disputes.queries import DisputeView, Exhibit
from exchange.storage.store import Reader
from exchange.web import current
from exchange.web.api.routes import blueprint, reading

BLUEPRINT = blueprint("disputes", "Disputes, for their parties and their arbitrator.")


@reading(BLUEPRINT, "/disputes", list[DisputeView])
def own_disputes(reader: Reader) -> list[DisputeView]:
    """List the disputes in which one is a party or the arbitrator, latest first."""
    return queries.disputes_of(reader, current.participant())


@reading(BLUEPRINT, "/disputes/<key>", DisputeView)
def dispute(reader: Reader, key: str) -> DisputeView:
    """Show a dispute to its parties and its arbitrator."""
    return queries.dispute_of(reader, key, current.participant())


@reading(BLUEPRINT, "/disputes/<key>/exhibits", list[Exhibit])
def exhibits(reader: Reader, key: str) -> list[Exhibit]:
    """List the acts that a dispute rests on, in the order of the ledger."""
    return queries.exhibits(reader, key, current.participant())
