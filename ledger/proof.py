"""Receipts: an inclusion proof under a signed checkpoint, in one text (C2SP tlog-proof).

The optional `extra` line of the specification is refused: nothing signs it, so it could only make
two receipts of one thing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger.checkpoint import Checkpoint, open_checkpoint
from ledger.encoding import b64, decimal, unb64
from ledger.errors import EncodingError, ProofError
from ledger.merkle import HASH_LENGTH, leaf_hash, verify_inclusion
from ledger.note import Verifier, parse_note

FORMAT = "c2sp.org/tlog-proof@v1"
"""First line of every proof."""

MAX_HASHES = 63
"""Longest inclusion proof: trees have less than 2^63 leaves."""

_INDEX = "index "


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """A leaf's index, the hashes from its sibling upwards, and the checkpoint note verbatim."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint_note: str


def format_proof(proof: InclusionProof) -> str:
    """Return the proof as text: the inverse of `parse_proof`."""
    hashes = "".join(f"{b64(item)}\n" for item in proof.hashes)
    return f"{FORMAT}\n{_INDEX}{proof.index}\n{hashes}\n{proof.checkpoint_note}"


def parse_proof(text: str) -> InclusionProof:
    """Read a proof without verifying anything.

    Raises:
        ProofError: `proof.format`.
        NoteError: when the checkpoint is no well-formed note.
    """
    head, gap, checkpoint_note = text.partition("\n\n")
    lines = head.split("\n", MAX_HASHES + 2)
    well_formed = gap and lines[0] == FORMAT and lines[1:] and lines[1].startswith(_INDEX)
    if not well_formed or len(lines) > MAX_HASHES + 2:
        raise ProofError("proof.format", "a proof has a format line, an index line and hashes")
    parse_note(checkpoint_note)
    index, hashes = _parse_values(lines[1].removeprefix(_INDEX), lines[2:])
    return InclusionProof(index, hashes, checkpoint_note)


def verify_proof(proof: InclusionProof, leaf: bytes, verifier: Verifier) -> Checkpoint:
    """Check that a leaf is in the log and return the checkpoint that covers it.

    Args:
        proof: The receipt.
        leaf: The entry's bytes.
        verifier: The log's key, which the caller trusts beforehand.

    Raises:
        NoteError, CheckpointError: when the checkpoint is not the log's.
        ProofError: when the leaf is not at that index in that tree.
    """
    checkpoint = open_checkpoint(proof.checkpoint_note, verifier)
    verify_inclusion(leaf_hash(leaf), proof.index, checkpoint.size, proof.hashes, checkpoint.root)
    return checkpoint


def _parse_values(index: str, hashes: Sequence[str]) -> tuple[int, tuple[bytes, ...]]:
    try:
        return decimal(index), tuple(unb64(item, HASH_LENGTH) for item in hashes)
    except EncodingError as error:
        raise ProofError("proof.format", f"a proof holds a malformed value: {error}") from error
