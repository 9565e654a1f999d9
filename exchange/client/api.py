"""A client of the exchange's JSON API on the standard library."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from exchange.errors import ConflictError, ExchangeError, Kind, UnavailableError
from exchange.protocol.http import HttpReply
from ledger.act import key_name, parse_act_text
from ledger.checkpoint import open_checkpoint
from ledger.encoding import b64, unb64
from ledger.entry import parse_entry
from ledger.errors import LedgerError
from ledger.merkle import leaf_hash, verify_inclusion
from ledger.note import sign_note
from ledger.proof import parse_proof
from ledger.signing import Ed25519Signer, Ed25519Verifier, public_key_of

PREFIX = "/api/v1"
_LABEL = "k1"
_OK = range(200, 300)
_COMMITMENT = re.compile(r"[A-Za-z0-9+/]{43}=")
_KINDS: Mapping[int, Kind] = {
    400: Kind.INVALID,
    401: Kind.UNAUTHENTICATED,
    403: Kind.FORBIDDEN,
    404: Kind.NOT_FOUND,
    409: Kind.CONFLICT,
    422: Kind.INVALID,
    429: Kind.EXHAUSTED,
}


class Transport(Protocol):
    """Sends one request and returns the whole reply; `exchange.protocol.http.HttpPeer` is one."""

    def request(
        self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]
    ) -> HttpReply:
        """Send a request; raise UnavailableError if nobody answers."""
        ...


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A participant's own key: its private half, 32 bytes, never leaves the client."""

    actor: str
    seed: bytes = field(repr=False)

    def signer(self, origin: str) -> Ed25519Signer:
        """Return the signer of acts in a log."""
        return Ed25519Signer(key_name(origin, self.actor, _LABEL), self.seed)


