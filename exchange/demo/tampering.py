"""The story's last act: changing a copy of the database, and looking who notices."""

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, func, select, update

from exchange.acts.ledger_tables import LedgerEntry
from exchange.audit.replay import AuditReport, audit_exchange
from exchange.bootstrap import KINDS, TABLES
from exchange.settlement.models import Account
from exchange.storage.engine import open_engine, sqlite_module, sqlite_url
from exchange.storage.sql import SqlBackend
from ledger.audit import Report, audit
from ledger.signing import Ed25519Verifier


@dataclass(frozen=True, slots=True)
class Tampering:
    """What was changed and what the audits said: `entry` None means that nobody noticed."""

    changed: int
    ledger_named: int | None
    audit_named: int | None
    row_named: str | None

    @property
    def detected(self) -> bool:
        """Tell whether both audits named the changed entry, and the audit the changed row."""
        return self.ledger_named == self.audit_named == self.changed and bool(self.row_named)


def tamper(database: Path, log: Ed25519Verifier, checkpoint: str) -> Tampering:
    """Change one byte of a leaf in one copy and one balance in another, and audit both.

    `database` is a SQLite file and stays as it is.
    """
    with tempfile.TemporaryDirectory(prefix="fdx-tamper-") as folder:
        first, second = Path(folder) / "leaf.db", Path(folder) / "row.db"
        for copy in (first, second):
            with (
                closing(sqlite_module.connect(database)) as source,
                closing(sqlite_module.connect(copy)) as target,
            ):
                source.backup(target)
        changed = _change_leaf(first)
        verified, audited = _examine(first, log, checkpoint)
        account = _change_balance(second)
        _, rows = _examine(second, log, checkpoint)
        row = next((f.key for f in rows.findings if f.key == account), None)
        return Tampering(changed, verified.first_index, audited.ledger.first_index, row)


def examine(database: Path, log: Ed25519Verifier, checkpoint: str) -> tuple[Report, AuditReport]:
    """Run both audits over a SQLite file."""
    return _examine(database, log, checkpoint)


def _change_leaf(path: Path) -> int:
    table = LedgerEntry.table()
    with _writing(path) as connection:
        index = int(connection.execute(select(func.count()).select_from(table)).scalar_one()) // 2
        here = table.c.id == index
        leaf = connection.execute(select(table.c.leaf).where(here)).scalar_one()
        middle = len(leaf) // 2
        changed = leaf[:middle] + bytes([leaf[middle] ^ 1]) + leaf[middle + 1 :]
        connection.execute(update(table).where(here).values(leaf=changed))
        return index


def _change_balance(path: Path) -> str:
    table = Account.table()
    with _writing(path) as connection:
        key = str(connection.execute(select(func.max(table.c.id))).scalar_one())
        one_more = table.c.balance_fen + 1
        connection.execute(update(table).where(table.c.id == key).values(balance_fen=one_more))
        return key


@contextmanager
def _writing(path: Path) -> Iterator[Connection]:
    engine = open_engine(sqlite_url(path))
    try:
        with engine.execution_options(fdx_write=True).begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _examine(database: Path, log: Ed25519Verifier, checkpoint: str) -> tuple[Report, AuditReport]:
    engine = open_engine(sqlite_url(database))
    try:
        with SqlBackend(engine).snapshot() as tables:
            report = audit(
                [entry.leaf for entry in tables.all(LedgerEntry)],
                origin=log.name,
                log_verifier=log,
                checkpoint_note=checkpoint,
            )
            audited = audit_exchange(tables, log, checkpoint, kinds=KINDS, models=TABLES)
        return report, audited
    finally:
        engine.dispose()
