import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.encoding import MAX_DECIMAL, b64, decimal, unb64
from ledger.errors import EncodingError


@given(st.binary(max_size=80))
def test_base64_round_trips_and_equals_the_standard_library(data: bytes) -> None:
    assert b64(data) == base64.b64encode(data).decode()
    assert unb64(b64(data)) == data
    assert unb64(b64(data), len(data)) == data


@pytest.mark.parametrize(
    "text",
    [
        "QR==",  # trailing bits: decodes as QQ== does
        "QQ",
        "QQ=",
        "QQ===",
        "QQ==QQ==",
        "Q Q==",
        "QQ==\n",
        "\nQQ==",
        "_-8=",  # the URL alphabet
        "QQ==junk",
        "Q",
        "=",
        "ＱQ==",  # full width letter
        "QQ\u2028==",
    ],
)
def test_lax_base64_is_refused(text: str) -> None:
    with pytest.raises(EncodingError) as caught:
        unb64(text)
    assert caught.value.code == "encoding.base64"


def test_base64_of_another_length_is_refused() -> None:
    with pytest.raises(EncodingError) as caught:
        unb64(b64(bytes(31)), 32)
    assert caught.value.code == "encoding.length"


@given(st.integers(0, MAX_DECIMAL))
def test_decimal_round_trips(value: int) -> None:
    assert decimal(str(value)) == value


@pytest.mark.parametrize(
    "text",
    [
        *("", "00", "01", "-0", "-1", "+1", " 1", "1 ", "1\n"),
        *("1_000", "٣", "１", "1.0", "1e3", "0x1", str(MAX_DECIMAL + 1), "9" * 30),
    ],
)
def test_lax_decimals_are_refused(text: str) -> None:
    with pytest.raises(EncodingError) as caught:
        decimal(text)
    assert caught.value.code == "encoding.decimal"
