"""The exchange as its delivery layers hold it: everything an act needs, and nothing of Flask."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from exchange.acts.sealing import Presigned, Seal
from exchange.acts.sequencer import Backend, Command, DraftedError, LogIdentity, Recorded
from exchange.acts.tree import Tree
from exchange.acts.unit_of_work import Decision, Service, UnitOfWork, W
from exchange.clock import Clock
from exchange.ids import Ids
from exchange.storage.store import Reader
from ledger.checkpoint import open_checkpoint
from ledger.proof import InclusionProof, format_proof


@dataclass(frozen=True, slots=True)
class Acting:
    """Somebody acting now: the participant, and how its acts get their signature."""

    participant: str
    seal: Seal


@dataclass(frozen=True, slots=True)
class Draft:
    """An act that its actor is to sign: the exact text, and what repeats the decision."""

    text: str
    at: datetime
    seed: bytes


@dataclass(frozen=True, slots=True)
class Exchange:
    """One exchange: its log, its store, its clock, and the operator's hand.

    `submit` queues a command and returns when its checkpoint is signed; `publish` signs
    what a crash left unsigned.
    """

    log: LogIdentity
    backend: Backend
    clock: Clock
    ids: Ids
    submit: Callable[[Command], Recorded]
    publish: Callable[[], None]
    operator: Acting

    def perform(self, acting: Acting, service: Service[W], wish: W) -> Recorded:
        """Do one act: decide it, sign it, record it, apply it.

        Raises:
            ExchangeError: the act was refused; nothing changed.
        """
        return self.submit(Command(acting.participant, lambda uow: service(uow, wish), acting.seal))

    def operate(self, service: Service[W], wish: W) -> Recorded:
        """Do one act as the exchange's operator."""
        return self.perform(self.operator, service, wish)

    def draft(self, participant: str, service: Service[W], wish: W) -> Draft:
        """Decide an act without recording it, and show the text that its actor must sign.

        Raises:
            ExchangeError: the act would be refused.
        """
        at, seed = self.clock.now(), self.ids.token(32)

        def decide(uow: UnitOfWork) -> Decision:
            return service(uow, wish)

        try:
            self.submit(Command(participant, decide, None, at, seed))
        except DraftedError as drafted:
            return Draft(drafted.text, at, seed)
        raise AssertionError("a draft is never recorded")

    def submit_signed(
        self, participant: str, service: Service[W], wish: W, draft: Draft, note: str
    ) -> Recorded:
        """Record a drafted act under its actor's own signature.

        The act is decided anew as of the draft; where that, or the actor's place in the log,
        has changed, the draft is stale.

        Raises:
            ConflictError: the draft is stale (`act.stale`).
        """
        return self.submit(
            Command(
                participant,
                lambda uow: service(uow, wish),
                Presigned(note),
                draft.at,
                draft.seed,
            )
        )

    def snapshot(self) -> AbstractContextManager[Reader]:
        """Lend one consistent state for reading."""
        return self.backend.snapshot()

    def proof(self, recorded: Recorded) -> str:
        """Write the `.tlog-proof` of an act under the checkpoint it was answered with."""
        with self.backend.snapshot() as reader:
            return proof_of(reader, self.log, recorded.index, recorded.checkpoint)


def proof_of(reader: Reader, log: LogIdentity, index: int, checkpoint_note: str) -> str:
    """Write the `.tlog-proof` of an entry under a signed checkpoint."""
    size = open_checkpoint(checkpoint_note, log.verifier).size
    hashes = Tree.load(reader).inclusion(index, size)
    return format_proof(InclusionProof(index, hashes, checkpoint_note))