class ApiClient:
    """One caller of one exchange; `log` is the log's key, learned elsewhere and pinned.

    Every act that comes back must stand in the log, by a proof under a checkpoint of that key.
    """

    def __init__(self, transport: Transport, log: Ed25519Verifier) -> None:
        self._transport = transport
        self._log = log
        self._cookie = ""
        self._key: OwnKey | None = None
        self.participant = ""

    def sign_up(self, username: str, password: str, name: str, roles: tuple[str, ...]) -> None:
        """Join with a key in custody; the session is open afterwards."""
        body = {"username": username, "password": password, "name": name, "roles": list(roles)}
        self.participant = str(self.post("/participants", body)["key"])

    def log_in(self, username: str, password: str) -> None:
        """Open a session by password."""
        answer = self.post("/sessions", {"username": username, "password": password})
        self.participant = str(answer["participant"])

    def join_with_own_key(self, key: OwnKey, name: str, roles: tuple[str, ...]) -> None:
        """Join with a key of one's own and open a session by it."""
        self._key, self.participant = key, key.actor
        fields = {
            "name": name,
            "roles": list(roles),
            "key": _LABEL,
            "public_key": b64(public_key_of(key.seed)),
            "custody": False,
        }
        self.act("key.register", fields)
        self.log_in_with_key(key)

    def log_in_with_key(self, key: OwnKey) -> None:
        """Open a session by signing the exchange's challenge, and nothing else.

        Raises:
            ConflictError: the challenge is not one for this participant at this log.
        """
        challenge = self.post("/sessions/challenge", {"actor": key.actor})
        text = str(challenge["text"])
        if text != f"fdx-login/v1\n{self._log.name}\n{key.actor}\n{challenge['nonce']}\n":
            raise ConflictError("login.challenge", "the challenge is not one for this participant")
        note = sign_note(text, key.signer(self._log.name))
        self.post("/sessions/key", {"actor": key.actor, "note": note})
        self._key, self.participant = key, key.actor

    def act(self, kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Do an act under one's own key: draft it, read the draft, sign it, send it.

        Raises:
            ConflictError: the draft is another act than the one asked for (`act.draft`), or was
                overtaken (`act.stale`).
        """
        assert self._key is not None, "an act is signed by a key of one's own"
        wish = {"actor": self._key.actor, "kind": kind, "body": dict(fields)}
        drafted = self.post("/acts/drafts", wish)
        text = str(drafted["text"])
        try:
            act = parse_act_text(text)
        except LedgerError as error:
            raise ConflictError("act.draft", "the exchange drafted no act") from error
        if (act.origin, act.actor, act.kind) != (self._log.name, self._key.actor, kind):
            raise ConflictError("act.draft", "the exchange drafted another act than was asked for")
        terms = _terms(act.body)
        if any(_contradicts(asked, terms.get(name, asked)) for name, asked in fields.items()):
            raise ConflictError("act.draft", "the exchange drafted other terms than were asked for")
        note = sign_note(text, self._key.signer(self._log.name))
        answer = self.post("/acts", {"draft": drafted["draft"], "note": note})
        self._check_entry(answer, note)
        return answer

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Post to a path below `/api/v1`; the proof of an act is verified before it returns.

        Raises:
            ExchangeError: the exchange refused; code and kind are its own.
            UnavailableError: an act's proof proves nothing (`act.proof`).
        """
        answer = self._send("POST", path, json.dumps(dict(body), ensure_ascii=False).encode())
        assert isinstance(answer, dict)
        if "proof" in answer:
            self._verify(answer)
        return answer

    def get(self, path: str) -> Any:
        """Get a path below `/api/v1`.

        Raises:
            ExchangeError: the exchange refused; code and kind are its own.
        """
        return self._send("GET", path, None)

    def _send(self, method: str, path: str, content: bytes | None) -> Any:
        headers = {"Cookie": self._cookie} if self._cookie else {}
        reply = self._transport.request(method, PREFIX + path, content, headers)
        cookies = [
            line.split(";", 1)[0] for line in reply.headers.get("set-cookie", "").split("\n")
        ]
        self._cookie = "; ".join(each for each in cookies if each) or self._cookie
        if reply.status in _OK:
            return reply.json() if reply.body else {}
        raise _refusal(reply)

    def _check_entry(self, answer: Mapping[str, Any], note: str) -> None:
        """Check that the proven entry holds the act that was signed, not just any act."""
        try:
            leaf = unb64(str(self.get(f"/ledger/entries/{answer['index']}")["leaf"]))
            held = (parse_entry(leaf).act_note, b64(leaf_hash(leaf)))
        except (LedgerError, KeyError, TypeError) as error:
            raise UnavailableError("act.proof", "the exchange shows no entry") from error
        if held != (note, answer["leaf_hash"]):
            raise UnavailableError("act.proof", "the entry holds another act than was signed")

    def _verify(self, answer: Mapping[str, Any]) -> None:
        try:
            proof = parse_proof(str(answer["proof"]))
            checkpoint = open_checkpoint(proof.checkpoint_note, self._log)
            leaf = unb64(str(answer["leaf_hash"]), 32)
            if proof.index != answer["index"]:
                raise UnavailableError("act.proof", "the exchange's proof is for another entry")
            verify_inclusion(leaf, proof.index, checkpoint.size, proof.hashes, checkpoint.root)
        except (LedgerError, KeyError) as error:
            raise UnavailableError("act.proof", "the exchange's proof does not verify") from error


def _terms(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of a body by name, those of objects inside it too."""
    inner = [value for value in body.values() if isinstance(value, dict)]
    return {name: value for member in (*inner, body) for name, value in member.items()}


def _contradicts(asked: Any, drafted: Any) -> bool:
    """Tell whether a draft's member says something else than the field of that name asked for.

    People's texts stand in acts by their commitments, and lists in an order of the act's own.
    """
    if isinstance(asked, str) and isinstance(drafted, str):
        return asked != drafted and not _COMMITMENT.fullmatch(drafted)
    if isinstance(asked, list) and isinstance(drafted, list):
        return sorted(map(repr, asked)) != sorted(map(repr, drafted))
    return bool(asked != drafted) and asked is not None


def _refusal(reply: HttpReply) -> ExchangeError:
    try:
        problem = reply.json()
        code, text = str(problem["code"]), str(problem.get("detail", problem.get("title", "")))
        fields = {str(name): str(value) for name, value in problem.get("errors", {}).items()}
    except (ExchangeError, KeyError, TypeError, AttributeError):
        code, text, fields = "peer.reply", f"the exchange answered {reply.status}", {}
    return ExchangeError(_KINDS.get(reply.status, Kind.UNAVAILABLE), code, text, fields)
