"""The engine reads one store and nothing else, within a deadline."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from exchange.node.engine import Engine, EngineError, Limits
from exchange.node.rendering import Rendered

ESCAPES = (
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM read_parquet('store.parquet')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "ATTACH '/tmp/other.duckdb'",
    "ATTACH ':memory:' AS other",
    "COPY numbers TO '/tmp/numbers.csv'",
    "EXPORT DATABASE '/tmp/numbers'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET threads = 8",
    "SET memory_limit = '8GB'",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "RESET threads",
    "PRAGMA threads = 8",
    "CREATE SECRET s (TYPE s3)",
    "CREATE TABLE t (a INTEGER)",
    "INSERT INTO numbers VALUES (1)",
    "UPDATE numbers SET a = 0",
    "DELETE FROM numbers",
    "DROP TABLE numbers",
    "CALL enable_logging(storage = 'file')",
    "SELECT * FROM local_frame",
)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with one table of numbers."""
    path = tmp_path / "store.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE numbers AS SELECT range AS a FROM range(1000)")
    return path


@pytest.mark.parametrize("statement", ESCAPES)
def test_a_way_out_is_closed(store: Path, statement: str) -> None:
    local_frame = {"a": [1]}
    engine = Engine(store, Limits())
    with pytest.raises(EngineError):
        engine.run(Rendered(statement, ()))
    assert engine.run(Rendered("SELECT COUNT(*), SUM(a) FROM numbers", ())) == [(1000, 499500)]
    engine.close()
    assert local_frame == {"a": [1]}


def test_the_lock_down_is_found_by_trying(store: Path) -> None:
    engine = Engine(store, Limits())
    assert engine.is_locked_down()
    engine.close()


def test_an_open_engine_is_found_open(store: Path) -> None:
    engine = Engine(store, Limits())
    engine._connection.close()
    engine._connection = duckdb.connect()
    assert not engine.is_locked_down()
    engine.close()


def test_values_are_bound_and_never_text(store: Path) -> None:
    engine = Engine(store, Limits())
    rendered = Rendered("SELECT COUNT(*) FROM numbers WHERE a < CAST(? AS BIGINT)", (10,))
    assert engine.count(rendered) == (10,)
    engine.close()


def test_a_statement_ends_at_the_deadline_and_the_engine_goes_on(store: Path) -> None:
    engine = Engine(store, Limits(deadline_ms=100))
    heavy = "SELECT COUNT(*) FROM numbers a, numbers b, numbers c, numbers d WHERE a.a + b.a <> c.a"
    with pytest.raises(EngineError):
        engine.run(Rendered(heavy, ()))
    assert engine.count(Rendered("SELECT COUNT(*) FROM numbers", ())) == (1000,)
    engine.close()


def test_an_error_repeats_nothing_of_the_engines(store: Path) -> None:
    engine = Engine(store, Limits())
    with pytest.raises(EngineError) as caught:
        engine.run(Rendered("SELECT CAST('user77' AS INTEGER)", ()))
    assert "user77" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    engine.close()


def test_a_busy_engine_is_given_up_at_the_deadline(store: Path) -> None:
    engine = Engine(store, Limits(deadline_ms=50))
    with engine._lock, pytest.raises(EngineError):
        engine.run(Rendered("SELECT 1", ()))
    engine.close()
