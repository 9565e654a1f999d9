"""Finding out how somebody's text file is written: compression, encoding, separator, header."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

from exchange.errors import InvalidError
from exchange.node.records import Record, read_records

SEPARATORS: Final = (",", "\t", ";", "|")
MISSING: Final = frozenset({"", "NA", "N/A", "NULL", "null", "NaN", "nan", "\\N"})
_SAMPLE_LINES: Final = 200
_CHUNK: Final = 1 << 20
_GZIP: Final = b"\x1f\x8b"
# One in twenty is far more than text has and far less than what is no text has.
_CONTROL_SHARE: Final = 20
_MISFITS_COUNTED: Final = 100_000
_MISFITS_SHOWN: Final = 5
_CONTROLS: Final = re.compile(r"[\x01-\x08\x0e-\x1f\x7f]")
# The share of a column's values that show by their looks that they are no names.
_TELLING_PERCENT: Final = 90
_NUMBER_OR_DATE: Final = re.compile(
    r"[-+]?[\d.,]+%?|\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}日?(?:[ T].*)?|(?i:true|false)", re.ASCII
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

    The encoding is the first of UTF-8 and GB18030 in which the whole file is valid. `header`
    None takes the first record for names only if its words stand above numbers, dates or
    truth values: where all is text, a first line of data would otherwise become public.

    Raises:
        IntakeError: the file is empty, binary, in another encoding, or damaged.
    """
    encoding = _encoding(path)
    sample = _sample(path, encoding)
    if not sample:
        raise IntakeError(f"{path.name}: the file is empty")
    controls = sum(len(_CONTROLS.findall(line)) for line in sample)
    if controls * _CONTROL_SHARE > sum(len(line) for line in sample):
        raise IntakeError(f"{path.name}: holds control characters, so it is no text file")
    separator = _separator(sample)
    found = header
    if found is None:
        found = _looks_named(list(read_records(iter(sample), separator)))
    return TextForm(encoding, separator, found)


def read_lines(path: Path, encoding: str) -> Iterator[str]:
    """Yield a file's lines with their ends (LF, CR LF or CR), without a byte order mark.

    Raises:
        IntakeError: the compressed file is damaged.
    """
    decode = "utf-8-sig" if encoding == "utf-8" else encoding
    with opened(path) as file, io.TextIOWrapper(file, decode, newline="") as text:
        yield from text


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
    if _is_valid(path, "utf-8"):
        return "utf-8"
    _refuse_mixture(path)
    if _is_valid(path, "gb18030"):
        return "gb18030"
    text = f"{path.name}: neither UTF-8 nor GB18030; save it as UTF-8 and try again"
    raise IntakeError(text)


def _refuse_mixture(path: Path) -> None:
    """Refuse a UTF-8 file in which some lines are something else.

    Nearly any bytes can be read as GB18030, so the whole of such a file would turn into signs
    that nobody wrote. Lines of true GB18030 are valid UTF-8 only by rare chance.
    """
    told, misfits = 0, []
    with opened(path) as file:
        for number, line in enumerate(file, 1):
            if line.isascii():
                continue
            told += 1
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                misfits.append(number)
                if len(misfits) > _MISFITS_COUNTED:
                    return
    if len(misfits) * _CONTROL_SHARE <= told:
        lines = ", ".join(str(number) for number in misfits[:_MISFITS_SHOWN])
        text = f"{path.name}: UTF-8 but for {len(misfits)} lines (first: {lines}); save it whole"
        raise IntakeError(f"{text} in one encoding and try again")


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
    return [
        line for _, line in zip(range(_SAMPLE_LINES), lines, strict=False) if line.strip(" \r\n")
    ]


def _separator(sample: list[str]) -> str:
    """Take the separator that splits most lines into the same number of fields, above one."""

    def agreement(separator: str) -> tuple[int, int]:
        widths = [len(record.cells) for record in read_records(iter(sample), separator)]
        count, usual = max((widths.count(width), width) for width in widths)
        return (count, usual) if usual > 1 else (0, 0)

    return max(SEPARATORS, key=lambda each: (agreement(each), -SEPARATORS.index(each)))


def _looks_named(records: list[Record]) -> bool:
    """Take the first record for names if it holds words above numbers, dates or truth values.

    A number above numbers is a value, or a year; nobody can tell, so it is taken as data. What
    stands above text, even nothing or a name twice, says nothing either way.
    """
    first, *below = [[cell.strip() for cell in record.cells] for record in records]
    if not below:
        return not any(cell in MISSING or _NUMBER_OR_DATE.fullmatch(cell) for cell in first)
    above = [
        cell
        for place, cell in enumerate(first)
        if _is_telling([cells[place] for cells in below if place < len(cells)])
    ]
    words = [cell for cell in above if cell not in MISSING]
    return bool(words) and not any(_NUMBER_OR_DATE.fullmatch(cell) for cell in words)


def _is_telling(values: list[str]) -> bool:
    present = [value for value in values if value not in MISSING]
    telling = [value for value in present if _NUMBER_OR_DATE.fullmatch(value)]
    return len(telling) * 100 >= len(present) * _TELLING_PERCENT and bool(telling)
