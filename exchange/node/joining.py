"""The node's errands at the exchange: joining it, and describing what it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from exchange.clock import Clock, to_ms
from exchange.errors import ConflictError, ExchangeError, InvalidError, UnavailableError
from exchange.node.assembly import fetch_from, node_signer
from exchange.node.journal import Journal
from exchange.node.settings import KEY_LABEL, Membership, NodeSettings
from exchange.node.signing import Wish, hold_draft, sign_draft
from exchange.protocol.bodies import DESCRIBE, REGISTER
from exchange.protocol.fields import FieldError, Fields
from exchange.protocol.http import HttpPeer
from ledger.act import parse_act_note
from ledger.checkpoint import open_checkpoint
from ledger.encoding import b64
from ledger.entry import parse_entry
from ledger.errors import LedgerError
from ledger.merkle import CompactRange, leaf_hash
from ledger.note import sign_note
from ledger.proof import parse_proof, verify_proof
from ledger.signing import Ed25519Verifier, parse_vkey, public_key_of
from ledger.source import Fetch, read_checkpoint, read_leaves

DRAFTS: Final = "/api/v1/acts/drafts"
ACTS: Final = "/api/v1/acts"
CHALLENGE: Final = "/api/v1/sessions/challenge"
KEY_SESSION: Final = "/api/v1/sessions/key"
VKEY: Final = "/ledger/vkey"
_MAX_TEXT: Final = 65_536


@dataclass(frozen=True, slots=True)
class Recorded:
    """An act in the log: its index, its leaf hash, and the proof, verified."""

    index: int
    leaf_hash: bytes
    proof: str


@dataclass(frozen=True, slots=True)
class Draft:
    """An act drafted by the exchange, still to be checked and signed."""

    id: str
    text: str


class Desk:
    """One node's line to one exchange: drafts fetched, checked, signed and sent back."""

    def __init__(self, peer: HttpPeer, settings: NodeSettings, verifier: Ed25519Verifier) -> None:
        self._peer = peer
        self._fetch = fetch_from(peer)
        self._settings = settings
        self._verifier = verifier
        self._headers: dict[str, str] = {}

    def log_in(self, origin: str) -> None:
        """Open a session by signing the exchange's challenge, and nothing else.

        Raises:
            ConflictError: the challenge is not one for this node at this exchange.
            ExchangeError: the exchange refuses or is out of reach.
        """
        actor = self._settings.actor
        reply = self._peer.post(CHALLENGE, {"actor": actor})
        fields = _fields(reply.json())
        nonce, text = fields.text("nonce", 200), fields.text("text", 2_000)
        if text != f"fdx-login/v1\n{origin}\n{actor}\n{nonce}\n":
            raise ConflictError("login.challenge", "the challenge is not one for this node")
        note = sign_note(text, node_signer(self._settings, origin))
        opened = self._peer.post(KEY_SESSION, {"actor": actor, "note": note})
        cookies = [
            line.split(";", 1)[0] for line in opened.headers.get("set-cookie", "").split("\n")
        ]
        self._headers = {"Cookie": "; ".join(each for each in cookies if each)}

    def draft(self, kind: str, body: Mapping[str, Any]) -> Draft:
        """Ask for an act's exact text.

        Raises:
            ExchangeError: the exchange refuses or is out of reach.
        """
        wish = {"actor": self._settings.actor, "kind": kind, "body": dict(body)}
        fields = _fields(self._peer.post(DRAFTS, wish, self._headers).json())
        return Draft(fields.text("draft", 200), fields.text("text", _MAX_TEXT))

    def submit(self, draft: Draft, wish: Wish) -> Recorded:
        """Sign a draft that says what was wished, send it, and verify what comes back.

        Raises:
            ConflictError: the draft says something else.
            UnavailableError: the exchange's proof proves nothing.
            ExchangeError: the exchange refuses or is out of reach.
        """
        signer = node_signer(self._settings, wish.origin)
        try:
            note = sign_draft(draft.text, wish, signer)
        except LedgerError as error:
            raise ConflictError("act.draft", "the exchange drafted no act") from error
        reply = self._peer.post(ACTS, {"draft": draft.id, "note": note}, self._headers)
        fields = _fields(reply.json())
        recorded = Recorded(
            fields.integer("index", 0), fields.digest("leaf_hash"), fields.text("proof", _MAX_TEXT)
        )
        self._verify(recorded, note)
        return recorded

    def _verify(self, recorded: Recorded, note: str) -> None:
        """Check that the log holds the signed act where the exchange says that it does."""
        try:
            proof = parse_proof(recorded.proof)
            size = open_checkpoint(proof.checkpoint_note, self._verifier).size
            leaf = next(read_leaves(self._fetch, size, recorded.index), b"")
            verify_proof(proof, leaf, self._verifier)
            entry = parse_entry(leaf)
        except (LedgerError, LookupError) as error:
            raise UnavailableError("act.proof", "the exchange's proof does not verify") from error
        held = (entry.act_note, entry.leaf_hash, entry.index, proof.index)
        if held != (note, recorded.leaf_hash, recorded.index, recorded.index):
            raise UnavailableError("act.proof", "the exchange's proof is for something else")


