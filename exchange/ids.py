"""Where identifiers, salts and keys come from: the system, or a seed."""

import hashlib
import secrets
from base64 import b32encode
from typing import Protocol


class Ids(Protocol):
    """A stream of unpredictable bytes; the simulation's is seeded, so that runs repeat."""

    def token(self, size: int) -> bytes:
        """Return `size` fresh bytes."""
        ...


class SystemIds:
    """The operating system's randomness."""

    def token(self, size: int) -> bytes:
        """Return `size` fresh bytes."""
        return secrets.token_bytes(size)


class SeededIds:
    """A repeatable stream: SHAKE-256 over the seed and a counter.

    Only as secret as its seed: fit for simulation, and for one act whose seed is secret.
    """

    def __init__(self, seed: bytes) -> None:
        self._seed = seed
        self._count = 0

    def token(self, size: int) -> bytes:
        """Return the next `size` bytes of the stream."""
        self._count += 1
        return hashlib.shake_256(self._seed + self._count.to_bytes(8, "big")).digest(size)


def new_id(ids: Ids, prefix: str) -> str:
    """Make an identifier such as `asset-k3q7v2m5x6za`: the prefix and 60 random bits."""
    return f"{prefix}-{b32encode(ids.token(10)).decode('ascii').lower()[:12]}"
