"""Nodes that do not say what is true, each in its own way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from exchange.protocol.asking import Ask
from ledger.act import Act, key_name, parse_act_note, sign_act
from ledger.encoding import b64
from ledger.signing import Ed25519Signer, private_key_from_seed
from tests.grants.partner import ANSWER, Partner


class OtherAnswer(Partner):
    """Sends another answer than the one it signed for."""

    def reply(self, ask: Ask, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        return {**super().reply(ask, kind, body), "answer": {**ANSWER, "rows": []}}


class UncanonicalAnswer(Partner):
    """Sends numbers that have no canonical form."""

    def reply(self, ask: Ask, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        return {**super().reply(ask, kind, body), "answer": {"rows": [[12.1]]}}


class OtherSalt(Partner):
    """Sends a salt that does not open the commitment."""

    def reply(self, ask: Ask, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        return {**super().reply(ask, kind, body), "salt": b64(b"another salt 16b")}


class WordsOnly(Partner):
    """Sends a note that is no act."""

    def sign(self, ask: Ask, kind: str, body: dict[str, Any]) -> str:
        return super().sign(ask, kind, body).partition("\n")[0]


class Unsigned(Partner):
    """Sends an act whose signature was made over another text."""

    def sign(self, ask: Ask, kind: str, body: dict[str, Any]) -> str:
        good = super().sign(ask, kind, body)
        other = super().sign(ask, kind, {**body, "charged": 2})
        return good.rpartition("\n\n")[0] + "\n\n" + other.rpartition("\n\n")[2]


class StrangeKey(Partner):
    """Signs with a key that nobody registered."""

    def sign(self, ask: Ask, kind: str, body: dict[str, Any]) -> str:
        act = parse_act_note(super().sign(ask, kind, body)).act
        name = key_name(act.origin, act.actor, "k1")
        return sign_act(act, Ed25519Signer(name, private_key_from_seed(b"s" * 32)))


class OtherPin(Partner):
    """Claims to have seen a tree that this log never had."""

    def sign(self, ask: Ask, kind: str, body: dict[str, Any]) -> str:
        head = replace(ask.head, seen=replace(ask.head.seen, root=b"f" * 32))
        return super().sign(replace(ask, head=head), kind, body)


class OtherOrigin(Partner):
    """Signs for another log."""

    def sign(self, ask: Ask, kind: str, body: dict[str, Any]) -> str:
        good = parse_act_note(super().sign(ask, kind, body)).act
        act = Act(
            origin="other.example/ledger",
            actor=good.actor,
            seq=good.seq,
            kind=kind,
            prev=good.prev,
            seen=good.seen,
            body=body,
        )
        return self.acting.seal.seal(act)


class OtherKind(Partner):
    """Signs an act of another kind than the reply says."""

    def sign(self, ask: Ask, kind: str, body: dict[str, Any]) -> str:
        return super().sign(ask, kind.replace("receipt", "receipts"), body)


class Tampering(Partner):
    """Signs a receipt of which one member is changed, or left out if the value is None."""

    member = ""
    value: Any = None

    def sign(self, ask: Ask, kind: str, body: dict[str, Any]) -> str:
        changed = {**body, self.member: self.value}
        if self.value is None:
            del changed[self.member]
        return super().sign(ask, kind, changed)


LIARS = (
    OtherAnswer,
    UncanonicalAnswer,
    OtherSalt,
    WordsOnly,
    Unsigned,
    StrangeKey,
    OtherPin,
    OtherOrigin,
    OtherKind,
)
