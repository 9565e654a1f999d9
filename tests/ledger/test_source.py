import pytest

from ledger import source
from ledger.errors import CheckpointError, TileError
from ledger.merkle import inclusion_proof, inclusion_proof_from, leaf_hash
from ledger.tiles import (
    TileBuilder,
    encode_entry_bundle,
    entries_path,
    node_reader,
    tile_path,
    tiles_of,
)

LEAVES = [f"entry {n}".encode() for n in range(700)]
HASHES = [leaf_hash(item) for item in LEAVES]


def served(size: int) -> dict[str, bytes]:
    """Every file of a log of that size, without partial ones of smaller sizes."""
    files = {"checkpoint": "数\n".encode()}
    builder = TileBuilder()
    for item in HASHES[:size]:
        builder.append(item)
    for path in tiles_of(size):
        assert path.level is not None
        data = builder.touched()[path.level, path.index]
        files[tile_path(path.level, path.index, path.width)] = data
        if path.level == 0:
            first = path.index * 256
            entries = LEAVES[first : first + path.width]
            files[entries_path(path.index, path.width)] = encode_entry_bundle(entries)
    return files


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512, 700])
@pytest.mark.parametrize("start", [0, 1, 255, 256, 300, 700])
def test_entries_are_read_in_order_from_any_start(size: int, start: int) -> None:
    found = source.read_leaves(served(size).__getitem__, size, start)
    assert list(found) == LEAVES[start:size]


def test_a_full_bundle_serves_where_the_partial_one_is_gone() -> None:
    asked: list[str] = []
    files = served(700)

    def fetch(path: str) -> bytes:
        asked.append(path)
        return files[path]

    assert list(source.read_leaves(fetch, 300, 250)) == LEAVES[250:300]
    assert asked == ["tile/entries/000", "tile/entries/001.p/44", "tile/entries/001"]


def test_entries_are_fetched_only_as_they_are_read() -> None:
    asked: list[str] = []
    files = served(700)

    def fetch(path: str) -> bytes:
        asked.append(path)
        return files[path]

    leaves = source.read_leaves(fetch, 700)
    assert asked == []
    assert next(leaves) == LEAVES[0]
    assert asked == ["tile/entries/000"]


def test_a_bundle_with_too_few_entries_is_refused() -> None:
    files = served(300)
    files["tile/entries/001.p/44"] = encode_entry_bundle(LEAVES[256:299])
    with pytest.raises(TileError) as caught:
        list(source.read_leaves(files.__getitem__, 300))
    assert caught.value.code == "bundle.width"


def test_a_missing_bundle_is_told() -> None:
    files = served(300)
    del files["tile/entries/000"]
    with pytest.raises(LookupError):
        list(source.read_leaves(files.__getitem__, 300))


def test_tiles_are_read_for_proofs_of_the_tree_and_of_older_trees() -> None:
    fetch = served(700).__getitem__
    for size in (600, 700):
        read = node_reader(source.tile_reader(fetch, size))
        for index in (0, 255, 256, size - 1):
            expected = inclusion_proof(HASHES[:size], index)
            # The partial tiles of size 600 are gone; those of 700 have other names and widths.
            if size == 600 and index >= 512:
                with pytest.raises(LookupError):
                    inclusion_proof_from(read, index, size)
            elif size == 700:
                assert inclusion_proof_from(read, index, size) == expected


def test_the_checkpoint_is_read_as_text() -> None:
    assert source.read_checkpoint(served(1).__getitem__) == "数\n"
    with pytest.raises(CheckpointError) as caught:
        source.read_checkpoint({"checkpoint": b"\xff"}.__getitem__)
    assert caught.value.code == "checkpoint.format"
    with pytest.raises(LookupError):
        source.read_checkpoint(dict[str, bytes]().__getitem__)
