"""Taking in somebody's own file: every line ends in the table or, with a reason, in the rejects."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import duckdb

from exchange.node.rendering import quote
from exchange.node.texts import MAX_FIELD, IntakeError, TextForm, detect, opened, read_lines
from exchange.node.typing_columns import LINE, Typed, column_names, misfits, type_columns

MAX_COLUMNS: Final = 500
MAX_LINE: Final = 16 * 1024 * 1024
MAX_BAD_SHARE: Final = 10
PROGRESS_EVERY: Final = 100_000
SHOWN_FAULTS: Final = 10
MAX_QUOTED_LINES: Final = 50
_QUOTE: Final = '"'
_MISSING: Final = frozenset({"", "NA", "N/A", "NULL", "null", "NaN", "nan", "\\N"})
_NESTED: Final = ("STRUCT", "MAP", "UNION", "BLOB", "BIT")

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wanted:
    """How to take in a file: the table's name, columns to keep as text, header or not or find out."""

    table: str
    text_columns: tuple[str, ...] = ()
    header: bool | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that was not taken in, by its number in the unpacked file, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Record:
    """One record by the number of its first line; `fault` None if it can be read."""

    line: int
    cells: list[str]
    fault: str | None


@dataclass(slots=True)
class Intake:
    """What became of a file: the columns as typed, the rows taken in, the lines that were not."""

    table: str
    form: TextForm | None
    rows: int = 0
    missing: int = 0
    columns: list[Typed] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def take_in(path: Path, directory: Path, wanted: Wanted, told: Told) -> Intake:
    """Write `TABLE.parquet` and, if lines were bad, `TABLE.rejects.csv` into `directory`.

    Raises:
        IntakeError: the file is no CSV or Parquet, or more than a tenth of it is bad.
    """
    with opened(path) as file:
        is_parquet = file.read(4) == b"PAR1"
    if is_parquet:
        return _take_parquet(path, directory, wanted)
    return _take_text(path, directory, wanted, told)


def _take_parquet(path: Path, directory: Path, wanted: Wanted) -> Intake:
    target = directory / f"{wanted.table}.parquet"
    connection = duckdb.connect()
    try:
        source = f"read_parquet('{_quoted(path)}')"
        described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()  # noqa: S608
        _refuse_nested(path, [(str(row[0]), str(row[1])) for row in described])
        connection.execute(f"CREATE TABLE kept AS SELECT * FROM {source}")  # noqa: S608
        intake = Intake(wanted.table, None)
        intake.columns = type_columns(connection, "kept", frozenset(wanted.text_columns))
        intake.rows = _write(connection, intake, target)
    except duckdb.Error as error:
        raise IntakeError(f"{path.name}: not readable as Parquet") from error
    finally:
        connection.close()
    return intake


def _take_text(path: Path, directory: Path, wanted: Wanted, told: Told) -> Intake:
    form = detect(path, header=wanted.header)
    intake = Intake(wanted.table, form)
    clean, rejects = directory / "clean.csv", directory / f"{wanted.table}.rejects.csv"
    connection = duckdb.connect()
    try:
        with rejects.open("w", encoding="utf-8", newline="") as bad:
            writer = csv.writer(bad)
            writer.writerow(["line", "reason", "content"])
            names = _sift(path, form, clean, intake, _Sink(writer, told))
            _load(connection, clean, names)
            intake.columns = type_columns(connection, "kept", frozenset(wanted.text_columns))
            for line, reason, content in misfits(connection, "kept", intake.columns):
                intake.faults.append(Fault(line, reason))
                writer.writerow([line, reason, content])
        _refuse_mostly_bad(path, connection, intake)
        intake.rows = _write(connection, intake, directory / f"{wanted.table}.parquet")
    except duckdb.Error as error:
        # The engine's words may repeat values; the supplier gets the cause, not the exchange.
        raise IntakeError(f"{path.name}: cannot be loaded") from error
    finally:
        connection.close()
        clean.unlink(missing_ok=True)
    rejects.chmod(0o600)
    if not intake.faults:
        rejects.unlink()
    intake.faults.sort(key=lambda fault: fault.line)
    return intake


@dataclass(frozen=True, slots=True)
class _Sink:
    """Where bad lines and news of progress go."""

    rejects: Any
    told: Told


def _sift(path: Path, form: TextForm, clean: Path, intake: Intake, sink: _Sink) -> list[str]:
    """Write the records of the right width to `clean`, one column for the line number first."""
    records = _records(read_lines(path, form.encoding), form.separator)
    first = next(records, _Record(0, [], None))
    names = column_names(first.cells, named=form.header)
    if not 1 <= len(names) <= MAX_COLUMNS:
        raise IntakeError(f"{path.name}: a table has 1 to {MAX_COLUMNS} columns")
    with clean.open("w", encoding="utf-8", newline="") as good:
        writer = csv.writer(good, quoting=csv.QUOTE_ALL)
        if not form.header:
            _keep(writer, first, intake)
        for count, record in enumerate(records, 1):
            fault = record.fault or _width_fault(record.cells, len(names))
            if fault is None:
                _keep(writer, record, intake)
            else:
                intake.faults.append(Fault(record.line, fault))
                sink.rejects.writerow([record.line, fault, form.separator.join(record.cells)])
            if count % PROGRESS_EVERY == 0:
                sink.told(f"{count:,} lines read")
    return names


