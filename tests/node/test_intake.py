"""Taking files in: every line is kept or named, whatever the file looks like."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from exchange.node.intake import Fault, Intake, Wanted, take_in
from exchange.node.texts import IntakeError, TextForm, detect
from exchange.protocol.question import ValueType

HEAD = "name,age,city,paid"


def lines(count: int = 300) -> list[str]:
    """Make a clean file's lines."""
    return [HEAD, *(f"人{n},{n % 90},福州,{n / 4}" for n in range(count))]


def write(path: Path, content: list[str], encoding: str = "utf-8", end: str = "\n") -> Path:
    """Write lines to a file."""
    path.write_bytes((end.join(content) + end).encode(encoding))
    return path


def take(path: Path, **wanted: object) -> Intake:
    """Take a file in beside itself."""
    return take_in(path, path.parent, Wanted("t", **wanted), lambda _: None)  # type: ignore[arg-type]


def table(directory: Path, sql: str = "SELECT * FROM t") -> list[tuple[object, ...]]:
    """Query what was taken in."""
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW t AS SELECT * FROM '{directory / 't.parquet'}'")
        return connection.execute(sql).fetchall()


def rejects(directory: Path) -> list[list[str]]:
    """Read the file of bad lines."""
    with (directory / "t.rejects.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_clean_file_is_taken_in_whole(tmp_path: Path, encoding: str, end: str) -> None:
    intake = take(write(tmp_path / "f.csv", lines(), encoding, end))
    assert intake.form == TextForm(
        "gb18030" if encoding == "gb18030" else "utf-8", ",", header=True
    )
    assert [(c.name, c.type, c.scale, c.distinct) for c in intake.columns] == [
        ("name", ValueType.TEXT, 0, 300),
        ("age", ValueType.INTEGER, 0, 90),
        ("city", ValueType.TEXT, 0, 1),
        ("paid", ValueType.DECIMAL, 2, 300),
    ]
    assert (intake.rows, intake.missing, intake.faults) == (300, 0, [])
    assert table(tmp_path)[1] == ("人1", 1, "福州", 0.25)
    assert not (tmp_path / "t.rejects.csv").exists()


def test_a_packed_file_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "f.csv.gz"
    path.write_bytes(gzip.compress("\n".join(lines()).encode()))
    assert take(path).rows == 300


@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
def test_the_separator_is_found(tmp_path: Path, separator: str) -> None:
    path = write(tmp_path / "f.csv", [line.replace(",", separator) for line in lines()])
    assert detect(path) == TextForm("utf-8", separator, header=True)


@pytest.mark.parametrize(
    ("first", "header"),
    [
        ("1,2,3", False),
        ("a,b,c", True),
        # Words above numbers are names, whatever stands beside them.
        ("a,a,c", True),
        ("a,NA,c", True),
        (",b,c", True),
        (",,", False),
        ("a,2020,c", False),
        ("a,2020-01-01,c", False),
        ("姓名,年龄,省", True),
    ],
)
def test_a_header_is_told_from_data(tmp_path: Path, first: str, header: bool) -> None:
    path = write(tmp_path / "f.csv", [first, "4,5,6", "7,8,9"])
    assert detect(path).header is header
    assert detect(path, header=not header).header is not header
    assert take(path).rows == (2 if header else 3)


def test_bad_lines_are_named_kept_aside_and_cost_no_other_line(tmp_path: Path) -> None:
    content = lines()
    content[5] = "too,few"
    content[10] = 'stray"quote,4,福州,2.5'
    content[20] = '"open,4,福州,2.5'
    content[30] = "x,abc,福州,3"
    content[40] = "1,2,3,4,5"
    content[50] = '"closed, with comma",6,福州,1.5'
    content[60] = '"two\nlines",6,福州,1.5'
    intake = take(write(tmp_path / "f.csv", content))

    named = {fault.line: fault.reason for fault in intake.faults}
    assert named == {
        6: "2 fields instead of 4",
        21: "a quote is misplaced or not closed",
        31: "column age: no integer",
        41: "5 fields instead of 4",
    }
    assert intake.rows + len(intake.faults) == 300
    assert rejects(tmp_path)[0] == ["line", "reason", "content"]
    assert {int(row[0]) for row in rejects(tmp_path)[1:]} == set(named)
    assert ["41", "5 fields instead of 4", "1,2,3,4,5"] in rejects(tmp_path)
    assert (tmp_path / "t.rejects.csv").stat().st_mode & 0o777 == 0o600
    names = [row[0] for row in table(tmp_path, "SELECT name FROM t")]
    for kept in ('stray"quote', "closed, with comma", "two\nlines", "人298"):
        assert kept in names


def test_a_column_with_many_misfits_is_text(tmp_path: Path) -> None:
    content = ["code", *(str(n) for n in range(200)), *(f"X{n}" for n in range(10))]
    intake = take(write(tmp_path / "f.csv", content))
    assert (intake.columns[0].type, intake.rows, intake.faults) == (ValueType.TEXT, 210, [])


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["001", "002"], ValueType.TEXT),
        (["1", "-2", "0"], ValueType.INTEGER),
        (["1.50", "-2"], ValueType.DECIMAL),
        (["2020-01-31", "2020-02-01"], ValueType.DATE),
        (["2020-01-31 10:00:00", "2020-02-01 11:30:00"], ValueType.TIMESTAMP),
        (["true", "FALSE"], ValueType.BOOLEAN),
        (["2020-02-30", "2020-02-01"], ValueType.TEXT),
        (["9" * 30, "1"], ValueType.TEXT),
        (["1,5", "2"], ValueType.TEXT),
        (["inf", "1"], ValueType.TEXT),
        (["9007199254740992", "1"], ValueType.TEXT),
        (["9007199254740991", "1"], ValueType.INTEGER),
        (["2020-01-31T10:00:00+08:00", "2020-01-31T10:00:00"], ValueType.TEXT),
        (["2020-01-31 10:00:00.123456789"], ValueType.TEXT),
        (["infinity", "2020-01-31"], ValueType.TEXT),
        (["0000-01-01", "2020-01-31"], ValueType.TEXT),
    ],
)
def test_columns_are_typed_by_all_their_values(
    tmp_path: Path, values: list[str], kind: ValueType
) -> None:
    path = write(tmp_path / "f.csv", ["v;w", *(f"{value};x" for value in values)])
    intake = take(path, header=True)
    assert intake.columns[0].type is kind
    assert intake.rows == len(values)


