"""Putting the exchange together: the only place that knows every part."""

import base64
import fcntl
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy import Engine

from exchange.actors import Role
from exchange.acts.kinds import Kinds, table_of
from exchange.acts.last_signed import FileLastSigned, LastSigned
from exchange.acts.ledger_tables import LedgerHead
from exchange.acts.sealing import Custody
from exchange.acts.sequencer import Backend, Command, LogIdentity, Recorded, Sequencer
from exchange.acts.sequencer_thread import SequencerThread
from exchange.acts.unit_of_work import Service
from exchange.appraisals import acts as appraisal_acts
from exchange.appraisals import service as appraisals
from exchange.assets import acts as asset_acts
from exchange.assets import service as assets
from exchange.clock import Clock
from exchange.context import Acting, Exchange
from exchange.disputes import acts as dispute_acts
from exchange.disputes import service as disputes
from exchange.errors import UnavailableError
from exchange.grants import acts as grant_acts
from exchange.grants import service as grants
from exchange.ids import Ids, SystemIds
from exchange.market import acts as market_acts
from exchange.market import service as market
from exchange.market.service import SetTariff, set_tariff
from exchange.migrations.upgrade import upgrade
from exchange.parties import acts as party_acts
from exchange.parties.service import Join, join
from exchange.settings import Settings
from exchange.settlement import acts as settlement_acts
from exchange.settlement.guards import balanced
from exchange.storage.engine import open_engine
from exchange.storage.sql import SqlBackend
from exchange.storage.tables import Deadline, Row
from ledger.signing import Ed25519Signer, Ed25519Verifier, private_key_from_seed, public_key_of

KINDS: Kinds = table_of(
    party_acts.ACTS,
    asset_acts.ACTS,
    appraisal_acts.ACTS,
    market_acts.ACTS,
    settlement_acts.ACTS,
    grant_acts.ACTS,
    dispute_acts.ACTS,
)

#: The tables that acts write and nothing else does: what a replay must retell.
TABLES: tuple[type[Row], ...] = (
    Deadline,
    *party_acts.TABLES,
    *asset_acts.TABLES,
    *appraisal_acts.TABLES,
    *market_acts.TABLES,
    *settlement_acts.TABLES,
    *grant_acts.TABLES,
    *dispute_acts.TABLES,
)

#: The services by which the operator ends a state that has run out, by act.
TIMED: dict[str, Service[str]] = {
    **assets.TIMED,
    **appraisals.TIMED,
    **market.TIMED,
    **grants.TIMED,
    **disputes.TIMED,
}

GUARDS = (balanced,)

#: The example tariff of a new exchange: 2 % of each capture, holding 6 % value-added tax.
#: No exchange's real tariff could be read; a rule of this exchange, changed by `tariff.set`.
FIRST_TARIFF = SetTariff(fee_ppm=20_000, vat_ppm=60_000)

_OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Secrets:
    """The two keys of an exchange: the log's signs checkpoints, the operator's signs acts."""

    log: bytes
    operator: bytes


@dataclass(frozen=True, slots=True)
class Running:
    """An exchange on its database, with the thread that appends."""

    exchange: Exchange
    engine: Engine
    sequencer: SequencerThread
    last_signed: LastSigned
    lock: IO[str]

    def close(self) -> None:
        """Finish what waits and let go of the database."""
        self.sequencer.stop()
        self.engine.dispose()
        self.lock.close()


def log_identity(origin: str, seed: bytes) -> LogIdentity:
    """Return the log's name and key."""
    return LogIdentity(
        origin,
        Ed25519Signer(origin, private_key_from_seed(seed)),
        Ed25519Verifier(origin, public_key_of(seed)),
    )


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an exchange takes from outside: where it writes, the time, fresh ids."""

    backend: Backend
    last_signed: LastSigned
    clock: Clock
    ids: Ids


def assemble(
    origin: str,
    secrets: Secrets,
    around: Surroundings,
    submitter: Callable[[Sequencer], Callable[[Command], Recorded]],
) -> Exchange:
    """Join the parts to an exchange; `submitter` says how commands reach the sequencer."""
    log = log_identity(origin, secrets.log)
    sequencer = Sequencer(
        around.backend,
        kinds=KINDS,
        log=log,
        last_signed=around.last_signed,
        clock=around.clock,
        ids=around.ids,
        guards=GUARDS,
    )
    return Exchange(
        log=log,
        backend=around.backend,
        clock=around.clock,
        ids=around.ids,
        submit=submitter(sequencer),
        publish=sequencer.publish,
        operator=Acting(_OPERATOR, Custody("k1", secrets.operator)),
    )


def inline(sequencer: Sequencer) -> Callable[[Command], Recorded]:
    """Run each command at once as a batch of its own, in the caller's thread."""

    def submit(command: Command) -> Recorded:
        (outcome,) = sequencer.run([command])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return submit


def begin(exchange: Exchange, operator_seed: bytes) -> None:
    """Do the first acts of a new log: the operator registers itself and sets the tariff."""
    with exchange.snapshot() as reader:
        if reader.get(LedgerHead, 1) is not None:
            return
    wish = Join(
        "福建大数据交易所（模拟）", (Role.OPERATOR,), public_key_of(operator_seed), custody=True
    )
    exchange.operate(join, wish)
    exchange.operate(set_tariff, FIRST_TARIFF)


def open_exchange(settings: Settings, on_fault: Callable[[], None]) -> Running:
    """Open the exchange that lives in `settings.data`, or begin a new one there.

    `on_fault` is called when the store failed beneath a batch: the process must end.

    Raises:
        UnavailableError: another process runs this exchange on SQLite (`exchange.running`).
    """
    settings.data.mkdir(parents=True, exist_ok=True)
    lock = _lock(settings)
    secrets = read_secrets(settings.data)
    engine = open_engine(settings.database_url)
    upgrade(engine)
    threads: list[SequencerThread] = []
    last_signed = FileLastSigned(settings.data / "last-signed")

    def threaded(sequencer: Sequencer) -> Callable[[Command], Recorded]:
        threads.append(SequencerThread(sequencer, on_fault))
        return threads[0].submit

    exchange = assemble(
        settings.origin,
        secrets,
        Surroundings(
            SqlBackend(engine),
            last_signed,
            settings.clock,
            SystemIds(),
        ),
        threaded,
    )
    (settings.data / "log.vkey").write_text(exchange.log.verifier.vkey + "\n", "utf-8")
    exchange.publish()
    threads[0].start()
    begin(exchange, secrets.operator)
    return Running(exchange, engine, threads[0], last_signed, lock)


def _lock(settings: Settings) -> IO[str]:
    """Keep other processes from a SQLite exchange; on PostgreSQL they may share it."""
    lock = (settings.data / "running.lock").open("w")
    shared = not settings.database_url.startswith("sqlite")
    try:
        fcntl.flock(lock, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        text = f"another process runs the exchange in {settings.data}; on SQLite there is one"
        raise UnavailableError("exchange.running", text) from error
    return lock


def read_secrets(folder: Path) -> Secrets:
    """Read the exchange's two keys from its folder, made at the first start."""
    return Secrets(log=_key(folder / "log.key"), operator=_key(folder / "operator.key"))


def _key(path: Path) -> bytes:
    """Read a private seed; only its owner may read the file."""
    if not path.exists():
        aside = path.with_suffix(".new")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(SystemIds().token(32)))
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    return base64.b64decode(path.read_bytes(), validate=True)
