"""Wrapping a private seed, so that the database alone never signs (AES-256-GCM)."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from exchange.errors import ExchangeError, Kind
from exchange.ids import Ids

_NONCE = 12


class CustodyError(ExchangeError):
    """The wrapped seed doesn't open under this key: whoever asks holds another secret."""

    def __init__(self) -> None:
        super().__init__(Kind.UNAUTHENTICATED, "custody.closed", "the key in custody does not open")


def wrap(ids: Ids, key: bytes, seed: bytes, belongs_to: str) -> bytes:
    """Wrap a seed under a 32-byte key; `belongs_to` names the only row in which it opens."""
    nonce = ids.token(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, seed, belongs_to.encode())


def unwrap(key: bytes, wrapped: bytes, belongs_to: str) -> bytes:
    """Return the seed.

    Raises:
        CustodyError: the key, the row or the bytes are not those of the wrapping.
    """
    try:
        return AESGCM(key).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], belongs_to.encode())
    except (InvalidTag, ValueError) as error:
        raise CustodyError from error
