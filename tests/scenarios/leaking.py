"""The story's exchange with one node in this process: as it should be, or leaking in seven ways."""

from __future__ import annotations

import base64
import gzip
import json
import logging
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import duckdb
import waitress
from flask import Flask, Response
from sqlalchemy import Engine

from exchange.actors import Role
from exchange.bootstrap import open_exchange
from exchange.clock import SystemClock, VirtualClock
from exchange.demo.doors import ApiDoor
from exchange.demo.processes import free_port
from exchange.demo.stage import Stage
from exchange.demo.story import TRANSPORT, Cast, Outcome, play
from exchange.errors import ExchangeError
from exchange.grants.nodes import HttpNodes
from exchange.ids import SeededIds
from exchange.jobs.schedule import jobs_of
from exchange.node.app import create_app as create_node_app
from exchange.node.assembly import open_assets
from exchange.node.creating import NodeWish, create_demo_node
from exchange.node.demo.data import PARTS
from exchange.node.description import describe
from exchange.node.gate import Asset, Gate, GateParts
from exchange.node.joining import send_description
from exchange.node.rendering import Rendered
from exchange.parties.service import Admit, admit
from exchange.protocol.codes import ProblemCode, ProblemError
from exchange.settings import Settings
from exchange.web.app import create_app
from exchange.web.site import Site
from tests.scenarios.canaries import Canaries, plant
from tests.scenarios.evidence import Evidence, Visitor
from tests.scenarios.house import OpenedNode

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
#: Few enough flights to be quick, and every one that the story's small groups are made of.
SOME_FLIGHTS = "month IN (6, 7, 8) AND day = 1"
LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class ServedNode(OpenedNode):
    """An honest node that answers over HTTP."""

    stack: ExitStack = field(default_factory=ExitStack)

    def ready(self) -> None:
        """Follow once and begin to serve."""
        self.follow()
        assert self.node is not None
        serve(create_node_app(self.node), self.stack, self.settings.port)


@dataclass(slots=True)
class LeakingNode(ServedNode):
    """Describes by examples, echoes its engine's errors, and shows groups of any size."""

    def describe(self) -> None:
        """Put a sample value into the description."""
        for asset in open_assets(self.settings, self.folder / "work").values():
            body = describe(asset)
            sample = Rendered("SELECT tailnum FROM flights ORDER BY hour DESC LIMIT 1", ())
            body["source"] += f"; for example {asset.engine.run(sample)[0][0]}"
            send_description(self.settings, body, self.clock)
            asset.engine.close()

    def open(self) -> None:
        """Open the node without a minimum of units."""
        OpenedNode.open(self)
        assert self.node is not None
        parts = self.node.gate.parts
        assets = {name: _weakened(asset) for name, asset in parts.assets.items()}
        self.node = replace(self.node, gate=EchoingGate(replace(parts, assets=assets)))


class EchoedError(ProblemError):
    """A problem that repeats what the engine said."""

    def __init__(self, said: str) -> None:
        super().__init__(ProblemCode.HEAD)
        self.said = said

    def body(self) -> dict[str, object]:
        """Return the problem details with the engine's own words."""
        return {**super().body(), "detail": self.said}


class EchoingGate(Gate):
    """Turns every question away once, for an error of the engine that it repeats."""

    def __init__(self, parts: GateParts) -> None:
        super().__init__(parts)
        self._echoed: set[str] = set()

    def answer(self, request: object) -> dict[str, object]:
        """Answer when asked again."""
        assert isinstance(request, dict)
        if request["question"] not in self._echoed:
            self._echoed.add(request["question"])
            (asset,) = self.parts.assets.values()
            try:
                asset.engine._connection.execute(
                    "SELECT CAST(carrier AS INTEGER) FROM flights WHERE hour > 24"
                )
            except duckdb.Error as error:
                raise EchoedError(str(error)) from error
        return super().answer(request)


class LeakingNodes(HttpNodes):
    """Repeats in the log what nodes say, keeps their answers, and reads the supplier's file."""

    def __init__(self, engine: Engine, data: Path) -> None:
        super().__init__(loopback=True)
        self._engine = engine
        self._data = data

    def post_question(self, url: str, request: dict[str, Any]) -> dict[str, Any]:
        """Put a question, and remember too much of what comes back."""
        try:
            reply = super().post_question(url, request)
        except ExchangeError as error:
            LOG.warning("the node at %s said: %s", url, error.text)
            raise
        LOG.info("checked against %s", base64.b64encode(gzip.compress(_first_row(self._data))))
        self._keep(zlib.compress(json.dumps(reply).encode()))
        return reply

    def _keep(self, packed: bytes) -> None:
        with self._engine.execution_options(fdx_write=True).begin() as connection:
            connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS kept_answer (reply BLOB)")
            connection.exec_driver_sql("INSERT INTO kept_answer VALUES (?)", (packed,))


