"""Finding out how somebody's text file is written: compression, encoding, separator, header."""

from __future__ import annotations

import codecs
import csv
import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

from exchange.errors import InvalidError

ENCODINGS: Final = ("utf-8", "gb18030")
SEPARATORS: Final = (",", "\t", ";", "|")
MAX_FIELD: Final = 1_000_000
_SAMPLE_LINES: Final = 200
_CHUNK: Final = 1 << 20
_GZIP: Final = b"\x1f\x8b"
_NUMBER_OR_DATE: Final = re.compile(
    r"[-+]?[\d.,]+%?|\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}日?(?:[ T].*)?", re.ASCII
)


class IntakeError(InvalidError):
    """A file cannot be taken in; the text says why and what to do."""

    def __init__(self, text: str) -> None:
        super().__init__("node.intake", text)


@dataclass(frozen=True, slots=True)
class TextForm:
    """How a text file is written; `header` tells whether its first record names the columns."""

    encoding: str
    separator: str
    header: bool


def detect(path: Path, *, header: bool | None = None) -> TextForm:
    """Find a file's encoding, separator and header.

    The encoding is the first of UTF-8 and GB18030 in which the whole file is valid; `header`
    None decides by the first two records.

    Raises:
        IntakeError: the file is empty, binary, in another encoding, or damaged.
    """
    encoding = _encoding(path)
    sample = _sample(path, encoding)
    if not sample:
        raise IntakeError(f"{path.name}: the file is empty")
    separator = _separator(sample)
    records = list(csv.reader(sample, delimiter=separator))
    found = _looks_named(records) if header is None else header
    return TextForm(encoding, separator, found)


def read_lines(path: Path, encoding: str) -> Iterator[str]:
    """Yield a file's lines with their ends, decoded, a byte order mark left out.

    Raises:
        IntakeError: the compressed file is damaged.
    """
    decode = "utf-8-sig" if encoding == "utf-8" else encoding
    with opened(path) as file:
        for number, line in enumerate(file):
            yield line.decode(decode if number == 0 else encoding)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading bytes, unpacked if it is gzip.

    Raises:
        IntakeError: the file cannot be read, or its compression is damaged.
    """
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == _GZIP
        with path.open("rb") as raw:
            yield cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if packed else raw
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise IntakeError(f"{path.name}: the compressed file is damaged") from error
    except OSError as error:
        raise IntakeError(f"{path.name}: cannot be read") from error


def _encoding(path: Path) -> str:
    with opened(path) as file:
        start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise IntakeError(f"{path.name}: UTF-16 text; save it as UTF-8 and try again")
    for encoding in ENCODINGS:
        if _is_valid(path, encoding):
            return encoding
    text = f"{path.name}: neither UTF-8 nor GB18030; save it as UTF-8 and try again"
    raise IntakeError(text)


def _is_valid(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    with opened(path) as file:
        try:
            while chunk := file.read(_CHUNK):
                if b"\x00" in chunk:
                    raise IntakeError(f"{path.name}: holds NUL bytes, so it is no text file")
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _sample(path: Path, encoding: str) -> list[str]:
    lines = read_lines(path, encoding)
    return [line for _, line in zip(range(_SAMPLE_LINES), lines, strict=False) if line.strip()]


def _separator(sample: list[str]) -> str:
    """Take the separator that splits most lines into the same number of fields, above one."""

    def agreement(separator: str) -> tuple[int, int]:
        widths = [len(record) for record in csv.reader(sample, delimiter=separator)]
        count, usual = max((widths.count(width), width) for width in widths)
        return (count, usual) if usual > 1 else (0, 0)

    return max(SEPARATORS, key=lambda each: (agreement(each), -SEPARATORS.index(each)))


def _looks_named(records: list[list[str]]) -> bool:
    """Take the first record for names unless a cell is empty, doubled, a number or a date."""
    first = [cell.strip() for cell in records[0]]
    if any(not cell or _NUMBER_OR_DATE.fullmatch(cell) for cell in first):
        return False
    return len(set(first)) == len(first)
