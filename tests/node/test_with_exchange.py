"""A node process beside a real exchange: joining, describing, following, turning away."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from werkzeug.serving import make_server

from exchange.actors import Role
from exchange.assets.models import Description, Node
from exchange.assets.service import bind_node
from exchange.bootstrap import GUARDS, KINDS, TABLES
from exchange.cli.node import node
from exchange.clock import SystemClock
from exchange.context import Acting
from exchange.errors import ConflictError, ExchangeError, InvalidError, UnavailableError
from exchange.grants.nodes import HttpNodes
from exchange.ids import SystemIds
from exchange.migrations.upgrade import upgrade
from exchange.node.assembly import open_node
from exchange.node.joining import Desk, Invitation, join, send_description
from exchange.node.journal import Journal
from exchange.node.settings import NodeSettings
from exchange.node.signing import Wish
from exchange.protocol.http import HttpPeer, HttpReply, NodeClient
from exchange.storage.engine import open_engine, sqlite_url
from exchange.storage.sql import SqlBackend
from exchange.web.app import create_app
from exchange.web.site import Site
from ledger.act import Act, parse_act_text
from ledger.signing import Ed25519Signer
from tests.node.scene import CANARY, CANARY_COLUMN
from tests.world import World

SUPPLIER = "p-supplier"


@dataclass(frozen=True)
class Street:
    """An exchange that listens, and its supplier."""

    world: World
    url: str
    acting: Acting

    @property
    def supplier(self) -> str:
        """The supplier's participant id."""
        return self.acting.participant

    def bind(self, node: str) -> None:
        """Let the supplier own a node."""
        self.world.do(self.acting, bind_node, node)


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    """Open an exchange on a database file and serve it."""
    engine = open_engine(sqlite_url(tmp_path_factory.mktemp("exchange") / "exchange.db"))
    upgrade(engine)
    world = World(KINDS, TABLES, backend=SqlBackend(engine), guards=GUARDS)
    supplier = world.enrol("Supplier", Role.SUPPLIER)
    site = Site(
        exchange=world.exchange,
        engine=engine,
        real_clock=SystemClock(),
        ids=SystemIds(),
        nodes=HttpNodes(loopback=True),
        last_signed=world.last_signed,
    )
    server = make_server("127.0.0.1", 0, create_app(site))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Street(world, f"http://127.0.0.1:{server.server_port}", supplier)
    server.shutdown()
    thread.join()
    server.server_close()
    engine.dispose()


def run(*arguments: str | Path) -> Result:
    """Run `fdx node`."""
    return CliRunner().invoke(node, [str(argument) for argument in arguments])


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def new_node(directory: Path, name: str) -> Path:
    """Make a node with canaries in its data and return its configuration."""
    directory.mkdir(exist_ok=True)
    rows = [f"r{n},{n % 3},{CANARY},{n}" for n in range(90)]
    source = directory / f"{CANARY}.csv"
    source.write_text("\n".join([f"rider,town,{CANARY_COLUMN},fare", *rows]), "utf-8")
    made = run(
        *("init", "--data", source, "--dir", directory / "node", "--name", name),
        *("--unit", "rider", "--listen", f"127.0.0.1:{free_port()}"),
    )
    assert made.exit_code == 0, made.output
    rule = directory / "node" / "rules" / f"{name}.toml"
    dimension, hidden = 'role = "dimension" },', 'role = "hidden" },'
    lines = rule.read_text("utf-8").split("\n")
    kept = [line.replace(dimension, hidden) if CANARY_COLUMN in line else line for line in lines]
    text = "\n".join(kept)
    start = text.index('[[analyses]]\nid = "rows-by-3"')
    rule.write_text(text[:start], "utf-8")
    return directory / "node" / "node.toml"


