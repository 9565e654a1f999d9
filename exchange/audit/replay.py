"""Auditing an exchange: its ledger, the ledger's tables, and every row by replay."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from exchange.acts.kinds import Fact, Kinds, apply_fact
from exchange.audit.findings import Finding, compare, leaves_of, rows_of
from exchange.audit.log_tables import check_checkpoints, check_log_tables
from exchange.clock import from_ms
from exchange.errors import ExchangeError
from exchange.storage.memory import MemoryTables
from exchange.storage.store import Tables, Writer
from exchange.storage.tables import Row
from ledger.act import parse_act_note
from ledger.audit import Report, audit
from ledger.entry import parse_entry
from ledger.errors import LedgerError
from ledger.merkle import leaf_hash
from ledger.signing import Ed25519Verifier

Progress = Callable[[int], None]

#: What an act may run into when it is applied to rows that are not what they should be.
_APPLY_FAULTS = (ExchangeError, LedgerError, AssertionError, LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What the audit saw: the ledger's own report, and what the rows got wrong."""

    ledger: Report
    findings: tuple[Finding, ...]
    rows: int

    @property
    def ok(self) -> bool:
        """Tell whether nothing at all was found."""
        return self.ledger.ok and not self.findings


def audit_exchange(
    tables: Tables,
    log: Ed25519Verifier,
    checkpoint_note: str | None,
    *,
    kinds: Kinds,
    models: tuple[type[Row], ...],
    progress: Progress | None = None,
) -> AuditReport:
    """Check the ledger, replay its acts into a fresh store, and compare every row.

    The replay runs the services' own `apply`; it goes on after an act that does not apply,
    and names it. Rows are compared as stored, so a cell that no row can be made of is named
    too. `models` are the tables that acts write; `progress` is told the number of entries done.
    """
    leaves = leaves_of(tables)
    report = audit(
        leaves,
        origin=log.name,
        log_verifier=log,
        checkpoint_note=checkpoint_note,
        progress=progress,
    )
    facts, hashes = list(_facts(leaves)), [leaf_hash(leaf) for leaf in leaves]
    fresh = MemoryTables()
    findings = [
        *check_log_tables(tables, leaves, hashes, facts),
        *check_checkpoints(tables, hashes, log),
        *_uncovered(checkpoint_note, leaves),
        *_replay(fresh, facts, kinds),
    ]
    count = 0
    for model in models:
        told = rows_of(fresh, model)
        findings += compare(model.table().name, told, rows_of(tables, model))
        count += len(told)
    return AuditReport(report, tuple(findings), count)


def _uncovered(checkpoint_note: str | None, leaves: list[bytes]) -> Iterator[Finding]:
    if checkpoint_note is None and leaves:
        text = "no signed checkpoint covers any entry: their number and order are not proved"
        yield Finding("ledger_checkpoint", "", None, text)


def _facts(leaves: list[bytes]) -> Iterator[Fact]:
    """Read the acts; a leaf that holds none is the ledger audit's to name."""
    for index, leaf in enumerate(leaves):
        try:
            entry = parse_entry(leaf)
            act = parse_act_note(entry.act_note).act
            received_at = from_ms(entry.received_ms)
        except (LedgerError, OverflowError):
            continue
        yield Fact(
            index=index,
            leaf_hash=leaf_hash(leaf),
            received_at=received_at,
            actor=act.actor,
            seq=act.seq,
            kind=act.kind,
            body=act.body,
        )


def _replay(fresh: MemoryTables, facts: list[Fact], kinds: Kinds) -> Iterator[Finding]:
    for fact in facts:
        try:
            with fresh.savepoint():
                apply_fact(kinds, Writer(fresh, fact.index), fact)
        except _APPLY_FAULTS as error:
            text = f"the act does not apply: {getattr(error, 'code', type(error).__name__)}"
            yield Finding("ledger_entry", str(fact.index), fact.index, text)
