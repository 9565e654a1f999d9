import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint_text, sign_checkpoint
from ledger.encoding import MAX_DECIMAL, b64
from ledger.errors import CheckpointError, NoteError
from ledger.merkle import EMPTY_ROOT
from ledger.note import sign_note
from ledger.signing import Ed25519Signer

ORIGIN = "demo.fdx.example/ledger"
HASH = bytes(range(32))
LOG = Ed25519Signer(ORIGIN, bytes(32))
WITNESS = Ed25519Signer("witness.example", bytes(31) + b"w")
HEAD = Checkpoint(ORIGIN, 20852163, HASH)
TEXT = f"{ORIGIN}\n20852163\n{b64(HASH)}\n"


def parse_code(text: str) -> str:
    with pytest.raises(CheckpointError) as caught:
        parse_checkpoint_text(text)
    return caught.value.code


def test_a_checkpoint_is_three_lines() -> None:
    assert HEAD.text() == TEXT
    assert parse_checkpoint_text(TEXT) == HEAD


@given(st.integers(0, MAX_DECIMAL), st.binary(min_size=32, max_size=32))
def test_text_and_parsing_are_inverse(size: int, root: bytes) -> None:
    checkpoint = Checkpoint(ORIGIN, size, root)
    assert parse_checkpoint_text(checkpoint.text()) == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT[:-1],
        TEXT + "\n",
        TEXT + "extension line\n",
        "\n" + TEXT,
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("\n", "\u2028"),
        TEXT.replace("2085", "02085"),
        TEXT.replace("2085", "2_085"),
        TEXT.replace("2085", "-2085"),
        TEXT.replace("20852163", "٢"),
        TEXT.replace("20852163", "9" * 25),
        TEXT.replace("20852163", ""),
        TEXT.replace("8=", "9="),
        TEXT.replace("=", ""),
        TEXT.replace(b64(HASH), b64(HASH[:-1])),
        TEXT.replace(ORIGIN, "demo+fdx"),
        TEXT.replace(ORIGIN, "demo fdx"),
        TEXT.replace(ORIGIN, ""),
    ],
)
def test_malformed_checkpoints_are_refused(text: str) -> None:
    assert parse_code(text) == "checkpoint.format"


@pytest.mark.parametrize(
    ("origin", "size", "root", "code"),
    [
        ("", 1, HASH, "checkpoint.origin"),
        ("a b", 1, HASH, "checkpoint.origin"),
        ("a\n", 1, HASH, "checkpoint.origin"),
        (ORIGIN, -1, HASH, "checkpoint.size"),
        (ORIGIN, MAX_DECIMAL + 1, HASH, "checkpoint.size"),
        (ORIGIN, 1, HASH[:-1], "checkpoint.root"),
    ],
)
def test_impossible_checkpoints_cannot_be_made(
    origin: str, size: int, root: bytes, code: str
) -> None:
    with pytest.raises(CheckpointError) as caught:
        Checkpoint(origin, size, root)
    assert caught.value.code == code


def test_a_signed_checkpoint_opens_also_when_others_have_signed_it() -> None:
    assert open_checkpoint(sign_checkpoint(HEAD, LOG), LOG.verifier()) == HEAD
    assert open_checkpoint(sign_note(TEXT, WITNESS, LOG), LOG.verifier()) == HEAD
    empty = Checkpoint(ORIGIN, 0, EMPTY_ROOT)
    assert open_checkpoint(sign_checkpoint(empty, LOG), LOG.verifier()) == empty


@pytest.mark.parametrize(
    ("note", "code"),
    [
        (sign_note(TEXT, WITNESS), "note.unsigned"),
        (sign_note(TEXT, Ed25519Signer(ORIGIN, bytes(31) + b"x")), "note.unsigned"),
        (sign_checkpoint(HEAD, LOG).replace("20852163", "20852164"), "note.signature"),
        (TEXT, "note.form"),
    ],
)
def test_a_checkpoint_that_the_log_did_not_sign_is_refused(note: str, code: str) -> None:
    with pytest.raises(NoteError) as caught:
        open_checkpoint(note, LOG.verifier())
    assert caught.value.code == code


def test_a_checkpoint_of_another_log_is_neither_signed_nor_opened() -> None:
    other = Checkpoint("other.example/ledger", 1, HASH)
    with pytest.raises(CheckpointError) as caught:
        sign_checkpoint(other, LOG)
    assert caught.value.code == "checkpoint.origin"
    with pytest.raises(CheckpointError) as caught:
        open_checkpoint(sign_note(other.text(), LOG), LOG.verifier())
    assert caught.value.code == "checkpoint.origin"


def test_extension_lines_are_refused_even_when_signed() -> None:
    with pytest.raises(CheckpointError) as caught:
        open_checkpoint(sign_note(TEXT + "extension\n", LOG), LOG.verifier())
    assert caught.value.code == "checkpoint.format"
