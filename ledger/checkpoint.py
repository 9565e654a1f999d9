"""Checkpoints: the signed head of the tree (C2SP tlog-checkpoint, without extension lines)."""

import re
from dataclasses import dataclass

from ledger.encoding import MAX_DECIMAL, b64, decimal, unb64
from ledger.errors import CheckpointError, EncodingError
from ledger.merkle import HASH_LENGTH
from ledger.note import Signer, Verifier, is_key_name, open_note, sign_note

_TEXT = re.compile(r"([^\s+]+)\n([^\n]+)\n([^\n]+)\n")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log: its origin, number of leaves and root.

    Raises:
        CheckpointError: `checkpoint.origin`, `checkpoint.size` or `checkpoint.root`.
    """

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not is_key_name(self.origin):
            raise CheckpointError("checkpoint.origin", "an origin has no spaces and no plus sign")
        if not 0 <= self.size <= MAX_DECIMAL:
            raise CheckpointError("checkpoint.size", "a tree size is not negative")
        if len(self.root) != HASH_LENGTH:
            raise CheckpointError("checkpoint.root", "a root has 32 bytes")

    def text(self) -> str:
        """Return the note text that the log signs."""
        return f"{self.origin}\n{self.size}\n{b64(self.root)}\n"


def parse_checkpoint_text(text: str) -> Checkpoint:
    """Read a checkpoint from its note text; the inverse of `Checkpoint.text`.

    Raises:
        CheckpointError: `checkpoint.format`; extension lines are refused, as no auditor can check
            them.
    """
    match = _TEXT.fullmatch(text)
    if match is None:
        raise CheckpointError("checkpoint.format", "a checkpoint has exactly three lines")
    origin, size, root = match.groups()
    try:
        return Checkpoint(origin, decimal(size), unb64(root, HASH_LENGTH))
    except EncodingError as error:
        raise CheckpointError(
            "checkpoint.format", f"a checkpoint holds a malformed value: {error}"
        ) from error


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> str:
    """Return the checkpoint as a note signed by the log's key.

    Raises:
        CheckpointError: `checkpoint.origin` when the key is not named after the origin.
    """
    if signer.name != checkpoint.origin:
        raise CheckpointError("checkpoint.origin", "the log key is named after the origin")
    return sign_note(checkpoint.text(), signer)


def open_checkpoint(note: str, verifier: Verifier) -> Checkpoint:
    """Verify a checkpoint note under the log's key and return the checkpoint.

    Raises:
        NoteError: when the note is malformed or not signed by that key.
        CheckpointError: `checkpoint.format`, or `checkpoint.origin` when it speaks for another log.
    """
    checkpoint = parse_checkpoint_text(open_note(note, [verifier]).text)
    if checkpoint.origin != verifier.name:
        raise CheckpointError("checkpoint.origin", "the checkpoint is of another log")
    return checkpoint
