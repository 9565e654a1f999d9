"""Logs made by hand, byte by byte as a log server would make them."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pytest

from ledger.act import Act, Pin, key_name, sign_act
from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.encoding import b64
from ledger.entry import Entry, encode_entry
from ledger.merkle import leaf_hash, root
from ledger.signing import Ed25519Signer

ORIGIN = "demo.fdx.example/ledger"


def seed(text: str) -> bytes:
    return sha256(text.encode()).digest()


@dataclass
class LogMaker:
    """A log server without a server: appends what it is told, honest or not."""

    origin: str = ORIGIN
    leaves: list[bytes] = field(default_factory=list)
    hashes: list[bytes] = field(default_factory=list)
    heads: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    signers: dict[str, Ed25519Signer] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    now_ms: int = 1_700_000_000_000
    pin: Pin = field(default_factory=Pin)

    def __post_init__(self) -> None:
        self.log = Ed25519Signer(self.origin, seed(f"log {self.origin}"))
        self.verifier = self.log.verifier()

    def signer(self, actor: str, key: str = "k1") -> Ed25519Signer:
        name = key_name(self.origin, actor, key)
        return self.signers.setdefault(name, Ed25519Signer(name, seed(name)))

    def act(self, actor: str, kind: str, body: dict[str, Any], **change: Any) -> Act:
        seq, prev = self.heads.get(actor, (0, None))
        fields: dict[str, Any] = {"seq": seq + 1, "prev": prev, "seen": self.pin} | change
        return Act(self.origin, actor, kind=kind, body=body, **fields)

    def append_note(self, note: str, actor: str | None = None, **change: Any) -> int:
        """Append any note; with an actor its head moves on."""
        index = len(self.leaves)
        header: dict[str, Any] = {
            "index": index,
            "received_ms": self.now_ms,
            "previous": self.hashes[-1] if self.hashes else None,
        } | change
        leaf = encode_entry(Entry(act_note=note, **header))
        self.leaves.append(leaf)
        self.hashes.append(leaf_hash(leaf))
        self.now_ms += 7
        if actor is not None:
            self.heads[actor] = (self.heads.get(actor, (0, None))[0] + 1, self.hashes[-1])
        return index

    def do(self, actor: str, kind: str = "order.place", body: dict[str, Any] | None = None) -> int:
        note = sign_act(self.act(actor, kind, body or {}), self.signer(actor))
        return self.append_note(note, actor)

    def register(self, actor: str, kind: str = "key.register") -> int:
        public_key = b64(self.signer(actor).public_key)
        return self.do(actor, kind, {"key": "k1", "public_key": public_key})

    def see(self) -> None:
        """Let the acts from now on pin the tree as it is."""
        self.pin = Pin(len(self.leaves), root(self.hashes))

    def checkpoint(self, size: int | None = None) -> str:
        size = len(self.leaves) if size is None else size
        return sign_checkpoint(Checkpoint(self.origin, size, root(self.hashes[:size])), self.log)


def grow(log: LogMaker, rng: random.Random, acts: int) -> LogMaker:
    """Add acts of a few actors, who join, act, look at checkpoints and give up keys."""
    for _ in range(acts):
        active = [actor for actor in log.heads if actor not in log.gone]
        choice = rng.random()
        if not active or choice < 0.15:
            kind = rng.choice(["key.register", "node.register"])
            log.register(f"p{len(log.heads):04d}", kind)
        elif choice < 0.18 and len(active) > 1:
            actor = rng.choice(active)
            log.do(actor, "key.revoke", {"key": "k1"})
            log.gone.append(actor)
        else:
            body = {"n": rng.randrange(99), "title": "数据"}
            log.do(rng.choice(active), rng.choice(["order.place", "asset.list"]), body)
        if rng.random() < 0.4:
            log.see()
    return log


@pytest.fixture
def new_log() -> Callable[[], LogMaker]:
    """Make an empty log."""
    return LogMaker


@pytest.fixture
def grown_log() -> Callable[[int, int], LogMaker]:
    """Make an honest log of random shape from a seed and a number of acts."""

    def make(number: int, acts: int) -> LogMaker:
        return grow(LogMaker(), random.Random(number), acts)

    return make
