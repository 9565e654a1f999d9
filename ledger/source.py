"""Reading a log through a fetcher that the caller gives: over HTTP, from files or from memory."""

from collections.abc import Callable, Iterator

from ledger.errors import CheckpointError, TileError
from ledger.tiles import TILE_WIDTH, TileReader, decode_entry_bundle, entries_path, tile_path

CHECKPOINT_PATH = "checkpoint"
"""Path of the checkpoint below the log's URL prefix."""

Fetch = Callable[[str], bytes]
"""Returns the resource at a path below the log's URL prefix; LookupError when there is none."""


def read_checkpoint(fetch: Fetch) -> str:
    """Return the log's checkpoint note, unverified.

    Raises:
        CheckpointError: `checkpoint.format` when it is not UTF-8.
        LookupError: when the log has none.
    """
    try:
        return fetch(CHECKPOINT_PATH).decode()
    except UnicodeDecodeError as error:
        raise CheckpointError("checkpoint.format", "a checkpoint is UTF-8") from error


def read_leaves(fetch: Fetch, size: int, start: int = 0) -> Iterator[bytes]:
    """Yield the entries from `start` to the end of a tree of that size, unverified, in order.

    Raises:
        TileError: when a bundle is malformed, or `bundle.width` when it has too few entries.
        LookupError: when the log lacks a bundle.
    """
    for index in range(start // TILE_WIDTH, -(-size // TILE_WIDTH)):
        first = index * TILE_WIDTH
        width = min(TILE_WIDTH, size - first)
        entries = decode_entry_bundle(_fetch(fetch, index, width, entries_path))
        if len(entries) < width:
            raise TileError("bundle.width", "the bundle has fewer entries than its path says")
        yield from entries[max(0, start - first) : width]


def tile_reader(fetch: Fetch, size: int) -> TileReader:
    """Return a reader of the tiles of a tree of that size.

    The reader raises LookupError when the log lacks a tile.
    """

    def read(level: int, index: int) -> bytes:
        width = min(TILE_WIDTH, (size >> (8 * level)) - index * TILE_WIDTH)
        return _fetch(fetch, index, width, lambda i, w: tile_path(level, i, w))

    return read


def _fetch(fetch: Fetch, index: int, width: int, path: Callable[[int, int], str]) -> bytes:
    try:
        return fetch(path(index, width))
    except LookupError:
        if width == TILE_WIDTH:
            raise
    # A log may drop a partial resource as soon as the full one is there.
    return fetch(path(index, TILE_WIDTH))