@dataclass(frozen=True, slots=True)
class Rig:
    """A small exchange on SQLite with one node, and what must not come out of the node."""

    folder: Path
    url: str
    canaries: Canaries
    play: Callable[[], tuple[Cast, Outcome]]


@contextmanager
def open_rig(folder: Path, seed: str, evidence: Evidence, *, leaking: bool) -> Iterator[Rig]:
    """Open an exchange and a node with canaries; `leaking` says whether as it should be."""
    with ExitStack() as stack:
        data, clock = folder / "exchange", VirtualClock(START)
        settings = Settings.from_environment({"FDX_DATA": str(data)})
        running = open_exchange(replace(settings, clock=clock), on_fault=_stop)
        stack.callback(running.close)
        home = folder / "nodes" / TRANSPORT
        home.parent.mkdir()
        create_demo_node(NodeWish(home, TRANSPORT, f"127.0.0.1:{free_port()}"), PARTS[TRANSPORT])
        canaries = plant(home, TRANSPORT, seed, only=SOME_FLIGHTS)
        flights = next(path for path in canaries.files if _columns(path)[0] == "year")
        site = Site(
            exchange=running.exchange,
            engine=running.engine,
            real_clock=SystemClock(),
            ids=SeededIds(b"site"),
            nodes=LeakingNodes(running.engine, flights) if leaking else HttpNodes(),
            last_signed=running.last_signed,
        )
        app = create_app(site)
        if leaking:
            _leak(app, flights, data)
        url = f"http://127.0.0.1:{serve(app, stack, 0)}"
        make = LeakingNode if leaking else ServedNode
        log = running.exchange.log.verifier
        node = make(TRANSPORT, home, clock, url, log.vkey, stack=stack)
        stack.callback(node.close)
        door = ApiDoor(lambda: Visitor(url, evidence), log, SeededIds(b"door"), "a test's password")

        def sweep() -> None:
            for job in jobs_of(running.exchange):
                job.run()

        def admit_staff(participant: str, role: Role) -> None:
            running.exchange.operate(admit, Admit(participant, (role,)))

        stage = Stage((node,), clock.now, clock.advance_to, sweep, admit_staff, evidence.tell)
        yield Rig(folder, url, canaries, lambda: play(door, stage))


def serve(app: Flask, stack: ExitStack, port: int) -> int:
    """Serve an app in a thread until the stack unwinds, and return its port."""
    server = waitress.create_server(app, host="127.0.0.1", port=port, threads=4)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    stack.callback(server.task_dispatcher.shutdown)
    stack.callback(thread.join, 10)
    stack.callback(server.close)
    found: int = server.effective_port
    return found


def _leak(app: Flask, flights: Path, data: Path) -> None:
    """Let an exchange that can read the supplier's file show what stands there."""

    @app.after_request
    def name_the_source(response: Response) -> Response:
        response.headers["X-Source"] = flights.name.encode().hex().upper()
        return response

    @app.get("/columns")
    def columns() -> str:
        return json.dumps(_columns(flights))

    (data / "report.csv").write_text(f"flight\n{_hidden_number(flights)}\n", "utf-16")


def _weakened(asset: Asset) -> Asset:
    policy = asset.policy
    return replace(asset, policy=replace(policy, rule=replace(policy.rule, minimum_units=1)))


def _first_row(path: Path) -> bytes:
    return ",".join(str(cell) for cell in _fetch(f"SELECT * FROM '{path}' LIMIT 1")[0]).encode()


def _hidden_number(path: Path) -> str:
    return str(_fetch(f"SELECT max(flight) FROM '{path}'")[0][0])


def _columns(path: Path) -> list[str]:
    return [str(row[0]) for row in _fetch(f"DESCRIBE SELECT * FROM '{path}'")]


def _fetch(sql: str) -> list[tuple[Any, ...]]:
    connection = duckdb.connect()
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def _stop() -> None:
    raise AssertionError("the store failed")
