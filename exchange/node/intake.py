"""Taking in somebody's own file: every line ends in the table or, with a reason, in the rejects."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import duckdb

from exchange.node.records import Record, read_records
from exchange.node.rendering import quote
from exchange.node.texts import MISSING, IntakeError, TextForm, detect, opened, read_lines
from exchange.node.typing_columns import LINE, TEXT, Typed, column_names, misfits, type_columns

MAX_COLUMNS: Final = 500
MAX_LINE: Final = 16 * 1024 * 1024
MAX_BAD_SHARE: Final = 10
PROGRESS_EVERY: Final = 100_000
SHOWN_FAULTS: Final = 10
_PARQUET: Final = b"PAR1"
_FLOATS: Final = ("FLOAT", "DOUBLE")
_TOLERANCE: Final = 100
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


@dataclass(slots=True)
class Intake:
    """What became of a file: the columns as typed, the rows taken in, the lines that were not.

    `form` is None for Parquet. `notes` say in sentences what was decided without being told.
    """

    table: str
    form: TextForm | None
    rows: int = 0
    missing: int = 0
    columns: list[Typed] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def take_in(path: Path, directory: Path, wanted: Wanted, told: Told) -> Intake:
    """Write `TABLE.parquet` and, if lines were bad, `TABLE.rejects.csv` into `directory`.

    Raises:
        IntakeError: the file is no CSV or Parquet, or more than a tenth of it is bad.
    """
    with opened(path) as file:
        is_parquet = file.read(4) == _PARQUET
    if is_parquet:
        return _take_parquet(path, directory, wanted)
    return _take_text(path, directory, wanted, told)


def _take_parquet(path: Path, directory: Path, wanted: Wanted) -> Intake:
    """Take in a file that is typed already: its types stay, unless the node cannot hold them."""
    intake = Intake(wanted.table, None)
    unpacked = directory / "unpacked.parquet"
    with path.open("rb") as raw:
        is_packed = raw.read(4) != _PARQUET
    connection = _connection()
    try:
        if is_packed:
            with opened(path) as file, unpacked.open("wb") as plain:
                shutil.copyfileobj(file, plain)
        _read_parquet(connection, path, unpacked if is_packed else path, intake)
        if intake.rows == 0:
            raise IntakeError(f"{path.name}: the Parquet file has no rows")
        _type(connection, intake, wanted, tolerance=0)
        _write(connection, intake, directory)
    except duckdb.Error as error:
        raise _failed(path, error) from error
    finally:
        connection.close()
        unpacked.unlink(missing_ok=True)
    return intake


def _read_parquet(
    connection: duckdb.DuckDBPyConnection, path: Path, plain: Path, intake: Intake
) -> None:
    """Load a Parquet file; a missing value is NULL however it is spelled, as in a text file."""
    # Without this a folder named `year=2020` would add a column.
    source = f"read_parquet('{_quoted(plain)}', hive_partitioning = false)"
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()  # noqa: S608
        columns = [(str(row[0]), str(row[1])) for row in described]
        _refuse_width(path, len(columns))
        _refuse_nested(path, columns)
        names = column_names([name for name, _ in columns], named=True)
        _note_names(intake, [name for name, _ in columns], names)
        parts = [
            f"{_present(quote(held), kind)} AS {quote(name)}"
            for (held, kind), name in zip(columns, names, strict=True)
        ]
        connection.execute(f"CREATE TABLE kept AS SELECT {', '.join(parts)} FROM {source}")  # noqa: S608
    except duckdb.Error as error:
        text = f"{path.name}: not readable as Parquet: damaged, or written in an unknown way"
        raise IntakeError(text) from error
    counts = ", ".join([f"COUNT({quote(name)})" for name in names])
    row = connection.execute(f"SELECT COUNT(*), {counts} FROM kept").fetchone()  # noqa: S608
    assert row is not None
    intake.rows = int(row[0])
    intake.missing = sum(intake.rows - int(count) for count in row[1:])


def _present(name: str, kind: str) -> str:
    if kind == TEXT:
        listed = ", ".join([f"'{each}'" for each in sorted(MISSING)])
        return f"CASE WHEN trim({name}) IN ({listed}) THEN NULL ELSE {name} END"
    if kind in _FLOATS:
        return f"CASE WHEN isnan({name}) THEN NULL ELSE {name} END"
    return name


def _take_text(path: Path, directory: Path, wanted: Wanted, told: Told) -> Intake:
    form = detect(path, header=wanted.header)
    intake = Intake(wanted.table, form)
    clean, rejects = directory / "clean.csv", directory / f"{wanted.table}.rejects.csv"
    connection = _connection()
    try:
        with rejects.open("w", encoding="utf-8", newline="") as bad:
            writer = csv.writer(bad)
            writer.writerow(["line", "reason", "content"])
            head = _sift(path, form, clean, intake, _Sink(writer, told))
            if wanted.header is None:
                intake.notes.insert(0, _heading(form, head))
            _load(connection, clean, head.names)
            _refuse_loss(path, connection, intake.rows)
            _type(connection, intake, wanted, tolerance=_TOLERANCE)
            for line, reason, content in misfits(connection, "kept", intake.columns):
                intake.faults.append(Fault(line, reason))
                writer.writerow([line, reason, content])
        _refuse_mostly_bad(path, connection, intake, head.line)
        _write(connection, intake, directory)
    except duckdb.Error as error:
        raise _failed(path, error) from error
    finally:
        connection.close()
        clean.unlink(missing_ok=True)
    rejects.chmod(0o600)
    if not intake.faults:
        rejects.unlink()
    intake.faults.sort(key=lambda fault: fault.line)
    return intake


def _connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def _failed(path: Path, error: duckdb.Error) -> IntakeError:
    """Name the kind of failure; the engine's own words may repeat values."""
    return IntakeError(f"{path.name}: the engine cannot hold it ({type(error).__name__})")


