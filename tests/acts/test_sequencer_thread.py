"""The thread in front of the sequencer: many callers, one writer, a clean end."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlmodel import SQLModel

from exchange.actors import Role
from exchange.acts.kinds import table_of
from exchange.acts.sealing import Custody
from exchange.acts.sequencer import Command, Outcome, Recorded, Sequencer
from exchange.acts.sequencer_thread import SequencerThread
from exchange.errors import InvalidError, UnavailableError
from exchange.parties import acts as party_acts
from exchange.parties.service import Join, join
from exchange.storage.engine import open_engine, sqlite_url
from exchange.storage.sql import SqlBackend
from ledger.audit import audit
from ledger.signing import public_key_of
from tests.world import World


def command(world: World, name: str, *roles: Role) -> Command:
    seed = world.ids.token(32)
    wish = Join(name, roles, public_key_of(seed), custody=True)
    return Command(f"p-{name}", lambda uow: join(uow, wish), Custody("k1", seed))


def test_many_callers_share_batches_and_each_gets_its_own_answer(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path / "exchange.db"))
    SQLModel.metadata.create_all(engine)
    world = World(table_of(party_acts.ACTS), party_acts.TABLES, backend=SqlBackend(engine))
    thread = SequencerThread(world.sequencer, on_fault=lambda: None)
    commands = [command(world, f"n{n}", Role.BUYER) for n in range(64)]
    commands += [command(world, "bad") for _ in range(8)]
    thread.start()
    with ThreadPoolExecutor(16) as pool:
        futures = [pool.submit(thread.submit, c) for c in commands]
    done = [f.result() for f in futures if f.exception() is None]
    failed = [f.exception() for f in futures if f.exception() is not None]
    thread.stop()
    assert sorted(r.index for r in done) == list(range(1, 65))
    assert {type(e) for e in failed} == {InvalidError}
    assert len(failed) == 8
    report = audit(
        world.leaves(),
        origin=world.log.origin,
        log_verifier=world.log.verifier,
        checkpoint_note=world.last_signed.read(),
    )
    assert report.ok
    with pytest.raises(UnavailableError) as refusal:
        thread.submit(command(world, "late", Role.BUYER))
    assert refusal.value.code == "ledger.busy"
    engine.dispose()


class BrokenDisk(Sequencer):
    def __init__(self) -> None:
        self.tries = 0

    def run(self, commands: Sequence[Command]) -> list[Outcome]:
        self.tries += len(commands)
        raise OSError(5, "Input/output error")


def test_a_failed_commit_answers_everybody_and_ends_the_process() -> None:
    world = World(table_of(party_acts.ACTS), party_acts.TABLES)
    ended: list[bool] = []
    disk = BrokenDisk()
    thread = SequencerThread(disk, on_fault=lambda: ended.append(True))
    thread.start()
    with pytest.raises(UnavailableError) as refusal:
        thread.submit(command(world, "a", Role.BUYER))
    assert refusal.value.code == "ledger.fault"
    with pytest.raises(UnavailableError):
        thread.submit(command(world, "b", Role.BUYER))
    thread.stop()
    assert (ended, disk.tries) == ([True], 1)


def test_recorded_acts_name_their_subject() -> None:
    world = World(table_of(party_acts.ACTS), party_acts.TABLES)
    (outcome,) = world.sequencer.run([command(world, "a", Role.BUYER)])
    assert isinstance(outcome, Recorded)
    assert (outcome.kind, outcome.key) == ("key.register", "p-a")
