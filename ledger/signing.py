"""Ed25519 keys for notes: signer, verifier, and the keys that nobody may use."""

import re
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.encoding import b64, unb64
from ledger.errors import EncodingError, NoteError, WeakKeyError
from ledger.note import ED25519, is_key_name, key_id
from ledger.points import is_canonical_point, is_small_order

KEY_LENGTH = 32
"""Bytes of a seed and of a public key."""

_VKEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)")


class Ed25519Signer:
    """Signs note texts with an Ed25519 key under a key name.

    Attributes:
        name: The key name on the signature line.
        public_key: The 32 bytes of the public key.
        key_id: The four bytes before the signature.
    """

    __slots__ = ("_private_key", "key_id", "name", "public_key")

    def __init__(self, name: str, private_key: Ed25519PrivateKey | bytes) -> None:
        if isinstance(private_key, bytes):
            private_key = private_key_from_seed(private_key)
        _check_name(name)
        self._private_key = private_key
        self.name = name
        self.public_key = private_key.public_key().public_bytes_raw()
        self.key_id = key_id(name, self.public_key)

    def sign(self, message: bytes) -> bytes:
        """Return the 64-byte signature over a message (RFC 8032)."""
        return self._private_key.sign(message)

    def verifier(self) -> "Ed25519Verifier":
        """Return the verifier of this key."""
        return Ed25519Verifier(self.name, self.public_key)


class Ed25519Verifier:
    """Checks Ed25519 signatures of one key; weak keys can't be made into a verifier.

    Attributes:
        name: The key name on the signature line.
        public_key: The 32 bytes of the public key.
        key_id: The four bytes before the signature.
    """

    __slots__ = ("_key", "key_id", "name", "public_key")

    def __init__(self, name: str, public_key: bytes) -> None:
        check_public_key(public_key)
        _check_name(name)
        self._key = Ed25519PublicKey.from_public_bytes(public_key)
        self.name = name
        self.public_key = public_key
        self.key_id = key_id(name, public_key)

    @property
    def vkey(self) -> str:
        """The text form `<name>+<key id in hex>+<base64 of type byte and key>`."""
        return f"{self.name}+{self.key_id.hex()}+{b64(bytes([ED25519]) + self.public_key)}"

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Tell whether the key signed this message."""
        try:
            self._key.verify(signature, message)
        except InvalidSignature:
            return False
        return True


def parse_vkey(text: str) -> Ed25519Verifier:
    """Read a verifier from its text form.

    Raises:
        NoteError: `note.vkey` for malformed text, another algorithm or a key id that does not fit.
        WeakKeyError: `key.weak`.
    """
    match = _VKEY.fullmatch(text)
    if match is None:
        raise NoteError("note.vkey", "not a verifier key")
    try:
        data = unb64(match[3], KEY_LENGTH + 1)
    except EncodingError as error:
        raise NoteError("note.vkey", "the key is not base64 of 33 bytes") from error
    if data[0] != ED25519:
        raise NoteError("note.vkey", "only Ed25519 keys are known")
    verifier = Ed25519Verifier(match[1], data[1:])
    if verifier.key_id.hex() != match[2]:
        raise NoteError("note.vkey", "the key id does not fit the key")
    return verifier


def generate_private_key() -> bytes:
    """Return the 32-byte seed of a new key from the system's randomness."""
    return Ed25519PrivateKey.generate().private_bytes_raw()


def private_key_from_seed(seed: bytes) -> Ed25519PrivateKey:
    """Return the private key of a 32-byte seed (RFC 8032 section 5.1.5)."""
    assert len(seed) == KEY_LENGTH, "a seed has 32 bytes"
    return Ed25519PrivateKey.from_private_bytes(seed)


def public_key_of(seed: bytes) -> bytes:
    """Return the 32-byte public key of a 32-byte seed."""
    return private_key_from_seed(seed).public_key().public_bytes_raw()


@lru_cache(maxsize=4096)
def check_public_key(public_key: bytes) -> None:
    """Refuse public keys under which signatures prove nothing.

    Under a key of small order one signature fits any message, so its owner can deny what it signed;
    common libraries accept such keys. A non-canonical encoding would give one key several names.

    Raises:
        WeakKeyError: `key.weak`.
    """
    if len(public_key) != KEY_LENGTH:
        raise WeakKeyError("key.weak", "an Ed25519 public key has 32 bytes")
    if is_small_order(public_key):
        raise WeakKeyError("key.weak", "the public key has small order")
    if not is_canonical_point(public_key):
        raise WeakKeyError("key.weak", "the public key is not a canonical curve point")


def _check_name(name: str) -> None:
    if not is_key_name(name):
        raise NoteError("note.name", "a key name holds no spaces and no plus sign")