def test_a_node_joins_is_bound_describes_itself_and_serves(street: Street, tmp_path: Path) -> None:
    config = new_node(tmp_path, "tolls")
    joined = run(
        "join", "--config", config, "--exchange", street.url, "--supplier", street.supplier
    )
    assert joined.exit_code == 0, joined.output
    assert "n-tolls joined test.fdx.example/ledger as entry" in joined.stdout
    street.bind("n-tolls")
    described = run("describe", "--config", config)
    assert described.exit_code == 0, described.output

    row = street.world.get(Description, "n-tolls/tolls")
    assert street.world.get(Node, "n-tolls").supplier == street.supplier
    assert row.body["rows_class"] == "10^1–10^2"
    assert CANARY not in json.dumps(row.body)
    assert CANARY_COLUMN not in json.dumps(row.body)
    serve_and_look(config, row.body)


def serve_and_look(config: Path, description: dict[str, Any]) -> None:
    """Run the node as a process and look at it over HTTP."""
    settings = NodeSettings.from_toml(config)
    command = [sys.executable, "-m", "exchange.cli.main", "node", "serve", "--config", str(config)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"tolls on http://{settings.host}:{settings.port}\n"
        client = NodeClient(settings.url)
        health = client.health()
        assert (health["name"], health["actor"]) == ("tolls", "n-tolls")
        assert health["layers"] == {"engine_locked_down": True}
        assert health["assets"] == [{"code": "tolls", "rows_class": "10^1–10^2"}]
        assert client.descriptions() == [description]
        peer = HttpPeer(settings.url)
        replies = [
            peer.request(method, path, content, {"Content-Type": kind})
            for method, path, content, kind in HOSTILE
        ]
        assert [reply.status for reply in replies] == [400, 400, 400, 400, 413, 405, 404, 404]
        codes = [json.loads(reply.body)["code"] for reply in replies]
        assert codes[:4] == ["request.invalid"] * 4
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=20)
    assert process.returncode == 0, errors
    assert "Traceback" not in errors
    seen = output + errors + repr([reply.body for reply in replies]) + json.dumps(health)
    assert CANARY not in seen
    assert CANARY_COLUMN not in seen


JSON = "application/json"
HOSTILE: list[tuple[str, str, bytes | None, str]] = [
    ("POST", "/v1/questions", b"{}", JSON),
    ("POST", "/v1/questions", b"[" * 50_000, JSON),
    ("POST", "/v1/questions", b"\xff", JSON),
    ("POST", "/v1/questions", b"{}", "text/plain"),
    ("POST", "/v1/questions", b" " * 200_000, JSON),
    ("GET", "/v1/questions", None, JSON),
    ("GET", "/data/tolls.parquet", None, JSON),
    ("GET", "/static/../node.toml", None, JSON),
]


def test_a_node_whose_answer_was_lost_joins_again(street: Street, tmp_path: Path) -> None:
    config = new_node(tmp_path, "twice")
    arguments = (
        "join",
        "--config",
        config,
        "--exchange",
        street.url,
        "--supplier",
        street.supplier,
    )
    first = run(*arguments)
    before = (config.parent / "exchange.json").read_bytes()
    (config.parent / "exchange.json").unlink()
    leaves = street.world.leaves()

    again = run(*arguments)

    assert (again.exit_code, again.stdout) == (0, first.stdout)
    assert (config.parent / "exchange.json").read_bytes() == before
    assert street.world.leaves() == leaves


def test_another_key_cannot_take_a_nodes_place(street: Street, tmp_path: Path) -> None:
    config = new_node(tmp_path, "taken")
    arguments = (
        "join",
        "--config",
        config,
        "--exchange",
        street.url,
        "--supplier",
        street.supplier,
    )
    run(*arguments)
    (config.parent / "exchange.json").unlink()
    (config.parent / "key").write_bytes(bytes(range(32)))
    leaves = street.world.leaves()

    refused = run(*arguments)

    assert refused.exit_code == 1
    assert "Traceback" not in refused.output
    assert not (config.parent / "exchange.json").exists()
    assert street.world.leaves() == leaves


def test_a_stranger_is_no_supplier(street: Street, tmp_path: Path) -> None:
    config = new_node(tmp_path, "stranger")
    refused = run("join", "--config", config, "--exchange", street.url, "--supplier", "operator")
    assert refused.exit_code == 1
    assert not (config.parent / "exchange.json").exists()


