"""The node's own memory: its account, its replies, what it signed where, what it followed.

One SQLite file. Every change is one database transaction that is on disk when the method
returns, so a node that dies between charge and reply neither charges again nor forgets.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

PINS_KEPT: Final = 1_000
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS account (
    namespace TEXT PRIMARY KEY, used INTEGER NOT NULL CHECK (used >= 0)) STRICT;
CREATE TABLE IF NOT EXISTS question (
    id TEXT PRIMARY KEY, fingerprint BLOB NOT NULL, charged INTEGER NOT NULL,
    kind TEXT, body TEXT, answer TEXT, salt BLOB, note TEXT) STRICT;
CREATE TABLE IF NOT EXISTS held (
    seq INTEGER PRIMARY KEY, owner TEXT NOT NULL, held_ms INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS followed (
    one INTEGER PRIMARY KEY CHECK (one = 1), size INTEGER NOT NULL, hashes BLOB NOT NULL,
    checked_ms INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS kept (idx INTEGER PRIMARY KEY, leaf BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS pin (size INTEGER PRIMARY KEY, root BLOB NOT NULL) STRICT;
"""


class ConflictingQuestionError(Exception):
    """The question's id stands for another question."""


class TakenError(Exception):
    """A place in the node's own sequence is held for something else."""


class BudgetError(Exception):
    """The namespace's count of questions has reached its limit."""


@dataclass(frozen=True, slots=True)
class Charge:
    """What a question draws: one count from `namespace`, which may not pass `limit`."""

    namespace: str
    limit: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A question in the journal.

    `kind` and `body` of the act that ended it are None while it is charged but unanswered;
    `answer` and `salt` are None for a refusal. `note` is the act as last signed.
    """

    fingerprint: bytes
    charged: int
    kind: str | None
    body: dict[str, Any] | None
    answer: dict[str, Any] | None
    salt: bytes | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Ending:
    """How a question ended: the act's kind and body, and the answer with its salt, if any."""

    kind: str
    body: dict[str, Any]
    answer: dict[str, Any] | None = None
    salt: bytes | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """How far the node has verified the log, and when it last did."""

    size: int
    hashes: tuple[bytes, ...]
    checked_ms: int


@dataclass(frozen=True, slots=True)
class Progress:
    """What one step of following adds: the new state, its root, and the leaves worth keeping."""

    followed: Followed
    root: bytes
    leaves: tuple[tuple[int, bytes], ...]


