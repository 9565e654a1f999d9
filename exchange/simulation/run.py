"""One run: days pass, everybody acts, deadlines fire, days are settled."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from exchange.acts.last_signed import LastSigned, MemoryLastSigned
from exchange.acts.ledger_tables import LedgerHead
from exchange.acts.sequencer import Backend
from exchange.bootstrap import Secrets
from exchange.disputes.models import Dispute
from exchange.grants.models import Question
from exchange.grants.states import QuestionState
from exchange.ids import SeededIds
from exchange.jobs.schedule import jobs_of
from exchange.market.models import Contract, Listing, Request
from exchange.settlement.models import Capture
from exchange.simulation.demand import Demand
from exchange.simulation.scenario import Scenario
from exchange.simulation.supply import Supply
from exchange.simulation.world import World, open_world
from exchange.storage.store import Tables
from exchange.storage.write_behind import MemoryBackend
from ledger.checkpoint import open_checkpoint
from ledger.encoding import b64


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of a run; `root` is the ledger's, in base64, equal for equal seeds."""

    scenario: str
    seed: int
    days: int
    listings: int
    requests: int
    contracts: int
    listings_without_deal_ppm: int
    answered: int
    captured_fen: int
    disputes: int
    ledger_size: int
    root: str


def simulate(
    scenario: Scenario,
    seed: int,
    *,
    origin: str = "simulation.fdx.example/ledger",
    secrets: Secrets | None = None,
    store: tuple[Backend, LastSigned] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Summary:
    """Run a scenario through the real services; the same seed gives the same ledger root.

    The store is memory unless another is given; `progress` is told the number of days done.
    """
    ids = SeededIds(f"{scenario.name}/{seed}".encode())
    keys = secrets or Secrets(ids.token(32), ids.token(32))
    backend, cell = store or (MemoryBackend(), MemoryLastSigned())
    world = open_world(scenario, origin, keys, (backend, cell), ids)
    supply, demand = Supply(world, scenario, seed), Demand(world, scenario, seed)
    for day in range(scenario.days):
        world.clock.advance_to(scenario.start + timedelta(days=day + 1))
        for job in jobs_of(world.exchange):
            job.run()
        supply.live_a_day(day)
        demand.live_a_day()
        if progress is not None:
            progress(day + 1)
    return _summary(world, scenario, seed, cell)


def _summary(world: World, scenario: Scenario, seed: int, cell: LastSigned) -> Summary:
    checkpoint = open_checkpoint(cell.read(), world.exchange.log.verifier)
    with world.exchange.backend.snapshot() as tables:
        listings = [row.id for row in tables.all(Listing)]
        sold = {row.listing for row in tables.all(Contract)}
        unsold = sum(1 for listing in listings if listing not in sold)
        head = tables.get(LedgerHead, 1)
        assert head is not None
        assert head.size == checkpoint.size
        return Summary(
            scenario=scenario.name,
            seed=seed,
            days=scenario.days,
            listings=len(listings),
            requests=_count(tables, Request),
            contracts=_count(tables, Contract),
            listings_without_deal_ppm=unsold * 1_000_000 // max(1, len(listings)),
            answered=len(tables.find(Question, state=QuestionState.ANSWERED)),
            captured_fen=sum(row.gross_fen for row in tables.all(Capture)),
            disputes=_count(tables, Dispute),
            ledger_size=head.size,
            root=b64(checkpoint.root),
        )


def _count(tables: Tables, model: type[Request] | type[Contract] | type[Dispute]) -> int:
    return sum(1 for _ in tables.all(model))
