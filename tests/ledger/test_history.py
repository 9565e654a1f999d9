import pytest

from ledger.history import History
from ledger.merkle import (
    CompactRange,
    consistency_proof,
    consistency_proof_from,
    inclusion_proof,
    inclusion_proof_from,
    leaf_hash,
    root,
)

LEAVES = [leaf_hash(bytes([n])) for n in range(70)]


def grown(size: int) -> History:
    history = History()
    for item in LEAVES[:size]:
        history.append(item)
    return history


def test_it_knows_the_root_of_every_past_size() -> None:
    history = grown(70)
    assert history.size == 70
    assert [history.root(n) for n in range(71)] == [root(LEAVES[:n]) for n in range(71)]


def test_it_serves_every_proof() -> None:
    history = grown(70)
    for size in (1, 2, 3, 37, 64, 70):
        for index in range(size):
            expected = inclusion_proof(LEAVES[:size], index)
            assert inclusion_proof_from(history.read, index, size) == expected
            expected = consistency_proof(LEAVES[:size], index)
            assert consistency_proof_from(history.read, index, size) == expected


@pytest.mark.parametrize("size", range(71))
def test_it_gives_the_compact_range_of_its_size(size: int) -> None:
    compact, expected = grown(size).compact(), CompactRange(LEAVES[:size])
    assert (compact.size, compact.hashes) == (size, expected.hashes)


def test_a_copy_grows_alone() -> None:
    first = grown(5)
    second = first.copy()
    second.append(LEAVES[5])
    assert (first.size, first.root(5)) == (5, root(LEAVES[:5]))
    assert (second.size, second.root(6)) == (6, root(LEAVES[:6]))
