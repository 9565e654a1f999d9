"""A small exchange for tests: real sequencer, real signatures, a clock that the test moves."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from exchange.actors import Role
from exchange.acts.kinds import Fact, Kinds, apply_fact
from exchange.acts.last_signed import MemoryLastSigned
from exchange.acts.ledger_tables import LedgerEntry
from exchange.acts.sealing import Custody
from exchange.acts.sequencer import Backend, Command, Guard, LogIdentity, Recorded, Sequencer
from exchange.acts.unit_of_work import Service, W
from exchange.clock import VirtualClock, from_ms
from exchange.context import Acting, Exchange
from exchange.errors import ExchangeError
from exchange.ids import SeededIds, new_id
from exchange.parties.service import Admit, Join, admit, join
from exchange.storage.digest import digest
from exchange.storage.memory import MemoryTables
from exchange.storage.store import R, Writer
from exchange.storage.tables import Deadline, Row
from exchange.storage.write_behind import MemoryBackend
from ledger.act import parse_act_note
from ledger.entry import parse_entry
from ledger.merkle import leaf_hash
from ledger.signing import (
    Ed25519Signer,
    Ed25519Verifier,
    private_key_from_seed,
    public_key_of,
)

ORIGIN = "test.fdx.example/ledger"
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


class World:
    """An exchange with its operator; `tables` are the market's tables that digests cover."""

    def __init__(
        self,
        kinds: Kinds,
        tables: tuple[type[Row], ...],
        *,
        backend: Backend | None = None,
        guards: tuple[Guard, ...] = (),
        seed: bytes = b"world",
    ) -> None:
        self.kinds = kinds
        self.tables: tuple[type[Row], ...] = (*tables, Deadline)
        self.clock = VirtualClock(START)
        self.ids = SeededIds(seed)
        log_seed = self.ids.token(32)
        self.log = LogIdentity(
            ORIGIN,
            Ed25519Signer(ORIGIN, private_key_from_seed(log_seed)),
            Ed25519Verifier(ORIGIN, public_key_of(log_seed)),
        )
        self.last_signed = MemoryLastSigned()
        self.backend = backend or MemoryBackend()
        self.sequencer = Sequencer(
            self.backend,
            kinds=kinds,
            log=self.log,
            last_signed=self.last_signed,
            clock=self.clock,
            ids=self.ids,
            guards=guards,
        )
        operator_seed = self.ids.token(32)
        self.exchange = Exchange(
            log=self.log,
            backend=self.backend,
            clock=self.clock,
            ids=self.ids,
            submit=self.submit,
            publish=self.sequencer.publish,
            operator=Acting("operator", Custody("k1", operator_seed)),
        )
        self.exchange.operate(
            join, Join("Exchange", (Role.OPERATOR,), public_key_of(operator_seed), custody=True)
        )

    def submit(self, command: Command) -> Recorded:
        """Run one command as a batch of its own."""
        (outcome,) = self.sequencer.run([command])
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def join(self, name: str, *roles: Role, prefix: str = "p") -> Acting:
        """Let a participant register itself with a fresh key in custody."""
        seed = self.ids.token(32)
        acting = Acting(new_id(self.ids, prefix), Custody("k1", seed))
        self.do(acting, join, Join(name, roles, public_key_of(seed), custody=True))
        return acting

    def enrol(self, name: str, *roles: Role) -> Acting:
        """Let a participant join, and admit it to the roles that it asked for."""
        acting = self.join(name, *roles)
        self.do(self.exchange.operator, admit, Admit(acting.participant, roles))
        return acting

    def do(self, acting: Acting, service: Service[W], wish: W) -> Recorded:
        """Do one act."""
        return self.exchange.perform(acting, service, wish)

    def operate(self, service: Service[W], wish: W) -> Recorded:
        """Do one act as the operator."""
        return self.exchange.operate(service, wish)

    def get(self, model: type[R], key: str | int) -> R:
        """Return a row that must be there."""
        with self.backend.snapshot() as reader:
            row = reader.get(model, key)
        assert row is not None, f"no {model.__name__} {key}"
        return row

    def advance(self, **step: float) -> None:
        """Move the clock by a timedelta's arguments."""
        self.clock.advance(timedelta(**step))

    def leaves(self) -> list[bytes]:
        """Return every leaf of the log."""
        with self.backend.snapshot() as reader:
            return [entry.leaf for entry in reader.all(LedgerEntry)]

    def digest(self) -> bytes:
        """Return the digest over the market's rows."""
        with self.backend.snapshot() as reader:
            return digest(reader, self.tables)

    def replay_digest(self) -> bytes:
        """Return the digest of the rows that the ledger alone retells."""
        fresh = MemoryTables()
        for leaf in self.leaves():
            entry = parse_entry(leaf)
            act = parse_act_note(entry.act_note).act
            fact = Fact(
                index=entry.index,
                leaf_hash=leaf_hash(leaf),
                received_at=from_ms(entry.received_ms),
                actor=act.actor,
                seq=act.seq,
                kind=act.kind,
                body=act.body,
            )
            apply_fact(self.kinds, Writer(fresh, entry.index), fact)
        return digest(fresh, self.tables)

    def refuses(self, code: str, acting: Acting, service: Service[W], wish: W) -> bool:
        """Tell whether the act is refused with this code, and that nothing changed by it."""
        return self.refused(code, lambda: self.do(acting, service, wish))

    def refused(self, code: str, attempt: Callable[[], object]) -> bool:
        """Tell whether an attempt is refused with this code, and that nothing changed by it."""
        before = (self.digest(), self.leaves(), self.last_signed.read())
        found = None
        try:
            attempt()
        except ExchangeError as refusal:
            found = refusal.code
        assert found is None or before == (self.digest(), self.leaves(), self.last_signed.read())
        assert found in {None, code}, f"refused with {found}, not {code}"
        return found == code
