"""The business half of an audit: replay every act and compare each row with the database."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from exchange.acts.kinds import Fact, Kinds, apply_fact
from exchange.acts.ledger_tables import LedgerEntry, LedgerHead, Payload
from exchange.clock import from_ms
from exchange.errors import ExchangeError
from exchange.storage.digest import row_json
from exchange.storage.memory import MemoryTables
from exchange.storage.store import Tables, Writer
from exchange.storage.tables import Row
from ledger.act import parse_act_note
from ledger.audit import Report, audit
from ledger.encoding import b64
from ledger.entry import parse_entry
from ledger.errors import LedgerError
from ledger.merkle import leaf_hash
from ledger.signing import Ed25519Verifier

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """One row that is not what the acts say; `entry` is the act that should have written it."""

    table: str
    key: str
    entry: int | None
    text: str


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
    and names it. `models` are the tables that acts write; `progress` is told the number of
    entries done.
    """
    leaves = [entry.leaf for entry in tables.all(LedgerEntry)]
    report = audit(
        leaves,
        origin=log.name,
        log_verifier=log,
        checkpoint_note=checkpoint_note,
        progress=progress,
    )
    fresh = MemoryTables()
    findings = [*_entry_columns(tables), *_head(tables, leaves)]
    findings += _replay(fresh, leaves, kinds)
    findings += _payloads(tables)
    count = 0
    for model in models:
        findings += _compare(tables, fresh, model)
        count += sum(1 for _ in fresh.all(model))
    return AuditReport(report, tuple(findings), count)


def _replay(fresh: MemoryTables, leaves: list[bytes], kinds: Kinds) -> Iterator[Finding]:
    for index, leaf in enumerate(leaves):
        try:
            entry = parse_entry(leaf)
            act = parse_act_note(entry.act_note).act
            fact = Fact(
                index=index,
                leaf_hash=leaf_hash(leaf),
                received_at=from_ms(entry.received_ms),
                actor=act.actor,
                seq=act.seq,
                kind=act.kind,
                body=act.body,
            )
            with fresh.savepoint():
                apply_fact(kinds, Writer(fresh, index), fact)
        except (LedgerError, ExchangeError, AssertionError, KeyError, TypeError, ValueError) as e:
            text = f"the act does not apply: {getattr(e, 'code', type(e).__name__)}"
            yield Finding("ledger_entry", str(index), index, text)


def _entry_columns(tables: Tables) -> Iterator[Finding]:
    for position, row in enumerate(tables.all(LedgerEntry)):
        if row.id != position:
            yield Finding("ledger_entry", str(row.id), position, "an index is missing before it")
            return
        try:
            entry = parse_entry(row.leaf)
            act = parse_act_note(entry.act_note).act
        except LedgerError:
            continue
        found = (row.leaf_hash, row.received_ms, row.actor, row.actor_seq, row.kind)
        told = (leaf_hash(row.leaf), entry.received_ms, act.actor, act.seq, act.kind)
        if found != told:
            yield Finding("ledger_entry", str(row.id), row.id, "a column differs from the leaf")


def _head(tables: Tables, leaves: list[bytes]) -> Iterator[Finding]:
    head = tables.get(LedgerHead, 1)
    if (0 if head is None else head.size) != len(leaves):
        yield Finding("ledger_head", "1", None, "the head counts other entries than there are")


def _payloads(tables: Tables) -> Iterator[Finding]:
    for row in tables.all(Payload):
        if b64(hashlib.sha256(row.salt + row.text.encode()).digest()) != row.id:
            yield Finding("payload", row.id, None, "the text does not fit its commitment")


def _compare(tables: Tables, fresh: MemoryTables, model: type[Row]) -> Iterator[Finding]:
    name = model.table().name
    told = {row.id: row for row in fresh.all(model)}
    found = {row.id: row for row in tables.all(model)}
    for key in sorted({*told, *found}):
        entry = getattr(told.get(key), "entry", None)
        if key not in found:
            yield Finding(name, str(key), entry, "the row is missing")
        elif key not in told:
            yield Finding(name, str(key), None, "no act wrote this row")
        elif row_json(told[key]) != row_json(found[key]):
            left, right = told[key].values(), found[key].values()
            columns = ", ".join(c for c in left if left[c] != right[c])
            yield Finding(name, str(key), entry, f"differs from the acts in: {columns}")
