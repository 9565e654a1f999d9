from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import tiles
from ledger.errors import TileError
from ledger.history import History
from ledger.merkle import consistency_proof_from, inclusion_proof_from, root
from ledger.tiles import TileBuilder, TilePath

SIZE = 66_000  # two full tiles above level 0 and a partial one at each level
LEAVES = [sha256(n.to_bytes(4, "big")).digest() for n in range(SIZE)]


def full_tree() -> tuple[History, dict[tuple[int, int], bytes]]:
    history, builder = History(), TileBuilder()
    for item in LEAVES:
        history.append(item)
        builder.append(item)
    return history, builder.touched()


HISTORY, STORED = full_tree()


def read_stored(level: int, index: int) -> bytes:
    return STORED[level, index]


def tile_code(function: object, *arguments: object) -> str:
    assert callable(function)
    with pytest.raises(TileError) as caught:
        function(*arguments)
    return caught.value.code


def test_paths_are_those_of_the_specification() -> None:
    assert tiles.tile_path(0, 0, 256) == "tile/0/000"
    assert tiles.tile_path(2, 1234067) == "tile/2/x001/x234/067"
    assert tiles.tile_path(1, 999, 17) == "tile/1/999.p/17"
    assert tiles.entries_path(1000, 1) == "tile/entries/x001/000.p/1"
    assert tiles.entries_path(273) == "tile/entries/273"


@given(st.none() | st.integers(0, 63), st.integers(0, 10**15), st.integers(1, 256))
def test_paths_and_parsing_are_inverse(level: int | None, index: int, width: int) -> None:
    path = (
        tiles.entries_path(index, width) if level is None else tiles.tile_path(level, index, width)
    )
    assert tiles.parse_tile_path(path) == TilePath(level, index, width)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0",
        "tile/0/",
        "/tile/0/000",
        "tile/0/000/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/100/000",
        "tile/-1/000",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/x001",
        "tile/0/X001/002",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/999",
        "tile/0/000.p/",
        "tile/0/000.p",
        "tile/0/000.p/1/2",
        "tile/0/٠٠٠",
        "tile/0/../000",
        "tile/0/000\n",
        "tile/data/000",
        "tile/entries/000.p/256",
        "tile/0/" + "x999/" * 9 + "999",
        "checkpoint",
    ],
)
def test_other_spellings_of_paths_are_refused(path: str) -> None:
    assert tile_code(tiles.parse_tile_path, path) == "tile.path"


@pytest.mark.parametrize(
    ("level", "index", "width"), [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)]
)
def test_tiles_that_cannot_exist_have_no_path(level: int, index: int, width: int) -> None:
    assert tile_code(tiles.tile_path, level, index, width) == "tile.path"


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=256))
def test_bundles_and_decoding_are_inverse(entries: list[bytes]) -> None:
    data = tiles.encode_entry_bundle(entries)
    assert tiles.decode_entry_bundle(data) == entries
    assert len(data) == sum(2 + len(item) for item in entries)


def test_a_bundle_holds_lengths_as_big_endian_16_bits() -> None:
    assert tiles.encode_entry_bundle([b"ab", b"", b"x" * 300]) == (
        b"\0\2ab" + b"\0\0" + b"\x01\x2c" + b"x" * 300
    )
    longest = [b"x" * 65_535]
    assert tiles.decode_entry_bundle(tiles.encode_entry_bundle(longest)) == longest


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "bundle.width"),
        (b"\0", "bundle.cut"),
        (b"\0\1", "bundle.cut"),
        (b"\0\2a", "bundle.cut"),
        (b"\0\1ab", "bundle.cut"),
        (b"\0\1a\0", "bundle.cut"),
        (b"\xff\xffa", "bundle.cut"),
        (b"\0\0" * 257, "bundle.width"),
    ],
)
def test_malformed_bundles_are_refused(data: bytes, code: str) -> None:
    assert tile_code(tiles.decode_entry_bundle, data) == code


def test_what_fits_no_bundle_is_refused() -> None:
    assert tile_code(tiles.encode_entry_bundle, []) == "bundle.width"
    assert tile_code(tiles.encode_entry_bundle, [b""] * 257) == "bundle.width"
    assert tile_code(tiles.encode_entry_bundle, [b"x" * 65_536]) == "bundle.entry"


