"""The node's own view of the log: verified, kept to what it needs, never taken on trust."""

from __future__ import annotations

import logging
import sqlite3
import threading
from dataclasses import dataclass, field
from typing import Final

from exchange.clock import Clock, to_ms
from exchange.node.journal import Followed, Journal, Progress
from exchange.protocol.bodies import (
    GRANT_EXPIRE,
    GRANT_ISSUE,
    GRANT_REVOKE,
    RECEIPT,
    REFUSE,
    VOID,
    Grant,
    parse_grant,
)
from exchange.protocol.fields import FieldError
from ledger.act import Pin, SignedAct, parse_act_note
from ledger.checkpoint import open_checkpoint
from ledger.entry import parse_entry
from ledger.errors import LedgerError
from ledger.keyring import REGISTERING_KINDS, REVOKING_KIND, KeyRecord, Keyring
from ledger.merkle import CompactRange, leaf_hash
from ledger.signing import Ed25519Verifier
from ledger.source import Fetch, read_checkpoint, read_leaves

FRESH_MS: Final = 60_000
MAX_WAIT_S: Final = 2.0
_KINDS: Final = REGISTERING_KINDS | {REVOKING_KIND, GRANT_ISSUE, GRANT_REVOKE, GRANT_EXPIRE, VOID}
_log = logging.getLogger(__name__)


class FollowError(Exception):
    """The log could not be read, or what it served does not verify; `code` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Log:
    """The log that a node follows: its origin, its pinned key, and how to read it."""

    origin: str
    verifier: Ed25519Verifier
    fetch: Fetch


@dataclass(frozen=True, slots=True)
class NodeIdentity:
    """Who the node is: its actor id, and the actors whose grants it honours."""

    actor: str
    issuers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A leaf that matters to the node, with its place in the log."""

    index: int
    content: bytes


@dataclass(slots=True)
class _State:
    """Everything folded from the log so far."""

    tree: CompactRange
    checked_ms: int
    keys: Keyring
    grants: dict[str, Grant] = field(default_factory=dict)
    ended: dict[str, str] = field(default_factory=dict)
    voided: set[str] = field(default_factory=set)
    own: set[str] = field(default_factory=set)
    own_seq: int = 0
    own_leaf: bytes | None = None


