"""Signed notes, also against the examples of the specification and hostile texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.encoding import b64
from ledger.errors import NoteError
from ledger.note import (
    MAX_NOTE_BYTES,
    MAX_SIGNATURES,
    Note,
    Signature,
    format_note,
    key_id,
    open_note,
    parse_note,
    sign_note,
)
from ledger.signing import Ed25519Signer, Ed25519Verifier, parse_vkey

ALICE = Ed25519Signer("alice.example/a", bytes(31) + b"a")
BOB = Ed25519Signer("bob.example/b", bytes(31) + b"b")
KNOWN = [ALICE.verifier(), BOB.verifier()]
TEXT = "If you think cryptography is the answer\nto your problem\n\nthink again.\n"
SIGNED = sign_note(TEXT, ALICE)
LINE = SIGNED.removeprefix(TEXT + "\n")

# A public key and note of the Go checksum database's documentation (golang.org/x/mod/sumdb/note).
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def parse_code(text: str) -> str:
    with pytest.raises(NoteError) as caught:
        parse_note(text)
    return caught.value.code


def open_code(text: str, verifiers: list[Ed25519Verifier] | None = None) -> str:
    with pytest.raises(NoteError) as caught:
        open_note(text, KNOWN if verifiers is None else verifiers)
    return caught.value.code


def sign_code(text: str, *signers: Ed25519Signer) -> str:
    with pytest.raises(NoteError) as caught:
        sign_note(text, *signers)
    return caught.value.code


class Misnamed:
    """A signer that breaks the naming rule which ours keep."""

    name = "a b"
    key_id = b"abcd"

    def sign(self, message: bytes) -> bytes:
        return message[:1]


def test_a_note_of_the_go_implementation_opens() -> None:
    note = open_note(GO_NOTE, [parse_vkey(GO_VKEY)])
    assert note.text == GO_NOTE.partition("\n\n")[0] + "\n"
    assert format_note(note) == GO_NOTE


def test_a_signed_note_opens_with_its_verified_signatures() -> None:
    both = sign_note(TEXT, ALICE, BOB)
    assert [s.name for s in open_note(both, KNOWN).signatures] == [ALICE.name, BOB.name]
    assert open_note(both, KNOWN[1:]) == Note(
        TEXT, (Signature(BOB.name, BOB.key_id, BOB.sign(TEXT.encode())),)
    )


def test_a_key_id_is_the_hash_of_name_type_and_key() -> None:
    assert key_id("PeterNeumann", parse_vkey(GO_VKEY).public_key).hex() == "c74f20a3"
    assert key_id(ALICE.name, ALICE.public_key, 0x04) != ALICE.key_id


TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="".join(map(chr, range(0x20)))),
    max_size=30,
)
NAMES = st.text(st.characters(categories=["L", "N", "P", "S"], exclude_characters="+"), min_size=1)
SIGNATURES = st.builds(
    Signature, NAMES, st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=70)
)


@given(st.lists(TEXTS, min_size=1, max_size=5), st.lists(SIGNATURES, min_size=1, max_size=4))
def test_formatting_and_parsing_are_inverse(lines: list[str], signatures: list[Signature]) -> None:
    note = Note("\n".join(lines) + "\n", tuple(signatures))
    assert parse_note(format_note(note)) == note


@given(st.text(max_size=60) | st.text(alphabet="—\n aQ=+", max_size=60))
def test_any_text_is_refused_or_is_its_own_format(text: str) -> None:
    try:
        note = parse_note(text)
    except NoteError:
        return
    assert format_note(note) == text


def test_unicode_line_separators_do_not_end_a_line() -> None:
    text = "one\u2028two\u2029three\u0085four\n"
    assert parse_note(sign_note(text, ALICE)).text == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "note.form"),
        (TEXT, "note.line"),
        ("one\ntwo\n", "note.form"),
        (SIGNED[:-1], "note.form"),
        (SIGNED + "\n", "note.form"),
        (SIGNED + "\nmore\n", "note.line"),
        (SIGNED.replace("\n", "\r\n"), "note.control"),
        (SIGNED.replace("think", "thi\tnk"), "note.control"),
        (SIGNED.replace("think", "thi\0nk"), "note.control"),
        (SIGNED.replace("think", "thi\ud800nk"), "note.utf8"),
        (SIGNED.replace("— ", "- "), "note.line"),
        (SIGNED.replace("— ", "—  "), "note.line"),
        (SIGNED.replace("— ", "—\u00a0"), "note.line"),
        (SIGNED.replace("— ", " — "), "note.line"),
        (SIGNED.replace(ALICE.name, "a+b"), "note.line"),
        (SIGNED.replace(ALICE.name, "a\u2028b"), "note.line"),
        (SIGNED.replace(ALICE.name, ""), "note.line"),
        (SIGNED.replace("\n—", "\n\n—").replace(LINE, " " + LINE), "note.line"),
        (f"{TEXT}\n— a QR==\n", "note.line"),
        (f"{TEXT}\n— a {b64(b'abcd')}\n", "note.line"),
        (f"{TEXT}\n— a {b64(b'abcde')} \n", "note.line"),
        (f"{TEXT}\n— a {b64(b'abcde').rstrip('=')}\n", "note.line"),
        (f"{TEXT}\n" + LINE * (MAX_SIGNATURES + 1), "note.many"),
        ("x" * MAX_NOTE_BYTES + "\n\n" + LINE, "note.size"),
        ("数" * (MAX_NOTE_BYTES // 3) + "\n\n" + LINE, "note.size"),
    ],
)
def test_malformed_notes_are_refused(text: str, code: str) -> None:
    assert parse_code(text) == code


def test_as_many_signatures_as_the_limit_pass() -> None:
    assert len(parse_note(f"{TEXT}\n" + LINE * MAX_SIGNATURES).signatures) == MAX_SIGNATURES


def test_unknown_signatures_are_ignored_even_if_name_or_id_is_known() -> None:
    same_name = Signature(ALICE.name, b"\0\0\0\0", bytes(64)).line()
    same_id = Signature("mallory.example", ALICE.key_id, bytes(64)).line()
    note = open_note(f"{TEXT}\n{same_name}\n{same_id}\n{LINE}", KNOWN)
    assert note == parse_note(SIGNED)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (SIGNED.replace("answer", "Answer"), "note.signature"),
        (SIGNED + Signature(BOB.name, BOB.key_id, bytes(64)).line() + "\n", "note.signature"),
        (SIGNED + LINE, "note.duplicate"),
        (sign_note(TEXT, Ed25519Signer("carol.example/c", bytes(32))), "note.unsigned"),
        (f"{TEXT}\n{Signature(ALICE.name, ALICE.key_id, b'short').line()}\n", "note.signature"),
        (f"{TEXT}\n— x QR==\n", "note.line"),
    ],
)
def test_notes_not_signed_as_claimed_are_refused(text: str, code: str) -> None:
    assert open_code(text) == code


def test_a_note_opens_for_nobody_without_a_known_key() -> None:
    assert open_code(SIGNED, []) == "note.unsigned"


def test_two_verifiers_for_one_signature_line_are_refused() -> None:
    assert open_code(SIGNED, [ALICE.verifier(), ALICE.verifier()]) == "note.ambiguous"


def test_what_no_note_can_carry_is_not_signed() -> None:
    assert sign_code("no newline", ALICE) == "note.text"
    assert sign_code("", ALICE) == "note.text"
    assert sign_code("tab\t\n", ALICE) == "note.control"
    assert sign_code("\ud800\n", ALICE) == "note.utf8"
    assert sign_code("x" * MAX_NOTE_BYTES + "\n", ALICE) == "note.size"
    assert sign_code("x" * (MAX_NOTE_BYTES - 10) + "\n", ALICE) == "note.size"
    assert sign_code(TEXT) == "note.unsigned"
    with pytest.raises(NoteError) as caught:
        sign_note(TEXT, Misnamed())
    assert caught.value.code == "note.name"
