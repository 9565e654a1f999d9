"""The log's public files, exactly as C2SP tlog-tiles lays them out."""

from flask import Blueprint, Response

from exchange.acts.ledger_tables import LedgerEntry, LedgerTile
from exchange.errors import NotFoundError
from exchange.web import current
from exchange.web.security import LEDGER_FILES
from ledger.checkpoint import open_checkpoint
from ledger.errors import TileError
from ledger.tiles import TILE_HEIGHT, TILE_WIDTH, TilePath, encode_entry_bundle, parse_tile_path

BLUEPRINT = Blueprint(LEDGER_FILES, __name__, url_prefix="/ledger")

_HASH = 32
_FOREVER = "public, max-age=31536000, immutable"
_SHORTLY = "no-cache"


@BLUEPRINT.get("/checkpoint")
def checkpoint() -> Response:
    """Serve the last signed checkpoint."""
    return _file(_signed().encode(), "text/plain; charset=utf-8", _SHORTLY)


@BLUEPRINT.get("/vkey")
def verifier_key() -> Response:
    """Serve the key that signs checkpoints; whoever pins it must have it from elsewhere too."""
    key = current.site().exchange.log.verifier.vkey
    return _file(f"{key}\n".encode(), "text/plain; charset=utf-8", _SHORTLY)


@BLUEPRINT.get("/tile/<path:place>")
def tile(place: str) -> Response:
    """Serve a tile of hashes or a bundle of entries, as far as the signed checkpoint reaches.

    Raises:
        NotFoundError: there is no such tile under the signed checkpoint (`tile.unknown`).
    """
    try:
        path = parse_tile_path(f"tile/{place}")
    except TileError as error:
        raise _unknown() from error
    level = path.level or 0
    signed = open_checkpoint(_signed(), current.site().exchange.log.verifier).size
    if path.index * TILE_WIDTH + path.width > signed >> (TILE_HEIGHT * level):
        raise _unknown()
    content = _entries(path) if path.level is None else _hashes(path)
    return _file(content, "application/octet-stream", _FOREVER)


def _hashes(path: TilePath) -> bytes:
    with current.site().exchange.snapshot() as reader:
        row = reader.get(LedgerTile, f"{path.level}/{path.index}")
    assert row is not None, "the signed tree has this tile"
    return row.hashes[: path.width * _HASH]


def _entries(path: TilePath) -> bytes:
    start = path.index * TILE_WIDTH
    with current.site().exchange.snapshot() as reader:
        leaves = [row.leaf for row in reader.span(LedgerEntry, start, start + path.width)]
    assert len(leaves) == path.width, "the signed tree has these entries"
    return encode_entry_bundle(leaves)


def _signed() -> str:
    note = current.site().last_signed.read()
    if not note:
        raise NotFoundError("ledger.empty", "nothing has been signed yet")
    return note


def _file(content: bytes, media_type: str, caching: str) -> Response:
    response = Response(content, content_type=media_type)
    response.headers["Cache-Control"] = caching
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _unknown() -> NotFoundError:
    return NotFoundError("tile.unknown", "the signed tree has no such tile")
