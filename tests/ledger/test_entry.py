from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.encoding import MAX_DECIMAL
from ledger.entry import MAX_ENTRY_BYTES, Entry, encode_entry, parse_entry
from ledger.errors import EntryError
from ledger.merkle import leaf_hash

HASH = bytes(range(32))
ENTRY = Entry(7, 1_700_000_000_123, HASH, "act\u2028数\n\n— sig\n")
DATA = (
    "fdx-entry/v1 7 1700000000123 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    "act\u2028数\n\n— sig\n"
).encode()


def parse_code(data: bytes) -> str:
    with pytest.raises(EntryError) as caught:
        parse_entry(data)
    return caught.value.code


def test_an_entry_is_its_header_line_and_the_act_verbatim() -> None:
    assert encode_entry(ENTRY) == DATA
    assert parse_entry(DATA) == ENTRY
    assert ENTRY.leaf_hash == leaf_hash(DATA)


def test_the_first_entry_has_no_entry_before_it() -> None:
    first = Entry(0, 0, None, "act\n")
    assert encode_entry(first) == b"fdx-entry/v1 0 0 -\nact\n"
    assert parse_entry(b"fdx-entry/v1 0 0 -\nact\n") == first


@given(
    st.integers(0, MAX_DECIMAL),
    st.integers(0, MAX_DECIMAL),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30),
)
def test_encoding_and_parsing_are_inverse(index: int, received_ms: int, note: str) -> None:
    entry = Entry(index, received_ms, HASH if index else None, note)
    assert parse_entry(encode_entry(entry)) == entry


@given(st.integers(0, len(DATA) - 1), st.integers(0, 255))
def test_a_changed_byte_is_refused_or_reads_as_itself(place: int, byte: int) -> None:
    data = DATA[:place] + bytes([byte]) + DATA[place + 1 :]
    try:
        entry = parse_entry(data)
    except EntryError:
        return
    assert encode_entry(entry) == data


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"index": -1}, "entry.index"),
        ({"index": MAX_DECIMAL + 1}, "entry.index"),
        ({"received_ms": -1}, "entry.time"),
        ({"received_ms": MAX_DECIMAL + 1}, "entry.time"),
        ({"previous": None}, "entry.previous"),
        ({"index": 0}, "entry.previous"),
        ({"previous": HASH[:-1]}, "entry.previous"),
        ({"act_note": ""}, "entry.act"),
    ],
)
def test_impossible_entries_cannot_be_made(values: dict[str, Any], code: str) -> None:
    with pytest.raises(EntryError) as caught:
        replace(ENTRY, **values)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "entry.format"),
        (DATA.replace(b"/v1", b"/v2"), "entry.format"),
        (DATA.replace(b" 7 ", b"  7 "), "entry.format"),
        (DATA.replace(b" 7 ", b" 07 "), "entry.format"),
        (DATA.replace(b" 7 ", b" -7 "), "entry.format"),
        (DATA.replace(b" 7 ", b" 7_0 "), "entry.format"),
        (DATA.replace(b" 7 ", " ٧ ".encode()), "entry.format"),
        (DATA.replace(b" 7 ", b" 0 "), "entry.previous"),
        (DATA.replace(b"=\n", b"\n", 1), "entry.format"),
        (DATA.replace(b"8=\n", b"9=\n", 1), "entry.format"),
        (DATA.replace(b"=\n", b"=\r\n", 1), "entry.format"),
        (DATA.replace(b"=\n", b"= \n", 1), "entry.format"),
        (DATA.replace(b"=\n", b"= more\n", 1), "entry.format"),
        (DATA.replace(b"AAEC", b"-", 1), "entry.format"),
        (DATA[: DATA.index(b"\n")], "entry.act"),
        (DATA[: DATA.index(b"\n") + 1], "entry.act"),
        (DATA + b"\xff", "entry.utf8"),
        (DATA + b"\xed\xa0\x80", "entry.utf8"),
        (b" " + DATA, "entry.format"),
        (DATA + b"x" * MAX_ENTRY_BYTES, "entry.size"),
    ],
)
def test_malformed_entries_are_refused(data: bytes, code: str) -> None:
    assert parse_code(data) == code


def test_what_no_bundle_could_carry_is_not_encoded() -> None:
    room = MAX_ENTRY_BYTES - len(encode_entry(replace(ENTRY, act_note="x"))) + 1
    assert len(encode_entry(replace(ENTRY, act_note="x" * room))) == MAX_ENTRY_BYTES
    for note, code in [("x" * (room + 1), "entry.size"), ("\ud800", "entry.utf8")]:
        with pytest.raises(EntryError) as caught:
            encode_entry(replace(ENTRY, act_note=note))
        assert caught.value.code == code
