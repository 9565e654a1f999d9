"""A simulation is the same program on another clock: repeatable, audited, on any store."""

from dataclasses import replace
from pathlib import Path

import pytest

from exchange.acts.last_signed import MemoryLastSigned
from exchange.acts.ledger_tables import LedgerEntry
from exchange.audit.replay import audit_exchange
from exchange.bootstrap import KINDS, TABLES, Secrets, log_identity
from exchange.market.models import Listing
from exchange.migrations.upgrade import upgrade
from exchange.simulation.run import Summary, simulate
from exchange.simulation.scenario import Scenario, load
from exchange.storage.digest import digest
from exchange.storage.engine import open_engine, sqlite_url
from exchange.storage.sql import SqlBackend
from exchange.storage.write_behind import MemoryBackend

ORIGIN = "test.fdx.example/ledger"
SECRETS = Secrets(bytes([1]) * 32, bytes([2]) * 32)


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return replace(load("quarter"), days=45, suppliers=8, buyers=10, request_ppm=80_000)


@pytest.fixture(scope="module")
def first(scenario: Scenario) -> tuple[Summary, MemoryBackend, MemoryLastSigned]:
    backend, cell = MemoryBackend(), MemoryLastSigned()
    told = simulate(scenario, 1, origin=ORIGIN, secrets=SECRETS, store=(backend, cell))
    return told, backend, cell


def test_the_same_seed_gives_the_same_ledger_root(
    scenario: Scenario, first: tuple[Summary, MemoryBackend, MemoryLastSigned]
) -> None:
    again = simulate(scenario, 1, origin=ORIGIN, secrets=SECRETS)
    assert again == first[0]
    assert simulate(scenario, 2, origin=ORIGIN, secrets=SECRETS).root != first[0].root


def test_something_happens_in_every_part_of_the_market(
    first: tuple[Summary, MemoryBackend, MemoryLastSigned],
) -> None:
    told, backend, _ = first
    assert min(told.listings, told.requests, told.contracts, told.answered) > 0
    assert told.captured_fen > 0
    assert 0 < told.listings_without_deal_ppm < 1_000_000
    assert all("模拟" in row.title_zh for row in backend.tables.all(Listing))


def test_the_audit_finds_nothing_in_a_simulated_market(
    first: tuple[Summary, MemoryBackend, MemoryLastSigned],
) -> None:
    _, backend, cell = first
    log = log_identity(ORIGIN, SECRETS.log).verifier
    report = audit_exchange(backend.tables, log, cell.read(), kinds=KINDS, models=TABLES)
    assert (report.ledger.faults, report.findings) == ((), ())
    assert report.ledger.size == first[0].ledger_size


def test_the_store_makes_no_difference(
    scenario: Scenario, tmp_path: Path, first: tuple[Summary, MemoryBackend, MemoryLastSigned]
) -> None:
    short = replace(scenario, days=20)
    roots, digests = set(), set()
    for name in ("memory", "write-behind", "sqlite"):
        engine = open_engine(sqlite_url(tmp_path / f"{name}.db"))
        upgrade(engine)
        backends: dict[str, MemoryBackend | SqlBackend] = {
            "memory": MemoryBackend(),
            "write-behind": MemoryBackend(engine, lazily=True),
            "sqlite": SqlBackend(engine),
        }
        backend = backends[name]
        told = simulate(
            short, 3, origin=ORIGIN, secrets=SECRETS, store=(backend, MemoryLastSigned())
        )
        if isinstance(backend, MemoryBackend):
            backend.flush()
        read = backend if name == "memory" else SqlBackend(engine)
        with read.snapshot() as tables:
            digests.add(digest(tables, (*TABLES, LedgerEntry)))
        roots.add(told.root)
        engine.dispose()
    assert (len(roots), len(digests)) == (1, 1)
    assert first[0].root not in roots


def test_progress_is_told_day_by_day(scenario: Scenario) -> None:
    days: list[int] = []
    simulate(replace(scenario, days=5), 1, progress=days.append)
    assert days == [1, 2, 3, 4, 5]
