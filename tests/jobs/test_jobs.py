"""Time brings what is due, once, whoever wakes the sweepers."""

from concurrent.futures import Future

import pytest

from exchange.acts.unit_of_work import Decision, UnitOfWork
from exchange.assets.states import AssetState
from exchange.bootstrap import GUARDS, KINDS, TABLES, TIMED
from exchange.clock import from_ms
from exchange.errors import ConflictError
from exchange.jobs.deadlines import fire_due
from exchange.jobs.schedule import jobs_of
from exchange.jobs.scheduler import Job, start_jobs
from exchange.jobs.settlement_day import close_days
from exchange.market.service import SetTariff, set_tariff
from exchange.settlement.models import SettlementDay
from exchange.storage.tables import Deadline
from tests.assets.registration import Registry
from tests.world import World


@pytest.fixture
def world() -> World:
    world = World(KINDS, TABLES, guards=GUARDS)
    world.operate(set_tariff, SetTariff(fee_ppm=20_000, vat_ppm=60_000))
    return world


@pytest.fixture
def registry() -> Registry:
    return Registry()


def test_a_deadline_fires_when_it_has_passed_and_only_once(registry: Registry) -> None:
    world, asset = registry.world, registry.noticed()
    deadline = world.get(Deadline, f"asset:{asset}")
    assert fire_due(world.exchange, TIMED) == 0
    world.clock.advance_to(from_ms(deadline.due_ms))
    assert fire_due(world.exchange, TIMED) == 1
    assert registry.asset(asset).state is AssetState.REGISTERED
    assert fire_due(world.exchange, TIMED) == 0
    assert world.digest() == world.replay_digest()


def test_a_deadline_that_somebody_was_faster_with_is_passed_over(registry: Registry) -> None:
    world, asset = registry.world, registry.noticed()
    world.advance(days=30)

    def overtaken(uow: UnitOfWork, subject: str) -> Decision:
        raise ConflictError("asset.state", f"{uow.actor.id} was faster with {subject}")

    before = world.digest()
    assert fire_due(world.exchange, {"asset.code": overtaken}) == 0
    assert world.digest() == before
    assert registry.asset(asset).state is AssetState.NOTICE


def test_a_settlement_day_is_closed_once(world: World) -> None:
    world.advance(days=1)
    assert close_days(world.exchange) == 1
    assert close_days(world.exchange) == 0
    yesterday = world.get(SettlementDay, "2026-03-02")
    assert (yesterday.complete, yesterday.lines) == (True, 0)


def test_a_sweep_of_all_jobs_on_an_idle_exchange_does_nothing_twice(world: World) -> None:
    world.advance(days=1)
    first = [job.run() for job in jobs_of(world.exchange)]
    assert sum(first) == 1
    assert sum(job.run() for job in jobs_of(world.exchange)) == 0


def test_the_scheduler_wakes_a_job_and_survives_its_failure() -> None:
    woken: Future[int] = Future()
    calls: list[int] = []

    def run() -> int:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("on purpose")
        if not woken.done():
            woken.set_result(len(calls))
        return 1

    scheduler = start_jobs((Job("test", 1, run),))
    try:
        assert woken.result(timeout=60) == 2
    finally:
        scheduler.shutdown()


def test_the_operators_acts_are_in_the_table_of_timers() -> None:
    assert set(TIMED) <= set(KINDS)
