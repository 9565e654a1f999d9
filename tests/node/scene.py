"""A small exchange in memory for the node's tests: a log, its participants, tickets."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from exchange.clock import VirtualClock, iso, to_ms
from exchange.node.approval import approve
from exchange.node.engine import Engine, Limits
from exchange.node.follower import Follower, Log, NodeIdentity
from exchange.node.gate import Allowance, Asset, Gate, GateParts
from exchange.node.journal import Journal
from exchange.node.rule import Rule
from exchange.node.rule_file import parse_rule
from exchange.node.signing import Chair
from exchange.node.vault import build_vault
from exchange.protocol.asking import Ask, Head, Ticket
from exchange.protocol.commitment import commit_sql
from ledger.act import Act, Pin, key_name, parse_act_note, sign_act
from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.encoding import b64
from ledger.entry import Entry, encode_entry
from ledger.merkle import inclusion_proof, leaf_hash, root
from ledger.proof import InclusionProof, format_proof
from ledger.signing import Ed25519Signer
from ledger.tiles import TILE_WIDTH, encode_entry_bundle, parse_tile_path

ORIGIN = "demo.fdx.example/ledger"
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SALT = bytes(range(16))
SECRET = bytes(32)
CANARY = "CANARY-7f3a9c51d2"
CANARY_COLUMN = "odd_canary_column"

RULE = """
asset = "trips"
version = 1
title_zh = "行程"
title_en = "Trips"
source = "made for tests"
namespace = "riders"
unit = "trips.rider"
minimum_units = 3
functions = ["count", "count_units", "sum", "avg"]
period = { from = 2026-01-01, to = 2026-01-31 }

[[tables]]
name = "trips"
file = "trips.parquet"
columns = [
    { name = "rider", type = "text", role = "hidden" },
    { name = "city", type = "text", role = "dimension" },
    { name = "line", type = "integer", role = "dimension" },
    { name = "day", type = "date", role = "filter" },
    { name = "night", type = "boolean", role = "filter" },
    { name = "left_at", type = "timestamp", role = "filter" },
    { name = "fare", type = "decimal", scale = 2, role = "measure" },
    { name = "stops", type = "integer", role = "measure" },
    { name = "secret", type = "text", role = "hidden" },
]

[[tables]]
name = "lines"
file = "lines.parquet"
columns = [
    { name = "line", type = "integer", role = "join_key" },
    { name = "label", type = "text", role = "dimension" },
]

[[joins]]
left = "trips.line"
right = "lines.line"

[[analyses]]
id = "by-city"
title_zh = "按城市"
title_en = "By city"
sql = "SELECT city, COUNT(*) AS trips, SUM(fare) AS fares FROM trips GROUP BY city"

[[analyses]]
id = "by-label"
title_zh = "按线路"
title_en = "By line"
sql = \"\"\"
SELECT label, COUNT(*) AS trips, COUNT(DISTINCT rider) AS riders, AVG(stops) AS stops
FROM trips JOIN lines ON trips.line = lines.line
WHERE city = :city AND day BETWEEN :first AND :last GROUP BY label
\"\"\"
parameters = [
    { name = "city", type = "text", values = ["福州", "厦门", "泉州"] },
    { name = "first", type = "date", least = 2026-01-01, most = 2026-01-31 },
    { name = "last", type = "date", least = 2026-01-01, most = 2026-01-31 },
]

[[analyses]]
id = "dear"
title_zh = "高价"
title_en = "Dear"
sql = "SELECT COUNT(*) AS trips FROM trips WHERE fare >= :fare AND line IN (1, :line)"
parameters = [
    { name = "fare", type = "decimal", values = ["1.5", "2.5"] },
    { name = "line", type = "integer", least = 1, most = 4 },
]

