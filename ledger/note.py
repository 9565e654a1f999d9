"""Signed notes: a text with signature lines (C2SP signed-note)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from ledger.encoding import b64, unb64
from ledger.errors import EncodingError, NoteError

MAX_NOTE_BYTES = 256 * 1024
"""Largest accepted note: room for sixteen post-quantum signatures."""

MAX_SIGNATURES = 64
"""Most signature lines accepted on one note."""

ED25519 = 0x01
"""Signature type byte of plain Ed25519 signatures."""

KEY_ID_LENGTH = 4
"""Bytes of a key id."""

_CONTROL = re.compile("[\x00-\x09\x0b-\x1f]")
_NAME = re.compile(r"[^\s+]+")
_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/=]+)")


class Signer(Protocol):
    """Signs note texts under one key."""

    @property
    def name(self) -> str:
        """The key name that stands on the signature line."""

    @property
    def key_id(self) -> bytes:
        """The four bytes that stand before the signature."""

    def sign(self, message: bytes) -> bytes:
        """Return the signature over a note text."""


class Verifier(Protocol):
    """Checks signatures of one known key."""

    @property
    def name(self) -> str:
        """The key name that stands on the signature line."""

    @property
    def key_id(self) -> bytes:
        """The four bytes that stand before the signature."""

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Tell whether the key signed this note text."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line, verified or not: key name, four-byte key id, signature bytes."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        """Return the line as it stands in a note, without its newline."""
        return f"— {self.name} {b64(self.key_id + self.signature)}"


@dataclass(frozen=True, slots=True)
class Note:
    """A text, its final newline included, and its signatures in order."""

    text: str
    signatures: tuple[Signature, ...]


def key_id(name: str, public_key: bytes, algorithm: int = ED25519) -> bytes:
    """Return the short id of a key: a hint for look-up, never proof of identity."""
    return sha256(name.encode() + b"\n" + bytes([algorithm]) + public_key).digest()[:KEY_ID_LENGTH]


def is_key_name(name: str) -> bool:
    """Tell whether a name may stand on a signature line: no spaces, no plus, not empty."""
    return _NAME.fullmatch(name) is not None


def sign_note(text: str, *signers: Signer) -> str:
    """Return the note: the text, a blank line and one line per signer.

    Raises:
        NoteError: `note.text`, `note.utf8`, `note.control` or `note.size` for a text that no note
            can carry, `note.name` for a key name that no line can carry, `note.unsigned` without
            signers.
    """
    if not text.endswith("\n"):
        raise NoteError("note.text", "the text of a note ends with a newline")
    message = _note_bytes(text)
    signatures = tuple(Signature(s.name, s.key_id, s.sign(message)) for s in signers)
    if not signatures:
        raise NoteError("note.unsigned", "a note needs a signature")
    if not all(is_key_name(item.name) for item in signatures):
        raise NoteError("note.name", "a key name holds no spaces and no plus sign")
    note = format_note(Note(text, signatures))
    _note_bytes(note)
    return note


def format_note(note: Note) -> str:
    """Return the note as text: the inverse of `parse_note`."""
    lines = "".join(f"{item.line()}\n" for item in note.signatures)
    return f"{note.text}\n{lines}"


def parse_note(note: str) -> Note:
    """Take a note apart without verifying anything.

    Raises:
        NoteError: `note.size`, `note.utf8`, `note.control`, `note.form`, `note.line`, or
            `note.many` for more than `MAX_SIGNATURES` lines.
    """
    _note_bytes(note)
    head, gap, tail = note.rpartition("\n\n")
    if not gap or not tail.endswith("\n"):
        raise NoteError("note.form", "a note is a text, a blank line and signature lines")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError("note.many", f"more than {MAX_SIGNATURES} signatures")
    return Note(head + "\n", tuple(_parse_line(line) for line in lines))


def open_note(note_text: str, verifiers: Iterable[Verifier]) -> Note:
    """Verify a note and return it with only its verified signatures.

    Signatures of unknown keys are ignored, as the specification demands.

    Raises:
        NoteError: what `parse_note` raises; `note.signature` when a known key's signature does not
            verify, `note.duplicate` when a known key signed twice, `note.unsigned` when no known
            key signed, `note.ambiguous` when two verifiers share name and key id.
    """
    note = parse_note(note_text)
    known = _by_name_and_id(verifiers)
    message = note.text.encode()
    verified: dict[tuple[str, bytes], Signature] = {}
    for item in note.signatures:
        key = (item.name, item.key_id)
        verifier = known.get(key)
        if verifier is None:
            continue
        if key in verified:
            raise NoteError("note.duplicate", "one key signed the note twice")
        if not verifier.verify(message, item.signature):
            raise NoteError("note.signature", "the signature of a known key is wrong")
        verified[key] = item
    if not verified:
        raise NoteError("note.unsigned", "no known key signed the note")
    return Note(note.text, tuple(verified.values()))


def _by_name_and_id(verifiers: Iterable[Verifier]) -> dict[tuple[str, bytes], Verifier]:
    known: dict[tuple[str, bytes], Verifier] = {}
    for verifier in verifiers:
        if known.setdefault((verifier.name, verifier.key_id), verifier) is not verifier:
            raise NoteError("note.ambiguous", "two known keys share a name and a key id")
    return known


def _note_bytes(text: str) -> bytes:
    try:
        data = text.encode()
    except UnicodeEncodeError as error:
        raise NoteError("note.utf8", "a note is valid UTF-8") from error
    if len(data) > MAX_NOTE_BYTES:
        raise NoteError("note.size", f"a note has at most {MAX_NOTE_BYTES} bytes")
    if _CONTROL.search(text):
        raise NoteError("note.control", "a note holds no control character but the newline")
    return data


def _parse_line(line: str) -> Signature:
    match = _LINE.fullmatch(line)
    if match is None:
        raise NoteError("note.line", "a signature line is malformed")
    try:
        data = unb64(match[2])
    except EncodingError as error:
        raise NoteError("note.line", "a signature is not standard padded base64") from error
    if len(data) <= KEY_ID_LENGTH:
        raise NoteError("note.line", "a signature line holds no signature")
    return Signature(match[1], data[:KEY_ID_LENGTH], data[KEY_ID_LENGTH:])
