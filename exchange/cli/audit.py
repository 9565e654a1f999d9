"""`fdx audit`: the ledger and every row that stands on it."""

import json
import sys
from pathlib import Path

import click
from sqlalchemy.exc import DatabaseError

from exchange.audit.replay import AuditReport, audit_exchange
from exchange.bootstrap import KINDS, TABLES
from exchange.cli.ledger import FAULTS_SHOWN, newest_note, progress
from exchange.storage.engine import open_engine, sqlite_url
from exchange.storage.sql import SqlBackend
from ledger.encoding import b64
from ledger.errors import LedgerError
from ledger.signing import parse_vkey


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--database-url", help="The database, if it is not FOLDER/exchange.db.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def audit(folder: Path, database_url: str | None, as_json: bool) -> None:  # noqa: FBT001
    """Audit the exchange whose files lie in FOLDER: its ledger, then every row, replayed.

    The replay runs every act of the ledger into a fresh store and compares row by row, so a
    changed balance, grant or state is named with the act that should have written it.
    Exit codes: 0 nothing wrong, 1 something was found, 2 the exchange could not be read.
    """
    url = database_url or sqlite_url((folder / "exchange.db").absolute())
    if url.startswith("sqlite") and database_url is None and not (folder / "exchange.db").is_file():
        raise click.UsageError(f"there is no exchange in {folder}")
    try:
        report = audit_folder(url, folder)
    except (OSError, UnicodeError, LedgerError, DatabaseError, ValueError) as error:
        raise click.UsageError(f"the exchange in {folder} could not be read: {error}") from error
    tell(report, as_json=as_json)
    sys.exit(0 if report.ok else 1)


def audit_folder(database_url: str, folder: Path) -> AuditReport:
    """Audit the exchange in a database against the log key and the checkpoints of its folder."""
    log = parse_vkey((folder / "log.vkey").read_text("utf-8").strip())
    engine = open_engine(database_url, any_text=True)
    try:
        with SqlBackend(engine).snapshot() as tables, progress(0, "entries") as step:
            note = newest_note(tables, folder)
            return audit_exchange(tables, log, note, kinds=KINDS, models=TABLES, progress=step)
    finally:
        engine.dispose()


def tell(report: AuditReport, *, as_json: bool) -> None:
    """Print what the audit found."""
    if as_json:
        told = {
            "ok": report.ok,
            "size": report.ledger.size,
            "root": b64(report.ledger.root),
            "rows": report.rows,
            "faults": [
                {"index": f.index, "rule": f.rule, "text": f.text} for f in report.ledger.faults
            ],
            "findings": [
                {"table": f.table, "key": f.key, "entry": f.entry, "text": f.text}
                for f in report.findings
            ],
        }
        click.echo(json.dumps(told))
        return
    for fault in report.ledger.faults[:FAULTS_SHOWN]:
        click.echo(f"entry {fault.index}: {fault.rule}: {fault.text}")
    for finding in report.findings[:FAULTS_SHOWN]:
        click.echo(f"{finding.table} {finding.key} (entry {finding.entry}): {finding.text}")
    found = len(report.ledger.faults) + len(report.findings)
    shown = min(len(report.ledger.faults), FAULTS_SHOWN) + min(len(report.findings), FAULTS_SHOWN)
    if found > shown:
        click.echo(f"and {found - shown} more; --json lists all")
    verdict = "in order" if report.ok else "NOT in order"
    click.echo(f"{report.ledger.size} entries, {report.rows} rows: {verdict}")