[[quality]]
id = "fare-plausible"
indicator = "accuracy"
column = "trips.fare"
check = "between"
values = [0, 100]
"""

CITIES = ("福州", "厦门", "泉州")


@dataclass(frozen=True)
class Trip:
    """One row of the test data."""

    rider: str | None
    city: str | None
    line: int
    day: int
    fare: str | None
    stops: int | None


def trips() -> list[Trip]:
    """Make the rows: two full cities, one with too few riders, one rider without a name."""
    rows = [
        Trip(f"r{n % 7}", CITIES[n % 2], n % 3 + 1, n % 28 + 1, f"{n % 5}.{n % 10}0", n % 9)
        for n in range(120)
    ]
    rows += [Trip(f"r{n % 2}", CITIES[2], 1, 5, "9.99", 3) for n in range(40)]
    rows += [Trip(None, CITIES[0], 1, 5, "50.00", 3), Trip("r1", None, 4, 6, None, None)]
    return rows


def write_trips(directory: Path) -> None:
    """Write the test data as Parquet, with canaries in what is hidden."""
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE trips (rider VARCHAR, city VARCHAR, line INTEGER, day DATE, night BOOLEAN,"
        f" left_at TIMESTAMP, fare DOUBLE, stops INTEGER, secret VARCHAR, {CANARY_COLUMN} VARCHAR)"
    )
    connection.executemany(
        f"INSERT INTO trips VALUES (?, ?, ?, make_date(2026, 1, ?), ?, TIMESTAMP '2026-01-01', ?, ?,"
        f" '{CANARY}', '{CANARY}')",
        [
            [t.rider, t.city, t.line, t.day, t.line == 1, t.fare and float(t.fare), t.stops]
            for t in trips()
        ],
    )
    connection.execute(f"COPY trips TO '{directory / 'trips.parquet'}' (FORMAT parquet)")
    connection.execute(
        "COPY (SELECT * FROM (VALUES (1, 'red'), (2, 'green'), (3, 'blue'), (4, 'grey')) t(line, label))"
        f" TO '{directory / 'lines.parquet'}' (FORMAT parquet)"
    )
    connection.close()


def signer_of(name: str, actor: str) -> Ed25519Signer:
    """Make a participant's signer from its name."""
    return Ed25519Signer(key_name(ORIGIN, actor, "k1"), hashlib.sha256(name.encode()).digest())


class MemoryLog:
    """A log whose sequencer never refuses: what is wrong in it, the node must find."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.signer = Ed25519Signer(ORIGIN, hashlib.sha256(b"log").digest())
        self.leaves: list[bytes] = []
        self.heads: dict[str, tuple[int, bytes]] = {}
        self.seeds: dict[str, str] = {}
        self._remembered = cache(leaf_hash)
        self.reachable = True
        self.fetched: list[str] = []

    def register(self, actor: str, kind: str = "key.register", seed: str | None = None) -> bytes:
        """Record a participant's first act."""
        self.seeds[actor] = seed or actor
        public_key = self.signer_for(actor).verifier().public_key
        return self.act(actor, kind, {"key": "k1", "public_key": b64(public_key)})

    def signer_for(self, actor: str) -> Ed25519Signer:
        """Return a participant's signer."""
        return signer_of(self.seeds[actor], actor)

    def act(self, actor: str, kind: str, body: Mapping[str, Any]) -> bytes:
        """Record an act and return its leaf."""
        seq, prev = self.heads.get(actor, (0, None))
        act = Act(ORIGIN, actor, seq + 1, kind, prev, Pin(), dict(body))
        return self.record(sign_act(act, self.signer_for(actor)))

    def record(self, note: str) -> bytes:
        """Record a signed act and return its leaf."""
        act = parse_act_note(note).act
        previous = leaf_hash(self.leaves[-1]) if self.leaves else None
        received_ms = to_ms(self.clock.now())
        leaf = encode_entry(Entry(len(self.leaves), received_ms, previous, note))
        self.leaves.append(leaf)
        self.heads[act.actor] = (act.seq, leaf_hash(leaf))
        return leaf

    def root(self) -> bytes:
        """Return the present root."""
        return root(self._hashes())

    def _hashes(self) -> list[bytes]:
        """Hash the leaves; tests change some, so what is remembered is the bytes."""
        return [self._remembered(leaf) for leaf in self.leaves]

    def checkpoint(self) -> str:
        """Sign the present tree."""
        return sign_checkpoint(Checkpoint(ORIGIN, len(self.leaves), self.root()), self.signer)

    def proof(self, index: int) -> str:
        """Prove one entry under the present checkpoint."""
        hashes = inclusion_proof(self._hashes(), index)
        return format_proof(InclusionProof(index, tuple(hashes), self.checkpoint()))

    def fetch(self, path: str) -> bytes:
        """Serve the log as C2SP tlog-tiles."""
        self.fetched.append(path)
        if not self.reachable:
            raise LookupError(path)
        if path == "checkpoint":
            return self.checkpoint().encode()
        tile = parse_tile_path(path)
        start = tile.index * TILE_WIDTH
        return encode_entry_bundle(self.leaves[start : start + tile.width])

    def pin(self) -> Pin:
        """Return the present tree as a pin."""
        return Pin(len(self.leaves), self.root())

    def head_of(self, actor: str) -> Head:
        """Return where an actor's next act must stand."""
        seq, prev = self.heads[actor]
        return Head(seq + 1, prev, self.pin())


