"""Tiles and entry bundles: the log as static files (C2SP tlog-tiles).

A tile (level, index) holds up to 256 consecutive hashes of the tree's binary level `8 * level`. A
full tile never changes; only the rightmost tile of each level is partial.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ledger.encoding import decimal
from ledger.errors import EncodingError, TileError
from ledger.merkle import HASH_LENGTH, NodeReader, root

TILE_HEIGHT = 8
"""Binary tree levels that one tile level spans."""

TILE_WIDTH = 1 << TILE_HEIGHT
"""Hashes in a full tile and entries in a full bundle."""

MAX_TILE_LEVEL = 63
"""Highest tile level that a path may name."""

TileReader = Callable[[int, int], bytes]
"""Returns the stored tile (level, index), full or partial."""

TileKey = tuple[int, int]
"""A tile's level and index."""

_LENGTH_BYTES = 2
_MAX_BUNDLED_BYTES = 65_535
_GROUP = 1000
_PATH = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([0-9]{1,3}))?")


@dataclass(frozen=True, slots=True)
class TilePath:
    """What a path names: a tile, or an entry bundle when `level` is None.

    Attributes:
        level: Tile level, or None for an entry bundle.
        index: Place within the level.
        width: Hashes or entries, from 1 to 256.
    """

    level: int | None
    index: int
    width: int


