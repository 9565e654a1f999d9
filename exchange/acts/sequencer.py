"""The one place where acts become entries: decide, seal, apply, append, commit, sign.

A batch takes everything that waits. Each act runs in a savepoint, so one that fails harms
nobody else's; rows, entries, tiles and head stand or fall together in one transaction. The
checkpoint is signed after the commit, through the compare-and-swap record, and only then
is anybody answered.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from exchange.actors import Actor
from exchange.acts.kinds import Fact, Kinds, apply_fact
from exchange.acts.last_signed import LastSigned
from exchange.acts.ledger_tables import ActorHead, LedgerCheckpoint, LedgerEntry
from exchange.acts.participants import actor_of
from exchange.acts.sealing import FIRST_ACTS, Seal, verify_signature
from exchange.acts.tree import Tree
from exchange.acts.unit_of_work import Decision, UnitOfWork
from exchange.clock import Clock, from_ms, to_ms
from exchange.errors import ConflictError, InvalidError
from exchange.ids import Ids, SeededIds
from exchange.storage.store import Reader, Tables, Writer
from ledger.act import Act, Pin, SignedAct
from ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from ledger.entry import Entry, encode_entry
from ledger.errors import LedgerError
from ledger.merkle import EMPTY_ROOT, leaf_hash
from ledger.signing import Ed25519Signer, Ed25519Verifier

Guard = Callable[[Reader, Sequence[int]], None]


class Backend(Protocol):
    """Where batches are written and snapshots read."""

    def batch(self) -> AbstractContextManager[Tables]:
        """Lend the store for one batch: all of it stands, or none if the block raises."""
        ...

    def snapshot(self) -> AbstractContextManager[Tables]:
        """Lend the store for reading one consistent state."""
        ...


@dataclass(frozen=True, slots=True)
class Command:
    """One act wished for: who acts, how it is decided, how it is signed.

    Without a seal the act is only drafted: decided, tried on the rows, undone, and shown.
    `at` and `seed` repeat the moment and the ids of a draft; None takes fresh ones.
    """

    actor: str
    decide: Callable[[UnitOfWork], Decision]
    seal: Seal | None
    at: datetime | None = None
    seed: bytes | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """Where an act stands: its index and leaf hash, and the key of what it is about."""

    index: int
    leaf_hash: bytes
    kind: str
    key: str
    checkpoint: str


class DraftedError(Exception):
    """Undoes a drafted act on purpose; `text` is what its actor would sign."""

    def __init__(self, text: str) -> None:
        super().__init__("drafted")
        self.text = text


Outcome = Recorded | Exception


@dataclass(frozen=True, slots=True)
class LogIdentity:
    """The log's name and the key that signs its checkpoints, and nothing else."""

    origin: str
    signer: Ed25519Signer
    verifier: Ed25519Verifier


