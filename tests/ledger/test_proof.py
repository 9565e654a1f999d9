from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ledger.encoding import b64
from ledger.errors import LedgerError, NoteError, ProofError
from ledger.merkle import inclusion_proof
from ledger.proof import MAX_HASHES, InclusionProof, format_proof, parse_proof, verify_proof


def receipt(log: Any, index: int) -> InclusionProof:
    return InclusionProof(index, tuple(inclusion_proof(log.hashes, index)), log.checkpoint())


@pytest.fixture
def log(grown_log: Callable[[int, int], Any]) -> Any:
    return grown_log(1, 21)


def test_every_receipt_verifies_and_round_trips(grown_log: Callable[[int, int], Any]) -> None:
    for size in range(1, 20):
        log = grown_log(size, size)
        for index, leaf in enumerate(log.leaves):
            proof = receipt(log, index)
            assert parse_proof(format_proof(proof)) == proof
            checkpoint = verify_proof(proof, leaf, log.verifier)
            assert (checkpoint.origin, checkpoint.size) == (log.origin, size)


def test_the_text_of_a_receipt_is_a_tlog_proof(log: Any) -> None:
    proof = receipt(log, 20)
    assert format_proof(proof) == (
        "c2sp.org/tlog-proof@v1\nindex 20\n"
        + "".join(f"{b64(item)}\n" for item in proof.hashes)
        + f"\n{log.checkpoint()}"
    )


def test_a_receipt_for_something_else_is_refused(log: Any, new_log: Callable[[], Any]) -> None:
    proof = receipt(log, 7)
    stranger = new_log()
    stranger.origin = "other.example/ledger"
    stranger.__post_init__()
    for wrong, leaf, verifier, code in [
        (proof, log.leaves[6], log.verifier, "proof.root"),
        (proof, log.leaves[7] + b"\n", log.verifier, "proof.root"),
        (replace(proof, index=6), log.leaves[7], log.verifier, "proof.root"),
        (replace(proof, index=21), log.leaves[7], log.verifier, "proof.range"),
        (replace(proof, hashes=proof.hashes[:-1]), log.leaves[7], log.verifier, "proof.length"),
        (
            replace(proof, hashes=(*proof.hashes, bytes(32))),
            log.leaves[7],
            log.verifier,
            "proof.length",
        ),
        (
            replace(proof, checkpoint_note=log.checkpoint(20)),
            log.leaves[7],
            log.verifier,
            "proof.root",
        ),
        (proof, log.leaves[7], stranger.verifier, "note.unsigned"),
    ]:
        with pytest.raises(LedgerError) as caught:
            verify_proof(wrong, leaf, verifier)
        assert caught.value.code == code


def test_every_changed_character_of_a_receipt_is_refused(log: Any) -> None:
    text = format_proof(receipt(log, 7))
    for place, character in enumerate(text):
        changed = text[:place] + chr(ord(character) ^ 1) + text[place + 1 :]
        with pytest.raises(LedgerError):
            verify_proof(parse_proof(changed), log.leaves[7], log.verifier)


def test_malformed_receipts_are_refused(log: Any) -> None:
    text = format_proof(receipt(log, 7))
    head, _, checkpoint = text.partition("\n\n")
    first, _, rest = head.partition("\n")
    index, _, hashes = rest.partition("\n")
    for wrong in [
        "",
        "\n\n",
        head,
        first,
        text.replace("@v1", "@v2"),
        text.replace("index 7", "index 07"),
        text.replace("index 7", "index -7"),
        text.replace("index 7", "index  7"),
        text.replace("index 7", "index 7 "),
        text.replace("index 7", "Index 7"),
        text.replace("index 7", "index ٧"),
        f"{first}\nextra YQ==\n{rest}\n\n{checkpoint}",
        f"{first}\n{index}\nextra YQ==\n{hashes}\n\n{checkpoint}",
        f"{first}\n\n{rest}\n\n{checkpoint}",
        f"{first}\n{index}\n{hashes.replace('=', '', 1)}\n\n{checkpoint}",
        f"{first}\n{index}\n{b64(bytes(31))}\n{hashes}\n\n{checkpoint}",
        f"{first}\n{index}\n{hashes} \n\n{checkpoint}",
        f"{first}\n{index}\n" + f"{b64(bytes(32))}\n" * (MAX_HASHES + 1) + f"\n{checkpoint}",
        head.replace("\n", "\r\n") + f"\n\n{checkpoint}",
        " " + text,
    ]:
        with pytest.raises(ProofError) as caught:
            parse_proof(wrong)
        assert caught.value.code == "proof.format"
    for wrong in [f"{head}\n\n\n{checkpoint}", text + "\n", f"{head}\n\n", text + "more\n"]:
        with pytest.raises(NoteError):
            verify_proof(parse_proof(wrong), log.leaves[7], log.verifier)


def test_the_longest_proof_parses(log: Any) -> None:
    proof = InclusionProof(1, (bytes(32),) * MAX_HASHES, log.checkpoint())
    assert parse_proof(format_proof(proof)) == proof