class Journal:
    """The SQLite file behind one node; safe for the threads of one process and for commands beside it."""

    def __init__(self, path: Path | None) -> None:
        name = ":memory:" if path is None else str(path)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(name, isolation_level=None, check_same_thread=False, timeout=10)
        if path is not None:
            path.chmod(0o600)
        # The rollback journal, not WAL: SQLite before 3.51.3 can corrupt a WAL file that two
        # connections write, and a `describe` command may write beside the serving process.
        self._db.execute("PRAGMA journal_mode = DELETE")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def find(self, question: str) -> Kept | None:
        """Return a question by its id."""
        row = self._one(
            "SELECT fingerprint, charged, kind, body, answer, salt, note FROM question WHERE id = ?",
            question,
        )
        if row is None:
            return None
        fingerprint, charged, kind, body, answer, salt, note = row
        return Kept(fingerprint, charged, kind, _load(body), _load(answer), salt, note)

    def used(self, namespace: str) -> int:
        """Return how many questions a namespace has been charged."""
        row = self._one("SELECT used FROM account WHERE namespace = ?", namespace)
        return 0 if row is None else int(row[0])

    def charge(self, question: str, fingerprint: bytes, charge: Charge) -> None:
        """Charge a question once; a question already charged stays as it is.

        Raises:
            ConflictingQuestionError: the id stands for another question.
            BudgetError: the limit is reached; nothing is charged.
        """
        with self._transaction():
            known = self.find(question)
            if known is not None:
                if known.fingerprint != fingerprint:
                    raise ConflictingQuestionError
                return
            self._db.execute("INSERT OR IGNORE INTO account VALUES (?, 0)", (charge.namespace,))
            changed = self._db.execute(
                "UPDATE account SET used = used + 1 WHERE namespace = ? AND used < ?",
                (charge.namespace, charge.limit),
            )
            if changed.rowcount != 1:
                raise BudgetError
            self._db.execute(
                "INSERT INTO question (id, fingerprint, charged) VALUES (?, ?, 1)",
                (question, fingerprint),
            )

    def end(self, question: str, fingerprint: bytes, ending: Ending) -> Kept:
        """Write how a question ended; the first ending stands, and is returned.

        Raises:
            ConflictingQuestionError: the id stands for another question.
        """
        with self._transaction():
            self._db.execute(
                "INSERT OR IGNORE INTO question (id, fingerprint, charged) VALUES (?, ?, 0)",
                (question, fingerprint),
            )
            self._db.execute(
                "UPDATE question SET kind = ?, body = ?, answer = ?, salt = ?"
                " WHERE id = ? AND fingerprint = ? AND kind IS NULL",
                (*_columns(ending), question, fingerprint),
            )
            kept = self.find(question)
            assert kept is not None
            if kept.fingerprint != fingerprint:
                raise ConflictingQuestionError
            return kept

    def hold(self, seq: int, owner: str, now_ms: int) -> None:
        """Take a place in the node's sequence for one owner, before anything is signed there.

        Raises:
            TakenError: the place is held for another.
        """
        with self._transaction():
            row = self._one("SELECT owner FROM held WHERE seq = ?", seq)
            if row is not None and row[0] != owner:
                raise TakenError
            self._db.execute("INSERT OR IGNORE INTO held VALUES (?, ?, ?)", (seq, owner, now_ms))

    def holder(self, seq: int) -> tuple[str, int] | None:
        """Return who holds a place and since when, in milliseconds."""
        row = self._one("SELECT owner, held_ms FROM held WHERE seq = ?", seq)
        return None if row is None else (row[0], row[1])

    def let_go(self, seq: int, owner: str) -> None:
        """Give up a place that is held for this owner."""
        with self._transaction():
            self._db.execute("DELETE FROM held WHERE seq = ? AND owner = ?", (seq, owner))

    def sign(self, question: str, note: str) -> None:
        """Remember the note as which a question's act was last signed."""
        with self._transaction():
            self._db.execute("UPDATE question SET note = ? WHERE id = ?", (note, question))

    def followed(self) -> Followed | None:
        """Return how far the log was followed, None before the first time."""
        row = self._one("SELECT size, hashes, checked_ms FROM followed")
        if row is None:
            return None
        size, joined, checked_ms = row
        hashes = tuple(joined[at : at + 32] for at in range(0, len(joined), 32))
        return Followed(size, hashes, checked_ms)

    def follow(self, progress: Progress, confirmed_seq: int) -> None:
        """Write one step of following; places up to the confirmed one are settled by the log."""
        state = progress.followed
        with self._transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO followed VALUES (1, ?, ?, ?)",
                (state.size, b"".join(state.hashes), state.checked_ms),
            )
            self._db.executemany("INSERT INTO kept VALUES (?, ?)", progress.leaves)
            self._db.execute("INSERT OR IGNORE INTO pin VALUES (?, ?)", (state.size, progress.root))
            self._db.execute(
                "DELETE FROM pin WHERE size <"
                " (SELECT size FROM pin ORDER BY size DESC LIMIT 1 OFFSET ?)",
                (PINS_KEPT - 1,),
            )
            self._db.execute("DELETE FROM held WHERE seq <= ?", (confirmed_seq,))

    def kept_leaves(self) -> Iterator[tuple[int, bytes]]:
        """Yield the leaves that the node keeps, in the log's order."""
        with self._lock:
            rows = self._db.execute("SELECT idx, leaf FROM kept ORDER BY idx").fetchall()
        yield from rows

    def root_at(self, size: int) -> bytes | None:
        """Return the root of a tree size at which the node verified a checkpoint, else None."""
        row = self._one("SELECT root FROM pin WHERE size = ?", size)
        return None if row is None else bytes(row[0])

    def _one(self, sql: str, *values: object) -> tuple[Any, ...] | None:
        with self._lock:
            found: tuple[Any, ...] | None = self._db.execute(sql, values).fetchone()
        return found

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


def _columns(ending: Ending) -> tuple[str, str | None, str | None, bytes | None]:
    return ending.kind, _dump(ending.body), _dump(ending.answer), ending.salt


def _dump(value: dict[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


def _load(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    value: dict[str, Any] = json.loads(text)
    return value