def _keep(writer: Any, record: _Record, intake: Intake) -> None:
    cells = [cell.strip() for cell in record.cells]
    kept = ["" if cell in _MISSING else cell for cell in cells]
    intake.missing += sum(1 for cell in kept if not cell)
    writer.writerow([record.line, *kept])


def _records(lines: Iterator[str], separator: str) -> Iterator[_Record]:
    """Yield the records; a quote left open makes its first line bad, and that one alone.

    Reading goes on behind a bad line, so that one stray quote costs one line.
    """
    pending: list[str] = []
    start = 0
    for number, line in enumerate(lines, 1):
        start = start if pending else number
        pending.append(line)
        if "".join(pending).count(_QUOTE) % 2 == 0:
            yield from _parsed("".join(pending), start, separator)
            pending = []
        elif len(pending) >= MAX_QUOTED_LINES:
            yield from _salvage(pending, start, separator)
            pending = []
    if pending:
        yield from _salvage(pending, start, separator)


def _salvage(pending: list[str], start: int, separator: str) -> Iterator[_Record]:
    """Read the first line by itself, and then what its open quote had swallowed."""
    yield from _parsed(pending[0], start, separator)
    for record in _records(iter(pending[1:]), separator):
        yield replace(record, line=start + record.line)


def _parsed(text: str, start: int, separator: str) -> Iterator[_Record]:
    if not text.strip():
        return
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    done = 0
    try:
        for cells in reader:
            long = any(len(cell) > MAX_FIELD for cell in cells)
            yield _Record(start + done, cells, "a field is too long" if long else None)
            done = reader.line_num
    except csv.Error:
        bad, *rest = text.split("\n")[done:]
        yield _Record(start + done, [bad.rstrip("\r")], "a quote is misplaced or not closed")
        for record in _records(iter([f"{line}\n" for line in rest if line]), separator):
            yield replace(record, line=start + done + record.line)


def _width_fault(record: list[str], width: int) -> str | None:
    return None if len(record) == width else f"{len(record)} fields instead of {width}"


def _load(connection: duckdb.DuckDBPyConnection, clean: Path, names: list[str]) -> None:
    """Load the sifted file as text; no fault is possible any more."""
    columns = ", ".join([f"{quote(LINE)} BIGINT", *(f"{quote(name)} VARCHAR" for name in names)])
    connection.execute(f"CREATE TABLE kept ({columns})")
    connection.execute(
        f"COPY kept FROM '{_quoted(clean)}'"
        " (AUTO_DETECT false, HEADER false, DELIMITER ',', QUOTE '\"', ESCAPE '\"',"
        f" NULLSTR '', ALLOW_QUOTED_NULLS true, MAX_LINE_SIZE {MAX_LINE})"
    )


def _refuse_mostly_bad(path: Path, connection: duckdb.DuckDBPyConnection, intake: Intake) -> None:
    row = connection.execute("SELECT COUNT(*) FROM kept").fetchone()
    assert row is not None
    good, bad = int(row[0]), len(intake.faults)
    if good == 0:
        raise IntakeError(f"{path.name}: no usable lines; {summary(intake.faults)}")
    if bad * MAX_BAD_SHARE > good + bad:
        text = f"{path.name}: {bad:,} of {good + bad:,} lines are bad, more than a tenth"
        raise IntakeError(f"{text}; {summary(intake.faults)}")


def summary(faults: list[Fault]) -> str:
    """Say what is wrong with which lines: the first few, and how many for each reason."""
    counted = Counter(fault.reason for fault in faults)
    parts = [f"{count:,} × {reason}" for reason, count in counted.most_common(5)]
    shown = ", ".join(str(fault.line) for fault in faults[:SHOWN_FAULTS])
    return f"{'; '.join(parts)} (lines {shown}{' …' if len(faults) > SHOWN_FAULTS else ''})"


def _write(connection: duckdb.DuckDBPyConnection, intake: Intake, target: Path) -> int:
    parts = ", ".join([column.selected() for column in intake.columns])
    order = f" ORDER BY {quote(LINE)}" if intake.form is not None else ""
    written = connection.execute(
        f"COPY (SELECT {parts} FROM kept{order}) TO '{_quoted(target)}' (FORMAT parquet)"  # noqa: S608
    ).fetchone()
    assert written is not None
    target.chmod(0o600)
    return int(written[0])


def _refuse_nested(path: Path, columns: list[tuple[str, str]]) -> None:
    for name, kind in columns:
        if kind.startswith(_NESTED) or kind.endswith("]"):
            text = f"{path.name}: column {name} is a {kind}; turn it into plain columns first"
            raise IntakeError(text)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