@dataclass
class World:
    """One node in front of an exchange in memory."""

    directory: Path
    clock: VirtualClock
    log: MemoryLog
    rule: Rule
    gate: Gate
    follower: Follower
    journal: Journal
    count: int = 0
    grants: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def asset(self) -> Asset:
        """The one asset."""
        return self.gate.parts.assets["trips"]

    def issue(self, grant: str = "g-1", **changes: Any) -> None:
        """Record a grant to the buyer for all analyses."""
        body = {
            "grant": grant,
            "contract": "c-1",
            "asset": "asset-1",
            "local": "trips",
            "node": "n-trips",
            "buyer": "p-buyer",
            "rule": b64(self.asset.policy.digest),
            "analyses": [each.id for each in self.rule.analyses],
            "questions": 100,
            "expires_at": iso(START + timedelta(days=30)),
        }
        self.log.act("p-supplier", "grant.issue", body | changes)

    def ticket(self, sql: str, question: str, *, by: str = "p-buyer", **changes: Any) -> Ticket:
        """Record a reservation and return it with its proof."""
        body = {
            "question": question,
            "grant": "g-1",
            "asset": "asset-1",
            "local": "trips",
            "node": "n-trips",
            "rule": b64(self.asset.policy.digest),
            "sql": b64(commit_sql(SALT, sql)),
            "fee_fen": 100,
            "lapses_at": iso(self.clock.now() + timedelta(minutes=5)),
        }
        leaf = self.log.act(by, "question.reserve", body | changes)
        return Ticket(leaf, self.log.proof(len(self.log.leaves) - 1))

    def ask(self, sql: str, question: str | None = None, **changes: Any) -> Ask:
        """Make a request with a fresh ticket."""
        self.count += 1
        name = question or f"q-{self.count}"
        ticket = self.ticket(sql, name, **changes)
        return Ask(name, sql, SALT, ticket, self.log.head_of("n-trips"))

    def put(self, ask: Ask) -> dict[str, Any]:
        """Put a request to the gate."""
        return self.gate.answer(ask.to_body())

    def answer(self, sql: str, **changes: Any) -> dict[str, Any]:
        """Ask and record the node's act, as an exchange does."""
        reply = self.put(self.ask(sql, **changes))
        self.log.record(reply["note"])
        return reply

    def code(self, sql: str, **changes: Any) -> str:
        """Ask something that is refused, and return the code."""
        reply = self.answer(sql, **changes)
        assert reply["outcome"] == "refused"
        return str(reply["code"])

    def used(self) -> int:
        """Return what the node's account has been charged."""
        return self.journal.used("riders")

    def reopen(self, **allowance: int) -> World:
        """Close the node and open it again from its files."""
        self.journal.close()
        parts = self.gate.parts
        journal = Journal(self.directory / "journal.sqlite")
        gate, follower = make_gate(self.log, self.clock, journal, parts.assets, **allowance)
        return replace(self, gate=gate, follower=follower, journal=journal)


def make_gate(
    log: MemoryLog,
    clock: VirtualClock,
    journal: Journal,
    assets: Mapping[str, Asset],
    *,
    questions: int = 100,
    max_cells: int = 20_000,
) -> tuple[Gate, Follower]:
    """Put a gate together as the node's assembly does, over a log in memory."""
    source = Log(ORIGIN, log.signer.verifier(), log.fetch)
    follower = Follower(source, journal, clock, NodeIdentity("n-trips", ("p-supplier",)))
    chair = Chair("n-trips", log.signer_for("n-trips"), journal, follower, clock)
    allowance = Allowance(questions, max_cells)
    return Gate(GateParts(chair, journal, follower, clock, assets, allowance, SECRET)), follower


def make_asset(rule: Rule, directory: Path, name: str = "store") -> Asset:
    """Build the store of a rule and an engine over it."""
    vault = build_vault(rule, directory, directory / f"{name}.duckdb", SALT)
    return Asset(approve(rule), vault, Engine(vault.path, Limits(threads=1)))


def rule_with(minimum_units: int) -> Rule:
    """Return the test rule with another minimum of units."""
    return replace(parse_rule(RULE.encode()), minimum_units=minimum_units)


def make_world(directory: Path, asset: Asset) -> World:
    """Set the scene around an asset: participants, a grant."""
    clock = VirtualClock(START)
    log = MemoryLog(clock)
    for actor in ("operator", "p-supplier", "p-buyer", "p-other"):
        log.register(actor)
    log.register("n-trips", "node.register")
    journal = Journal(directory / "journal.sqlite")
    gate, follower = make_gate(log, clock, journal, {"trips": asset})
    world = World(directory, clock, log, asset.policy.rule, gate, follower, journal)
    world.issue()
    return world