def test_a_column_can_be_kept_as_text(tmp_path: Path) -> None:
    intake = take(write(tmp_path / "f.csv", lines()), text_columns=("age",))
    assert intake.columns[1].type is ValueType.TEXT


def test_missing_values_are_counted_and_not_typed(tmp_path: Path) -> None:
    intake = take(write(tmp_path / "f.csv", ["a,b", "1,NA", ",2", "NULL,3", "nan,4"]))
    assert [column.type for column in intake.columns] == [ValueType.INTEGER, ValueType.INTEGER]
    assert (intake.missing, intake.rows) == (4, 4)
    assert table(tmp_path) == [(1, None), (None, 2), (None, 3), (None, 4)]


def test_odd_names_become_usable_and_different(tmp_path: Path) -> None:
    head = 'a"b,2x,A"B,城市 (省),a;drop'
    intake = take(write(tmp_path / "f.csv", [head.replace('"', "'"), "1,2,3,4,5"]), header=True)
    names = [column.name for column in intake.columns]
    assert names == ["a_b", "c_2x", "A_B_2", "城市 (省)", "a_drop"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"a,b\n1,\x00\n", "NUL"),
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
        (b"a,b\n1,\xff\xff\n", "neither UTF-8 nor GB18030"),
        (b"a,b\n", "no usable lines: line 1 is taken as the columns' names and no line of data"),
        (b"a,b\n1\n2\n", "no usable lines: each of the 2 lines of data is bad: 2 × 1 fields"),
        (b"a,b\n1\n2\n3,4\n", "more than a tenth"),
        (b"\x01\x02\x03\n\x04abc\n", "holds control characters, so it is no text file"),
        (b'"a,b\n1,2\n', "line 1, the first, cannot be read: a quote is misplaced"),
        (b"PAR1 is how Parquet begins", "not readable as Parquet"),
        (b"\x1f\x8b is how gzip begins", "damaged"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(
    tmp_path: Path, content: bytes, why: str
) -> None:
    (tmp_path / "f.csv").write_bytes(content)
    with pytest.raises(IntakeError, match=why):
        take(tmp_path / "f.csv")
    assert not (tmp_path / "t.parquet").exists()


def test_a_cut_off_packed_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f.csv.gz").write_bytes(gzip.compress("\n".join(lines()).encode())[:-20])
    with pytest.raises(IntakeError, match="damaged"):
        take(tmp_path / "f.csv.gz")


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
def test_every_line_end_is_read(tmp_path: Path, end: str) -> None:
    content = lines()
    content[60] = '"two\nlines",6,福州,1.5'
    content[70] = "too,few"
    intake = take(write(tmp_path / "f.csv", content, end=end))
    assert intake.rows == 299
    assert intake.faults == [Fault(72, "2 fields instead of 4")]
    assert ("two\nlines",) in table(tmp_path, "SELECT name FROM t")


def test_a_long_field_is_read_and_too_long_a_one_is_named(tmp_path: Path) -> None:
    content = lines()
    content[5] = f"{'x' * 200_000},4,福州,2.5"
    content[6] = f"{'x' * 1_000_001},4,福州,2.5"
    intake = take(write(tmp_path / "f.csv", content))
    assert intake.faults == [Fault(7, "a field has more than 1,000,000 characters")]
    assert table(tmp_path, "SELECT max(length(name)) FROM t") == [(200_000,)]


def test_a_line_of_empty_cells_is_a_row(tmp_path: Path) -> None:
    intake = take(write(tmp_path / "f.tsv", ["a\tb", "1\t2", "\t", "3\t4"]))
    assert (intake.rows, intake.missing, intake.faults) == (3, 2, [])


def test_a_first_line_of_data_becomes_no_names_where_all_is_text(tmp_path: Path) -> None:
    path = write(tmp_path / "f.csv", [f"张{n},{'福厦'[n % 2]}州" for n in range(200)])
    intake = take(path)
    assert [column.name for column in intake.columns] == ["column_1", "column_2"]
    assert (intake.rows, table(tmp_path)[0]) == (200, ("张0", "福州"))
    assert intake.notes == [
        (
            "line 1 is taken as data and the columns are called column_1 and so on, for nothing"
            " shows for certain that it holds names; if it does, say --header"
        )
    ]
    told = take(path, header=True)
    assert ([column.name for column in told.columns], told.rows) == (["张0", "福州"], 199)
    assert told.notes == []


def test_the_line_taken_for_names_is_said(tmp_path: Path) -> None:
    intake = take(write(tmp_path / "f.csv", ["", *lines()]))
    assert intake.notes == [
        (
            "line 2 is taken as the columns' names, for it stands above numbers, dates or truth"
            " values; if it is data, say --no-header"
        ),
        (
            "1 empty lines (first: line 1) hold no record; write two quotes where an empty cell"
            " is meant"
        ),
    ]


def test_moments_with_offsets_become_utc_and_it_is_said(tmp_path: Path) -> None:
    moments = ["2020-01-01T03:00:00+08:00", "2020-01-01T03:00:00-05:00", "2020-01-01T03:00:00Z"]
    intake = take(write(tmp_path / "f.csv", ["at,n", *(f"{each},1" for each in moments)]))
    assert intake.columns[0].type is ValueType.TIMESTAMP
    assert "column at: moments with an offset are converted to UTC" in intake.notes
    assert [row[0] for row in table(tmp_path, "SELECT t.at::VARCHAR FROM t")] == [
        *("2019-12-31 19:00:00", "2020-01-01 08:00:00", "2020-01-01 03:00:00")
    ]


def test_decimals_are_kept_whole_or_the_rounding_is_said(tmp_path: Path) -> None:
    content = ["a,b", "0.123456789012,0.30000000000000004", "123456789012,1", "1.5,999999999999.5"]
    intake = take(write(tmp_path / "f.csv", content))
    assert [(each.type, each.scale) for each in intake.columns] == [
        (ValueType.DECIMAL, 12),
        (ValueType.DECIMAL, 16),
    ]
    assert table(tmp_path, "SELECT a FROM t") == [
        (Decimal("0.123456789012"),),
        (Decimal(123456789012),),
        (Decimal("1.5"),),
    ]
    assert intake.notes[1:] == [
        (
            "column b: values with more than 16 decimal places are rounded"
            " (1 of 3); --text keeps them whole, as text"
        )
    ]


@pytest.fixture
def parquet(tmp_path: Path) -> Callable[[str], Path]:
    """Write the result of a SELECT as Parquet."""

    def make(sql: str) -> Path:
        path = tmp_path / "f.parquet"
        with duckdb.connect() as connection:
            connection.execute(f"COPY ({sql}) TO '{path}' (FORMAT parquet)")
        return path

    return make


def test_parquet_keeps_its_types(parquet: Callable[[str], Path]) -> None:
    sql = (
        "SELECT range::INTEGER AS i, range / 4 AS d, range::DECIMAL(9,3) AS e, 'x' AS s,"
        " DATE '2020-01-01' AS day, TIMESTAMP '2020-01-01' AS at, true AS b, TIME '10:00' AS t"
        " FROM range(10)"
    )
    intake = take(parquet(sql))
    assert [column.type for column in intake.columns] == [
        *(ValueType.INTEGER, ValueType.DECIMAL, ValueType.DECIMAL, ValueType.TEXT),
        *(ValueType.DATE, ValueType.TIMESTAMP, ValueType.BOOLEAN, ValueType.TEXT),
    ]
    assert (intake.rows, intake.form, intake.columns[1].scale) == (10, None, 2)


def test_text_in_parquet_stays_text_unless_every_value_fits(parquet: Callable[[str], Path]) -> None:
    sql = (
        "SELECT CASE WHEN range = 7 THEN 'unknown' ELSE range::VARCHAR END AS a,"
        " range::VARCHAR AS b, lpad(range::VARCHAR, 3, '0') AS c FROM range(500)"
    )
    intake = take(parquet(sql))
    assert [column.type for column in intake.columns] == [
        *(ValueType.TEXT, ValueType.INTEGER, ValueType.TEXT)
    ]
    assert (intake.rows, intake.faults, intake.notes) == (500, [], [])


def test_names_and_missing_values_are_the_same_in_csv_and_parquet(
    parquet: Callable[[str], Path], tmp_path: Path
) -> None:
    packed = take(
        parquet("""SELECT * FROM (VALUES ('NA', 'NaN'::DOUBLE), ('1', 2)) t("x""y", b)""")
    )
    assert table(tmp_path) == [(None, None), (1, 2.0)]
    plain = take(write(tmp_path / "f.csv", ['"x""y",b', "NA,nan", "1,2.0"]), header=True)
    assert table(tmp_path) == [(None, None), (1, 2)]
    assert packed.missing == plain.missing == 2
    assert [column.name for column in packed.columns] == ["x_y", "b"]
    assert [column.name for column in plain.columns] == ["x_y", "b"]
    assert packed.notes == plain.notes == ["column 'x\"y' is called x_y"]


def test_parquet_types_that_the_node_does_not_have_lose_nothing(
    parquet: Callable[[str], Path], tmp_path: Path
) -> None:
    sql = (
        "SELECT TIMESTAMPTZ '2020-01-01 03:00:00+08' AS z, 1e20::DOUBLE AS huge,"
        " TIMESTAMP_NS '2020-01-01 00:00:00.123456789' AS ns, 18446744073709551615::UBIGINT AS u,"
        " 0.1::FLOAT AS f, 1.5e-07::DOUBLE AS tiny, 'infinity'::DATE AS never"
    )
    intake = take(parquet(sql))
    assert [(each.name, each.type, each.scale) for each in intake.columns] == [
        ("z", ValueType.TIMESTAMP, 0),
        ("huge", ValueType.TEXT, 0),
        ("ns", ValueType.TEXT, 0),
        ("u", ValueType.TEXT, 0),
        ("f", ValueType.DECIMAL, 1),
        ("tiny", ValueType.DECIMAL, 8),
        ("never", ValueType.TEXT, 0),
    ]
    assert intake.notes == ["column z: moments with an offset are converted to UTC"]
    assert table(tmp_path, "SELECT z::VARCHAR, huge, ns, u, never FROM t") == [
        (
            "2019-12-31 19:00:00",
            *("1e+20", "2020-01-01 00:00:00.123456789", "18446744073709551615", "infinity"),
        )
    ]


def test_parquet_without_rows_or_with_damage_is_refused_with_the_truth(
    parquet: Callable[[str], Path], tmp_path: Path
) -> None:
    with pytest.raises(IntakeError, match=r"f\.parquet: the Parquet file has no rows"):
        take(parquet("SELECT 1 AS a WHERE false"))
    path = parquet("SELECT range AS a, 'text' || range AS b FROM range(5000)")
    content = bytearray(path.read_bytes())
    content[10:2000] = bytes(1990)
    path.write_bytes(content)
    with pytest.raises(IntakeError, match="not readable as Parquet"):
        take(path)
    assert not (tmp_path / "t.parquet").exists()


def test_a_folder_adds_no_column_and_a_packed_parquet_is_unpacked(tmp_path: Path) -> None:
    folder = tmp_path / "year=2020"
    folder.mkdir()
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT 1 AS a) TO '{folder / 'f[1].parquet'}' (FORMAT parquet)")
    assert [column.name for column in take(folder / "f[1].parquet").columns] == ["a"]
    (folder / "g.gz").write_bytes(gzip.compress((folder / "f[1].parquet").read_bytes()))
    assert take(folder / "g.gz").rows == 1
    assert sorted(each.name for each in folder.iterdir()) == ["f[1].parquet", "g.gz", "t.parquet"]


