"""Whether a request carries a ticket: the buyer's own act, in the log, for this very question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from exchange.clock import Clock, to_ms
from exchange.node.follower import Follower
from exchange.protocol.asking import Ask, parse_ticket_entry
from exchange.protocol.bodies import RESERVE, Reservation, parse_reservation
from exchange.protocol.codes import ProblemCode, ProblemError
from exchange.protocol.commitment import commits_to
from exchange.protocol.fields import FieldError
from ledger.act import SignedAct, parse_act_note
from ledger.checkpoint import Checkpoint
from ledger.entry import Entry
from ledger.errors import LedgerError
from ledger.merkle import leaf_hash
from ledger.proof import parse_proof, verify_proof

MAX_AGE_MS: Final = 60_000
MAX_AHEAD_MS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Proven:
    """A ticket that holds: its entry, who asks for what, and the checkpoint that covers it."""

    entry: Entry
    leaf_hash: bytes
    buyer: str
    reservation: Reservation
    checkpoint: Checkpoint


def prove(ask: Ask, follower: Follower, node: str) -> Proven:
    """Check a request's ticket, its age aside.

    The proof is verified before anything else is looked up, so that only what the log holds
    can make the node wait for its follower.

    Raises:
        ProblemError: the ticket proves nothing, is for another question or node, was given
            back, or the node has not followed the log lately.
    """
    try:
        entry = parse_ticket_entry(ask.ticket)
        checkpoint = _covering(ask, entry, follower)
        follower.reach(entry.index + 1)
        if not follower.is_fresh():
            raise ProblemError(ProblemCode.STALE)
        signed = parse_act_note(entry.act_note)
        follower.signer_of(entry.index, signed)
        reservation = _reservation(signed, follower.origin)
    except (LedgerError, FieldError):
        raise ProblemError(ProblemCode.TICKET_INVALID) from None
    if not _fits(reservation, ask, node) or follower.is_voided(ask.question):
        raise ProblemError(ProblemCode.TICKET_INVALID)
    return Proven(entry, leaf_hash(ask.ticket.leaf), signed.act.actor, reservation, checkpoint)


def check_age(entry: Entry, clock: Clock) -> None:
    """Refuse a ticket that the log received too long ago, or in the node's future.

    Raises:
        ProblemError: the ticket is more than a minute old or five seconds ahead.
    """
    age_ms = to_ms(clock.now()) - entry.received_ms
    if not -MAX_AHEAD_MS <= age_ms <= MAX_AGE_MS:
        raise ProblemError(ProblemCode.TICKET_STALE)


def _covering(ask: Ask, entry: Entry, follower: Follower) -> Checkpoint:
    proof = parse_proof(ask.ticket.proof)
    checkpoint = verify_proof(proof, ask.ticket.leaf, follower.verifier)
    if checkpoint.origin != follower.origin or proof.index != entry.index:
        raise ProblemError(ProblemCode.TICKET_INVALID)
    return checkpoint


def _reservation(signed: SignedAct, origin: str) -> Reservation:
    if signed.act.kind != RESERVE or signed.act.origin != origin:
        raise ProblemError(ProblemCode.TICKET_INVALID)
    return parse_reservation(signed.act.body)


def _fits(reservation: Reservation, ask: Ask, node: str) -> bool:
    return (
        reservation.question == ask.question
        and reservation.node == node
        and commits_to(reservation.sql, ask.salt, ask.sql.encode())
    )
