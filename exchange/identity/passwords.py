"""Passwords by Argon2id (RFC 9106) with the second recommended cost of the OWASP cheat sheet."""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from exchange.errors import InvalidError, UnavailableError
from exchange.ids import Ids

MIN_LENGTH = 12
MAX_LENGTH = 256
_FEWEST_CHARACTERS = 5
_MEMORY_KIB = 19 * 1024
_ITERATIONS = 2
#: Derivations at one time: a flood of log-ins must not take all memory and both cores.
_SLOTS = BoundedSemaphore(4)
_WAIT_SECONDS = 10


class Passwords:
    """Makes and checks password records; each check costs the same for users who don't exist."""

    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._nobody = self._derivation(ids.token(16)).derive_phc_encoded(ids.token(32))

    def record(self, password: str) -> str:
        """Return the PHC string to keep in place of the password."""
        with _slot():
            return self._derivation(self._ids.token(16)).derive_phc_encoded(_octets(password))

    def matches(self, password: str, record: str | None) -> bool:
        """Tell whether the password made this record; None, for nobody's, takes as long."""
        with _slot():
            try:
                Argon2id.verify_phc_encoded(_octets(password), record or self._nobody)
            except InvalidKey:
                return False
        return record is not None

    def wrapping_key(self, password: str, salt: bytes) -> bytes:
        """Return the 32-byte key under which the password's owner has its seed wrapped."""
        with _slot():
            return self._derivation(salt).derive(_octets(password))

    @staticmethod
    def _derivation(salt: bytes) -> Argon2id:
        return Argon2id(
            salt=salt, length=32, iterations=_ITERATIONS, lanes=1, memory_cost=_MEMORY_KIB
        )


def check_new(password: str, username: str) -> None:
    """Stop unless the password can serve for this user.

    Raises:
        InvalidError: it is too short, too long, or easy to guess (`password.weak`).
    """
    plain = unicodedata.normalize("NFKC", password)
    fits = MIN_LENGTH <= len(plain) <= MAX_LENGTH
    varied = len(set(plain)) >= _FEWEST_CHARACTERS
    if not fits or not varied or username.casefold() in plain.casefold():
        raise InvalidError(
            "password.weak",
            "a password has at least 12 characters, 5 different ones, and not the user name",
            {"password": "password.weak"},
        )


def _octets(password: str) -> bytes:
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


@contextmanager
def _slot() -> Iterator[None]:
    if not _SLOTS.acquire(timeout=_WAIT_SECONDS):
        raise UnavailableError("login.busy", "too many people log in at this moment")
    try:
        yield
    finally:
        _SLOTS.release()
