"""The demo's house: folders, the shared clock, the market's simulated past, the site, the nodes."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import waitress

from exchange.actors import Role
from exchange.acts.last_signed import FileLastSigned, MemoryLastSigned
from exchange.acts.participants import Participant, ParticipantState
from exchange.acts.sealing import Custody
from exchange.bootstrap import Running, open_exchange, read_secrets
from exchange.clock import FileClock, SystemClock, iso
from exchange.context import Exchange
from exchange.demo.processes import NodeProcess, Surroundings
from exchange.demo.stage import Stage
from exchange.demo.story import OWN
from exchange.errors import InvalidError
from exchange.grants.nodes import HttpNodes
from exchange.identity.accounts import Credentials
from exchange.ids import SystemIds
from exchange.jobs.schedule import housekeeping, jobs_of
from exchange.jobs.scheduler import Job
from exchange.migrations.upgrade import upgrade
from exchange.parties.service import Admit, Censure, admit, suspend
from exchange.settings import Settings
from exchange.simulation.run import Summary, simulate
from exchange.simulation.scenario import load
from exchange.storage.engine import open_engine, sqlite_url
from exchange.storage.write_behind import MemoryBackend
from exchange.web.app import create_app
from exchange.web.site import DemoAccount, Site

PASSWORD = "fujian-demo-2026"  # noqa: S105 - printed for everybody; the demo listens on loopback
ORIGIN = "demo.fdx.example/ledger"
PARTS = ("transport", "weather", "health")
HISTORY = "quarter"
HISTORY_SEED = 2025
#: Accounts that a visitor may try, at least one for each role.
ACCOUNTS = (
    DemoAccount("supplier", "supplier", PASSWORD),
    DemoAccount("supplier", "weather", PASSWORD),
    DemoAccount("supplier", "health", PASSWORD),
    DemoAccount("buyer", "buyer", PASSWORD),
    DemoAccount("registrar", "registrar", PASSWORD),
    DemoAccount("appraiser", "appraiser", PASSWORD),
    DemoAccount("arbitrator", "arbitrator", PASSWORD),
    DemoAccount("clearer", "clearing", PASSWORD),
    DemoAccount("operator", "operator", PASSWORD),
)
_THREADS = 8
_PORTS = 100


@dataclass(frozen=True, slots=True)
class Wish:
    """What kind of demo: where files stay (None: nowhere), whose data joins, from which port.

    `port` 0 takes any free one.
    """

    keep: Path | None
    data: Path | None
    port: int


@dataclass(frozen=True, slots=True)
class Theatre:
    """An open demo: the running exchange, its site's address, its nodes, and the past's summary.

    `clock` is what another process has to take as FDX_CLOCK to share the demo's time.
    """

    running: Running
    url: str
    folder: Path
    nodes: tuple[NodeProcess, ...]
    stage: Stage
    history: Summary
    clock: str
    jobs: tuple[Job, ...]
    accounts: tuple[DemoAccount, ...]


@contextmanager
def open_theatre(wish: Wish, tell: Callable[[str, str], None]) -> Iterator[Theatre]:
    """Open everything that the story needs, and end it cleanly afterwards.

    Raises:
        InvalidError: the folder to keep is not empty.
    """
    with ExitStack() as stack:
        folder = _folder(wish.keep, stack)
        aside = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fdx-clock-")))
        tell("先用仿真写出市场的过去（模拟）", "first the market's past is simulated")
        history = _past(folder / "exchange")
        clock = FileClock(aside / "clock", _begin())
        settings = Settings(
            data=folder / "exchange",
            database_url=sqlite_url((folder / "exchange" / "exchange.db").absolute()),
            clock=clock,
            origin=ORIGIN,
            host="127.0.0.1",
            port=wish.port,
            demo=True,
            https=False,
        )
        running = open_exchange(settings, on_fault=_give_up)
        stack.callback(running.close)
        _retire_arbitrators(running.exchange)
        accounts: tuple[DemoAccount, ...] = ACCOUNTS
        if wish.data is not None:
            accounts += (DemoAccount("supplier", OWN, PASSWORD),)
        site = _site(running, settings, accounts)
        url = _serve(site, wish.port, stack)
        shared = f"virtual:{iso(_begin())}@{aside / 'clock'}"
        around = Surroundings(url, running.exchange.log.verifier.vkey, shared)
        tell(
            "创建域节点（各自独立的进程与目录）", "domain nodes are made, each a process of its own"
        )
        nodes = _nodes(folder / "nodes", wish.data, around, stack)
        jobs = (*jobs_of(running.exchange), housekeeping(site.identity))
        stage = _stage(running.exchange, clock, nodes, jobs, tell)
        yield Theatre(running, url, folder, nodes, stage, history, shared, jobs, accounts)


def _folder(keep: Path | None, stack: ExitStack) -> Path:
    if keep is None:
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fdx-demo-")))
    if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise InvalidError("demo.keep", f"{keep} is not empty; name a new folder for --keep")
    keep.mkdir(parents=True, exist_ok=True)
    return keep


def _past(folder: Path) -> Summary:
    """Write ninety simulated days into a new exchange's folder."""
    folder.mkdir(parents=True)
    engine = open_engine(sqlite_url((folder / "exchange.db").absolute()))
    upgrade(engine)
    backend, cell = MemoryBackend(engine, lazily=True), MemoryLastSigned()
    summary = simulate(
        load(HISTORY),
        HISTORY_SEED,
        origin=ORIGIN,
        secrets=read_secrets(folder),
        store=(backend, cell),
    )
    backend.flush()
    FileLastSigned(folder / "last-signed").swap("", cell.read())
    engine.dispose()
    return summary