def register_body(settings: NodeSettings, supplier: str) -> dict[str, Any]:
    """Return the body of the node's first act."""
    return {
        "name": settings.name,
        "supplier": supplier,
        "url": settings.url,
        "key": KEY_LABEL,
        "public_key": b64(public_key_of(settings.key())),
    }


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an operator of a node says about the exchange it joins.

    `vkey` is the log's key as learned elsewhere, None to take the exchange's word for it
    this once; `issuers` may grant beside the supplier.
    """

    url: str
    supplier: str
    issuers: tuple[str, ...] = ()
    vkey: str | None = None


def join(settings: NodeSettings, invitation: Invitation) -> tuple[Membership, int]:
    """Register the node at an exchange and write down which log it follows from now on.

    Returns the membership and the index of the registration, which may be an earlier one
    of the same content whose answer was lost.

    Raises:
        InvalidError: the log's key is malformed.
        ExchangeError: the exchange refuses or is out of reach; nothing was written.
    """
    peer = HttpPeer(invitation.url)
    verifier = _pinned(peer, invitation.vkey)
    # The log signs its checkpoints under its origin, so the pinned key names the origin.
    body = register_body(settings, invitation.supplier)
    wish = Wish(verifier.name, settings.actor, REGISTER, body)
    desk = Desk(peer, settings, verifier)
    try:
        index = desk.submit(desk.draft(REGISTER, body), wish).index
    except ExchangeError:
        index = _registration(fetch_from(peer), verifier, wish)
        if index < 0:
            raise
    issuers = (invitation.supplier, *invitation.issuers)
    membership = Membership(invitation.url, verifier.name, verifier, invitation.supplier, issuers)
    settings.save_membership(membership)
    return membership, index


def _registration(fetch: Fetch, verifier: Ed25519Verifier, wish: Wish) -> int:
    """Return the index of an act in the log that says what is wished, -1 if there is none."""
    tree, found = CompactRange(), -1
    try:
        checkpoint = open_checkpoint(read_checkpoint(fetch), verifier)
        for leaf in read_leaves(fetch, checkpoint.size):
            act = parse_act_note(parse_entry(leaf).act_note).act
            if (act.actor, act.kind, act.body) == (wish.actor, wish.kind, wish.body):
                found = tree.size
            tree.append(leaf_hash(leaf))
    except (LedgerError, LookupError):
        return -1
    return found if tree.root() == checkpoint.root else -1


def send_description(settings: NodeSettings, body: Mapping[str, Any], clock: Clock) -> Recorded:
    """Sign the description of an asset and have it recorded.

    The place in the node's sequence is held in its journal meanwhile, so that the serving
    process signs no answer there; it stays held if nobody knows what became of the act.

    Raises:
        SettingsError: the node has not joined.
        ConflictError: an answer is under way, or the exchange drafted something else.
        ExchangeError: the exchange refuses or is out of reach.
    """
    membership = settings.membership()
    desk = Desk(HttpPeer(membership.url), settings, membership.verifier)
    wish = Wish(membership.origin, settings.actor, DESCRIBE, body)
    desk.log_in(membership.origin)
    draft = desk.draft(DESCRIBE, body)
    journal = Journal(settings.journal)
    try:
        seq, owner = hold_draft(journal, draft.text, to_ms(clock.now()))
        try:
            return desk.submit(draft, wish)
        except UnavailableError:
            raise
        except ExchangeError:
            journal.let_go(seq, owner)
            raise
    except LedgerError as error:
        raise ConflictError("act.draft", "the exchange drafted no act") from error
    finally:
        journal.close()


def _pinned(peer: HttpPeer, vkey: str | None) -> Ed25519Verifier:
    text = peer.get(VKEY).decode("ascii", "replace").strip() if vkey is None else vkey.strip()
    try:
        return parse_vkey(text)
    except LedgerError as error:
        raise InvalidError("node.vkey", "the log's key has no form of a key") from error


def _fields(value: Any) -> Fields:
    try:
        return Fields(value)
    except FieldError as error:
        raise UnavailableError("peer.reply", "the exchange's reply has no form") from error
