"""The published vectors: any implementation that passes them reads and writes our formats."""

import json
from pathlib import Path
from typing import Any

import pytest

from ledger import canonical, merkle
from ledger.act import Act, Pin, parse_act_note, parse_act_text, sign_act
from ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from ledger.encoding import b64, unb64
from ledger.entry import Entry, encode_entry, parse_entry
from ledger.errors import LedgerError
from ledger.note import open_note
from ledger.proof import format_proof, parse_proof, verify_proof
from ledger.signing import Ed25519Signer, parse_vkey

VECTORS = Path(__file__).parent.parent / "vectors"


def load(name: str) -> Any:
    return json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


ACT, ENTRY, CHECKPOINT, PROOF, CANONICAL = map(
    load, ["act", "entry", "checkpoint", "proof", "canonical"]
)
LOG = parse_vkey(CHECKPOINT["vkey"])


def optional_bytes(text: str | None) -> bytes | None:
    return None if text is None else unb64(text)


def named(cases: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=[case["name"] for case in cases])


@named(ACT["accepted"])
def test_acts(case: dict[str, Any]) -> None:
    fields = dict(case["act"])
    fields["prev"] = optional_bytes(fields["prev"])
    fields["seen"] = Pin(fields["seen"]["size"], unb64(fields["seen"]["root"]))
    act = Act(**fields)
    assert act.text() == case["text"]
    assert parse_act_text(case["text"]) == act
    signer = Ed25519Signer(case["key_name"], bytes.fromhex(case["seed"]))
    assert signer.verifier().vkey == case["vkey"]
    assert sign_act(act, signer) == case["note"]
    assert open_note(case["note"], [parse_vkey(case["vkey"])]).text == case["text"]
    assert parse_act_note(case["note"]).act == act


@named(ACT["refused"])
def test_refused_acts(case: dict[str, Any]) -> None:
    with pytest.raises(LedgerError) as caught:
        parse_act_note(case["note"])
    assert caught.value.code == case["code"]


@named(ENTRY["accepted"])
def test_entries(case: dict[str, Any]) -> None:
    previous = optional_bytes(case["previous"])
    entry = Entry(case["index"], case["received_ms"], previous, case["act_note"])
    data = case["entry"].encode()
    assert encode_entry(entry) == data
    assert parse_entry(data) == entry
    assert b64(entry.leaf_hash) == b64(merkle.leaf_hash(data)) == case["leaf_hash"]


@named(ENTRY["refused"])
def test_refused_entries(case: dict[str, Any]) -> None:
    with pytest.raises(LedgerError) as caught:
        parse_entry(unb64(case["entry"]))
    assert caught.value.code == case["code"]


@pytest.mark.parametrize("case", CHECKPOINT["accepted"])
def test_checkpoints(case: dict[str, Any]) -> None:
    hashes = [unb64(item["leaf_hash"]) for item in ENTRY["accepted"]]
    assert b64(merkle.root(hashes[: case["size"]])) == case["root"]
    checkpoint = Checkpoint(CHECKPOINT["origin"], case["size"], unb64(case["root"]))
    log = Ed25519Signer(CHECKPOINT["origin"], bytes.fromhex(CHECKPOINT["seed"]))
    assert sign_checkpoint(checkpoint, log) == case["note"]
    assert open_checkpoint(case["note"], LOG) == checkpoint


@named(CHECKPOINT["refused"])
def test_refused_checkpoints(case: dict[str, Any]) -> None:
    with pytest.raises(LedgerError) as caught:
        open_checkpoint(case["note"], LOG)
    assert caught.value.code == case["code"]


@pytest.mark.parametrize("case", PROOF["inclusion"])
def test_inclusion_proofs(case: dict[str, Any]) -> None:
    leaf = unb64(case["entry"])
    assert leaf.decode() == ENTRY["accepted"][case["index"]]["entry"]
    proof = parse_proof(case["proof"])
    assert (proof.index, format_proof(proof)) == (case["index"], case["proof"])
    assert verify_proof(proof, leaf, LOG).size == 5


@pytest.mark.parametrize("case", PROOF["consistency"])
def test_consistency_proofs(case: dict[str, Any]) -> None:
    hashes = [unb64(item["leaf_hash"]) for item in ENTRY["accepted"]]
    old, new = hashes[: case["old_size"]], hashes[: case["size"]]
    proof = [unb64(item) for item in case["proof"]]
    assert merkle.consistency_proof(new, len(old)) == proof
    merkle.verify_consistency(len(old), merkle.root(old), len(new), merkle.root(new), proof)


@named(PROOF["refused"])
def test_refused_proofs(case: dict[str, Any]) -> None:
    with pytest.raises(LedgerError) as caught:
        verify_proof(parse_proof(case["proof"]), unb64(case["entry"]), LOG)
    assert caught.value.code == case["code"]


@pytest.mark.parametrize("case", CANONICAL["accepted"])
def test_canonical_json(case: dict[str, Any]) -> None:
    assert canonical.encode(case["value"]) == case["json"].encode()
    assert canonical.decode(case["json"].encode()) == case["value"]


@pytest.mark.parametrize("case", CANONICAL["refused"])
def test_refused_canonical_json(case: dict[str, Any]) -> None:
    with pytest.raises(LedgerError) as caught:
        canonical.decode(unb64(case["bytes"]))
    assert caught.value.code == case["code"]