def test_tiles_hold_the_hashes_that_the_specification_names() -> None:
    paths = tiles.tiles_of(SIZE)
    assert {(p.level, p.index) for p in paths} == set(STORED)
    for path in paths:
        assert path.level is not None
        span = 256**path.level
        first = path.index * 256
        expected = [
            root(LEAVES[n * span : (n + 1) * span]) for n in range(first, first + path.width)
        ]
        assert STORED[path.level, path.index] == b"".join(expected)


def test_the_tiles_of_a_size_are_those_of_the_specification() -> None:
    found = tiles.tiles_of(70_000)
    assert len(found) == 273 + 1 + 1 + 1 + 1
    assert found[273:] == [
        TilePath(0, 273, 112),
        TilePath(1, 0, 256),
        TilePath(1, 1, 17),
        TilePath(2, 0, 1),
    ]
    assert tiles.tiles_of(256) == [TilePath(0, 0, 256), TilePath(1, 0, 1)]
    assert tiles.tiles_of(0) == []


@pytest.mark.parametrize("start", [0, 1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 65_800])
def test_a_builder_restarts_from_stored_tiles(start: int) -> None:
    stored: dict[tuple[int, int], bytes] = {}
    first = TileBuilder()
    for item in LEAVES[:start]:
        first.append(item)
    stored.update(first.touched())
    again = TileBuilder(start, lambda level, index: stored[level, index])
    assert (again.size, again.touched()) == (start, {})
    for item in LEAVES[start:SIZE]:
        again.append(item)
    stored.update(again.touched())
    assert again.size == SIZE
    assert stored == STORED


def test_a_builder_restarts_at_an_older_size_from_newer_tiles() -> None:
    builder = TileBuilder(600, read_stored)
    for item in LEAVES[600:700]:
        builder.append(item)
    assert builder.touched() == {(0, 2): STORED[0, 2][: 188 * 32]}


def test_a_builder_tells_only_what_changed_since_it_was_stored() -> None:
    builder = TileBuilder()
    for item in LEAVES[:256]:
        builder.append(item)
    assert builder.touched() == {(0, 0): STORED[0, 0], (1, 0): STORED[1, 0][:32]}
    builder.mark_stored()
    assert builder.touched() == {}
    builder.append(LEAVES[256])
    assert builder.touched() == {(0, 1): LEAVES[256]}


def test_a_builder_refuses_stored_tiles_that_lack_hashes() -> None:
    assert tile_code(TileBuilder, 3, lambda _level, _index: bytes(64)) == "tile.short"
    with pytest.raises(AssertionError):
        TileBuilder(3)
    with pytest.raises(AssertionError):
        TileBuilder().append(b"short")


def test_every_node_can_be_read_from_tiles() -> None:
    for level in range(17):
        for index in {0, 1, (SIZE >> level) // 2, (SIZE >> level) - 1}:
            if (index + 1) << level <= SIZE:
                assert tiles.read_node(read_stored, level, index) == HISTORY.read(level, index)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 600, 65_535, 65_536, 65_537, SIZE])
def test_proofs_from_tiles_equal_proofs_from_memory(size: int) -> None:
    read = tiles.node_reader(read_stored)
    for index in sorted({0, size // 3, size // 2, size - 1}):
        expected = inclusion_proof_from(HISTORY.read, index, size)
        assert inclusion_proof_from(read, index, size) == expected
        expected = consistency_proof_from(HISTORY.read, index, size)
        assert consistency_proof_from(read, index, size) == expected


def test_a_node_beyond_the_stored_tile_is_refused() -> None:
    short = STORED[0, 0][: 5 * 32]
    assert tile_code(tiles.read_node, lambda _level, _index: short, 1, 2) == "tile.short"
    assert tiles.read_node(lambda _level, _index: short, 0, 4) == LEAVES[4]


@pytest.mark.parametrize("data", [b"", bytes(31), bytes(33), bytes(257 * 32)])
def test_malformed_tiles_are_refused(data: bytes) -> None:
    assert tile_code(tiles.split_tile, data) == "tile.form"


def test_a_tile_splits_into_its_hashes() -> None:
    assert tiles.split_tile(STORED[0, 0]) == LEAVES[:256]