class Follower:
    """Follows one log for one node; `follow` may be called from any thread.

    Others' acts count only towards the root. Acts on keys, grants, voids and the node's own
    are kept, with their signatures verified, and folded again when the node starts.
    """

    def __init__(self, log: Log, journal: Journal, clock: Clock, identity: NodeIdentity) -> None:
        self._log = log
        self._journal = journal
        self._clock = clock
        self._identity = identity
        self._lock = threading.Lock()
        self._grown = threading.Condition(self._lock)
        self._wake = threading.Event()
        self._watched = False
        self._failing = ""
        self._pin: Pin = Pin()
        self._state = self._restore()

    @property
    def origin(self) -> str:
        """The log's origin."""
        return self._log.origin

    @property
    def verifier(self) -> Ed25519Verifier:
        """The log's pinned key."""
        return self._log.verifier

    @property
    def size(self) -> int:
        """How many entries the node has verified."""
        with self._lock:
            return self._state.tree.size

    @property
    def checked_ms(self) -> int:
        """When the node last verified a checkpoint, in Unix milliseconds; 0 for never."""
        with self._lock:
            return self._state.checked_ms

    @property
    def pin(self) -> Pin:
        """The last tree that the node verified."""
        with self._lock:
            return self._pin

    def is_fresh(self) -> bool:
        """Tell whether the last verification is at most a minute old."""
        age_ms = to_ms(self._clock.now()) - self.checked_ms
        return age_ms <= FRESH_MS

    def has_seen(self, pin: Pin) -> bool:
        """Tell whether the node itself verified a tree of this size and root."""
        return pin.size == 0 or self._journal.root_at(pin.size) == pin.root

    def grant(self, grant: str) -> Grant | None:
        """Return a grant that a trusted issuer gave, ended or not."""
        with self._lock:
            return self._state.grants.get(grant)

    def ended_by(self, grant: str) -> str | None:
        """Return the kind of act that ended a grant, None while it stands."""
        with self._lock:
            return self._state.ended.get(grant)

    def is_voided(self, question: str) -> bool:
        """Tell whether the log holds an act that gives the question back."""
        with self._lock:
            return question in self._state.voided

    def confirmed(self, question: str) -> bool:
        """Tell whether the log holds the node's own act that ends the question."""
        with self._lock:
            return question in self._state.own

    def own_head(self) -> tuple[int, bytes | None]:
        """Return the sequence number and leaf hash of the node's last act in the log."""
        with self._lock:
            return self._state.own_seq, self._state.own_leaf

    def signer_of(self, entry_index: int, signed: SignedAct) -> KeyRecord:
        """Check that an act is signed by a key of its actor that is valid at an index.

        Raises:
            KeyStateError: it is not, as far as the node has followed.
        """
        with self._lock:
            return self._state.keys.check(entry_index, signed)

    def follow(self) -> int:
        """Verify what the log has added and return the new size.

        Raises:
            FollowError: the log is out of reach, shrank, or does not verify; the view stays.
        """
        with self._lock:
            start, tree = self._state.tree.size, self._state.tree.copy()
        try:
            leaves = self._read(tree)
        except LookupError as error:
            raise FollowError("log.unreachable") from error
        except LedgerError as error:
            raise FollowError(error.code) from error
        with self._grown:
            if self._state.tree.size == start:
                self._advance(tree, leaves)
            self._grown.notify_all()
            return self._state.tree.size

    def reach(self, size: int) -> None:
        """Try to have verified `size` entries: by the watching thread if there is one.

        Waits a bounded time and never fails: the caller judges by what was reached.
        """
        if self.size >= size:
            return
        if not self._watched:
            self._try()
            return
        self._wake.set()
        with self._grown:
            self._grown.wait_for(lambda: self._state.tree.size >= size, MAX_WAIT_S)

    def watch(self, stop: threading.Event, interval_s: float) -> None:
        """Follow until told to stop: every interval, and at once when a question needs it."""
        self._watched = True
        while not stop.is_set():
            self._wake.clear()
            self._try()
            self._wake.wait(interval_s)
        self._watched = False

    def wake(self) -> None:
        """End the present wait of the watching thread."""
        self._wake.set()

    def _try(self) -> None:
        """Follow, and tell the log's reader only what is new about failing to."""
        try:
            self.follow()
            code = ""
        except FollowError as error:
            code = error.code
        if code != self._failing:
            _log.warning("following the log: %s", code or "works again")
            self._failing = code

    def _read(self, tree: CompactRange) -> list[_Leaf]:
        """Extend `tree` to the log's checkpoint and check the root; return what matters here."""
        checkpoint = open_checkpoint(read_checkpoint(self._log.fetch), self._log.verifier)
        if checkpoint.origin != self._log.origin:
            raise FollowError("log.origin")
        if checkpoint.size < tree.size:
            raise FollowError("log.shrank")
        found = []
        for leaf in read_leaves(self._log.fetch, checkpoint.size, tree.size):
            if self._matters(leaf):
                found.append(_Leaf(tree.size, leaf))
            tree.append(leaf_hash(leaf))
        if tree.size != checkpoint.size or tree.root() != checkpoint.root:
            raise FollowError("log.root")
        return found

    def _matters(self, leaf: bytes) -> bool:
        try:
            act = parse_act_note(parse_entry(leaf).act_note).act
        except LedgerError:
            return False
        return act.kind in _KINDS or act.actor == self._identity.actor

    def _advance(self, tree: CompactRange, leaves: list[_Leaf]) -> None:
        """Fold verified leaves; the caller holds the lock."""
        grown = tree.size > self._state.tree.size
        kept = tuple((leaf.index, leaf.content) for leaf in leaves if self._fold(self._state, leaf))
        self._state.tree = tree
        self._state.checked_ms = to_ms(self._clock.now())
        self._pin = Pin(tree.size, tree.root())
        if not grown:
            return
        followed = Followed(tree.size, tree.hashes, self._state.checked_ms)
        try:
            self._journal.follow(Progress(followed, self._pin.root, kept), self._state.own_seq)
        except sqlite3.Error as error:
            # What is not on disk was not followed: go back to what is.
            self._state = self._restore()
            raise FollowError("node.journal") from error

    def _restore(self) -> _State:
        state = _State(CompactRange(), 0, Keyring(self._log.origin))
        known = self._journal.followed()
        if known is not None:
            state.tree = CompactRange.from_parts(known.size, known.hashes)
            state.checked_ms = known.checked_ms
            self._pin = Pin(known.size, state.tree.root())
            for index, leaf in self._journal.kept_leaves():
                self._fold(state, _Leaf(index, leaf))
        return state

    def _fold(self, state: _State, leaf: _Leaf) -> bool:
        """Take in one leaf; return whether it is worth keeping."""
        try:
            signed = parse_act_note(parse_entry(leaf.content).act_note)
            state.keys.fold(leaf.index, signed)
            self._take(state, signed, leaf.content)
        except (LedgerError, FieldError):
            # A leaf that means nothing to the node changes nothing; auditors name it.
            return False
        return True

    def _take(self, state: _State, signed: SignedAct, leaf: bytes) -> None:
        act = signed.act
        if act.actor == self._identity.actor:
            state.own_seq, state.own_leaf = act.seq, leaf_hash(leaf)
            if act.kind in {RECEIPT, REFUSE}:
                state.own.add(str(act.body.get("question", "")))
        if act.kind == GRANT_ISSUE and act.actor in self._identity.issuers:
            grant = parse_grant(act.body)
            state.grants.setdefault(grant.grant, grant)
        elif act.kind in {GRANT_REVOKE, GRANT_EXPIRE}:
            state.ended.setdefault(str(act.body.get("grant", "")), act.kind)
        elif act.kind == VOID:
            state.voided.add(str(act.body.get("question", "")))
