"""Simulated domain nodes: they sign real receipts over answers that no data stand behind."""

import hashlib
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from exchange.ids import Ids
from exchange.protocol.asking import Answered, parse_ask
from ledger.act import Act, key_name, parse_act_note, sign_act
from ledger.canonical import encode
from ledger.encoding import b64
from ledger.entry import parse_entry
from ledger.merkle import leaf_hash
from ledger.signing import Ed25519Signer, private_key_from_seed


@dataclass(frozen=True, slots=True)
class SimulatedNode:
    """One simulated node: its participant id and its key."""

    actor: str
    seed: bytes


class SimulatedNodes:
    """All nodes of a simulation behind the exchange's `Nodes` interface, by their URL."""

    def __init__(self, origin: str, ids: Ids) -> None:
        self._origin = origin
        self._ids = ids
        self._nodes: dict[str, SimulatedNode] = {}

    def add(self, url: str, node: SimulatedNode) -> None:
        """Let a node answer at a URL."""
        self._nodes[url] = node

    def turn(self, node: str) -> AbstractContextManager[None]:  # noqa: ARG002
        """Wait for nobody: a simulation asks one question at a time."""
        return nullcontext()

    def post_question(self, url: str, request: dict[str, Any]) -> dict[str, Any]:
        """Answer with a made-up count, under a receipt as a real node would sign it."""
        node = self._nodes[url]
        ask = parse_ask(request)
        ticket = parse_act_note(parse_entry(ask.ticket.leaf).act_note).act
        salt = self._ids.token(16)
        count = int.from_bytes(self._ids.token(2), "big")
        answer = {
            "columns": [{"name": "n", "type": "integer"}],
            "rows": [[count]],
            "capped": False,
        }
        body = {
            "question": ask.question,
            "grant": ticket.body["grant"],
            "asset": ticket.body["asset"],
            "local": ticket.body["local"],
            "analysis": "count",
            "ticket": b64(leaf_hash(ask.ticket.leaf)),
            "rule": ticket.body["rule"],
            "data": b64(hashlib.sha256(node.actor.encode()).digest()),
            "answer": b64(hashlib.sha256(salt + encode(answer)).digest()),
            "charged": 1,
        }
        head = ask.head
        act = Act(self._origin, node.actor, head.seq, "answer.receipt", head.prev, head.seen, body)
        name = key_name(self._origin, node.actor, "k1")
        note = sign_act(act, Ed25519Signer(name, private_key_from_seed(node.seed)))
        return Answered(note, answer, salt).to_body()
