"""Proofs of every tree up to 70 leaves, against the recursive definitions of RFC 9162."""

from collections.abc import Callable, Iterator
from hashlib import sha256

import pytest

from ledger import merkle
from ledger.errors import ProofError

LARGEST = 70
LEAVES = [merkle.leaf_hash(bytes([n])) for n in range(LARGEST)]
JUNK = sha256(b"junk").digest()


def split(size: int) -> int:
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def tree_hash(leaves: list[bytes]) -> bytes:
    """MTH of section 2.1.1, over leaf hashes."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    k = split(len(leaves))
    return sha256(b"\x01" + tree_hash(leaves[:k]) + tree_hash(leaves[k:])).digest()


def path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of section 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return [*path(index, leaves[:k]), tree_hash(leaves[k:])]
    return [*path(index - k, leaves[k:]), tree_hash(leaves[:k])]


def subproof(old: int, leaves: list[bytes], *, whole: bool) -> list[bytes]:
    """SUBPROOF of section 2.1.4.1."""
    if old == len(leaves):
        return [] if whole else [tree_hash(leaves)]
    k = split(len(leaves))
    if old <= k:
        return [*subproof(old, leaves[:k], whole=whole), tree_hash(leaves[k:])]
    return [*subproof(old - k, leaves[k:], whole=False), tree_hash(leaves[:k])]


ROOTS = [tree_hash(LEAVES[:size]) for size in range(LARGEST + 1)]


def refused(check: Callable[..., object], *arguments: object) -> str:
    with pytest.raises(ProofError) as caught:
        check(*arguments)
    return caught.value.code


def damaged(proof: list[bytes]) -> Iterator[list[bytes]]:
    """Every shape of a proof that must not pass for the given one."""
    for place, item in enumerate(proof):
        yield [*proof[:place], bytes([item[0] ^ 1]) + item[1:], *proof[place + 1 :]]
        yield [*proof[:place], item[:-1] + bytes([item[-1] ^ 0x80]), *proof[place + 1 :]]
        yield [*proof[:place], *proof[place + 1 :]]
        yield [*proof[:place], item, *proof[place:]]
        yield [*proof[:place], item[:-1], *proof[place + 1 :]]
        yield [*proof[:place], item + b"\0", *proof[place + 1 :]]
    yield [*proof, JUNK]
    yield [JUNK, *proof]
    yield [*proof, b""]
    if len(proof) > 1:
        yield list(reversed(proof))
        yield []


def test_hashes_are_those_of_the_rfc() -> None:
    assert sha256(b"").digest() == merkle.EMPTY_ROOT
    assert merkle.leaf_hash(b"") == sha256(b"\0").digest()
    assert merkle.node_hash(JUNK, ROOTS[1]) == sha256(b"\1" + JUNK + ROOTS[1]).digest()


@pytest.mark.parametrize("size", range(LARGEST + 1))
def test_roots_equal_the_recursive_definition(size: int) -> None:
    assert merkle.root(LEAVES[:size]) == ROOTS[size]


def test_odd_leaves_are_not_doubled() -> None:
    assert merkle.root(LEAVES[:3]) != merkle.root([*LEAVES[:3], LEAVES[2]])


@pytest.mark.parametrize("size", range(1, LARGEST + 1))
def test_every_inclusion_proof_equals_the_definition_and_verifies(size: int) -> None:
    for index in range(size):
        proof = merkle.inclusion_proof(LEAVES[:size], index)
        assert proof == path(index, LEAVES[:size])
        merkle.verify_inclusion(LEAVES[index], index, size, proof, ROOTS[size])


@pytest.mark.parametrize("size", range(LARGEST + 1))
def test_every_consistency_proof_equals_the_definition_and_verifies(size: int) -> None:
    for old in range(size + 1):
        proof = merkle.consistency_proof(LEAVES[:size], old)
        assert proof == (subproof(old, LEAVES[:size], whole=True) if old else [])
        merkle.verify_consistency(old, ROOTS[old], size, ROOTS[size], proof)


SHAPES = [1, 2, 3, 4, 5, 7, 8, 9, 13, 16, 17, 31, 32, 33, 64, 70]
DAMAGED = {"proof.root", "proof.length", "proof.hash"}


@pytest.mark.parametrize("size", SHAPES)
def test_damaged_inclusion_proofs_are_refused(size: int) -> None:
    check = merkle.verify_inclusion
    for index in range(size):
        proof = path(index, LEAVES[:size])
        leaf, root = LEAVES[index], ROOTS[size]
        for changed in damaged(proof):
            assert refused(check, leaf, index, size, changed, root) in DAMAGED
        assert refused(check, JUNK, index, size, proof, root) == "proof.root"
        assert refused(check, leaf, index, size, proof, JUNK) == "proof.root"
        assert refused(check, leaf[:-1], index, size, proof, root) == "proof.hash"
        for outside in (-1, size, size * 2 + 1):
            assert refused(check, leaf, outside, size, proof, root) == "proof.range"
        assert refused(check, leaf, index, 0, proof, root) == "proof.range"
        for other in sorted({index + 1, index - 1, index * 2, index // 2, index**2} - {index}):
            assert refused(check, leaf, other, size, proof, root) in {*DAMAGED, "proof.range"}


def test_an_inclusion_proof_fits_no_tree_size_with_another_shape() -> None:
    for size in range(1, LARGEST + 1):
        for index in range(size):
            proof = path(index, LEAVES[:size])
            for other in (size * 2, size * 4, size**2 + 9):
                if other > index and len(path(index, [JUNK] * other)) != len(proof):
                    with pytest.raises(ProofError):
                        merkle.verify_inclusion(LEAVES[index], index, other, proof, ROOTS[size])


@pytest.mark.parametrize("size", SHAPES)
def test_damaged_consistency_proofs_are_refused(size: int) -> None:
    check = merkle.verify_consistency
    for old in range(1, size + 1):
        proof = subproof(old, LEAVES[:size], whole=True)
        old_root, root = ROOTS[old], ROOTS[size]
        for changed in damaged(proof):
            assert refused(check, old, old_root, size, root, changed) in DAMAGED
        assert refused(check, old, JUNK, size, root, proof) == "proof.root"
        assert refused(check, old, old_root, size, JUNK, proof) == "proof.root"
        assert refused(check, old, merkle.EMPTY_ROOT, size, root, proof) == "proof.root"
        assert refused(check, old, old_root[:-1], size, root, proof) == "proof.hash"
        assert refused(check, size + 1, old_root, size, root, proof) == "proof.range"
        assert refused(check, -1, old_root, size, root, proof) == "proof.range"
        assert refused(check, old - 1, old_root, size, root, proof) in DAMAGED
        if old != size:
            assert refused(check, old, root, size, old_root, proof) == "proof.root"


def test_growth_from_nothing_needs_the_empty_root_and_no_proof() -> None:
    check, empty = merkle.verify_consistency, merkle.EMPTY_ROOT
    check(0, empty, 9, ROOTS[9], [])
    check(0, empty, 0, empty, [])
    assert refused(check, 0, ROOTS[1], 9, ROOTS[9], []) == "proof.root"
    assert refused(check, 0, empty, 9, ROOTS[9], [JUNK]) == "proof.length"
    assert refused(check, 0, empty, 0, ROOTS[1], []) == "proof.root"
    assert refused(check, 2, ROOTS[2], 9, ROOTS[9], []) == "proof.length"


def test_proofs_of_what_the_tree_lacks_are_refused() -> None:
    for index in (-1, 3, 4):
        assert refused(merkle.inclusion_proof, LEAVES[:3], index) == "proof.range"
    for old in (-1, 4):
        assert refused(merkle.consistency_proof, LEAVES[:3], old) == "proof.range"


@pytest.mark.parametrize("size", range(LARGEST + 1))
def test_a_compact_range_restarts_from_its_parts(size: int) -> None:
    grown = merkle.CompactRange(LEAVES[:size])
    assert (grown.size, grown.root()) == (size, ROOTS[size])
    assert len(grown.hashes) == size.bit_count()
    again = merkle.CompactRange.from_parts(grown.size, grown.hashes)
    for item in LEAVES[size:]:
        again.append(item)
    assert again.root() == ROOTS[LARGEST]
    assert (grown.size, grown.root()) == (size, ROOTS[size])


def test_a_copied_compact_range_is_independent() -> None:
    first = merkle.CompactRange(LEAVES[:5])
    second = first.copy()
    second.append(LEAVES[5])
    assert (first.root(), second.root()) == (ROOTS[5], ROOTS[6])


@pytest.mark.parametrize(
    ("size", "hashes"),
    [(1, []), (0, [JUNK]), (3, [JUNK]), (-1, []), (-1, [JUNK]), (1, [JUNK[:-1]]), (1, [b""])],
)
def test_parts_that_do_not_fit_their_size_are_refused(size: int, hashes: list[bytes]) -> None:
    assert refused(merkle.CompactRange.from_parts, size, hashes) == "proof.range"


def test_a_leaf_hash_of_another_length_is_refused_and_changes_nothing() -> None:
    grown = merkle.CompactRange(LEAVES[:3])
    assert refused(grown.append, b"short") == "proof.hash"
    assert (grown.size, grown.root()) == (3, ROOTS[3])


def test_a_proof_reads_logarithmically_many_nodes() -> None:
    size, reads = 1_000_003, []

    def read(level: int, index: int) -> bytes:
        assert (index + 1) << level <= size
        reads.append((level, index))
        return JUNK

    for index in (0, 1, 499_999, size - 2, size - 1):
        reads.clear()
        assert len(merkle.inclusion_proof_from(read, index, size)) <= 20
        assert len(reads) <= 40
    reads.clear()
    assert len(merkle.consistency_proof_from(read, 700_001, size)) <= 21
    assert len(reads) <= 40
