"""Merkle trees, inclusion and consistency proofs (RFC 9162 section 2.1, SHA-256).

A tree of `size` leaves is cut at the largest power of two below its size. A *node* (level, index)
is the root of the perfect subtree over leaves `[index << level, (index + 1) << level)`; it never
changes once those leaves stand.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Self

from ledger.errors import ProofError

HASH_LENGTH = 32
"""Bytes of every leaf hash, node hash and root."""

EMPTY_ROOT = sha256(b"").digest()
"""Root of the tree without leaves."""

NodeReader = Callable[[int, int], bytes]
"""Returns the hash of the node (level, index); level 0 are the leaf hashes."""

_Span = tuple[int, int]


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of one leaf (RFC 9162 section 2.1.1)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 9162 section 2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


class CompactRange:
    """The root of a growing tree in logarithmic space.

    It keeps the roots of the perfect subtrees that the size decomposes into, largest (leftmost)
    first: as many as the size has one bits.
    """

    __slots__ = ("_hashes", "_size")

    def __init__(self, leaf_hashes: Iterable[bytes] = ()) -> None:
        self._size = 0
        self._hashes: list[bytes] = []
        for item in leaf_hashes:
            self.append(item)

    @classmethod
    def from_parts(cls, size: int, hashes: Sequence[bytes]) -> Self:
        """Restore a range from its stored size and hashes.

        Raises:
            ProofError: `proof.range` when the hashes can't belong to that size.
        """
        fits = size >= 0 and len(hashes) == size.bit_count()
        if not fits or any(len(item) != HASH_LENGTH for item in hashes):
            raise ProofError("proof.range", "the hashes do not fit the size of the tree")
        restored = cls()
        restored._size = size
        restored._hashes = list(hashes)
        return restored

    @property
    def size(self) -> int:
        """Number of leaves."""
        return self._size

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """Roots of the perfect subtrees, leftmost first."""
        return tuple(self._hashes)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash at the right end."""
        _check_hash(leaf)
        carry = leaf
        merges = self._size
        while merges & 1:
            carry = node_hash(self._hashes.pop(), carry)
            merges >>= 1
        self._hashes.append(carry)
        self._size += 1

    def root(self) -> bytes:
        """Return the root of the whole tree."""
        return _fold_right(self._hashes)

    def copy(self) -> "CompactRange":
        """Return an independent range of the same tree."""
        return CompactRange.from_parts(self._size, self._hashes)


def root(leaf_hashes: Iterable[bytes]) -> bytes:
    """Return the root over leaf hashes in order."""
    return CompactRange(leaf_hashes).root()


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int) -> list[bytes]:
    """Return the proof that leaf `index` is in the tree, from the leaf's sibling upwards.

    Raises:
        ProofError: `proof.range` when there is no such leaf.
    """
    return inclusion_proof_from(_node_reader(leaf_hashes), index, len(leaf_hashes))


def consistency_proof(leaf_hashes: Sequence[bytes], old_size: int) -> list[bytes]:
    """Return the proof that the tree of the first `old_size` leaves grew into this one.

    Raises:
        ProofError: `proof.range` when the old tree is larger than this one.
    """
    return consistency_proof_from(_node_reader(leaf_hashes), old_size, len(leaf_hashes))