def _retire_arbitrators(exchange: Exchange) -> None:
    """Suspend the simulated arbitrators, so that disputes are drawn to one who can be there."""
    with exchange.snapshot() as reader:
        admitted = reader.find(Participant, state=ParticipantState.ADMITTED)
        simulated = [row.id for row in admitted if row.roles == [Role.ARBITRATOR.value]]
    for participant in simulated:
        exchange.operate(suspend, Censure(participant, "仿真期结束"))


def _begin() -> datetime:
    scenario = load(HISTORY)
    return scenario.start + timedelta(days=scenario.days + 1)


def _site(running: Running, settings: Settings, accounts: tuple[DemoAccount, ...]) -> Site:
    site = Site(
        exchange=running.exchange,
        engine=running.engine,
        real_clock=SystemClock(),
        ids=SystemIds(),
        nodes=HttpNodes(loopback=True),
        last_signed=running.last_signed,
        demo=True,
        demo_accounts=accounts,
    )
    operator = read_secrets(settings.data).operator
    site.accounts.open(Credentials("operator", PASSWORD), "operator", Custody("k1", operator))
    return site


def _serve(site: Site, port: int, stack: ExitStack) -> str:
    server = _bind(create_app(site), port)
    thread = Thread(target=server.run, name="site", daemon=True)
    thread.start()
    stack.callback(server.task_dispatcher.shutdown)
    stack.callback(thread.join, 10)
    stack.callback(server.close)
    return f"http://localhost:{server.effective_port}"


def _bind(app: Any, port: int) -> Any:
    """Listen on the port that was asked for, or the next free one above it."""
    last = port + _PORTS if port else port
    for candidate in range(port, last + 1):
        try:
            return waitress.create_server(app, host="127.0.0.1", port=candidate, threads=_THREADS)
        except OSError:
            if candidate == last:
                raise
    raise AssertionError("a range has at least one port")


def _nodes(
    folder: Path, data: Path | None, around: Surroundings, stack: ExitStack
) -> tuple[NodeProcess, ...]:
    folder.mkdir()
    nodes = [NodeProcess(part, folder / part, ["demo", "--part", part], around) for part in PARTS]
    if data is not None:
        nodes.append(NodeProcess(OWN, folder / OWN, ["init", "--data", str(data)], around))
    # All are asked to end before one is waited for.
    for step in (NodeProcess.close, NodeProcess.stop):
        for node in nodes:
            stack.callback(step, node)
    for node in nodes:
        node.made()
    return tuple(nodes)


def _stage(
    exchange: Exchange,
    clock: FileClock,
    nodes: tuple[NodeProcess, ...],
    jobs: tuple[Job, ...],
    tell: Callable[[str, str], None],
) -> Stage:

    def sweep() -> None:
        for job in jobs:
            job.run()

    def admit_staff(participant: str, role: Role) -> None:
        exchange.operate(admit, Admit(participant, (role,)))

    return Stage(nodes, clock.now, clock.advance_to, sweep, admit_staff, tell)


def _give_up() -> None:
    os._exit(74)
