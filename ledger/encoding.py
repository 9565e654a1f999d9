"""The one accepted spelling of binary values and numbers in the text formats."""

import binascii
import re

from ledger.errors import EncodingError

MAX_DECIMAL = 2**63 - 1
"""Largest accepted number: it fits a signed 64-bit column."""

_DECIMAL = re.compile("0|[1-9][0-9]{0,18}")


def b64(data: bytes) -> str:
    """Encode bytes as standard padded base64 (RFC 4648 section 4)."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def unb64(text: str, length: int | None = None) -> bytes:
    """Decode standard padded base64, accepting only what `b64` would have written.

    Decoding and encoding again is what refuses junk, missing padding and stray trailing bits, all
    of which the standard library lets pass.

    Args:
        text: The base64 text.
        length: Demanded number of bytes; None accepts any.

    Raises:
        EncodingError: `encoding.base64`, or `encoding.length`.
    """
    try:
        data = binascii.a2b_base64(text)
    except ValueError as error:
        raise EncodingError("encoding.base64", "not standard padded base64") from error
    if b64(data) != text:
        raise EncodingError("encoding.base64", "not standard padded base64")
    if length is not None and len(data) != length:
        raise EncodingError("encoding.length", f"base64 of {length} bytes expected")
    return data


def decimal(text: str) -> int:
    """Read an ASCII decimal number from 0 to `MAX_DECIMAL` without sign or leading zeros.

    Raises:
        EncodingError: `encoding.decimal`.
    """
    value = int(text) if _DECIMAL.fullmatch(text) else MAX_DECIMAL + 1
    if value > MAX_DECIMAL:
        raise EncodingError("encoding.decimal", "not a plain decimal number")
    return value
