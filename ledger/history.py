"""A whole tree in memory that knows its root at every past size."""

from ledger.merkle import HASH_LENGTH, CompactRange, node_hash, root_from


class History:
    """Every node of a growing tree: 64 bytes per leaf, no rehashing for roots and proofs.

    `read` is a node reader for the proof builders of `ledger.merkle`.
    """

    __slots__ = ("_levels",)

    def __init__(self) -> None:
        self._levels = [bytearray()]

    @property
    def size(self) -> int:
        """Number of leaves."""
        return len(self._levels[0]) // HASH_LENGTH

    def append(self, leaf_hash: bytes) -> None:
        """Add one leaf hash at the right end."""
        assert len(leaf_hash) == HASH_LENGTH, "a leaf hash has 32 bytes"
        level, carry = 0, leaf_hash
        while True:
            if level == len(self._levels):
                self._levels.append(bytearray())
            nodes = self._levels[level]
            nodes += carry
            if len(nodes) // HASH_LENGTH & 1:
                return
            carry = node_hash(bytes(nodes[-2 * HASH_LENGTH : -HASH_LENGTH]), carry)
            level += 1

    def read(self, level: int, index: int) -> bytes:
        """Return the hash of a node (level, index) that the tree has."""
        start = index * HASH_LENGTH
        return bytes(self._levels[level][start : start + HASH_LENGTH])

    def root(self, size: int) -> bytes:
        """Return the root that the tree had at a size up to its own."""
        assert 0 <= size <= self.size, "the tree never had that size"
        return root_from(self.read, size)

    def compact(self) -> CompactRange:
        """Return the compact range of the tree as it is."""
        hashes: list[bytes] = []
        begin = 0
        for level in reversed(range(len(self._levels))):
            if self.size >> level & 1:
                hashes.append(self.read(level, begin >> level))
                begin += 1 << level
        return CompactRange.from_parts(self.size, hashes)

    def copy(self) -> "History":
        """Return an independent history of the same tree."""
        twin = History()
        twin._levels = [bytearray(nodes) for nodes in self._levels]
        return twin
