from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import canonical
from ledger.errors import CanonicalError

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
KEYS = st.text(st.characters(max_codepoint=0x7F), max_size=6)
SCALARS = (
    st.none() | st.booleans() | TEXT | st.integers(-canonical.MAX_INTEGER, canonical.MAX_INTEGER)
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4)
)


class Text(str):
    __slots__ = ()


def nested(depth: int) -> Any:
    value: Any = 0
    for _ in range(depth):
        value = [value]
    return value


def code_of_encoding(value: Any) -> str:
    with pytest.raises(CanonicalError) as caught:
        canonical.encode(value)
    return caught.value.code


def code_of_decoding(data: bytes) -> str:
    with pytest.raises(CanonicalError) as caught:
        canonical.decode(data)
    return caught.value.code


@settings(max_examples=400)
@given(VALUES)
def test_the_profile_is_encoded_as_rfc_8785_does_and_read_back(value: Any) -> None:
    data = canonical.encode(value)
    assert data == rfc8785.dumps(value)
    assert canonical.decode(data) == value


@settings(max_examples=400)
@given(st.binary(max_size=40))
def test_any_bytes_are_refused_or_are_their_own_encoding(data: bytes) -> None:
    try:
        value = canonical.decode(data)
    except CanonicalError:
        return
    assert canonical.encode(value) == data


def test_every_control_character_is_escaped_as_rfc_8785_does() -> None:
    text = "".join(map(chr, range(0x100))) + "\u2028\u2029\ufb33\U0001f600"
    assert canonical.encode(text) == rfc8785.dumps(text)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (1.0, "canonical.type"),
        (float("nan"), "canonical.type"),
        ((1, 2), "canonical.type"),
        (b"x", "canonical.type"),
        (Text("x"), "canonical.type"),
        ({"a": {1, 2}}, "canonical.type"),
        (2**53, "canonical.integer"),
        (-(2**53), "canonical.integer"),
        ({1: 2}, "canonical.key"),
        ({"é": 2}, "canonical.key"),
        ({Text("x"): 2}, "canonical.key"),
        ("\ud800", "canonical.unicode"),
        (nested(canonical.MAX_DEPTH + 1), "canonical.depth"),
    ],
)
def test_values_outside_the_profile_are_refused(value: Any, code: str) -> None:
    assert code_of_encoding(value) == code


def test_the_deepest_allowed_value_passes_and_a_circular_one_is_refused() -> None:
    deepest = nested(canonical.MAX_DEPTH)
    assert canonical.decode(canonical.encode(deepest)) == deepest
    circle: list[Any] = []
    circle.append(circle)
    assert code_of_encoding(circle) == "canonical.depth"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"a":1,"a":1}', "canonical.form"),
        (b'{"a":1,"a":2}', "canonical.form"),
        (b'{"b":1,"a":2}', "canonical.form"),
        (b'{"a": 1}', "canonical.form"),
        (b"1 ", "canonical.form"),
        (b"\n1", "canonical.form"),
        (b'"\\u0041"', "canonical.form"),
        (b'"\\/"', "canonical.form"),
        (b'"\\u001F"', "canonical.form"),
        (b'"\\u000a"', "canonical.form"),
        (b"-0", "canonical.form"),
        (b"1.0", "canonical.type"),
        (b"1.5", "canonical.type"),
        (b"1e3", "canonical.type"),
        (b"9007199254740992", "canonical.integer"),
        (b"99999999999999999999", "canonical.type"),
        (b'{"\xc3\xa9":1}', "canonical.key"),
        (b"[" * 33 + b"]" * 33, "canonical.depth"),
        (b"[" * 5000 + b"]" * 5000, "canonical.json"),
        (b"", "canonical.json"),
        (b"NaN", "canonical.json"),
        (b"Infinity", "canonical.json"),
        (b"01", "canonical.json"),
        (b"1_000", "canonical.json"),
        (b"'a'", "canonical.json"),
        (b"[1,]", "canonical.json"),
        (b'"\xff"', "canonical.json"),
        (b'"\\ud800"', "canonical.json"),
        (b'"\xed\xa0\x80"', "canonical.json"),
        (b"\xef\xbb\xbf1", "canonical.json"),
        (b'"\x0a"', "canonical.json"),
        (b"1 2", "canonical.json"),
    ],
)
def test_other_spellings_are_refused(data: bytes, code: str) -> None:
    assert code_of_decoding(data) == code
