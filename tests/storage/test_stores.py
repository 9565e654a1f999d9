"""The three stores are one: the same writes give the same rows, undo included."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import SQLModel

from exchange.actors import Role
from exchange.acts.ledger_tables import LedgerCheckpoint, Payload
from exchange.acts.participants import Participant, ParticipantKey
from exchange.errors import ConflictError, NotFoundError
from exchange.storage.digest import digest
from exchange.storage.engine import open_engine, sqlite_url
from exchange.storage.sql import SqlBackend
from exchange.storage.store import Tables, Writer, require
from exchange.storage.tables import Row
from exchange.storage.write_behind import MemoryBackend

MODELS: tuple[type[Row], ...] = (Participant, ParticipantKey, Payload)
Backend = MemoryBackend | SqlBackend


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(sqlite_url(tmp_path / "store.db"))
    SQLModel.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture(params=["memory", "write-behind", "sqlite"])
def backend(request: pytest.FixtureRequest, engine: Engine) -> Backend:
    makers: dict[str, Callable[[], Backend]] = {
        "memory": MemoryBackend,
        "write-behind": lambda: MemoryBackend(engine),
        "sqlite": lambda: SqlBackend(engine),
    }
    return makers[request.param]()


def participant(key: str) -> Participant:
    return Participant(id=key, name=f"公司 {key}", joined=bytes(32), asked=["buyer"], roles=[])


def test_rows_come_back_as_they_were_written(backend: Backend) -> None:
    with backend.batch() as tables:
        writer = Writer(tables, 7)
        writer.add(participant("p1"))
        writer.advance(require(writer, Participant, "p1"), "party.admit", roles=["buyer"])
    with backend.snapshot() as tables:
        row = require(tables, Participant, "p1")
        assert (row.name, row.roles, row.state.value, row.entry) == (
            "公司 p1",
            [Role.BUYER],
            "admitted",
            7,
        )
        assert [r.id for r in tables.find(Participant, state="admitted")] == ["p1"]
        assert tables.find(Participant, state="joined") == []


def test_an_unknown_key_is_named_by_its_table(backend: Backend) -> None:
    with backend.snapshot() as tables, pytest.raises(NotFoundError) as refusal:
        require(tables, Participant, "p9")
    assert refusal.value.code == "participant.unknown"


def test_a_savepoint_undoes_inserts_updates_and_deletes(backend: Backend) -> None:
    with backend.batch() as tables:
        Writer(tables, 0).add(participant("p1"))
        Writer(tables, 0).add(participant("p2"))
        before = digest(tables, MODELS)
        with pytest.raises(ConflictError), tables.savepoint():
            writer = Writer(tables, 1)
            writer.add(participant("p3"))
            writer.change(require(writer, Participant, "p1"), name="other")
            writer.advance(require(writer, Participant, "p1"), "party.admit")
            writer.remove(require(writer, Participant, "p2"))
            writer.advance(require(writer, Participant, "p1"), "party.admit")
        assert digest(tables, MODELS) == before
    with backend.snapshot() as tables:
        assert digest(tables, MODELS) == before


def test_a_batch_that_fails_leaves_nothing(backend: Backend) -> None:
    with pytest.raises(ConflictError), backend.batch() as tables:
        Writer(tables, 0).add(participant("p1"))
        raise ConflictError("test.fault", "on purpose")
    with backend.snapshot() as tables:
        assert list(tables.all(Participant)) == []


def test_a_span_gives_rows_by_consecutive_keys(backend: Backend) -> None:
    with backend.batch() as tables:
        for size in (1, 2, 4, 7):
            tables.insert(LedgerCheckpoint(id=size, note=str(size)))
    with backend.snapshot() as tables:
        assert [row.id for row in tables.span(LedgerCheckpoint, 2, 7)] == [2, 4]
        assert tables.span(LedgerCheckpoint, 8, 8) == []


def test_find_takes_declared_indexes_only(backend: Backend) -> None:
    with backend.snapshot() as tables, pytest.raises(AssertionError):
        tables.find(Participant, name="x")


Step = tuple[str, int]
STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "rename", "admit", "remove", "fail"]), st.integers(0, 4)),
    max_size=25,
)


def play(backend: Backend, steps: list[Step]) -> bytes:
    for number, (what, which) in enumerate(steps):
        with backend.batch() as tables:
            try:
                with tables.savepoint():
                    step(tables, number, what, f"p{which}")
            except (ConflictError, NotFoundError):
                continue
    with backend.snapshot() as tables:
        return digest(tables, MODELS)


def step(tables: Tables, number: int, what: str, key: str) -> None:
    writer = Writer(tables, number)
    if what == "add":
        if tables.get(Participant, key) is None:
            writer.add(participant(key))
        return
    row = require(writer, Participant, key)
    if what == "remove":
        writer.remove(row)
    elif what == "rename":
        writer.change(row, name=f"name {number}")
    else:
        writer.advance(row, "party.admit", roles=[str(number)])
        if what == "fail":
            raise ConflictError("test.fault", "on purpose")


@settings(max_examples=25, deadline=None)
@given(STEPS)
def test_all_stores_agree_on_any_history(
    tmp_path_factory: pytest.TempPathFactory, steps: list[Step]
) -> None:
    folder = tmp_path_factory.mktemp("stores")
    engines = [open_engine(sqlite_url(folder / f"{n}.db")) for n in range(2)]
    for engine in engines:
        SQLModel.metadata.create_all(engine)
    told = play(MemoryBackend(), steps)
    assert play(SqlBackend(engines[0]), steps) == told
    assert play(MemoryBackend(engines[1]), steps) == told
    with SqlBackend(engines[1]).snapshot() as written:
        assert digest(written, MODELS) == told
    for engine in engines:
        engine.dispose()


def test_sqlite_is_durable_and_enforces_keys(engine: Engine) -> None:
    with engine.connect() as connection:
        asked = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert asked == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_other_databases_are_refused() -> None:
    with pytest.raises(ValueError, match="SQLite or PostgreSQL"):
        open_engine("mysql://localhost/x")