def inclusion_proof_from(read: NodeReader, index: int, size: int) -> list[bytes]:
    """Return an inclusion proof from stored nodes, reading O(log size) of them.

    Raises:
        ProofError: `proof.range` when the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise ProofError("proof.range", "the tree has no leaf at that index")
    begin, end = 0, size
    spans: list[_Span] = []
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((begin, middle))
            begin = middle
    return [_span_root(read, *span) for span in reversed(spans)]


def consistency_proof_from(read: NodeReader, old_size: int, size: int) -> list[bytes]:
    """Return a consistency proof from stored nodes, reading O(log size) of them.

    The proof from the empty tree, or from a tree to itself, is empty.

    Raises:
        ProofError: `proof.range` when the old tree is larger than the new one.
    """
    if not 0 <= old_size <= size:
        raise ProofError("proof.range", "the old tree is not smaller than the new one")
    if old_size == 0:
        return []
    begin, end = 0, size
    spans: list[_Span] = []
    while old_size != end:
        middle = begin + _split(end - begin)
        if old_size <= middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((begin, middle))
            begin = middle
    if begin > 0:
        spans.append((begin, end))
    return [_span_root(read, *span) for span in reversed(spans)]


def root_from(read: NodeReader, size: int) -> bytes:
    """Return the root of the first `size` leaves from stored nodes, reading O(log size)."""
    return _span_root(read, 0, size)


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> None:
    """Check that a leaf hash stands at `index` in the tree of that size and root.

    Follows RFC 9162 section 2.1.3.2.

    Raises:
        ProofError: `proof.range`, `proof.length` or `proof.root`.
    """
    if not 0 <= index < size:
        raise ProofError("proof.range", "the tree has no leaf at that index")
    _check_hashes(leaf, root, *proof)
    position, last, carry = index, size - 1, leaf
    for item in proof:
        if last == 0:
            raise ProofError("proof.length", "the proof is too long")
        if position & 1 or position == last:
            carry = node_hash(item, carry)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            carry = node_hash(carry, item)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise ProofError("proof.length", "the proof is too short")
    if carry != root:
        raise ProofError("proof.root", "the proof does not lead to the root")


def verify_consistency(
    old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> None:
    """Check that the tree of `old_size` leaves is the beginning of the tree of `size` leaves.

    Follows RFC 9162 section 2.1.4.2; the empty tree is the beginning of every tree.

    Raises:
        ProofError: `proof.range`, `proof.length` or `proof.root`.
    """
    if not 0 <= old_size <= size:
        raise ProofError("proof.range", "the old tree is not smaller than the new one")
    _check_hashes(old_root, root, *proof)
    if old_size in {0, size}:
        _verify_trivial_growth(old_size, old_root, size, root, proof)
        return
    if not proof:
        raise ProofError("proof.length", "the proof is too short")
    old_carry, carry = _replay_growth(old_size, size, old_root, proof)
    if old_carry != old_root or carry != root:
        raise ProofError("proof.root", "the proof does not lead to both roots")


def _verify_trivial_growth(
    old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]
) -> None:
    if proof:
        raise ProofError("proof.length", "the proof is too long")
    if old_size == 0 and old_root != EMPTY_ROOT:
        raise ProofError("proof.root", "the empty tree has another root")
    if old_size == size and old_root != root:
        raise ProofError("proof.root", "two roots for one size")


def _replay_growth(
    old_size: int, size: int, old_root: bytes, proof: Sequence[bytes]
) -> tuple[bytes, bytes]:
    """Rebuild the old and the new root from a consistency proof."""
    # A power of two is itself a node of the new tree, which the proof therefore leaves out.
    path = list(proof) if old_size & (old_size - 1) else [old_root, *proof]
    position, last = old_size - 1, size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old_carry = carry = path[0]
    for item in path[1:]:
        if last == 0:
            raise ProofError("proof.length", "the proof is too long")
        if position & 1 or position == last:
            old_carry, carry = node_hash(item, old_carry), node_hash(item, carry)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            carry = node_hash(carry, item)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise ProofError("proof.length", "the proof is too short")
    return old_carry, carry


def _split(size: int) -> int:
    """Return the largest power of two below a size of at least two."""
    return 1 << ((size - 1).bit_length() - 1)


def _span_root(read: NodeReader, begin: int, end: int) -> bytes:
    """Return the root over leaves [begin, end), where begin is aligned as a subtree's is."""
    hashes: list[bytes] = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        hashes.append(read(level, begin >> level))
        begin += 1 << level
    return _fold_right(hashes)


def _fold_right(hashes: Sequence[bytes]) -> bytes:
    if not hashes:
        return EMPTY_ROOT
    carry = hashes[-1]
    for item in reversed(hashes[:-1]):
        carry = node_hash(item, carry)
    return carry


def _node_reader(leaf_hashes: Sequence[bytes]) -> NodeReader:
    def read(level: int, index: int) -> bytes:
        return root(leaf_hashes[index << level : (index + 1) << level])

    return read


def _check_hash(item: bytes) -> None:
    if len(item) != HASH_LENGTH:
        raise ProofError("proof.hash", "a hash has 32 bytes")


def _check_hashes(*items: bytes) -> None:
    for item in items:
        _check_hash(item)