class Sequencer:
    """Runs batches of commands, one batch at a time."""

    def __init__(
        self,
        backend: Backend,
        *,
        kinds: Kinds,
        log: LogIdentity,
        last_signed: LastSigned,
        clock: Clock,
        ids: Ids,
        guards: tuple[Guard, ...] = (),
    ) -> None:
        self._backend = backend
        self._kinds = kinds
        self._log = log
        self._last_signed = last_signed
        self._clock = clock
        self._ids = ids
        self._guards = guards

    def run(self, commands: Sequence[Command]) -> list[Outcome]:
        """Run one batch and answer each command, in order.

        A refusal is an answer too. A fault of the store or of the signing fails the whole
        batch: it is raised, and nobody is answered.
        """
        with self._backend.batch() as tables:
            before = self._last_signed.read()
            batch = _Batch(tables, self._pin(before), self._clock.now())
            if before and tables.get(LedgerCheckpoint, batch.pin.size) is None:
                tables.insert(LedgerCheckpoint(id=batch.pin.size, note=before))
            outcomes = [self._attempt(batch, command) for command in commands]
            for guard in self._guards:
                guard(tables, batch.indexes)
            batch.tree.save(tables)
            batch.tree.check_grown(batch.pin.size, batch.pin.root)
        note = before
        if batch.tree.size > batch.pin.size:
            checkpoint = Checkpoint(self._log.origin, batch.tree.size, batch.tree.root())
            note = self._stand(before, sign_checkpoint(checkpoint, self._log.signer))
        return [_under(note, outcome) for outcome in outcomes]

    def _stand(self, before: str, note: str) -> str:
        """Make a signed checkpoint the standing one; return the one that covers our acts.

        Where several processes append, another may have signed in between: a longer
        checkpoint of the same history covers ours, a shorter one is replaced.
        """
        pin = self._pin(note)
        while not self._last_signed.swap(before, note):
            before = self._last_signed.read()
            standing = self._pin(before)
            with self._backend.snapshot() as reader:
                tree = Tree.load(reader)
                tree.check_grown(standing.size, standing.root)
                tree.check_grown(pin.size, pin.root)
            if standing.size >= pin.size:
                return before
        return note

    def publish(self) -> None:
        """Sign what a crash between commit and signature left unsigned."""
        self.run(())

    def _pin(self, note: str) -> Pin:
        if not note:
            return Pin(0, EMPTY_ROOT)
        checkpoint = open_checkpoint(note, self._log.verifier)
        return Pin(checkpoint.size, checkpoint.root)

    def _attempt(self, batch: "_Batch", command: Command) -> Outcome:
        try:
            with batch.tables.savepoint():
                decision, act = self._decide(batch, command)
                if command.seal is None:
                    self._apply(batch, batch.fact(act, bytes(32)))
                    raise DraftedError(act.text())  # noqa: TRY301 - it must undo the savepoint
                signed = verify_signature(batch.tables, command.seal.seal(act))
                batch.check_pin(signed.act.seen)
                leaf = batch.leaf(signed)
                fact = batch.fact(signed.act, leaf_hash(leaf))
                self._apply(batch, fact)
                batch.write_entry(fact, leaf)
                for payload in decision.payloads:
                    batch.tables.insert(payload)
        except IntegrityError as refusal:
            # A constraint is the database's own refusal of this act; the savepoint undid it.
            return refusal
        except SQLAlchemyError:
            # Anything else the store says is a fault: SQLite may have undone the whole batch.
            raise
        except LedgerError as error:
            return InvalidError("act.malformed", f"the act has no form for the log: {error.code}")
        except Exception as refusal:  # noqa: BLE001 - one act's fault must not harm its neighbours
            return refusal
        batch.append(fact)
        return Recorded(fact.index, fact.leaf_hash, fact.kind, decision.key, "")

    def _apply(self, batch: "_Batch", fact: Fact) -> None:
        apply_fact(self._kinds, Writer(batch.tables, fact.index), fact)

    def _decide(self, batch: "_Batch", command: Command) -> tuple[Decision, Act]:
        head = batch.tables.get(ActorHead, command.actor)
        ids = SeededIds(command.seed if command.seed is not None else self._ids.token(32))
        actor = (
            Actor(command.actor, frozenset())
            if head is None
            else actor_of(batch.tables, command.actor)
        )
        decision = command.decide(
            UnitOfWork(batch.tables, actor, command.at or batch.received_at, ids)
        )
        if (head is None) != (decision.kind in FIRST_ACTS):
            raise ConflictError("act.first", "a participant begins with its registration, once")
        act = Act(
            origin=self._log.origin,
            actor=command.actor,
            seq=1 if head is None else head.seq + 1,
            kind=decision.kind,
            prev=None if head is None else head.leaf_hash,
            seen=batch.pin,
            body=decision.body,
        )
        return decision, act


class _Batch:
    """The state of one batch: the growing tree and the entries added so far."""

    def __init__(self, tables: Tables, pin: Pin, now: datetime) -> None:
        self.tables = tables
        self.pin = pin
        self.tree = Tree.load(tables)
        # Received times never go back, whatever the machine's clock does.
        self.received_at = max(now, from_ms(self.tree.received_ms))
        self.indexes: list[int] = []

    def leaf(self, signed: SignedAct) -> bytes:
        """Return the leaf that the act becomes if it is accepted."""
        return encode_entry(
            Entry(
                index=self.tree.size,
                received_ms=to_ms(self.received_at),
                previous=self.tree.last_leaf_hash or None,
                act_note=signed.raw,
            )
        )

    def fact(self, act: Act, entry_hash: bytes) -> Fact:
        """Return the act at its place."""
        return Fact(
            index=self.tree.size,
            leaf_hash=entry_hash,
            received_at=self.received_at,
            actor=act.actor,
            seq=act.seq,
            kind=act.kind,
            body=act.body,
        )

    def write_entry(self, fact: Fact, leaf: bytes) -> None:
        """Write the entry and move its actor's head."""
        row: dict[str, Any] = {"seq": fact.seq, "leaf_hash": fact.leaf_hash}
        head = self.tables.get(ActorHead, fact.actor)
        if head is None:
            self.tables.insert(ActorHead(id=fact.actor, **row))
        else:
            self.tables.update(head, row)
        self.tables.insert(
            LedgerEntry(
                id=fact.index,
                leaf=leaf,
                leaf_hash=fact.leaf_hash,
                received_ms=to_ms(fact.received_at),
                actor=fact.actor,
                actor_seq=fact.seq,
                kind=fact.kind,
            )
        )

    def append(self, fact: Fact) -> None:
        """Grow the tree, once the act's savepoint holds."""
        self.tree.append(fact.leaf_hash, to_ms(fact.received_at))
        self.indexes.append(fact.index)

    def check_pin(self, seen: Pin) -> None:
        """Stop unless the checkpoint that the signer saw is one of this log's.

        Raises:
            InvalidError: this log never had that root at that size (`act.seen`).
        """
        if seen == self.pin:
            return
        if seen.size > self.tree.size or self.tree.root_at(seen.size) != seen.root:
            raise InvalidError("act.seen", "the pinned checkpoint is not in this log's history")


def _under(note: str, outcome: Outcome) -> Outcome:
    if isinstance(outcome, Recorded):
        return Recorded(
            outcome.index, outcome.leaf_hash, outcome.kind, outcome.key, checkpoint=note
        )
    return outcome
