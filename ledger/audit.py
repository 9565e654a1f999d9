"""Offline verification of a whole log, by somebody who trusts neither the log nor its operator.

The audit walks on after a fault and names each one with its rule and its place. Every check needs
only the entries, the log's public key and, to tie the end down, a checkpoint.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ledger.checkpoint import Checkpoint, open_checkpoint
from ledger.errors import CheckpointError, NoteError
from ledger.note import Verifier
from ledger.walk import AuditState, Fault, ReadEntry, Walk, read_entry

__all__ = ["AuditState", "Fault", "Report", "audit"]

PROGRESS_STEP = 1024
"""Entries between two calls of `progress`."""


@dataclass(frozen=True, slots=True)
class Report:
    """What an audit found.

    Attributes:
        size: Entries in the log so far, those of the resumed audit included.
        root: Root over the entries' bytes as they were given.
        faults: Every fault of this run, in the order of discovery.
        state: Where a later audit can go on; pass it as `previous`.
    """

    size: int
    root: bytes
    faults: tuple[Fault, ...]
    state: AuditState

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.faults

    @property
    def first_index(self) -> int | None:
        """The lowest entry index that a fault names; None when no fault names one."""
        return min((f.index for f in self.faults if f.index is not None), default=None)


def audit(
    leaves: Iterable[bytes],
    *,
    origin: str,
    log_verifier: Verifier,
    checkpoint_note: str | None,
    previous: AuditState | None = None,
    progress: Callable[[int], None] | None = None,
) -> Report:
    """Verify a log from its entries, or what was added to it since an earlier audit.

    Args:
        leaves: The entries in order, from the start or from where `previous` ended.
        origin: The log that the entries claim to be.
        log_verifier: The log's key, which the caller trusts beforehand.
        checkpoint_note: The newest checkpoint. None leaves the end of the log unproved: then nobody
            can tell a cut log, or a changed last header, from an honest one.
        previous: State of an earlier audit, which is not changed; None starts at the first entry.
        progress: Called with the number of entries read so far, now and then and at the end.
    """
    state = AuditState.fresh(origin) if previous is None else previous.copy()
    start = state.history.size
    faults: list[Fault] = []
    claim = _open_claim(checkpoint_note, origin, log_verifier, faults)
    walk = Walk(state, claim, faults)
    for current, following in _with_next(leaves, start):
        walk.step(current, following)
        done = current.position + 1 - start
        if progress is not None and (following is None or done % PROGRESS_STEP == 0):
            progress(done)
    walk.finish()
    if claim is not None:
        faults.extend(_check_claim(claim, state, start, {f.index for f in faults}))
    return Report(state.given.size, state.given.root(), tuple(faults), state)


def _open_claim(
    note: str | None, origin: str, verifier: Verifier, faults: list[Fault]
) -> Checkpoint | None:
    if note is None:
        return None
    try:
        claim = open_checkpoint(note, verifier)
    except NoteError as error:
        faults.append(Fault(None, "checkpoint.signature", str(error)))
    except CheckpointError as error:
        faults.append(Fault(None, error.code, str(error)))
    else:
        if claim.origin == origin:
            return claim
        faults.append(Fault(None, "checkpoint.origin", "the checkpoint is of another log"))
    return None


def _with_next(leaves: Iterable[bytes], start: int) -> Iterator[tuple[ReadEntry, ReadEntry | None]]:
    """Pair every entry with the one after it, which tells whether its bytes are the chained ones."""
    current: ReadEntry | None = None
    for position, leaf in enumerate(leaves, start):
        following = read_entry(position, leaf)
        if current is not None:
            yield current, following
        current = following
    if current is not None:
        yield current, None


def _check_claim(
    claim: Checkpoint, state: AuditState, start: int, named: set[int | None]
) -> Iterator[Fault]:
    size = state.history.size
    if claim.size < state.checkpoint_size:
        yield Fault(None, "checkpoint.regress", "the checkpoint is older than the last audited one")
    if claim.size > size:
        text = f"the checkpoint covers {claim.size} entries, {size} were given"
        yield Fault(size, "log.truncated", text)
        return
    if state.history.root(claim.size) == claim.root:
        state.checkpoint_size = max(state.checkpoint_size, claim.size)
        return
    # With every link whole and nothing else amiss, only the last entry's own header can differ,
    # unless the log signed another history.
    last_is_suspect = not named and claim.size == size > start
    text = "the entries do not have the root that the checkpoint signs"
    yield Fault(size - 1 if last_is_suspect else None, "checkpoint.root", text)
