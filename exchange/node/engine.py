"""DuckDB, locked down: it reads one store, and nothing that it runs was written by a buyer."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb

from exchange.node.rendering import Rendered

_OPENING: Final[dict[str, str | bool | int | float | list[str]]] = {
    "temp_directory": "",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_unsigned_extensions": False,
    "allow_persistent_secrets": False,
    "python_enable_replacements": False,
}
# The order matters: the file system can only be disabled once external access is off, and
# the lock comes last because it holds for everything after it.
_LOCK_DOWN: Final = (
    "SET allow_extension_repositories = 'forbidden'",
    "SET enable_external_access = false",
    "SET disabled_filesystems = 'LocalFileSystem'",
    "SET lock_configuration = true",
)
_ESCAPES: Final = (
    "SELECT * FROM read_text('/proc/self/status')",
    "SELECT * FROM glob('/*')",
    "ATTACH ':memory:' AS other",
    "COPY (SELECT 1) TO '/dev/null'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET threads = 1",
    "CREATE TABLE escaped (a INTEGER)",
)


class EngineError(Exception):
    """The engine gave no result: busy, too slow, or failed; its own words are not repeated."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one question may use."""

    deadline_ms: int = 10_000
    memory_mb: int = 1_024
    threads: int = 2


class Engine:
    """One read-only connection to one store; one statement runs at a time."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        config = {
            "memory_limit": f"{limits.memory_mb}MB",
            "threads": limits.threads,
            **_OPENING,
        }
        self._connection = duckdb.connect(path, read_only=True, config=config)
        for statement in _LOCK_DOWN:
            self._connection.execute(statement)

    def run(self, rendered: Rendered) -> list[tuple[Any, ...]]:
        """Run a rendered statement and return all its rows.

        Raises:
            EngineError: another statement held the engine until the deadline, or this one
                passed it, or it failed.
        """
        seconds = self._limits.deadline_ms / 1000
        if not self._lock.acquire(timeout=seconds):
            raise EngineError("the engine is busy")
        try:
            return self._timed(rendered, seconds)
        finally:
            self._lock.release()

    def count(self, rendered: Rendered) -> tuple[int, ...]:
        """Run a statement of the node's own that returns one row of counts.

        Raises:
            EngineError: as `run`.
        """
        [row] = self.run(rendered)
        return tuple(int(value) for value in row)

    def is_locked_down(self) -> bool:
        """Find out by trying: whether files, extensions, settings and writes are out of reach."""
        return not any(self._escapes(statement) for statement in _ESCAPES)

    def close(self) -> None:
        """Let go of the store, once the statement that runs has ended."""
        with self._lock:
            self._connection.close()

    def _timed(self, rendered: Rendered, seconds: float) -> list[tuple[Any, ...]]:
        timer = threading.Timer(seconds, self._connection.interrupt)
        timer.start()
        try:
            return self._connection.execute(rendered.sql, list(rendered.values)).fetchall()
        except duckdb.Error:
            raise EngineError("the statement failed or took too long") from None
        finally:
            timer.cancel()

    def _escapes(self, statement: str) -> bool:
        with self._lock:
            try:
                self._connection.execute(statement)
            except duckdb.Error:
                return False
        return True
