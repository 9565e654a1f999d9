"""Acts: what a participant does, as a note that it signs itself.

The text has six lines: format, origin of the log, `<actor> <seq> <kind>`, `prev`, `seen` and one line
of canonical JSON. `prev` chains an actor's own acts; `seen` pins a tree that the signer has seen, so
that every participant also watches the log.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from ledger import canonical
from ledger.encoding import MAX_DECIMAL, b64, decimal, unb64
from ledger.errors import ActError, EncodingError
from ledger.merkle import EMPTY_ROOT, HASH_LENGTH
from ledger.note import Note, Signer, parse_note, sign_note

FORMAT = "fdx-act/v1"
"""First line of every act; it keeps an act from being read as anything else."""

MAX_ACT_BYTES = 32 * 1024
"""Largest whole note of an act, so that an entry always fits a tile bundle."""

_ORIGIN = re.compile(r"[a-z0-9.-]+(/[a-z0-9.-]+)*")
_ACTOR = re.compile(r"[a-z][a-z0-9-]{0,63}")
_KIND = re.compile(r"[a-z]+(\.[a-z_]+)+")
_TEXT = re.compile(
    re.escape(FORMAT)
    + r"\n([^\n ]+)\n([^\n ]+) ([^\n ]+) ([^\n ]+)"
    + r"\nprev ([^\n ]+)\nseen ([^\n ]+) ([^\n ]+)\n([^\n]+)\n"
)


@dataclass(frozen=True, slots=True)
class Pin:
    """A tree that a signer has seen: its size and root.

    Before the first checkpoint that is the empty tree, which is also the default.

    Raises:
        ActError: `act.seen`.
    """

    size: int = 0
    root: bytes = EMPTY_ROOT

    def __post_init__(self) -> None:
        if not 0 <= self.size <= MAX_DECIMAL or len(self.root) != HASH_LENGTH:
            raise ActError("act.seen", "a pin is a tree size and a root of 32 bytes")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise ActError("act.seen", "the empty tree has another root")


@dataclass(frozen=True, slots=True)
class Act:
    """One act before it is signed.

    Attributes:
        origin: The log that the act is meant for.
        actor: The participant that acts and signs.
        seq: The actor's own count of its acts, from 1.
        kind: What is done, such as `order.place`.
        prev: Leaf hash of the actor's act `seq - 1`; None exactly for the first.
        seen: The tree that the signer has seen.
        body: Everything that was decided; JSON of the canonical profile. Don't change it.

    Raises:
        ActError: `act.origin`, `act.actor`, `act.seq`, `act.kind`, `act.prev` or `act.body`.
    """

    origin: str
    actor: str
    seq: int
    kind: str
    prev: bytes | None
    seen: Pin = field(default_factory=Pin)
    body: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_origin(self.origin)
        check_actor(self.actor)
        if not 1 <= self.seq <= MAX_DECIMAL:
            raise ActError("act.seq", "an actor counts its acts from 1")
        if not _KIND.fullmatch(self.kind):
            raise ActError("act.kind", "the kind of an act is dotted lower-case words")
        if (self.prev is None) != (self.seq == 1):
            raise ActError("act.prev", "exactly the first act has no act before it")
        if self.prev is not None and len(self.prev) != HASH_LENGTH:
            raise ActError("act.prev", "a leaf hash has 32 bytes")
        if type(self.body) is not dict:
            raise ActError("act.body", "the body of an act is a JSON object")

    def text(self) -> str:
        """Return the note text that is to be signed.

        Raises:
            CanonicalError: when the body has no canonical encoding.
        """
        prev = "-" if self.prev is None else b64(self.prev)
        return (
            f"{FORMAT}\n{self.origin}\n{self.actor} {self.seq} {self.kind}\nprev {prev}\n"
            f"seen {self.seen.size} {b64(self.seen.root)}\n{canonical.encode(self.body).decode()}\n"
        )


@dataclass(frozen=True, slots=True)
class SignedAct:
    """An act as received: the act, its note with unverified signatures, and the note verbatim."""

    act: Act
    note: Note
    raw: str


def check_origin(origin: str) -> None:
    """Refuse what can't be the origin of a log.

    A number alone is refused because a checkpoint has its size where an act has its origin.

    Raises:
        ActError: `act.origin`.
    """
    if not _ORIGIN.fullmatch(origin) or origin.isdecimal():
        raise ActError("act.origin", "an origin is a lower-case URL without scheme")


def check_actor(actor: str) -> None:
    """Refuse what can't be an actor's name.

    Raises:
        ActError: `act.actor`.
    """
    if not _ACTOR.fullmatch(actor):
        raise ActError("act.actor", "an actor is up to 64 lower-case letters, digits and hyphens")


def key_name(origin: str, actor: str, key: str) -> str:
    """Return the note key name of an actor's key, such as `p0042.demo.fdx.example/k3`."""
    return f"{_key_prefix(origin, actor)}{key}"


def parse_act_text(text: str) -> Act:
    """Read an act from the text that was signed; the inverse of `Act.text`.

    Raises:
        ActError: `act.format`, or what `Act` raises.
        CanonicalError: when the body is not canonical JSON.
    """
    match = _TEXT.fullmatch(text)
    if match is None:
        raise ActError("act.format", "an act has six lines of fixed form")
    origin, actor, seq, kind, prev, size, root, body = match.groups()
    try:
        return Act(
            origin=origin,
            actor=actor,
            seq=decimal(seq),
            kind=kind,
            prev=None if prev == "-" else unb64(prev, HASH_LENGTH),
            seen=Pin(decimal(size), unb64(root, HASH_LENGTH)),
            body=canonical.decode(body.encode()),
        )
    except EncodingError as error:
        raise ActError("act.format", f"an act holds a malformed value: {error}") from error


def sign_act(act: Act, signer: Signer) -> str:
    """Return the whole note of an act.

    Raises:
        ActError: `act.signer` when the key name is not one of the actor's, `act.size`.
        CanonicalError: when the body has no canonical encoding.
    """
    if not signer.name.startswith(_key_prefix(act.origin, act.actor)):
        raise ActError("act.signer", "the key name does not belong to the actor")
    note = sign_note(act.text(), signer)
    _check_size(note)
    return note


def parse_act_note(note: str) -> SignedAct:
    """Read an act from its whole note without verifying a signature.

    Raises:
        ActError: `act.size`, or what `parse_act_text` raises.
        NoteError: when the note is malformed.
        CanonicalError: when the body is not canonical JSON.
    """
    parsed = parse_note(note)
    _check_size(note)
    return SignedAct(parse_act_text(parsed.text), parsed, note)


def _key_prefix(origin: str, actor: str) -> str:
    host, _, _ = origin.partition("/")
    return f"{actor}.{host}/"


def _check_size(note: str) -> None:
    if len(note.encode()) > MAX_ACT_BYTES:
        raise ActError("act.size", f"the note of an act has at most {MAX_ACT_BYTES} bytes")
