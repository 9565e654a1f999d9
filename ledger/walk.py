"""The audit's walk over the entries: each is judged with its neighbours and what came before.

Each entry names the leaf hash of the one before it, so a broken link has two suspects. The entry
after both decides: if it stands by the second, the first one's bytes were changed. In that case the
walk goes on with the hash that the log had chained, so that one changed entry does not cast
suspicion on everything after it.
"""

from dataclasses import dataclass, field

from ledger.act import Act, Pin, SignedAct, parse_act_note
from ledger.checkpoint import Checkpoint
from ledger.encoding import b64
from ledger.entry import Entry, parse_entry
from ledger.errors import LedgerError
from ledger.history import History
from ledger.keyring import Keyring
from ledger.merkle import CompactRange, leaf_hash


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong.

    Attributes:
        index: Place in the entries as given; None when it concerns no single entry.
        rule: Stable name of the broken rule.
        text: One sentence for a person.
    """

    index: int | None
    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class ReadEntry:
    """One leaf as read: its place, its hash, and the entry or why there is none."""

    position: int
    hash: bytes
    entry: Entry | None
    error: LedgerError | None


@dataclass(frozen=True, slots=True)
class Head:
    """An actor's last act: its sequence number and leaf hash."""

    seq: int
    hash: bytes


@dataclass(slots=True)
class AuditState:
    """Everything that judging the next entry needs.

    Attributes:
        keyring: Keys of the entries so far.
        history: The tree, with chained hashes in place of changed entries.
        given: The tree over the bytes as given.
        heads: Last act of each actor.
        flawed: Leaf hashes of entries that a fault names, which excuse a gap in an actor's acts.
        received_ms: When the last sound entry was received.
        shift: What the entries' own numbers are ahead of their places since the last gap.
        checkpoint_size: Largest size whose root a checkpoint confirmed.
        split: Smallest pinned size whose root is not ours; None while every pin agrees.
    """

    keyring: Keyring
    history: History = field(default_factory=History)
    given: CompactRange = field(default_factory=CompactRange)
    heads: dict[str, Head] = field(default_factory=dict)
    flawed: dict[bytes, int] = field(default_factory=dict)
    received_ms: int = 0
    shift: int = 0
    checkpoint_size: int = 0
    split: int | None = None

    @classmethod
    def fresh(cls, origin: str) -> "AuditState":
        """Return the state before the first entry of a log."""
        return cls(Keyring(origin))

    def copy(self) -> "AuditState":
        """Return an independent state."""
        return AuditState(
            keyring=self.keyring.copy(),
            history=self.history.copy(),
            given=self.given.copy(),
            heads=dict(self.heads),
            flawed=dict(self.flawed),
            received_ms=self.received_ms,
            shift=self.shift,
            checkpoint_size=self.checkpoint_size,
            split=self.split,
        )


def read_entry(position: int, leaf: bytes) -> ReadEntry:
    """Read one leaf, keeping the refusal of a malformed one."""
    try:
        return ReadEntry(position, leaf_hash(leaf), parse_entry(leaf), None)
    except LedgerError as error:
        return ReadEntry(position, leaf_hash(leaf), None, error)


