"""PostgreSQL holds what SQLite holds, to the digest and to the checkpoint's bytes."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlmodel import SQLModel

from exchange.actors import Role
from exchange.acts.kinds import table_of
from exchange.acts.last_signed import FileLastSigned
from exchange.acts.sealing import Custody
from exchange.acts.sequencer import Command, Recorded, Sequencer
from exchange.parties import acts as party_acts
from exchange.parties.service import Join, join
from exchange.storage.engine import open_engine, sqlite_url
from exchange.storage.sql import SqlBackend
from exchange.storage.write_behind import MemoryBackend
from ledger.audit import audit
from ledger.signing import public_key_of
from tests.world import World

KINDS = table_of(party_acts.ACTS)


def history(world: World) -> tuple[bytes, str]:
    for number in range(12):
        world.enrol(f"公司 {number}", Role.BUYER)
        world.advance(seconds=1)
    return world.digest(), world.last_signed.read()


def test_three_stores_end_at_one_digest_and_one_checkpoint(
    postgres_url: str, tmp_path: Path
) -> None:
    told = history(World(KINDS, party_acts.TABLES, backend=MemoryBackend()))
    for url in (postgres_url, sqlite_url(tmp_path / "store.db")):
        engine = open_engine(url)
        SQLModel.metadata.create_all(engine)
        assert history(World(KINDS, party_acts.TABLES, backend=SqlBackend(engine))) == told
        engine.dispose()


def test_two_workers_append_to_one_log_without_a_fork(postgres_url: str, tmp_path: Path) -> None:
    engine = open_engine(postgres_url)
    SQLModel.metadata.create_all(engine)
    world = World(KINDS, party_acts.TABLES, backend=SqlBackend(engine))
    cell = FileLastSigned(tmp_path / "last-signed")
    cell.swap("", world.last_signed.read())
    workers = [
        Sequencer(
            SqlBackend(engine),
            kinds=KINDS,
            log=world.log,
            last_signed=cell,
            clock=world.clock,
            ids=world.ids,
        )
        for _ in range(2)
    ]

    def work(number: int) -> int:
        seed = number.to_bytes(32, "big")
        wish = Join(f"n{number}", (Role.BUYER,), public_key_of(seed), custody=True)
        command = Command(f"p-{number}", lambda uow: join(uow, wish), Custody("k1", seed))
        (outcome,) = workers[number % 2].run([command])
        assert isinstance(outcome, Recorded)
        return outcome.index

    with ThreadPoolExecutor(4) as pool:
        indexes = sorted(pool.map(work, range(1, 41)))
    assert indexes == list(range(1, 41))
    report = audit(
        world.leaves(),
        origin=world.log.origin,
        log_verifier=world.log.verifier,
        checkpoint_note=cell.read(),
    )
    assert (report.ok, report.size) == (True, 41)
    engine.dispose()
