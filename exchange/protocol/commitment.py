"""Salted SHA-256 commitments to what must not stand in the ledger itself."""

import hashlib
import hmac
from typing import Final

SALT_SIZE: Final = 16
MAX_SQL_BYTES: Final = 16_384


def commit(salt: bytes, content: bytes) -> bytes:
    """Commit to `content`: SHA-256 of the salt and the content, 32 bytes."""
    assert len(salt) == SALT_SIZE, "a salt has 16 bytes"
    return hashlib.sha256(salt + content).digest()


def commits_to(commitment: bytes, salt: bytes, content: bytes) -> bool:
    """Tell whether a commitment was made over this salt and content."""
    return hmac.compare_digest(commitment, commit(salt, content))


def commit_sql(salt: bytes, sql: str) -> bytes:
    """Commit to the text of a question, as a `question.reserve` act does."""
    return commit(salt, sql.encode())


def derive_salt(secret: bytes, purpose: str, name: str) -> bytes:
    """Derive a salt that only the holder of `secret` can foresee, and always the same one.

    HMAC-SHA256 over purpose and name, cut to 16 bytes: a repeated question gets its
    salt again, and nothing random needs to be stored before it is used.
    """
    tag = f"{purpose}\n{name}".encode()
    return hmac.new(secret, tag, hashlib.sha256).digest()[:SALT_SIZE]