def test_nested_parquet_is_refused_by_its_column(parquet: Callable[[str], Path]) -> None:
    with pytest.raises(IntakeError, match="column a is a STRUCT"):
        take(parquet("SELECT {'x': 1} AS a"))
    with pytest.raises(IntakeError, match="column a is a INTEGER"):
        take(parquet("SELECT [1] AS a"))


def test_an_unclosed_quote_swallows_no_file(tmp_path: Path) -> None:
    content = lines(400)
    content[100] = '"never closed,4,福州,2.5'
    intake = take(write(tmp_path / "f.csv", content))
    assert intake.rows == 399
    assert intake.faults == [Fault(101, "a quote is misplaced or not closed")]


@pytest.mark.parametrize("odd", ["宁德".encode("gb18030"), b"\xe7"], ids=["gb18030", "cut"])
def test_a_utf8_file_with_a_line_of_another_encoding_is_refused_by_that_line(
    tmp_path: Path, odd: bytes
) -> None:
    lines = ["编号,城市".encode(), *(f"{n},福州".encode() for n in range(200))]
    lines[50] = b"49," + odd
    path = tmp_path / "mixed.csv"
    path.write_bytes(b"\n".join(lines) + b"\n")
    with pytest.raises(IntakeError) as refusal:
        detect(path)
    assert "UTF-8 but for 1 lines (first: 51)" in refusal.value.text


def test_a_gb18030_file_of_short_lines_is_no_mixture(tmp_path: Path) -> None:
    cities = ["福州", "厦门", "泉州", "漳州", "莆田", "三明", "南平", "龙岩", "宁德", "平潭"]
    path = tmp_path / "short.csv"
    path.write_bytes(
        "\n".join(["城市,数", *(f"{c},{n}" for n, c in enumerate(cities * 9))]).encode("gb18030")
    )
    assert detect(path).encoding == "gb18030"


def test_empty_lines_are_counted_and_a_quoted_empty_cell_is_a_row(tmp_path: Path) -> None:
    content = ["n", *(str(n) for n in range(50)), "", "", '""', "7"]
    intake = take(write(tmp_path / "one.csv", content))
    assert (intake.rows, intake.missing) == (52, 1)
    assert any("2 empty lines (first: line 52)" in note for note in intake.notes)
