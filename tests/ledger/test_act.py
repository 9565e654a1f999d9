import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.act import (
    MAX_ACT_BYTES,
    Act,
    Pin,
    key_name,
    parse_act_note,
    parse_act_text,
    sign_act,
)
from ledger.canonical import MAX_INTEGER
from ledger.encoding import MAX_DECIMAL, b64
from ledger.errors import ActError, CanonicalError, LedgerError, NoteError
from ledger.merkle import EMPTY_ROOT
from ledger.note import sign_note
from ledger.signing import Ed25519Signer

ORIGIN = "demo.fdx.example/ledger"
HASH = bytes(range(32))
ACT = Act(
    ORIGIN, "p0042", 17, "order.place", HASH, Pin(9, HASH), {"a": "数\u2028据", "n": [1, None]}
)
SIGNER = Ed25519Signer("p0042.demo.fdx.example/k3", bytes(32))
TEXT = (
    "fdx-act/v1\n"
    "demo.fdx.example/ledger\n"
    "p0042 17 order.place\n"
    "prev AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    "seen 9 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    '{"a":"数\u2028据","n":[1,null]}\n'
)
HASHES = st.binary(min_size=32, max_size=32)
BODIES = st.dictionaries(
    st.text(string.ascii_letters, max_size=5),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.lists(st.none() | st.booleans(), max_size=3),
    max_size=5,
)
ACTS = st.builds(
    lambda seq, prev, **rest: Act(seq=seq, prev=None if seq == 1 else prev, **rest),
    origin=st.from_regex(r"[a-z0-9.-]{1,5}\.example(/[a-z0-9.-]{1,5}){0,2}", fullmatch=True),
    actor=st.from_regex(r"[a-z][a-z0-9-]{0,63}", fullmatch=True),
    seq=st.integers(1, MAX_DECIMAL) | st.just(1),
    kind=st.from_regex(r"[a-z]{1,9}(\.[a-z_]{1,9}){1,2}", fullmatch=True),
    prev=HASHES,
    seen=st.just(Pin()) | st.builds(Pin, st.integers(1, MAX_DECIMAL), HASHES),
    body=BODIES,
)


def changed(**values: Any) -> Act:
    fields = {name: getattr(ACT, name) for name in Act.__slots__} | values
    return Act(**fields)


def test_the_text_of_an_act_is_six_fixed_lines() -> None:
    assert ACT.text() == TEXT
    assert parse_act_text(TEXT) == ACT


def test_a_first_act_has_no_act_before_it_and_may_have_seen_nothing() -> None:
    first = Act(ORIGIN, "p1", 1, "key.register", None)
    empty_root = b64(EMPTY_ROOT)
    assert first.text() == (
        f"fdx-act/v1\n{ORIGIN}\np1 1 key.register\nprev -\nseen 0 {empty_root}\n{{}}\n"
    )
    assert parse_act_text(first.text()) == first


@given(ACTS)
def test_text_and_parsing_are_inverse(act: Act) -> None:
    text = act.text()
    assert parse_act_text(text) == act
    assert text.count("\n") == 6


@given(st.integers(0, len(TEXT) - 1), st.sampled_from(sorted({*TEXT, "0", "x", "\r", "\u0085"})))
def test_a_changed_character_is_refused_or_reads_as_itself(place: int, character: str) -> None:
    text = TEXT[:place] + character + TEXT[place + 1 :]
    try:
        act = parse_act_text(text)
    except LedgerError:
        return
    assert act.text() == text


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"origin": ""}, "act.origin"),
        ({"origin": "Demo.example"}, "act.origin"),
        ({"origin": "demo.example/"}, "act.origin"),
        ({"origin": "/demo"}, "act.origin"),
        ({"origin": "demo example"}, "act.origin"),
        ({"origin": "demo.example\n"}, "act.origin"),
        ({"origin": "12345"}, "act.origin"),  # would read as the size of a checkpoint
        ({"actor": ""}, "act.actor"),
        ({"actor": "1p"}, "act.actor"),
        ({"actor": "P1"}, "act.actor"),
        ({"actor": "p.1"}, "act.actor"),
        ({"actor": "p" * 65}, "act.actor"),
        ({"actor": "p1\n"}, "act.actor"),
        ({"seq": 0}, "act.seq"),
        ({"seq": -1}, "act.seq"),
        ({"seq": MAX_DECIMAL + 1}, "act.seq"),
        ({"kind": "order"}, "act.kind"),
        ({"kind": "order."}, "act.kind"),
        ({"kind": "Order.place"}, "act.kind"),
        ({"kind": "order.place2"}, "act.kind"),
        ({"kind": "order.place\n"}, "act.kind"),
        ({"prev": None}, "act.prev"),
        ({"seq": 1}, "act.prev"),
        ({"prev": HASH[:-1]}, "act.prev"),
        ({"body": []}, "act.body"),
        ({"body": None}, "act.body"),
    ],
)
def test_acts_outside_the_grammar_cannot_be_made(values: dict[str, Any], code: str) -> None:
    with pytest.raises(ActError) as caught:
        changed(**values)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("size", "root"), [(-1, HASH), (0, HASH), (1, HASH[:-1]), (MAX_DECIMAL + 1, HASH)]
)
def test_impossible_pins_cannot_be_made(size: int, root: bytes) -> None:
    with pytest.raises(ActError) as caught:
        Pin(size, root)
    assert caught.value.code == "act.seen"


