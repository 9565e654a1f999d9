"""Reading records from the lines of a text file, so that one bad line costs no other."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

MAX_FIELD: Final = 1_000_000
MAX_QUOTED_LINES: Final = 50
_QUOTE: Final = '"'
_MISPLACED: Final = "a quote is misplaced or not closed"
_TOO_LONG: Final = f"a field has more than {MAX_FIELD:,} characters"

# The reader's own limit, 131,072 characters, is one for the whole process.
csv.field_size_limit(MAX_FIELD)


@dataclass(frozen=True, slots=True)
class Record:
    """One record by the number of its first line; `fault` None if it can be read."""

    line: int
    cells: list[str]
    fault: str | None


def read_records(
    lines: Iterator[str], separator: str, empty: list[int] | None = None
) -> Iterator[Record]:
    """Yield the records; a quote left open makes its first line bad, and that one alone.

    Reading goes on behind a bad line, so that one stray quote costs one line. Lines of
    nothing but spaces are no records; `empty` gathers their numbers, where they stand alone.
    """
    pending: list[str] = []
    start = 0
    for number, line in enumerate(lines, 1):
        start = start if pending else number
        pending.append(line)
        if "".join(pending).count(_QUOTE) % 2 == 0:
            if empty is not None and not line.strip(" \r\n") and len(pending) == 1:
                empty.append(number)
            yield from _parsed("".join(pending), start, separator)
            pending = []
        elif len(pending) >= MAX_QUOTED_LINES:
            yield from _salvage(pending, start, separator)
            pending = []
    if pending:
        yield from _salvage(pending, start, separator)


def _salvage(pending: list[str], start: int, separator: str) -> Iterator[Record]:
    """Read the first line by itself, and then what its open quote had swallowed."""
    yield from _parsed(pending[0], start, separator)
    for record in read_records(iter(pending[1:]), separator):
        yield replace(record, line=start + record.line)


def _parsed(text: str, start: int, separator: str) -> Iterator[Record]:
    if not text.strip(" \r\n"):
        return
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    done = 0
    try:
        for cells in reader:
            yield Record(start + done, cells, None)
            done = reader.line_num
    except csv.Error as error:
        bad, *rest = list(io.StringIO(text, newline=""))[done:]
        reason = _TOO_LONG if "field larger" in str(error) else _MISPLACED
        yield Record(start + done, [bad.rstrip("\r\n")], reason)
        for record in read_records(iter(rest), separator):
            yield replace(record, line=start + done + record.line)
