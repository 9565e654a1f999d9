"""Single entries of the ledger with their proof."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exchange.acts.ledger_tables import LedgerEntry
from exchange.clock import from_ms
from exchange.context import proof_of
from exchange.errors import NotFoundError
from exchange.web import current
from exchange.web.api.answers import responses, to_json
from exchange.web.api.routes import blueprint
from ledger.checkpoint import open_checkpoint

BLUEPRINT = blueprint("ledger", "The log's entries; tiles and checkpoint are under /ledger.")


@dataclass(frozen=True, slots=True)
class EntryView:
    """One entry: its bytes as the log holds them, and the proof under the signed checkpoint."""

    index: int
    leaf: bytes
    leaf_hash: bytes
    received_at: datetime
    actor: str
    actor_seq: int
    kind: str
    proof: str


@BLUEPRINT.route("/ledger/entries/<int:index>", methods=["GET"])
@BLUEPRINT.doc(responses=responses(EntryView))
def show(index: int) -> Any:
    """Show an entry of the log with its inclusion proof."""
    return to_json(entry_view(index))


def entry_view(index: int) -> EntryView:
    """Return an entry that the signed checkpoint covers.

    Raises:
        NotFoundError: there is none (`entry.unknown`).
    """
    site = current.site()
    log, note = site.exchange.log, site.last_signed.read()
    size = open_checkpoint(note, log.verifier).size if note else 0
    with site.exchange.snapshot() as reader:
        row = reader.get(LedgerEntry, index) if 0 <= index < size else None
        if row is None:
            raise NotFoundError("entry.unknown", "the log has no such entry")
        return EntryView(
            index=row.id,
            leaf=row.leaf,
            leaf_hash=row.leaf_hash,
            received_at=from_ms(row.received_ms),
            actor=row.actor,
            actor_seq=row.actor_seq,
            kind=row.kind,
            proof=proof_of(reader, log, row.id, note),
        )
