"""Audit and append against a bare loop that only verifies each signature and hashes each leaf.

The bare loop is what nobody can do without: one Ed25519 verification (by the same library) and one
SHA-256 per entry. What audit and append cost above it is the price of reading, chaining, keys and
the tree. All in one process and one run; in CPU time.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from benchmarks.form import Row, median_cpu_ratio, report, tell
from ledger.act import Act, Pin, key_name, parse_act_note, sign_act
from ledger.audit import audit
from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.encoding import b64
from ledger.entry import Entry, encode_entry
from ledger.keyring import Keyring
from ledger.merkle import CompactRange, leaf_hash
from ledger.signing import Ed25519Signer, public_key_of
from ledger.tiles import TileBuilder

ORIGIN = "bench.fdx.example/ledger"
ACTORS = 32
ENTRIES = 4096
ROUNDS = 7
START_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
BODY_TEXT = "x" * 160  # brings an entry to some 570 bytes


@dataclass(frozen=True, slots=True)
class Log:
    """A log of signed acts with what a bare loop needs of each of them."""

    entries: tuple[Entry, ...]
    leaves: tuple[bytes, ...]
    checks: tuple[tuple[Ed25519PublicKey, bytes, bytes], ...]  # key, signature, message
    checkpoint_note: str
    log_signer: Ed25519Signer


def _seed(name: str) -> bytes:
    return hashlib.sha256(f"benchmark key {name}".encode()).digest()


def _body(turn: int, public_key: bytes) -> dict[str, object]:
    if turn == 0:
        return {"key": "k1", "public_key": b64(public_key)}
    return {"asset": f"a{turn:06d}", "price_fen": 1000 * turn, "text": BODY_TEXT}


def build_log(size: int) -> Log:
    """Return a log of `size` entries by `ACTORS` actors in turn, each registering its key first."""
    tree = CompactRange()
    entries: list[Entry] = []
    leaves: list[bytes] = []
    checks: list[tuple[Ed25519PublicKey, bytes, bytes]] = []
    last_by_actor: dict[str, bytes] = {}
    for index in range(size):
        turn, number = divmod(index, ACTORS)
        actor = f"p{number:04d}"
        signer = Ed25519Signer(key_name(ORIGIN, actor, "k1"), _seed(actor))
        public_key = public_key_of(_seed(actor))
        kind = "key.register" if turn == 0 else "asset.offer"
        seen = Pin(tree.size, tree.root())
        prev = last_by_actor.get(actor)
        act = Act(ORIGIN, actor, turn + 1, kind, prev, seen, _body(turn, public_key))
        note = sign_act(act, signer)
        entry = Entry(index, START_MS + index, leaf_hash(leaves[-1]) if leaves else None, note)
        leaf = encode_entry(entry)
        signature = parse_act_note(note).note.signatures[0].signature
        checks.append(
            (Ed25519PublicKey.from_public_bytes(public_key), signature, act.text().encode())
        )
        entries.append(entry)
        leaves.append(leaf)
        last_by_actor[actor] = leaf_hash(leaf)
        tree.append(leaf_hash(leaf))
    log_signer = Ed25519Signer(ORIGIN, _seed("log"))
    checkpoint_note = sign_checkpoint(Checkpoint(ORIGIN, size, tree.root()), log_signer)
    return Log(tuple(entries), tuple(leaves), tuple(checks), checkpoint_note, log_signer)


def verify_bare(log: Log) -> None:
    """Verify every signature and hash every leaf, with nothing around it."""
    for (public_key, signature, message), leaf in zip(log.checks, log.leaves, strict=True):
        public_key.verify(signature, message)
        hashlib.sha256(leaf).digest()


def audit_whole(log: Log) -> None:
    """Audit the log from its first entry to its checkpoint."""
    found = audit(
        log.leaves,
        origin=ORIGIN,
        log_verifier=log.log_signer.verifier(),
        checkpoint_note=log.checkpoint_note,
    )
    assert found.ok, "an honest log has no fault"


def append_all(log: Log) -> None:
    """Append every act to an empty log in memory: parse, check its key, chain, hash, tile."""
    keyring, tree, tiles = Keyring(ORIGIN), CompactRange(), TileBuilder()
    previous: bytes | None = None
    for entry in log.entries:
        keyring.fold(entry.index, parse_act_note(entry.act_note))
        previous = leaf_hash(
            encode_entry(Entry(entry.index, entry.received_ms, previous, entry.act_note))
        )
        tree.append(previous)
        tiles.append(previous)
    checkpoint = Checkpoint(ORIGIN, tree.size, tree.root())
    assert sign_checkpoint(checkpoint, log.log_signer) == log.checkpoint_note, "the same log"


def main() -> None:
    """Build a log, measure, report."""
    tell(f"building a log of {ENTRIES} signed acts by {ACTORS} actors")
    log = build_log(ENTRIES)
    tell(f"auditing it in turns with the bare loop, {ROUNDS} rounds")
    audited = median_cpu_ratio(lambda: audit_whole(log), lambda: verify_bare(log), ROUNDS)
    tell(f"appending it in turns with the bare loop, {ROUNDS} rounds")
    appended = median_cpu_ratio(lambda: append_all(log), lambda: verify_bare(log), ROUNDS)
    bytes_per_entry = sum(map(len, log.leaves)) / len(log.leaves)
    median = f"median CPU of {ROUNDS} rounds, {ENTRIES} entries"
    us_each = 1000 / ENTRIES
    rows = (
        Row("audit_vs_bare_verify", audited.value, 1.20, "<=", "x", median),
        Row("append_vs_bare_verify", appended.value, None, "<=", "x", median + ", in memory"),
        Row("bare_verify_per_entry", audited.base_cpu_ms * us_each, None, "<=", "us", median),
        Row("audit_per_entry", audited.work_cpu_ms * us_each, None, "<=", "us", median),
        Row("append_per_entry", appended.work_cpu_ms * us_each, None, "<=", "us", median),
        Row("entry_size", bytes_per_entry, None, "<=", "B", "mean over the log"),
    )
    report("ledger", rows)


if __name__ == "__main__":
    main()