class Walk:
    """Judges entries one after another, adding to a list of faults and to the state."""

    __slots__ = ("_before", "_claim", "_earlier_ms", "_faults", "_named", "_shift_seen", "_state")

    def __init__(self, state: AuditState, claim: Checkpoint | None, faults: list[Fault]) -> None:
        self._state = state
        self._claim = claim
        self._faults = faults
        self._named: set[int] = set()
        self._before: ReadEntry | None = None
        self._earlier_ms = state.received_ms
        self._shift_seen = state.shift

    def step(self, current: ReadEntry, following: ReadEntry | None) -> None:
        """Judge one entry; `following` is the next one, None at the end."""
        self._state.given.append(current.hash)
        in_place = self._check_index(current)
        self._settle_before(current, following, in_place=in_place)
        self._before = current
        self._earlier_ms = self._state.received_ms
        if current.entry is not None:
            self._check_time(current.position, current.entry.received_ms)
            self._check_act(current, current.entry.act_note)

    def finish(self) -> None:
        """Take the last entry into the tree: nothing after it can speak about it."""
        if self._before is not None:
            self._admit(self._before, self._before.hash)

    def _fault(self, index: int, rule: str, text: str) -> None:
        self._named.add(index)
        self._faults.append(Fault(index, rule, text))

    # -- the operator's header ---------------------------------------------------------------

    def _check_index(self, current: ReadEntry) -> bool:
        """Tell whether an entry stands where it says, allowing for a gap named before."""
        if current.entry is None:
            error = current.error
            assert error is not None, "an entry is missing for a reason"
            self._fault(current.position, error.code, str(error))
            return False
        shift = current.entry.index - current.position
        if shift == self._state.shift:
            return True
        if shift == self._shift_seen:
            self._state.shift = shift
            return True
        self._shift_seen = shift
        text = f"the entry calls itself {current.entry.index}"
        self._fault(current.position, "entry.index", text)
        return False

    def _check_time(self, position: int, received_ms: int) -> None:
        if received_ms < self._state.received_ms:
            self._fault(position, "entry.time", "the entry was received before the one before it")
        self._state.received_ms = received_ms

    # -- the chain ---------------------------------------------------------------------------

    def _settle_before(
        self, current: ReadEntry, following: ReadEntry | None, *, in_place: bool
    ) -> None:
        """Decide with which hash the entry before this one stands in the tree."""
        before = self._before
        claimed = current.entry.previous if in_place and current.entry is not None else None
        if before is None:
            self._check_first(current, claimed, in_place=in_place)
            return
        settled = before.hash
        if claimed is not None and claimed != before.hash:
            if self._is_disowned(current, following, claimed):
                text = "the entry does not name the hash of the one before it"
                self._fault(current.position, "entry.chain", text)
            else:
                settled = claimed
                self._blame(before.position)
        self._admit(before, settled)

    def _check_first(self, current: ReadEntry, claimed: bytes | None, *, in_place: bool) -> None:
        size = self._state.history.size
        expected = self._state.history.read(0, size - 1) if size else None
        if in_place and claimed != expected:
            text = "the entry does not name the hash of the one before it"
            self._fault(current.position, "entry.chain", text)

    def _blame(self, position: int) -> None:
        # An entry that is named already needs no second name for the same change.
        if position not in self._named:
            text = "the entry's bytes are not those that the next entry was chained to"
            self._fault(position, "entry.altered", text)

    def _admit(self, before: ReadEntry, settled: bytes) -> None:
        self._state.history.append(settled)
        if before.position in self._named:
            self._state.flawed[settled] = before.position
            # Its time may be false in either direction; the lower one accuses nobody after it.
            self._state.received_ms = min(self._state.received_ms, self._earlier_ms)

    def _is_disowned(self, current: ReadEntry, following: ReadEntry | None, claimed: bytes) -> bool:
        """Tell whether it is this entry, not the one before it, that was changed."""
        if following is None:
            return self._is_disowned_by_claim(current, claimed)
        if following.entry is None:
            return False
        follows = following.entry.index == following.position + self._state.shift
        return follows and following.entry.previous != current.hash

    def _is_disowned_by_claim(self, current: ReadEntry, claimed: bytes) -> bool:
        """Ask the checkpoint about the last entry: is it true to what it says of its neighbour?"""
        if self._claim is None:
            return False
        tree = self._state.history.compact()
        for item in (claimed, current.hash):
            tree.append(item)
            if tree.size == self._claim.size:
                return tree.root() != self._claim.root
        return False

    # -- the act -----------------------------------------------------------------------------

    def _check_act(self, current: ReadEntry, act_note: str) -> None:
        position, state = current.position, self._state
        try:
            signed = parse_act_note(act_note)
        except LedgerError as error:
            self._fault(position, error.code, str(error))
            return
        refusal = self._fold_keys(position, signed)
        break_rule = self._chain_break(signed.act)
        replayed = break_rule == "actor.replay"
        if refusal is not None and not (replayed and self._is_known_key(signed.act, refusal)):
            self._fault(position, refusal.code, str(refusal))
            return
        if break_rule is not None:
            self._fault(position, break_rule, _BREAKS[break_rule])
        if not replayed:
            state.heads[signed.act.actor] = Head(signed.act.seq, current.hash)
        self._check_pin(position, signed.act.seen)

    def _fold_keys(self, position: int, signed: SignedAct) -> LedgerError | None:
        try:
            self._state.keyring.fold(position, signed)
        except LedgerError as error:
            return error
        return None

    def _is_known_key(self, act: Act, refusal: LedgerError) -> bool:
        """Tell whether an act was refused only because its work on the keys is done already."""
        if refusal.code != "key.actor":
            return refusal.code == "key.revoked"
        record = self._state.keyring.find(act.actor, str(act.body.get("key")))
        return record is not None and b64(record.public_key) == act.body.get("public_key")

    def _chain_break(self, act: Act) -> str | None:
        """Return the rule that an act breaks in the chain of its actor's acts, if any."""
        head = self._state.heads.get(act.actor)
        seq, prev = (1, None) if head is None else (head.seq + 1, head.hash)
        if act.seq < seq:
            return "actor.replay"
        if act.prev == prev and act.seq == seq:
            return None
        if act.prev in self._state.flawed:
            return None
        return "actor.prev" if act.seq == seq else "actor.gap"

    def _check_pin(self, position: int, pin: Pin) -> None:
        state = self._state
        if pin.size > position:
            text = f"the act has seen {pin.size} entries, of which {position} existed"
            self._fault(position, "seen.size", text)
        elif state.history.root(pin.size) == pin.root:
            # A root vouches for everything before it, so an earlier disagreement was the signer's.
            if state.split is not None and pin.size >= state.split:
                state.split = None
        elif state.split is None or pin.size < state.split:
            state.split = pin.size
            text = f"the act has seen another history of the first {pin.size} entries"
            self._fault(position, "seen.root", text)


_BREAKS = {
    "actor.replay": "the actor's act of that number stands in the log already",
    "actor.gap": "the actor's act before this one is missing",
    "actor.prev": "the act does not follow the actor's act before it",
}
