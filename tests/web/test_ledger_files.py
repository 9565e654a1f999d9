"""The log's files: what C2SP tlog-tiles promises, and nothing beyond the signed checkpoint."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from exchange.actors import Role
from exchange.web.site import Site
from ledger.checkpoint import open_checkpoint
from ledger.merkle import leaf_hash, root, root_from
from ledger.proof import parse_proof, verify_proof
from ledger.signing import parse_vkey
from ledger.source import read_checkpoint, read_leaves, tile_reader
from ledger.tiles import node_reader, tiles_of
from tests.web.browsing import problem
from tests.world import World


def _fetch(client: FlaskClient, path: str) -> bytes:
    answer = client.get(f"/ledger/{path}")
    if answer.status_code != 200:
        raise FileNotFoundError(path)
    return answer.get_data()


@pytest.fixture
def long_log(world: World) -> World:
    """A log of more than one full tile."""
    while len(world.leaves()) < 300:
        world.join("参与方", Role.BUYER)
    return world


def test_an_outsider_reads_the_whole_log_and_verifies_it(
    client: FlaskClient, long_log: World
) -> None:
    def fetch(path: str) -> bytes:
        return _fetch(client, path)

    verifier = parse_vkey(fetch("vkey").decode().strip())
    checkpoint = open_checkpoint(read_checkpoint(fetch), verifier)
    leaves = list(read_leaves(fetch, checkpoint.size))

    assert verifier.vkey == long_log.log.verifier.vkey
    assert leaves == long_log.leaves()
    assert checkpoint.size == len(leaves)
    assert checkpoint.root == root(leaf_hash(leaf) for leaf in leaves)
    read = node_reader(tile_reader(fetch, checkpoint.size))
    assert root_from(read, checkpoint.size) == checkpoint.root


def test_every_tile_of_the_signed_tree_is_there_to_keep(
    client: FlaskClient, long_log: World
) -> None:
    paths = tiles_of(len(long_log.leaves()))

    assert len(paths) >= 3
    for path in paths:
        name = f"tile/{path.level}/{path.index:03d}"
        suffix = "" if path.width == 256 else f".p/{path.width}"
        answer = client.get(f"/ledger/{name}{suffix}")
        assert answer.status_code == 200
        assert len(answer.get_data()) == 32 * path.width
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.mimetype == "application/octet-stream"
    assert client.get("/ledger/checkpoint").headers["Cache-Control"] == "no-cache"


def test_what_was_partial_once_can_still_be_read(client: FlaskClient, world: World) -> None:
    longer = client.get("/ledger/tile/0/000.p/9").get_data()

    assert client.get("/ledger/tile/0/000.p/7").get_data() == longer[: 7 * 32]
    assert client.get("/ledger/tile/entries/000.p/1").get_data()[2:] == world.leaves()[0]


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/999",
        "tile/0/001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/0",
        "tile/1/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/entries/001",
        "tile/entries/x999/x999/x999/999",
        "tile/entries/000.p/257",
        "tile/0/../../checkpoint",
        "tile/0/%30%30%30.p/999",
    ],
)
def test_what_the_signed_tree_lacks_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(f"/ledger/{path}").status_code == 404


def test_nothing_is_served_beyond_the_signed_checkpoint(
    client: FlaskClient, world: World, site: Site
) -> None:
    signed = world.last_signed.read()
    size = open_checkpoint(signed, world.log.verifier).size
    world.join("参与方", Role.BUYER)
    now = world.last_signed.read()
    world.last_signed.swap(now, signed)  # as if the process had died before it signed

    assert site.last_signed.read() == signed
    assert client.get("/ledger/checkpoint").get_data(as_text=True) == signed
    assert client.get(f"/ledger/tile/entries/000.p/{size}").status_code == 200
    assert client.get(f"/ledger/tile/entries/000.p/{size + 1}").status_code == 404
    assert client.get(f"/ledger/tile/0/000.p/{size + 1}").status_code == 404
    assert client.get(f"/api/v1/ledger/entries/{size}").status_code == 404


def test_an_entry_comes_with_a_proof_under_the_signed_checkpoint(
    client: FlaskClient, world: World
) -> None:
    answer = client.get("/api/v1/ledger/entries/3").get_json()

    leaf = world.leaves()[3]
    checkpoint = verify_proof(parse_proof(answer["proof"]), leaf, world.log.verifier)
    assert checkpoint.size == len(world.leaves())
    assert answer["index"] == 3
    assert problem(client.get("/api/v1/ledger/entries/99999999999999999999")) == (
        404,
        "entry.unknown",
    )
    assert problem(client.get("/api/v1/ledger/entries/-1")) == (404, "page.unknown")


def test_an_empty_log_has_no_files(site: Site, client: FlaskClient) -> None:
    site.last_signed.swap(site.last_signed.read(), "")

    assert client.get("/ledger/checkpoint").status_code == 404
    assert client.get("/ledger/tile/0/000.p/1").status_code == 404
    assert problem(client.get("/api/v1/ledger/entries/0")) == (404, "entry.unknown")