def _type(
    connection: duckdb.DuckDBPyConnection, intake: Intake, wanted: Wanted, *, tolerance: int
) -> None:
    as_text = frozenset(wanted.text_columns)
    intake.columns = type_columns(connection, "kept", as_text, tolerance)
    notes = [column.note() for column in intake.columns]
    intake.notes += [note for note in notes if note is not None]


@dataclass(frozen=True, slots=True)
class _Head:
    """The columns' names, and the line of the first record, which may have given them."""

    line: int
    names: list[str]


def _heading(form: TextForm, head: _Head) -> str:
    if form.header:
        return (
            f"line {head.line} is taken as the columns' names, for it stands above numbers,"
            " dates or truth values; if it is data, say --no-header"
        )
    return (
        f"line {head.line} is taken as data and the columns are called column_1 and so on, for"
        " nothing shows for certain that it holds names; if it does, say --header"
    )


def _note_names(intake: Intake, written: list[str], names: list[str]) -> None:
    for before, after in zip(written, names, strict=True):
        if before.strip() != after:
            intake.notes.append(f"column {before!r} is called {after}")


@dataclass(frozen=True, slots=True)
class _Sink:
    """Where bad lines and news of progress go."""

    rejects: Any
    told: Told


def _sift(path: Path, form: TextForm, clean: Path, intake: Intake, sink: _Sink) -> _Head:
    """Write the records of the right width to `clean`, one column for the line number first."""
    empty: list[int] = []
    records = read_records(read_lines(path, form.encoding), form.separator, empty)
    first = next(records, Record(0, [], None))
    if first.fault is not None:
        text = f"line {first.line}, the first, cannot be read: {first.fault}"
        raise IntakeError(f"{path.name}: {text}")
    names = column_names(first.cells, named=form.header)
    _refuse_width(path, len(names))
    if form.header:
        _note_names(intake, first.cells, names)
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
    if empty:
        text = f"{len(empty):,} empty lines (first: line {empty[0]}) hold no record"
        intake.notes.append(f"{text}; write two quotes where an empty cell is meant")
    return _Head(first.line, names)


def _keep(writer: Any, record: Record, intake: Intake) -> None:
    cells = [cell.strip() for cell in record.cells]
    kept = ["" if cell in MISSING else cell for cell in cells]
    intake.missing += sum(1 for cell in kept if not cell)
    intake.rows += 1
    writer.writerow([record.line, *kept])


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


def _refuse_loss(path: Path, connection: duckdb.DuckDBPyConnection, rows: int) -> None:
    loaded = _count(connection)
    if loaded != rows:
        raise IntakeError(f"{path.name}: of {rows:,} good lines the engine loaded {loaded:,}")


def _count(connection: duckdb.DuckDBPyConnection) -> int:
    row = connection.execute("SELECT COUNT(*) FROM kept").fetchone()
    assert row is not None
    return int(row[0])


def _refuse_mostly_bad(
    path: Path, connection: duckdb.DuckDBPyConnection, intake: Intake, first: int
) -> None:
    good, bad = _count(connection), len(intake.faults)
    if good + bad == 0:
        text = f"line {first} is taken as the columns' names and no line of data follows it"
        raise IntakeError(f"{path.name}: no usable lines: {text}")
    if good == 0:
        text = f"each of the {bad:,} lines of data is bad"
        raise IntakeError(f"{path.name}: no usable lines: {text}: {summary(intake.faults)}")
    if bad * MAX_BAD_SHARE > good + bad:
        text = f"{path.name}: {bad:,} of {good + bad:,} lines are bad, more than a tenth"
        raise IntakeError(f"{text}: {summary(intake.faults)}")


def summary(faults: list[Fault]) -> str:
    """Say what is wrong with which lines: the first few, and how many for each reason."""
    counted = Counter(fault.reason for fault in faults)
    parts = [f"{count:,} × {reason}" for reason, count in counted.most_common(5)]
    shown = ", ".join(str(fault.line) for fault in faults[:SHOWN_FAULTS])
    return f"{'; '.join(parts)} (lines {shown}{' …' if len(faults) > SHOWN_FAULTS else ''})"


def _write(connection: duckdb.DuckDBPyConnection, intake: Intake, directory: Path) -> None:
    target = directory / f"{intake.table}.parquet"
    parts = ", ".join([column.selected() for column in intake.columns])
    order = f" ORDER BY {quote(LINE)}" if intake.form is not None else ""
    written = connection.execute(
        f"COPY (SELECT {parts} FROM kept{order}) TO '{_quoted(target)}' (FORMAT parquet)"  # noqa: S608
    ).fetchone()
    assert written is not None
    target.chmod(0o600)
    intake.rows = int(written[0])


def _refuse_width(path: Path, width: int) -> None:
    if not 1 <= width <= MAX_COLUMNS:
        raise IntakeError(f"{path.name}: {width} columns; a table has 1 to {MAX_COLUMNS}")


def _refuse_nested(path: Path, columns: list[tuple[str, str]]) -> None:
    for name, kind in columns:
        if kind.startswith(_NESTED) or kind.endswith("]"):
            text = f"{path.name}: column {name} is a {kind}; turn it into plain columns first"
            raise IntakeError(text)


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
