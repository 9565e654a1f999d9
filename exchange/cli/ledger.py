"""`fdx ledger`: checking a ledger from what is public."""

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy.exc import DatabaseError

from exchange.acts.ledger_tables import LedgerCheckpoint
from exchange.audit.findings import leaves_of, rows_of
from exchange.storage.engine import open_engine, sqlite_url
from exchange.storage.sql import SqlBackend
from exchange.storage.store import Tables
from ledger.audit import Report, audit
from ledger.checkpoint import open_checkpoint, parse_checkpoint_text
from ledger.encoding import b64
from ledger.errors import LedgerError
from ledger.note import parse_note
from ledger.signing import Ed25519Verifier, parse_vkey
from ledger.source import read_checkpoint, read_leaves

#: Faults printed in words: what follows from the first ones tells little more.
FAULTS_SHOWN = 20
_TIMEOUT_S = 30
_ANSWER_LIMIT = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Source:
    """What is to be verified: the leaves, the checkpoint over them, how many to expect."""

    leaves: Iterable[bytes]
    checkpoint: str | None
    size: int


@click.group()
def ledger() -> None:
    """Verify a ledger from what is public."""


@ledger.command()
@click.argument("where")
@click.option("--log-key", help="The log's verifier key (vkey); default: log.vkey beside the data.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(where: str, log_key: str | None, as_json: bool) -> None:  # noqa: FBT001
    """Verify every entry of the ledger at WHERE: a URL, an exchange's folder or its SQLite file.

    A URL needs --log-key: a key that comes from the log itself proves nothing about it.
    A URL is that of the log, such as http://localhost:8000/ledger. Entries that no signed
    checkpoint covers are counted: of their order and number nothing is proved.
    Exit codes: 0 nothing wrong, 1 faults were found or nothing is covered by a checkpoint,
    2 the ledger could not be read.
    """
    try:
        verifier = parse_vkey(log_key or _key_beside(where))
        source = _from_url(where, verifier) if "://" in where else _from_file(Path(where))
        report = _audit(source, verifier)
    except (OSError, LookupError, LedgerError, DatabaseError, ValueError) as error:
        raise click.UsageError(f"the ledger at {where} could not be read: {error}") from error
    covered = _covered(source, verifier)
    _tell(report, report.size - covered, as_json=as_json)
    sys.exit(0 if report.ok and (covered or not report.size) else 1)


def _covered(source: Source, verifier: Ed25519Verifier) -> int:
    """Count the entries under the checkpoint; one that does not open covers none."""
    try:
        return 0 if source.checkpoint is None else open_checkpoint(source.checkpoint, verifier).size
    except LedgerError:
        return 0


def _audit(source: Source, verifier: Ed25519Verifier) -> Report:
    with progress(source.size, "entries") as step:
        return audit(
            source.leaves,
            origin=verifier.name,
            log_verifier=verifier,
            checkpoint_note=source.checkpoint,
            progress=step,
        )


@contextmanager
def progress(total: int, label: str) -> Iterator[Callable[[int], None]]:
    """Show a bar on standard error while the yielded step is told how much is done."""
    silent = not sys.stderr.isatty()
    with click.progressbar(length=total, label=label, file=sys.stderr, hidden=silent) as bar:

        def step(done: int) -> None:
            bar.update(done - bar.pos)

        yield step


def _key_beside(where: str) -> str:
    folder = Path(where) if Path(where).is_dir() else Path(where).parent
    path = folder / "log.vkey"
    if "://" in where or not path.is_file():
        raise click.UsageError("give the log's verifier key with --log-key")
    return path.read_text("utf-8").strip()


def _from_file(path: Path) -> Source:
    database = path / "exchange.db" if path.is_dir() else path
    if not database.is_file():
        raise click.UsageError(f"there is no ledger at {path}")
    engine = open_engine(sqlite_url(database.absolute()), any_text=True)
    with SqlBackend(engine).snapshot() as tables:
        leaves = leaves_of(tables)
        return Source(leaves, newest_note(tables, database.parent), len(leaves))


def newest_note(tables: Tables, folder: Path) -> str | None:
    """Return the signed note of the longest log, kept in the database or in `last-signed`.

    A note that cannot be read counts as the longest, so that it is looked at and named.
    """
    kept = rows_of(tables, LedgerCheckpoint)
    notes = [str(row["note"]) for row in kept.values()][-1:]
    signed = folder / "last-signed"
    if signed.is_file():
        notes.append(signed.read_text("utf-8"))
    return max(notes, key=_claimed_size, default=None)


def _claimed_size(note: str) -> int:
    try:
        return parse_checkpoint_text(parse_note(note).text).size
    except LedgerError:
        return sys.maxsize


def _from_url(url: str, verifier: Ed25519Verifier) -> Source:
    def fetch(path: str) -> bytes:
        address = f"{url.rstrip('/')}/{path}"
        if not address.startswith(("http://", "https://")):
            raise click.UsageError("a ledger's URL begins with http:// or https://")
        try:
            with urllib.request.urlopen(address, timeout=_TIMEOUT_S) as answer:  # noqa: S310
                data: bytes = answer.read(_ANSWER_LIMIT)
        except urllib.error.HTTPError as error:
            raise LookupError(path) from error
        except urllib.error.URLError as error:
            raise OSError(str(error.reason)) from error
        return data

    note = read_checkpoint(fetch)
    size = open_checkpoint(note, verifier).size
    return Source(read_leaves(fetch, size), note, size)


def _tell(report: Report, uncovered: int, *, as_json: bool) -> None:
    if as_json:
        told = {
            "ok": report.ok,
            "size": report.size,
            "root": b64(report.root),
            "first_index": report.first_index,
            "uncovered": max(0, uncovered),
            "faults": [{"index": f.index, "rule": f.rule, "text": f.text} for f in report.faults],
        }
        click.echo(json.dumps(told))
        return
    for fault in report.faults[:FAULTS_SHOWN]:
        place = "log" if fault.index is None else f"entry {fault.index}"
        click.echo(f"{place}: {fault.rule}: {fault.text}")
    if len(report.faults) > FAULTS_SHOWN:
        click.echo(f"and {len(report.faults) - FAULTS_SHOWN} more; --json lists all")
    if uncovered > 0:
        click.echo(f"{uncovered} entries are covered by no signed checkpoint")
    verdict = "verified" if report.ok else f"{len(report.faults)} faults"
    click.echo(f"{report.size} entries, root {b64(report.root)}: {verdict}")
