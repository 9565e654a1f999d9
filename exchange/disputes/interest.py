"""Who may judge a dispute: every admitted arbitrator without an interest in it."""

from datetime import datetime

from exchange.actors import Role
from exchange.acts.ledger_tables import LedgerEntry
from exchange.acts.participants import Participant, ParticipantState
from exchange.clock import to_ms
from exchange.disputes.models import Dispute
from exchange.disputes.rules import INTEREST_WITHIN
from exchange.grants.models import Grant
from exchange.market.models import Contract
from exchange.storage.store import Reader


def eligible(reader: Reader, dispute: Dispute, now: datetime) -> list[str]:
    """List the arbitrators that may be drawn for a dispute, ordered by id."""
    parties = (dispute.claimant, dispute.respondent)
    since_ms = to_ms(now - INTEREST_WITHIN)
    return [
        row.id
        for row in reader.find(Participant, state=ParticipantState.ADMITTED)
        if _is_arbitrator(row, parties)
        and not _did_business(reader, row.id, parties, since_ms)
        and not _has_judged(reader, row.id, parties)
    ]


def _is_arbitrator(row: Participant, parties: tuple[str, str]) -> bool:
    roles = set(row.roles)
    return Role.ARBITRATOR in roles and Role.OPERATOR not in roles and row.id not in parties


def _did_business(reader: Reader, who: str, parties: tuple[str, str], since_ms: int) -> bool:
    """Tell whether a contract or grant with one of the parties moved since then."""
    rows: list[Contract | Grant] = [
        *(row for row in reader.find(Contract, buyer=who) if row.supplier in parties),
        *(row for row in reader.find(Contract, supplier=who) if row.buyer in parties),
        *(row for row in reader.find(Grant, buyer=who) if row.supplier in parties),
        *(row for row in reader.find(Grant, supplier=who) if row.buyer in parties),
    ]
    return any(_moved_at(reader, row.entry) >= since_ms for row in rows)


def _moved_at(reader: Reader, index: int) -> int:
    entry = reader.get(LedgerEntry, index)
    assert entry is not None, "a row names the act that wrote it"
    return entry.received_ms


def _has_judged(reader: Reader, who: str, parties: tuple[str, str]) -> bool:
    """Tell whether an arbitrator has made an award between these two parties before."""
    return any(
        row.award_fen is not None and {row.claimant, row.respondent} == set(parties)
        for row in reader.find(Dispute, arbitrator=who)
    )
