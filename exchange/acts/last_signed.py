"""The record of the last signed checkpoint, kept outside the database.

A database restored from an old backup then meets a newer record and can't sign a second
history (a fork); whoever can write this record is trusted not to help a fork along.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol


class LastSigned(Protocol):
    """A compare-and-swap cell for one checkpoint note; empty before the first."""

    def read(self) -> str:
        """Return the note that stands, or the empty string."""
        ...

    def swap(self, old: str, new: str) -> bool:
        """Put `new` in the place of `old`, durably; tell whether `old` stood there."""
        ...


class MemoryLastSigned:
    """The cell in memory, for simulation and tests."""

    def __init__(self) -> None:
        self._note = ""

    def read(self) -> str:
        """Return the note that stands, or the empty string."""
        return self._note

    def swap(self, old: str, new: str) -> bool:
        """Put `new` in the place of `old`; tell whether `old` stood there."""
        if self._note != old:
            return False
        self._note = new
        return True


class FileLastSigned:
    """The cell as a file: written aside, synced, renamed, and its folder synced.

    A lock file beside it keeps processes apart, so that comparing and swapping are one step.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> str:
        """Return the note that stands, or the empty string."""
        return self._path.read_text("utf-8") if self._path.exists() else ""

    def swap(self, old: str, new: str) -> bool:
        """Put `new` in the place of `old`, durably; tell whether `old` stood there."""
        with self._alone():
            if self.read() != old:
                return False
            aside = self._path.with_suffix(".new")
            with aside.open("w", encoding="utf-8") as file:
                file.write(new)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(self._path)
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
            return True

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
