"""A node in a few lines that signs with a real key: honest here, and false where a test says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from exchange.acts.sealing import Custody
from exchange.acts.sequencer import LogIdentity
from exchange.context import Acting
from exchange.errors import UnavailableError
from exchange.grants.nodes import Turns
from exchange.protocol.asking import Ask, parse_ask, parse_ticket_entry
from exchange.protocol.commitment import commit, commit_sql
from ledger import canonical
from ledger.act import Act, parse_act_note
from ledger.encoding import b64
from ledger.merkle import leaf_hash
from ledger.proof import parse_proof, verify_proof

ANSWER: dict[str, Any] = {
    "columns": [{"name": "carrier", "type": "text"}, {"name": "delay", "type": "decimal"}],
    "rows": [["UA", "12.10"], ["DL", "9.26"]],
    "capped": False,
}
SALT = b"node salt 16 by."
DATA = b64(b"d" * 32)


class Partner(Turns):
    """Answers every question with ANSWER, from a journal the second time.

    `refusal` makes it refuse with that code. `before_reply` runs once before the next reply
    leaves: what happens at the exchange while the node works.
    """

    def __init__(self, acting: Acting, log: LogIdentity) -> None:
        super().__init__(wait_s=1.0)
        self.acting = acting
        self.log = log
        self.asked: list[Ask] = []
        self.journal: dict[str, tuple[str, dict[str, Any]]] = {}
        self.refusal: str | None = None
        self.before_reply: Callable[[], object] | None = None

    def post_question(self, url: str, request: dict[str, Any]) -> dict[str, Any]:
        """Judge the ticket and sign a reply at the place that the exchange names."""
        assert url == f"http://{self.acting.participant}.example:8101"
        ask = parse_ask(request)
        self.asked.append(ask)
        if ask.question not in self.journal:
            self.journal[ask.question] = self.judge(ask)
        kind, body = self.journal[ask.question]
        if self.before_reply is not None:
            meanwhile, self.before_reply = self.before_reply, None
            meanwhile()
        return self.reply(ask, kind, body)

    def judge(self, ask: Ask) -> tuple[str, dict[str, Any]]:
        """Check what a node checks, and decide kind and body of the act."""
        verify_proof(parse_proof(ask.ticket.proof), ask.ticket.leaf, self.log.verifier)
        ticket = parse_act_note(parse_ticket_entry(ask.ticket).act_note).act.body
        assert ticket["question"] == ask.question
        assert ticket["sql"] == b64(commit_sql(ask.salt, ask.sql))
        about = {
            "question": ask.question,
            "grant": ticket["grant"],
            "ticket": b64(leaf_hash(ask.ticket.leaf)),
        }
        if self.refusal is not None:
            return "answer.refuse", {**about, "code": self.refusal}
        return "answer.receipt", {
            **about,
            "asset": ticket["asset"],
            "local": ticket["local"],
            "analysis": "delay-by-carrier",
            "rule": ticket["rule"],
            "data": DATA,
            "answer": b64(commit(SALT, canonical.encode(ANSWER))),
            "charged": 1,
        }

    def reply(self, ask: Ask, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        """Sign the act and put the reply together."""
        note = self.sign(ask, kind, body)
        if kind == "answer.refuse":
            return {"outcome": "refused", "note": note, "code": body["code"]}
        return {"outcome": "answered", "note": note, "answer": ANSWER, "salt": b64(SALT)}

    def sign(self, ask: Ask, kind: str, body: dict[str, Any]) -> str:
        """Sign an act at the head that the request names."""
        return self.signed_by(self.acting, ask, kind, body)

    def signed_by(self, acting: Acting, ask: Ask, kind: str, body: dict[str, Any]) -> str:
        """Sign an act of somebody at the head that the request names."""
        act = Act(
            origin=self.log.origin,
            actor=acting.participant,
            seq=ask.head.seq,
            kind=kind,
            prev=ask.head.prev,
            seen=ask.head.seen,
            body=body,
        )
        assert isinstance(acting.seal, Custody)
        return acting.seal.seal(act)


class DarkNode(Turns):
    """A node that never answers; `code` is what the way to it says."""

    def __init__(self, code: str = "peer.unreachable") -> None:
        super().__init__(wait_s=1.0)
        self.code = code

    def post_question(self, url: str, request: dict[str, Any]) -> dict[str, Any]:
        """Fail as the way to a node fails."""
        assert url
        assert request
        raise UnavailableError(self.code, "the server does not answer")
