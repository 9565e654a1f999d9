"""The node's own acts: one body per place in its sequence, signed on a tree it has verified."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from exchange.clock import Clock, to_ms
from exchange.errors import ConflictError
from exchange.node.follower import Follower
from exchange.node.journal import Journal, TakenError
from exchange.protocol.asking import Ask, Head
from exchange.protocol.codes import ProblemCode, ProblemError
from ledger.act import Act, Pin, parse_act_text, sign_act
from ledger.canonical import encode
from ledger.checkpoint import Checkpoint
from ledger.encoding import b64
from ledger.note import Signer, sign_note

DRAFT_LIFE_MS: Final = 600_000
_DRAFT: Final = "act:"


@dataclass(frozen=True, slots=True)
class Chair:
    """Where the node signs from: who it is, what it remembers having signed, what it has seen."""

    actor: str
    signer: Signer
    journal: Journal
    follower: Follower
    clock: Clock

    def pin(self, offered: Pin, covering: Checkpoint) -> Pin:
        """Choose what an act says its signer has seen: the offered tree if the node verified it."""
        proven = Pin(covering.size, covering.root)
        if offered == proven or self.follower.has_seen(offered):
            return offered
        return self.follower.pin

    def sign(self, ask: Ask, seen: Pin, kind: str, body: Mapping[str, Any]) -> str:
        """Sign the act that ends a question at the head that the request names.

        Raises:
            ProblemError: another act of the node stands there, or may yet.
        """
        self._check(ask.head)
        self._hold(ask.head.seq, ask.question)
        head = ask.head
        act = Act(self.follower.origin, self.actor, head.seq, kind, head.prev, seen, dict(body))
        return sign_act(act, self.signer)

    def _check(self, head: Head) -> None:
        """Compare a head with the node's last act in the log; ahead of it, the word is taken."""
        own_seq, own_leaf = self.follower.own_head()
        if head.seq <= own_seq or (head.seq == own_seq + 1 and head.prev != own_leaf):
            raise ProblemError(ProblemCode.HEAD)

    def _hold(self, seq: int, owner: str) -> None:
        now_ms = to_ms(self.clock.now())
        holder = self.journal.holder(seq)
        if holder is not None and holder[0] != owner and self._has_lapsed(*holder, now_ms):
            self.journal.let_go(seq, holder[0])
        try:
            self.journal.hold(seq, owner, now_ms)
        except TakenError:
            raise ProblemError(ProblemCode.HEAD) from None

    def _has_lapsed(self, owner: str, held_ms: int, now_ms: int) -> bool:
        """Tell whether a hold can end: its question or its draft needs the place no more.

        That is so once the question was given back, or its act stands elsewhere in the log.
        """
        ended = self.follower.is_voided(owner) or self.follower.confirmed(owner)
        return ended or _is_dead_draft(owner, held_ms, now_ms)


def _is_dead_draft(owner: str, held_ms: int, now_ms: int) -> bool:
    return owner.startswith(_DRAFT) and now_ms - held_ms > DRAFT_LIFE_MS


@dataclass(frozen=True, slots=True)
class Wish:
    """An act that the node asks the exchange to draft."""

    origin: str
    actor: str
    kind: str
    body: Mapping[str, Any]


def sign_draft(text: str, wish: Wish, signer: Signer) -> str:
    """Sign a drafted act after checking that it says what was wished, and no more.

    Raises:
        ConflictError: the draft is another act than the one asked for.
        LedgerError: the draft is no act.
    """
    act = parse_act_text(text)
    same = (act.origin, act.actor, act.kind) == (wish.origin, wish.actor, wish.kind)
    if not same or encode(act.body) != encode(dict(wish.body)):
        raise ConflictError("act.draft", "the exchange drafted another act than was asked for")
    return sign_note(text, signer)


def hold_draft(journal: Journal, text: str, now_ms: int) -> tuple[int, str]:
    """Take a draft's place in the node's sequence before it is signed; return place and owner.

    Raises:
        ConflictError: a question holds the place.
        LedgerError: the draft is no act.
    """
    act = parse_act_text(text)
    owner = _DRAFT + b64(hashlib.sha256(encode(act.body)).digest())
    holder = journal.holder(act.seq)
    if holder is not None and _is_dead_draft(*holder, now_ms):
        journal.let_go(act.seq, holder[0])
    try:
        journal.hold(act.seq, owner, now_ms)
    except TakenError:
        text = "an answer is under way at this place of the node's sequence; try again"
        raise ConflictError("node.head", text) from None
    return act.seq, owner