def test_another_logs_key_is_not_believed(street: Street, tmp_path: Path) -> None:
    settings = NodeSettings.from_toml(new_node(tmp_path, "pinned"))
    wrong = Ed25519Signer("test.fdx.example/ledger", bytes(32)).verifier().vkey
    with pytest.raises(UnavailableError) as caught:
        join(settings, Invitation(street.url, street.supplier, vkey=wrong))
    assert caught.value.code == "act.proof"
    with pytest.raises(InvalidError):
        join(settings, Invitation(street.url, street.supplier, vkey="no key"))
    with pytest.raises(ExchangeError):
        settings.membership()


def test_an_unbound_node_describes_nothing_and_frees_its_place(
    street: Street, tmp_path: Path
) -> None:
    config = new_node(tmp_path, "unbound")
    run("join", "--config", config, "--exchange", street.url, "--supplier", street.supplier)
    refused = run("describe", "--config", config)
    assert refused.exit_code == 1
    journal = Journal(config.parent / "journal.sqlite")
    assert journal.holder(2) is None
    journal.close()


def test_an_answer_under_way_keeps_its_place(street: Street, tmp_path: Path) -> None:
    config = new_node(tmp_path, "waiting")
    run("join", "--config", config, "--exchange", street.url, "--supplier", street.supplier)
    street.bind("n-waiting")
    settings = NodeSettings.from_toml(config)
    journal = Journal(settings.journal)
    journal.hold(2, "q-1", 0)
    journal.close()
    opened = open_node(settings, street.world.clock)
    opened.follower.follow()
    assert opened.follower.own_head()[0] == 1
    opened.close()
    refused = run("describe", "--config", config)
    assert refused.exit_code == 1
    assert "an answer is under way" in refused.stderr


class LyingPeer(HttpPeer):
    """An exchange whose drafts say something else than was asked for."""

    def __init__(self, change: dict[str, Any]) -> None:
        super().__init__("http://127.0.0.1:9")
        self._change = change
        self.sent: list[str] = []

    def request(self, method: str, path: str, content: bytes | None, headers: Any) -> HttpReply:  # noqa: ARG002
        """Answer a wish with a draft, changed."""
        wish = json.loads(content or b"{}")
        self.sent.append(path)
        act = {"origin": "demo.fdx.example/ledger", "actor": wish["actor"], "seq": 1, "prev": None}
        drafted = Act(**{**act, "kind": wish["kind"], "body": wish["body"], **self._change})
        return HttpReply(201, {}, json.dumps({"draft": "d-1", "text": drafted.text()}).encode())


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "escrow.release"},
        {"actor": "n-else"},
        {"origin": "other.example/ledger"},
        {"body": {"supplier": "p-else"}},
    ],
)
def test_no_draft_is_signed_blindly(tmp_path: Path, change: dict[str, Any]) -> None:
    settings = NodeSettings.from_toml(new_node(tmp_path, "honest"))
    peer = LyingPeer(change)
    desk = Desk(peer, settings, Ed25519Signer("demo.fdx.example/ledger", bytes(32)).verifier())
    body = {"name": "honest", "supplier": SUPPLIER}
    draft = desk.draft("node.register", body)
    assert parse_act_text(draft.text).seq == 1
    wish = Wish("demo.fdx.example/ledger", settings.actor, "node.register", body)
    with pytest.raises(ConflictError) as caught:
        desk.submit(draft, wish)
    assert caught.value.code == "act.draft"
    assert peer.sent == ["/api/v1/acts/drafts"]


def test_an_exchange_that_is_away_is_said_to_be(tmp_path: Path) -> None:
    config = new_node(tmp_path, "lonely")
    url = f"http://127.0.0.1:{free_port()}"
    refused = run("join", "--config", config, "--exchange", url, "--supplier", SUPPLIER)
    assert refused.exit_code == 1
    assert "peer.unreachable" in refused.stderr
    with pytest.raises(ExchangeError):
        send_description(NodeSettings.from_toml(config), {}, None)  # type: ignore[arg-type]
