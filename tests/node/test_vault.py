"""The vault: only what the rule needs is loaded, and the data version is committed to."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from decimal import Context, Decimal
from pathlib import Path

import duckdb
import pytest

from exchange.node.rule import Role, Rule, RuleColumn
from exchange.node.rule_file import parse_rule
from exchange.node.vault import VaultError, build_vault
from exchange.protocol.question import ValueType
from tests.node.scene import CANARY, RULE, SALT, rule_with


def columns_of(path: Path, table: str) -> list[str]:
    """List a stored table's columns."""
    with duckdb.connect(path, read_only=True) as connection:
        return [row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall()]


def test_hidden_columns_stay_in_the_file(trip_files: Path, tmp_path: Path) -> None:
    vault = build_vault(rule_with(3), trip_files, tmp_path / "v.duckdb", SALT)
    assert columns_of(vault.path, "trips") == [
        *("rider", "city", "line", "day", "night", "left_at", "fare", "stops")
    ]
    assert vault.rows == 162
    assert CANARY.encode() not in vault.path.read_bytes()
    assert vault.path.stat().st_mode & 0o777 == 0o600


def test_the_commitment_is_the_salted_digest_of_the_files(trip_files: Path, tmp_path: Path) -> None:
    vault = build_vault(rule_with(3), trip_files, tmp_path / "v.duckdb", SALT)
    digests = [
        hashlib.sha256((trip_files / name).read_bytes()).digest()
        for name in ("trips.parquet", "lines.parquet")
    ]
    assert vault.commitment == hashlib.sha256(SALT + b"".join(digests)).digest()
    again = build_vault(rule_with(3), trip_files, tmp_path / "w.duckdb", SALT)
    assert again.commitment == vault.commitment


def with_column(name: str, kind: ValueType) -> Rule:
    """Return the test rule with another type for one column."""
    rule = parse_rule(RULE.encode())
    first, *rest = rule.tables
    columns = [
        replace(each, type=kind, scale=0) if each.name == name else each for each in first.columns
    ]
    return replace(rule, tables=(replace(first, columns=tuple(columns)), *rest))


def test_a_value_that_does_not_fit_is_named_by_its_table_alone(
    trip_files: Path, tmp_path: Path
) -> None:
    rule = with_column("city", ValueType.INTEGER)
    with pytest.raises(VaultError, match="table trips: a value does not fit") as caught:
        build_vault(rule, trip_files, tmp_path / "v.duckdb", SALT)
    assert "福州" not in str(caught.value)


def test_a_missing_column_and_a_missing_file_are_named(trip_files: Path, tmp_path: Path) -> None:
    rule = rule_with(3)
    first, *rest = rule.tables
    extra = RuleColumn("nothing", ValueType.TEXT, first.columns[1].role, 0, None)
    widened = replace(first, columns=(*first.columns, extra))
    with pytest.raises(VaultError, match="the file has no column nothing"):
        build_vault(replace(rule, tables=(widened, *rest)), trip_files, tmp_path / "v", SALT)
    with pytest.raises(VaultError, match="cannot be read"):
        build_vault(rule, tmp_path, tmp_path / "v", SALT)


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "trips.parquet").write_bytes(b"PAR1 and nothing more")
    (tmp_path / "lines.parquet").write_bytes(b"")
    with pytest.raises(VaultError, match="not readable Parquet"):
        build_vault(rule_with(3), tmp_path, tmp_path / "v.duckdb", SALT)


def test_a_join_that_would_add_rows_is_refused(trip_files: Path, tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT * FROM (VALUES (1, 'a'), (1, 'b')) t(line, label))"
            f" TO '{tmp_path / 'lines.parquet'}' (FORMAT parquet)"
        )
    (tmp_path / "trips.parquet").write_bytes((trip_files / "trips.parquet").read_bytes())
    with pytest.raises(VaultError, match=r"lines\.line is not unique"):
        build_vault(rule_with(3), tmp_path, tmp_path / "v.duckdb", SALT)


def test_an_integer_that_json_cannot_hold_is_refused(trip_files: Path, tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT * REPLACE (9007199254740993 AS line) FROM '{trip_files / 'trips.parquet'}')"
            f" TO '{tmp_path / 'trips.parquet'}' (FORMAT parquet)"
        )
    (tmp_path / "lines.parquet").write_bytes((trip_files / "lines.parquet").read_bytes())
    with pytest.raises(VaultError, match="declare it as text"):
        build_vault(rule_with(3), tmp_path, tmp_path / "v.duckdb", SALT)


def with_fares(trip_files: Path, directory: Path, value: str) -> Path:
    """Write the test data with another fare."""
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT * REPLACE ({value} AS fare) FROM '{trip_files / 'trips.parquet'}')"
            f" TO '{directory / 'trips.parquet'}' (FORMAT parquet)"
        )
    (directory / "lines.parquet").write_bytes((trip_files / "lines.parquet").read_bytes())
    return directory


@pytest.mark.parametrize(
    ("value", "scale", "kept"),
    [
        ("'123456789012.1234567890123456'::DECIMAL(30,16)", 16, "123456789012.1234567890123456"),
        ("1.5e-07::DOUBLE", 8, "0.00000015"),
        ("0.1::FLOAT", 16, "0.1000000000000000"),
    ],
)
def test_a_decimal_is_held_exactly_in_its_scale(
    trip_files: Path, tmp_path: Path, value: str, scale: int, kept: str
) -> None:
    rule = rule_with(3)
    first, *rest = rule.tables
    columns = [
        replace(each, scale=scale) if each.name == "fare" else each for each in first.columns
    ]
    rule = replace(rule, tables=(replace(first, columns=tuple(columns)), *rest))
    files = with_fares(trip_files, tmp_path, value)
    vault = build_vault(rule, files, tmp_path / "v.duckdb", SALT)
    with duckdb.connect(vault.path, read_only=True) as connection:
        found = connection.execute("SELECT DISTINCT fare FROM trips").fetchall()
        assert [format(row[0], "f") for row in found] == [kept]
        [total] = connection.execute("SELECT SUM(fare) FROM trips").fetchall()
        assert total[0] == Context(prec=60).multiply(Decimal(kept), Decimal(162))


def test_a_table_of_hidden_columns_alone_holds_its_rows(trip_files: Path, tmp_path: Path) -> None:
    rule = rule_with(3)
    first, *rest = rule.tables
    hidden = [replace(each, role=Role.HIDDEN) for each in first.columns]
    tables = (replace(first, columns=tuple(hidden)), *rest)
    bare = replace(rule, tables=tables, unit=None, joins=(), analyses=(), quality=())
    vault = build_vault(bare, trip_files, tmp_path / "v.duckdb", SALT)
    assert vault.rows == 162
    assert columns_of(vault.path, "trips") == ["nothing"]


def test_a_missing_number_is_missing_and_not_a_number(tmp_path: Path, trip_files: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT * REPLACE ('NaN'::DOUBLE AS fare) FROM '{trip_files / 'trips.parquet'}')"
            f" TO '{tmp_path / 'trips.parquet'}' (FORMAT parquet)"
        )
    (tmp_path / "lines.parquet").write_bytes((trip_files / "lines.parquet").read_bytes())
    vault = build_vault(rule_with(3), tmp_path, tmp_path / "v.duckdb", SALT)
    with duckdb.connect(vault.path, read_only=True) as connection:
        assert connection.execute("SELECT COUNT(fare), COUNT(*) FROM trips").fetchall() == [
            (0, 162)
        ]