def tile_path(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """Return the path of a tile below the log's URL prefix, such as `tile/0/x001/067.p/12`.

    Raises:
        TileError: `tile.path` for a level, index or width that no tile has.
    """
    if not 0 <= level <= MAX_TILE_LEVEL:
        raise TileError("tile.path", "no such tile level")
    return f"tile/{level}/{_place(index, width)}"


def entries_path(index: int, width: int = TILE_WIDTH) -> str:
    """Return the path of an entry bundle below the log's URL prefix.

    Raises:
        TileError: `tile.path` for an index or width that no bundle has.
    """
    return f"tile/entries/{_place(index, width)}"


def parse_tile_path(path: str) -> TilePath:
    """Read a path of a tile or bundle, accepting only the spelling that this module writes.

    Raises:
        TileError: `tile.path`.
    """
    match = _PATH.fullmatch(path)
    if match is None:
        raise TileError("tile.path", "not the path of a tile")
    digits = re.sub("[x/]", "", match[2]).lstrip("0") or "0"
    level = None if match[1] == "entries" else int(match[1])
    try:
        parsed = TilePath(level, decimal(digits), int(match[3] or TILE_WIDTH))
    except EncodingError as error:
        raise TileError("tile.path", "not the path of a tile") from error
    if _format_path(parsed) != path:
        raise TileError("tile.path", "not the path of a tile")
    return parsed


def encode_entry_bundle(entries: Sequence[bytes]) -> bytes:
    """Return 1 to 256 entries as one bundle: each after its big-endian 16-bit length.

    Raises:
        TileError: `bundle.width`, or `bundle.entry` for an entry above 65,535 bytes.
    """
    if not 1 <= len(entries) <= TILE_WIDTH:
        raise TileError("bundle.width", "a bundle holds 1 to 256 entries")
    if any(len(item) > _MAX_BUNDLED_BYTES for item in entries):
        raise TileError("bundle.entry", "an entry is too long for a bundle")
    return b"".join(len(item).to_bytes(_LENGTH_BYTES, "big") + item for item in entries)


def decode_entry_bundle(data: bytes) -> list[bytes]:
    """Return the entries of a bundle.

    Raises:
        TileError: `bundle.cut` when it ends within an entry, `bundle.width`.
    """
    entries: list[bytes] = []
    place = 0
    while place < len(data):
        start = place + _LENGTH_BYTES
        place = start + int.from_bytes(data[place:start], "big")
        if max(start, place) > len(data):
            raise TileError("bundle.cut", "the bundle ends within an entry")
        entries.append(data[start:place])
    if not 1 <= len(entries) <= TILE_WIDTH:
        raise TileError("bundle.width", "a bundle holds 1 to 256 entries")
    return entries


class TileBuilder:
    """Keeps the rightmost tiles of a growing tree and tells which ones changed.

    It can't step back: after a failed write make a new one from what is stored.

    Args:
        size: Leaves already stored.
        read_tile: Reads the rightmost partial tiles of the tree of that size; unused at size 0.
            A longer tile than the size needs is cut, so a tile of a later size serves too.

    Raises:
        TileError: `tile.short` when a stored tile lacks hashes.
    """

    __slots__ = ("_edge", "_size", "_touched")

    def __init__(self, size: int = 0, read_tile: TileReader | None = None) -> None:
        self._size = size
        self._edge: list[bytearray] = []
        self._touched: dict[TileKey, bytes] = {}
        assert read_tile is not None or size == 0, "a grown tree has stored tiles"
        while read_tile is not None and size >> (TILE_HEIGHT * len(self._edge)):
            level = len(self._edge)
            index, width = divmod(size >> (TILE_HEIGHT * level), TILE_WIDTH)
            data = read_tile(level, index) if width else b""
            self._edge.append(bytearray(_cut(data, width)))

    @property
    def size(self) -> int:
        """Number of leaves."""
        return self._size

    def append(self, leaf_hash: bytes) -> None:
        """Add one leaf hash at the right end."""
        assert len(leaf_hash) == HASH_LENGTH, "a leaf hash has 32 bytes"
        level, carry, index = 0, leaf_hash, self._size >> TILE_HEIGHT
        while True:
            if level == len(self._edge):
                self._edge.append(bytearray())
            tile = self._edge[level]
            tile += carry
            self._touched[(level, index)] = bytes(tile)
            if len(tile) < TILE_WIDTH * HASH_LENGTH:
                break
            carry = root(split_tile(bytes(tile)))
            tile.clear()
            level, index = level + 1, index >> TILE_HEIGHT
        self._size += 1

    def touched(self) -> dict[TileKey, bytes]:
        """Return every tile changed since the start or the last `mark_stored`, as it is now."""
        return dict(self._touched)

    def mark_stored(self) -> None:
        """Forget what changed: the caller has stored it."""
        self._touched.clear()


def split_tile(data: bytes) -> list[bytes]:
    """Return the hashes of a tile.

    Raises:
        TileError: `tile.form` unless there are 1 to 256 whole hashes.
    """
    width, rest = divmod(len(data), HASH_LENGTH)
    if rest or not 1 <= width <= TILE_WIDTH:
        raise TileError("tile.form", "a tile holds 1 to 256 hashes of 32 bytes")
    return [data[at : at + HASH_LENGTH] for at in range(0, len(data), HASH_LENGTH)]


def tiles_of(size: int) -> list[TilePath]:
    """Return the tiles, full and partial, that a tree of that size has, level by level."""
    found: list[TilePath] = []
    level = 0
    while hashes := size >> (TILE_HEIGHT * level):
        full, width = divmod(hashes, TILE_WIDTH)
        found.extend(TilePath(level, index, TILE_WIDTH) for index in range(full))
        if width:
            found.append(TilePath(level, full, width))
        level += 1
    return found


def read_node(read_tile: TileReader, level: int, index: int) -> bytes:
    """Return the hash of a tree node from stored tiles, recomputing it inside its tile.

    Raises:
        TileError: `tile.short` when the stored tile does not reach the node.
    """
    tile_level, height = divmod(level, TILE_HEIGHT)
    tile_index, place = divmod(index << height, TILE_WIDTH)
    end = place + (1 << height)
    data = _cut(read_tile(tile_level, tile_index), end)
    return root(split_tile(data[place * HASH_LENGTH :]))


def node_reader(read_tile: TileReader) -> NodeReader:
    """Return the reader that the proof builders of `ledger.merkle` take, over stored tiles."""

    def read(level: int, index: int) -> bytes:
        return read_node(read_tile, level, index)

    return read


def _cut(data: bytes, width: int) -> bytes:
    if len(data) < width * HASH_LENGTH:
        raise TileError("tile.short", "the stored tile lacks hashes")
    return data[: width * HASH_LENGTH]


def _format_path(path: TilePath) -> str:
    if path.level is None:
        return entries_path(path.index, path.width)
    return tile_path(path.level, path.index, path.width)


def _place(index: int, width: int) -> str:
    if index < 0 or not 1 <= width <= TILE_WIDTH:
        raise TileError("tile.path", "no such tile")
    index, last = divmod(index, _GROUP)
    place = f"{last:03d}"
    while index:
        index, group = divmod(index, _GROUP)
        place = f"x{group:03d}/{place}"
    return place if width == TILE_WIDTH else f"{place}.p/{width}"
