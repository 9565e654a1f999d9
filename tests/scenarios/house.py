"""The story's house for tests: one process, any store, nodes opened in it, time that stands still."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import waitress

from exchange.actors import Role
from exchange.acts.last_signed import MemoryLastSigned
from exchange.acts.ledger_tables import LedgerEntry
from exchange.acts.sequencer import Backend
from exchange.audit.replay import AuditReport, audit_exchange
from exchange.bootstrap import KINDS, TABLES, Secrets, Surroundings, assemble, begin, inline
from exchange.clock import SystemClock, VirtualClock
from exchange.context import Exchange
from exchange.demo.doors import ApiDoor
from exchange.demo.stage import Stage
from exchange.demo.story import Cast, Outcome, play
from exchange.grants.nodes import Turns
from exchange.ids import SeededIds
from exchange.jobs.schedule import jobs_of
from exchange.migrations.upgrade import upgrade
from exchange.node.assembly import Node, open_assets, open_node
from exchange.node.creating import NodeWish, create_demo_node
from exchange.node.demo.data import PARTS
from exchange.node.description import describe
from exchange.node.joining import Invitation, join, send_description
from exchange.node.settings import NodeSettings
from exchange.parties.service import Admit, admit
from exchange.protocol.http import HttpPeer
from exchange.storage.digest import digest
from exchange.storage.engine import open_engine, sqlite_url
from exchange.web.app import create_app
from exchange.web.site import Site

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
ORIGIN = "test.fdx.example/ledger"
PASSWORD = "a password for tests"
NAMES = ("transport", "weather", "health")


def make_nodes(folder: Path) -> None:
    """Make the three demo nodes' folders, with keys that all later copies share."""
    for place, name in enumerate(NAMES):
        wish = NodeWish(folder / name, name, f"127.0.0.1:{8101 + place}")
        create_demo_node(wish, PARTS[name])


@dataclass(slots=True)
class OpenedNode:
    """A domain node opened in the tests' process."""

    name: str
    folder: Path
    clock: VirtualClock
    url: str
    log_key: str
    node: Node | None = None
    pid: int = 0
    rows: int = 0

    @property
    def actor(self) -> str:
        """Id under which the node signs."""
        return f"n-{self.name}"

    @property
    def settings(self) -> NodeSettings:
        """The node's own configuration."""
        return NodeSettings.from_toml(self.folder / "node.toml")

    def join(self, supplier: str) -> None:
        """Register itself for a supplier."""
        join(self.settings, Invitation(self.url, supplier, (), self.log_key))

    def describe(self) -> None:
        """Profile its data and sign the descriptions."""
        work = self.folder / ".describing"
        for asset in open_assets(self.settings, work).values():
            send_description(self.settings, describe(asset), self.clock)
            asset.engine.close()
        shutil.rmtree(work)

    def open(self) -> None:
        """Open the node."""
        self.node = open_node(self.settings, self.clock)

    def ready(self) -> None:
        """Follow once, as a served node does when it starts."""
        self.follow()

    def follow(self) -> None:
        """See the ledger as far as it stands."""
        assert self.node is not None
        self.node.follower.follow()

    def close(self) -> None:
        """Let go of data and journal."""
        if self.node is not None:
            self.node.close()


class OpenedNodes(Turns):
    """The nodes of one house behind the exchange's interface; a dark one does not answer."""

    def __init__(self) -> None:
        super().__init__()
        self.by_url: dict[str, OpenedNode] = {}
        self.dark: set[str] = set()

    def post_question(self, url: str, request: dict[str, Any]) -> dict[str, Any]:
        """Put a question to a node in this process."""
        opened = self.by_url[url]
        if opened.name in self.dark:
            raise TimeoutError
        opened.follow()
        assert opened.node is not None
        return dict(opened.node.gate.answer(request))


@dataclass(slots=True)
class House:
    """One exchange with its site, its nodes and its clock."""

    exchange: Exchange
    clock: VirtualClock
    last_signed: MemoryLastSigned
    nodes: tuple[OpenedNode, ...]
    wire: OpenedNodes
    url: str
    told: list[str] = field(default_factory=list)

    def door(self) -> ApiDoor:
        """Return the door through which characters come in."""
        log = self.exchange.log.verifier
        return ApiDoor(lambda: HttpPeer(self.url, 60), log, SeededIds(b"door"), PASSWORD)

    def stage(self) -> Stage:
        """Return the world around the characters."""
        return Stage(
            nodes=self.nodes,
            now=self.clock.now,
            advance_to=self.clock.advance_to,
            sweep=self.sweep,
            admit_staff=self._admit_staff,
            tell=lambda _zh, en: self.told.append(en),
        )

    def sweep(self) -> None:
        """Run the operator's jobs once."""
        for job in jobs_of(self.exchange):
            job.run()

    def play(self) -> tuple[Cast, Outcome]:
        """Play the whole story."""
        return play(self.door(), self.stage())

    def digest(self) -> bytes:
        """Return the digest of the market's rows and the ledger's entries."""
        with self.exchange.backend.snapshot() as tables:
            return digest(tables, (*TABLES, LedgerEntry))

    def audit(self) -> AuditReport:
        """Audit ledger and rows."""
        with self.exchange.backend.snapshot() as tables:
            log, note = self.exchange.log.verifier, self.last_signed.read()
            return audit_exchange(tables, log, note, kinds=KINDS, models=TABLES)

    def _admit_staff(self, participant: str, role: Role) -> None:
        self.exchange.operate(admit, Admit(participant, (role,)))


@contextmanager
def open_house(folder: Path, prepared: Path, backend: Backend) -> Iterator[House]:
    """Open an exchange on a store, with copies of prepared nodes, and its site on loopback."""
    with ExitStack() as stack:
        ids, clock, cell = SeededIds(b"house"), VirtualClock(START), MemoryLastSigned()
        secrets = Secrets(ids.token(32), ids.token(32))
        around = Surroundings(backend, cell, clock, ids)
        exchange = assemble(ORIGIN, secrets, around, inline)
        begin(exchange, secrets.operator)
        identity = open_engine(sqlite_url(folder / "identity.db"))
        upgrade(identity)
        stack.callback(identity.dispose)
        wire = OpenedNodes()
        site = Site(
            exchange=exchange,
            engine=identity,
            real_clock=SystemClock(),
            ids=SeededIds(b"site"),
            nodes=wire,
            last_signed=cell,
        )
        server = waitress.create_server(create_app(site), host="127.0.0.1", port=0, threads=4)
        thread = Thread(target=server.run, daemon=True)
        thread.start()
        stack.callback(server.task_dispatcher.shutdown)
        stack.callback(thread.join, 10)
        stack.callback(server.close)
        url = f"http://127.0.0.1:{server.effective_port}"
        shutil.copytree(prepared, folder / "nodes")
        nodes = tuple(
            OpenedNode(name, folder / "nodes" / name, clock, url, exchange.log.verifier.vkey)
            for name in NAMES
        )
        for node in nodes:
            wire.by_url[node.settings.url] = node
            stack.callback(node.close)
        yield House(exchange, clock, cell, nodes, wire, url)
