"""How an act gets its signature: by a key in custody, or by a note that its actor signed itself."""

from dataclasses import dataclass
from typing import Protocol

from exchange.acts.participants import ParticipantKey
from exchange.errors import ConflictError, InvalidError
from exchange.storage.store import Reader
from ledger.act import Act, SignedAct, key_name, parse_act_note, sign_act
from ledger.encoding import unb64
from ledger.errors import LedgerError
from ledger.note import Note, open_note
from ledger.signing import Ed25519Signer, Ed25519Verifier, private_key_from_seed

#: Acts by which an actor makes itself and its first key known (proof of possession).
FIRST_ACTS = ("key.register", "node.register")


class Seal(Protocol):
    """Turns a decided act into a signed note."""

    def seal(self, act: Act) -> str:
        """Return the note of this act.

        Raises:
            ConflictError: the actor's signature is for another act than this one.
        """
        ...


@dataclass(frozen=True, slots=True)
class Custody:
    """Signs with a private key that the caller unwrapped for this act alone.

    `label` names the key among its participant's; `seed` is the private half, 32 bytes.
    """

    label: str
    seed: bytes

    def seal(self, act: Act) -> str:
        """Sign the act as it stands."""
        name = key_name(act.origin, act.actor, self.label)
        return sign_act(act, Ed25519Signer(name, private_key_from_seed(self.seed)))

    def __repr__(self) -> str:
        """Name the key and keep the secret."""
        return f"Custody(label={self.label!r})"


@dataclass(frozen=True, slots=True)
class Presigned:
    """Holds a note that the actor signed over a draft, or a node over its answer."""

    note: str

    def seal(self, act: Act) -> str:
        """Return the note if it says exactly what was decided, on today's head.

        The pin `seen` is the signer's own and may be older than the exchange's.
        """
        try:
            signed = parse_act_note(self.note).act
        except LedgerError as error:
            raise InvalidError("act.note", "the note is not a well-formed signed act") from error
        same = (signed.origin, signed.actor, signed.kind, signed.body)
        if same != (act.origin, act.actor, act.kind, act.body):
            raise ConflictError("act.stale", "the signed act is not what would be decided now")
        if (signed.seq, signed.prev) != (act.seq, act.prev):
            raise ConflictError("act.stale", "another act of the same actor came first")
        return self.note


def verify_signature(reader: Reader, note: str) -> SignedAct:
    """Check that a note carries exactly one signature, by a key of its actor that is valid now.

    A first act is checked against the key that it brings.

    Raises:
        InvalidError: anything about the note or the key is wrong (`act.note`, `act.signature`).
    """
    try:
        signed = parse_act_note(note)
        name, public_key = _claimed_key(reader, signed)
        if len(signed.note.signatures) != 1:
            raise InvalidError("act.signature", "an act carries one signature")
        opened: Note = open_note(note, [Ed25519Verifier(name, public_key)])
        assert opened.text == signed.note.text
    except LedgerError as error:
        raise InvalidError("act.signature", "the signature does not verify") from error
    return signed


def _claimed_key(reader: Reader, signed: SignedAct) -> tuple[str, bytes]:
    act = signed.act
    if act.kind in FIRST_ACTS and act.seq == 1:
        label, public_key = act.body.get("key"), act.body.get("public_key")
        if not isinstance(label, str) or not isinstance(public_key, str):
            raise InvalidError("act.body", "a first act brings its key")
        return key_name(act.origin, act.actor, label), unb64(public_key, 32)
    for key in reader.find(ParticipantKey, participant=act.actor):
        name = key_name(act.origin, act.actor, key.label)
        if key.revoked is None and signed.note.signatures[0].name == name:
            return name, key.public_key
    raise InvalidError("act.signature", "no valid key of this actor made the signature")
