"""The sequencer: one bad act harms nobody, the chain holds, drafts leave no trace, no fork."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import SQLModel

from exchange.actors import Role
from exchange.acts.kinds import table_of
from exchange.acts.last_signed import FileLastSigned, MemoryLastSigned
from exchange.acts.ledger_tables import LedgerEntry
from exchange.acts.participants import Participant
from exchange.acts.sealing import Custody, Presigned
from exchange.acts.sequencer import Command, Recorded
from exchange.acts.unit_of_work import Decision, UnitOfWork
from exchange.context import Acting, Draft
from exchange.errors import ConflictError, ExchangeError, InvalidError, UnavailableError
from exchange.parties import acts as party_acts
from exchange.parties.service import Admit, Censure, Join, admit, join, suspend
from exchange.storage.engine import open_engine, sqlite_url
from exchange.storage.sql import SqlBackend
from ledger.act import Pin, key_name, parse_act_note, parse_act_text, sign_act
from ledger.audit import audit
from ledger.proof import parse_proof, verify_proof
from ledger.signing import Ed25519Signer, private_key_from_seed, public_key_of
from tests.world import World

KINDS = table_of(party_acts.ACTS)


@pytest.fixture
def world() -> World:
    return World(KINDS, party_acts.TABLES)


def joining(world: World, name: str, roles: tuple[Role, ...] = (Role.BUYER,)) -> Command:
    seed = world.ids.token(32)
    wish = Join(name, roles, public_key_of(seed), custody=True)
    return Command(f"p-{name}", lambda uow: join(uow, wish), Custody("k1", seed))


def explode(uow: UnitOfWork) -> Decision:
    raise ZeroDivisionError(uow.actor.id)


def test_every_act_is_answered_with_a_proof_that_stands_alone(world: World) -> None:
    acting = world.join("甲", Role.BUYER)
    recorded = world.operate(admit, Admit(acting.participant, (Role.BUYER,)))
    proof = parse_proof(world.exchange.proof(recorded))
    checkpoint = verify_proof(proof, world.leaves()[recorded.index], world.log.verifier)
    assert (checkpoint.size, proof.index) == (3, 2)


def test_the_log_that_the_sequencer_writes_passes_the_offline_audit(world: World) -> None:
    for number in range(20):
        world.enrol(f"firm {number}", Role.BUYER)
    report = audit(
        world.leaves(),
        origin=world.log.origin,
        log_verifier=world.log.verifier,
        checkpoint_note=world.last_signed.read(),
    )
    assert (report.faults, report.size) == ((), 41)
    assert world.digest() == world.replay_digest()


def test_one_bad_act_in_a_batch_harms_nobody_elses(world: World) -> None:
    broken = Command("p-x", explode, Custody("k1", bytes(32)))
    refused = joining(world, "b", roles=())
    outcomes = world.sequencer.run([joining(world, "a"), refused, broken, joining(world, "c")])
    assert [type(o) for o in outcomes] == [Recorded, InvalidError, ZeroDivisionError, Recorded]
    assert [e.index for e in outcomes if isinstance(e, Recorded)] == [1, 2]
    assert world.get(Participant, "p-c").name == "c"
    assert len(world.leaves()) == 3


def test_a_batch_has_one_checkpoint_for_all(world: World) -> None:
    outcomes = world.sequencer.run([joining(world, f"n{n}") for n in range(5)])
    notes = {o.checkpoint for o in outcomes if isinstance(o, Recorded)}
    assert notes == {world.last_signed.read()}


def test_received_times_never_go_back(world: World) -> None:
    world.advance(days=1)
    world.join("甲", Role.BUYER)
    world.clock._now -= world.clock._now - world.clock._now.replace(year=2025)
    world.join("乙", Role.BUYER)
    with world.backend.snapshot() as reader:
        times = [e.received_ms for e in reader.all(LedgerEntry)]
    assert times == sorted(times)


def test_a_signature_by_another_key_is_refused(world: World) -> None:
    acting = world.enrol("甲", Role.BUYER)
    thief = Acting(acting.participant, Custody("k1", world.ids.token(32)))
    wish = Censure(acting.participant, "x")
    assert world.refuses("act.role", acting, suspend, wish)
    registrar = world.join("登记", Role.REGISTRAR)
    world.operate(admit, Admit(registrar.participant, (Role.REGISTRAR,)))
    thief = Acting(registrar.participant, Custody("k1", world.ids.token(32)))
    assert world.refuses("act.signature", thief, suspend, wish)
    unknown_label = Acting(registrar.participant, Custody("k2", world.ids.token(32)))
    assert world.refuses("act.signature", unknown_label, suspend, wish)


def test_a_weak_or_used_key_cannot_be_registered(world: World) -> None:
    seed = world.ids.token(32)
    wish = Join("甲", (Role.BUYER,), public_key_of(seed), custody=True)
    world.do(Acting("p-a", Custody("k1", seed)), join, wish)
    assert world.refuses("key.used", Acting("p-b", Custody("k1", seed)), join, wish)
    weak = Join("乙", (Role.BUYER,), bytes([1]) + bytes(31), custody=True)
    assert world.refuses("key.weak", Acting("p-c", Custody("k1", seed)), join, weak)


def test_a_participant_registers_once_and_first(world: World) -> None:
    acting = world.enrol("甲", Role.BUYER)
    again = Join("甲", (Role.BUYER,), public_key_of(world.ids.token(32)), custody=True)
    assert world.refuses("act.first", acting, join, again)
    stranger = Acting("p-nobody", Custody("k1", world.ids.token(32)))
    assert world.refuses("act.role", stranger, suspend, Censure(acting.participant, "x"))


def draft_and_sign(world: World, acting: Acting, wish: Admit) -> tuple[Draft, str]:
    draft = world.exchange.draft(acting.participant, admit, wish)
    assert isinstance(acting.seal, Custody)
    name = key_name(world.log.origin, acting.participant, acting.seal.label)
    signer = Ed25519Signer(name, private_key_from_seed(acting.seal.seed))
    return draft, sign_act(parse_act_text(draft.text), signer)


def test_a_draft_changes_nothing_and_becomes_an_act_when_signed(world: World) -> None:
    buyer = world.join("甲", Role.BUYER)
    operator, wish = world.exchange.operator, Admit(buyer.participant, (Role.BUYER,))
    before = (world.digest(), world.leaves())
    draft = world.exchange.draft(operator.participant, admit, wish)
    assert (world.digest(), world.leaves()) == before
    _, note = draft_and_sign(world, operator, wish)
    world.exchange.submit_signed(operator.participant, admit, wish, draft, note)
    assert world.get(Participant, buyer.participant).state.value == "admitted"


def test_a_draft_overtaken_by_another_act_of_the_actor_is_stale(world: World) -> None:
    first, second = world.join("甲", Role.BUYER), world.join("乙", Role.BUYER)
    operator, wish = world.exchange.operator, Admit(first.participant, (Role.BUYER,))
    draft = world.exchange.draft(operator.participant, admit, wish)
    _, note = draft_and_sign(world, operator, wish)
    world.operate(admit, Admit(second.participant, (Role.BUYER,)))
    assert world.refused(
        "act.stale",
        lambda: world.exchange.submit_signed(operator.participant, admit, wish, draft, note),
    )


def test_a_note_for_another_body_origin_or_pin_is_refused(world: World) -> None:
    first, second = world.join("甲", Role.BUYER), world.join("乙", Role.BUYER)
    operator, wish = world.exchange.operator, Admit(first.participant, (Role.BUYER,))
    _, note = draft_and_sign(world, operator, Admit(second.participant, (Role.BUYER,)))
    draft = world.exchange.draft(operator.participant, admit, wish)

    def send(text: str) -> None:
        world.exchange.submit_signed(operator.participant, admit, wish, draft, text)

    assert world.refused("act.stale", lambda: send(note))
    assert world.refused("act.note", lambda: send("not a note"))
    act = parse_act_text(draft.text)
    lie = Pin(act.seen.size, bytes(32))
    assert isinstance(operator.seal, Custody)
    signer = Ed25519Signer(
        key_name(act.origin, act.actor, "k1"), private_key_from_seed(operator.seal.seed)
    )
    forged = sign_act(
        type(act)(act.origin, act.actor, act.seq, act.kind, act.prev, lie, act.body), signer
    )
    assert world.refused("act.seen", lambda: send(forged))


def test_an_older_pin_of_the_same_history_is_accepted(world: World) -> None:
    buyer = world.join("甲", Role.BUYER)
    operator, wish = world.exchange.operator, Admit(buyer.participant, (Role.BUYER,))
    draft = world.exchange.draft(operator.participant, admit, wish)
    _, note = draft_and_sign(world, operator, wish)
    for number in range(300):
        world.join(f"n{number}", Role.BUYER)
    recorded = world.exchange.submit_signed(operator.participant, admit, wish, draft, note)
    assert parse_act_note(Presigned(note).note).act.seen.size < recorded.index


def test_an_unknown_kind_or_body_is_refused(world: World) -> None:
    acting = world.enrol("甲", Role.BUYER)
    wish = Censure(acting.participant, "x")

    def odd(kind: str, **extra: str) -> None:
        def service(_uow: UnitOfWork, asked: Censure) -> Decision:
            return Decision(kind, {"participant": asked.participant, **extra}, "x")

        world.exchange.operate(service, wish)

    assert world.refused("act.kind", lambda: odd("party.praise"))
    assert world.refused("act.body", lambda: odd("party.suspend"))
    assert world.refused("act.body", lambda: odd("party.suspend", reason="x", more="y"))


def test_an_act_that_no_entry_can_hold_is_refused(world: World) -> None:
    def oversized(uow: UnitOfWork, wish: Censure) -> Decision:
        return Decision("party.suspend", {"participant": uow.actor.id, "reason": wish.reason}, "x")

    operator = world.exchange.operator
    wish = Censure(operator.participant, "x" * 40_000)
    assert world.refuses("act.malformed", operator, oversized, wish)


def test_a_restored_backup_cannot_sign_a_second_history(tmp_path: Path) -> None:
    live, copy = tmp_path / "live.db", tmp_path / "copy.db"
    engine = open_engine(sqlite_url(live))
    SQLModel.metadata.create_all(engine)
    world = World(KINDS, party_acts.TABLES, backend=SqlBackend(engine))
    world.join("甲", Role.BUYER)
    engine.dispose()
    copy.write_bytes(live.read_bytes())
    world.join("乙", Role.BUYER)
    engine.dispose()
    live.write_bytes(copy.read_bytes())
    for ending in ("-wal", "-shm"):
        Path(f"{live}{ending}").unlink(missing_ok=True)
    signed = world.last_signed.read()
    with pytest.raises(UnavailableError) as refusal:
        world.join("丙", Role.BUYER)
    assert refusal.value.code == "ledger.fork"
    assert world.last_signed.read() == signed
    engine.dispose()


def test_a_full_disk_fails_the_batch_and_nothing_of_it_stands(tmp_path: Path) -> None:
    engine = open_engine(sqlite_url(tmp_path / "small.db"))
    SQLModel.metadata.create_all(engine)
    world = World(KINDS, party_acts.TABLES, backend=SqlBackend(engine))
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    full: list[int] = []

    def limit(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count={full[0] if full else 10_000_000}")

    event.listen(engine, "connect", limit)
    engine.dispose()
    full.append(pages + 12)
    before = (world.leaves(), world.last_signed.read())
    batch = [joining(world, f"n{n}") for n in range(200)]
    with pytest.raises(SQLAlchemyError):
        world.sequencer.run(batch)
    assert (world.leaves(), world.last_signed.read()) == before
    full[0] = 10_000_000
    engine.dispose()
    (again,) = world.sequencer.run(batch[:1])
    assert isinstance(again, Recorded)
    report = audit(
        world.leaves(),
        origin=world.log.origin,
        log_verifier=world.log.verifier,
        checkpoint_note=world.last_signed.read(),
    )
    assert (report.ok, report.size) == (True, 2)
    engine.dispose()


def test_what_a_crash_left_unsigned_is_signed_at_the_next_start(world: World) -> None:
    before = world.last_signed.read()
    world.join("甲", Role.BUYER)
    signed = world.last_signed.read()
    assert world.last_signed.swap(signed, before)
    world.sequencer.publish()
    assert world.last_signed.read() == signed


def test_a_process_that_is_overtaken_takes_the_longer_checkpoint(world: World) -> None:
    class Overtaken(MemoryLastSigned):
        def swap(self, old: str, new: str) -> bool:
            if not overtaken:
                overtaken.append(new)
                world.join("乙", Role.BUYER)
            return super().swap(old, new)

    overtaken: list[str] = []
    cell = Overtaken()
    cell._note = world.last_signed.read()
    world.last_signed = cell
    world.sequencer._last_signed = cell
    (outcome,) = world.sequencer.run([joining(world, "a")])
    assert isinstance(outcome, Recorded)
    assert outcome.checkpoint == cell.read() != overtaken[0]


def test_the_record_on_disk_compares_before_it_swaps(tmp_path: Path) -> None:
    cell = FileLastSigned(tmp_path / "last-signed")
    assert cell.read() == ""
    assert cell.swap("", "first")
    assert not cell.swap("", "second")
    assert not cell.swap("other", "second")
    assert FileLastSigned(tmp_path / "last-signed").read() == "first"


def test_refusals_keep_their_kind_and_code() -> None:
    error = ConflictError("x.y", "text")
    assert isinstance(error, ExchangeError)
    assert (error.kind.value, error.code, error.fields) == ("conflict", "x.y", {})


def test_a_batch_that_fails_after_its_acts_leaves_no_row_in_memory() -> None:
    def refuse(_reader: object, indexes: Sequence[int]) -> None:
        if indexes and indexes[0] > 0:
            raise UnavailableError("books.broken", "test")

    world = World(KINDS, party_acts.TABLES, guards=(refuse,))
    before = (world.digest(), world.leaves())
    with pytest.raises(UnavailableError):
        world.join("甲", Role.BUYER)
    assert (world.digest(), world.leaves()) == before
