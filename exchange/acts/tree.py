"""The Merkle tree as the database holds it: a head row and tiles."""

from typing import Any, Self

from exchange.acts.ledger_tables import LedgerHead, LedgerTile
from exchange.errors import UnavailableError
from exchange.storage.store import Reader, Tables
from ledger.errors import ProofError
from ledger.merkle import (
    CompactRange,
    consistency_proof_from,
    inclusion_proof_from,
    root_from,
    verify_consistency,
)
from ledger.tiles import TileBuilder, read_node

_HASH = 32


class Tree:
    """The tree of one batch: read from the head row, grown, written back."""

    def __init__(self, reader: Reader, head: LedgerHead | None) -> None:
        self._reader = reader
        self._stored = head
        self.last_leaf_hash = b"" if head is None else head.leaf_hash
        self.received_ms = 0 if head is None else head.received_ms
        parts = b"" if head is None else head.range
        self._range = CompactRange.from_parts(
            0 if head is None else head.size,
            tuple(parts[start : start + _HASH] for start in range(0, len(parts), _HASH)),
        )
        self._tiles = TileBuilder(self._range.size, self._tile)

    @classmethod
    def load(cls, reader: Reader) -> Self:
        """Read the tree as far as it stands."""
        return cls(reader, reader.get(LedgerHead, 1))

    @property
    def size(self) -> int:
        """Number of leaves."""
        return self._range.size

    def root(self) -> bytes:
        """Return the root over all leaves."""
        return self._range.root()

    def append(self, leaf_hash: bytes, received_ms: int) -> None:
        """Add one leaf."""
        self._range.append(leaf_hash)
        self._tiles.append(leaf_hash)
        self.last_leaf_hash = leaf_hash
        self.received_ms = received_ms

    def save(self, tables: Tables) -> None:
        """Write the head and the tiles that changed."""
        for (level, index), hashes in self._tiles.touched().items():
            key = f"{level}/{index}"
            row = tables.get(LedgerTile, key)
            if row is None:
                tables.insert(LedgerTile(id=key, hashes=hashes))
            else:
                tables.update(row, {"hashes": hashes})
        if self.size == (0 if self._stored is None else self._stored.size):
            return
        values: dict[str, Any] = {
            "size": self.size,
            "leaf_hash": self.last_leaf_hash,
            "received_ms": self.received_ms,
            "range": b"".join(self._range.hashes),
        }
        if self._stored is None:
            tables.insert(LedgerHead(id=1, **values))
        else:
            tables.update(self._stored, values)

    def root_at(self, size: int) -> bytes:
        """Return the root over the first `size` leaves."""
        return root_from(self._node, size)

    def inclusion(self, index: int, size: int) -> tuple[bytes, ...]:
        """Return the inclusion proof of a leaf in the tree of the first `size` leaves."""
        return tuple(inclusion_proof_from(self._node, index, size))

    def check_grown(self, old_size: int, old_root: bytes) -> None:
        """Stop unless the tree that was signed last is a beginning of this one.

        Raises:
            UnavailableError: it is not: the database is older than the record of the last
                signature, or was changed; an operator has to look (`ledger.fork`).
        """
        if old_size == 0:
            return
        if old_size > self.size:
            raise UnavailableError("ledger.fork", "the log is shorter than what was signed")
        try:
            proof = consistency_proof_from(self._node, old_size, self.size)
            verify_consistency(old_size, old_root, self.size, self.root(), proof)
        except ProofError as error:
            raise UnavailableError("ledger.fork", "the log differs from what was signed") from error

    def _node(self, level: int, index: int) -> bytes:
        return read_node(self._current_tile, level, index)

    def _current_tile(self, level: int, index: int) -> bytes:
        grown = self._tiles.touched().get((level, index))
        return self._tile(level, index) if grown is None else grown

    def _tile(self, level: int, index: int) -> bytes:
        row = self._reader.get(LedgerTile, f"{level}/{index}")
        return b"" if row is None else row.hashes