def replaced(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "act.format"),
        (TEXT[:-1], "act.format"),
        (TEXT + "\n", "act.format"),
        (TEXT + "extra\n", "act.format"),
        (TEXT.replace("\n", "\r\n"), "act.format"),
        (TEXT.replace("\n", "\u2028"), "act.format"),
        (replaced("fdx-act/v1", "fdx-act/v2"), "act.format"),
        (replaced("fdx-act/v1", "Fdx-act/v1"), "act.format"),
        (replaced("p0042 17", "p0042  17"), "act.format"),
        (replaced("p0042 17", "p0042\u00a017"), "act.format"),
        (replaced(" 17 ", " 017 "), "act.format"),
        (replaced(" 17 ", " 1_7 "), "act.format"),
        (replaced(" 17 ", " +17 "), "act.format"),
        (replaced(" 17 ", " ١٧ "), "act.format"),
        (replaced(" 17 ", " 0 "), "act.seq"),
        (replaced(" 17 ", " 1 "), "act.prev"),
        (replaced("prev AAEC", "prev  AAEC"), "act.format"),
        (replaced("prev AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "prev -"), "act.prev"),
        (replaced("prev AAEC", "prev "), "act.format"),
        (TEXT.replace("Hh8=\nseen", "Hh9=\nseen"), "act.format"),  # trailing bits
        (TEXT.replace("Hh8=\nseen", "Hh8\nseen"), "act.format"),
        (replaced("seen 9", "seen 09"), "act.format"),
        (replaced("seen 9", "seen 0"), "act.seen"),
        (replaced("seen 9", "Seen 9"), "act.format"),
        (replaced('{"a"', '{"b":1,"a"'), "canonical.form"),
        (replaced('{"a"', '{"a":1,"a"'), "canonical.form"),
        (replaced('{"a"', '{ "a"'), "canonical.form"),
        (replaced("[1,null]", "[1.5]"), "canonical.type"),
        (replaced("[1,null]", "9007199254740992"), "canonical.integer"),
        (replaced('{"a":"数\u2028据","n":[1,null]}', "[]"), "act.body"),
        (replaced('{"a":"数\u2028据","n":[1,null]}', "{"), "canonical.json"),
        (replaced('{"a":"数\u2028据","n":[1,null]}', ""), "act.format"),
    ],
)
def test_malformed_texts_are_refused(text: str, code: str) -> None:
    with pytest.raises(LedgerError) as caught:
        parse_act_text(text)
    assert caught.value.code == code


def test_a_signed_act_reads_back_with_its_note_verbatim() -> None:
    note = sign_act(ACT, SIGNER)
    signed = parse_act_note(note)
    assert (signed.act, signed.raw, signed.note.text) == (ACT, note, TEXT)
    (signature,) = signed.note.signatures
    assert (signature.name, signature.key_id) == (SIGNER.name, SIGNER.key_id)
    assert SIGNER.verifier().verify(TEXT.encode(), signature.signature)


def test_a_key_is_named_after_its_actor_and_the_host_of_the_log() -> None:
    assert key_name(ORIGIN, "p0042", "k3") == SIGNER.name
    assert key_name("fdx.example", "p1", "k1") == "p1.fdx.example/k1"


@pytest.mark.parametrize(
    "name",
    [
        "p0042.demo.fdx.example",
        "p0043.demo.fdx.example/k3",
        "p0042.other.example/k3",
        "p0042.demo.fdx.example.org/k3",
        ORIGIN,
    ],
)
def test_an_act_is_not_signed_under_another_name(name: str) -> None:
    with pytest.raises(ActError) as caught:
        sign_act(ACT, Ed25519Signer(name, bytes(32)))
    assert caught.value.code == "act.signer"


def test_an_act_above_the_limit_is_neither_signed_nor_read() -> None:
    room = MAX_ACT_BYTES - len(sign_act(changed(body={"a": ""}), SIGNER).encode())
    largest = sign_act(changed(body={"a": "x" * room}), SIGNER)
    assert len(largest.encode()) == MAX_ACT_BYTES
    assert parse_act_note(largest).raw == largest
    above = changed(body={"a": "x" * (room + 1)})
    for refused in (
        lambda: sign_act(above, SIGNER),
        lambda: parse_act_note(sign_note(above.text(), SIGNER)),
    ):
        with pytest.raises(ActError) as caught:
            refused()
        assert caught.value.code == "act.size"


def test_a_body_without_canonical_encoding_is_not_signed() -> None:
    with pytest.raises(CanonicalError):
        sign_act(changed(body={"a": 1.5}), SIGNER)


def test_an_act_without_signature_is_no_act_note() -> None:
    with pytest.raises(NoteError):
        parse_act_note(TEXT)
