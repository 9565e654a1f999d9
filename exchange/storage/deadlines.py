"""Checks against the deadline of a row's state, for those who act in time and for the operator."""

from datetime import datetime

from exchange.clock import to_ms
from exchange.errors import ConflictError
from exchange.storage.store import Reader
from exchange.storage.tables import Deadline, Staged


def check_in_time(reader: Reader, row: Staged, at: datetime) -> None:
    """Stop when the row's state has run out, even if no job has said so yet.

    Raises:
        ConflictError: it has (`deadline.passed`).
    """
    due_ms = deadline_of(reader, row)
    if due_ms is not None and to_ms(at) >= due_ms:
        raise ConflictError("deadline.passed", f"the time of this {row.lifecycle.name} is over")


def check_due(reader: Reader, row: Staged, at: datetime) -> None:
    """Stop unless the row's state has run out.

    Raises:
        ConflictError: it has not, or never will (`deadline.early`).
    """
    due_ms = deadline_of(reader, row)
    if due_ms is None or to_ms(at) < due_ms:
        raise ConflictError("deadline.early", f"the time of this {row.lifecycle.name} is not over")


def deadline_of(reader: Reader, row: Staged) -> int | None:
    """Return when the row's present state runs out, in Unix milliseconds; None if never."""
    deadline = reader.get(Deadline, f"{row.lifecycle.name}:{row.id}")
    return None if deadline is None else deadline.due_ms
