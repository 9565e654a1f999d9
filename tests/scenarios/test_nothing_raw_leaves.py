"""The domain boundary: nothing that the exchange stores, serves or logs holds a raw value.

The demo's nodes get canaries into their data and play the whole story as processes. Every byte
of the exchange's folder, every answer to everybody and every line of the log is then searched.
The same search must find what a deliberately leaking build lets out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from exchange.client.api import ApiClient, OwnKey
from exchange.demo.doors import ApiDoor
from exchange.demo.story import TRANSPORT, Cast, Outcome, play
from exchange.demo.theatre import PARTS, PASSWORD, Theatre, Wish, open_theatre
from exchange.ids import SystemIds
from exchange.node.settings import NodeSettings
from tests.scenarios.canaries import Canaries, plant, together
from tests.scenarios.crawling import crawl, pester_node, story_keys, visitor_of
from tests.scenarios.evidence import Evidence, Visitor
from tests.scenarios.leaking import open_rig
from tests.scenarios.scanning import Finding, Needles, Scanner

SEED = "fdx canaries 1"
#: Stands in descriptions and grants: what the search must come upon if it reads anything.
KNOWN = "flights-by-destination"


@dataclass(frozen=True, slots=True)
class Played:
    """A story that was played to its end, and everything that it left behind."""

    canaries: dict[str, Canaries]
    needles: Needles
    sources: set[str]
    findings: list[Finding]
    outcome: Outcome
    statuses: dict[str, dict[str, int]]


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """Play the story on real node processes, and search what the exchange has of it."""
    folder = tmp_path_factory.mktemp("honest") / "kept"
    evidence = Evidence()
    with evidence.listening():
        with open_theatre(Wish(folder, None, 0), evidence.tell) as theatre:
            nodes = folder / "nodes"
            canaries = {part: plant(nodes / part, part, SEED) for part in PARTS}
            url = theatre.url.replace("localhost", "127.0.0.1")
            log = theatre.running.exchange.log.verifier
            door = ApiDoor(lambda: Visitor(url, evidence), log, SystemIds(), PASSWORD)
            cast, outcome = play(door, theatre.stage)
            visitors = _visitors(theatre, cast, url, evidence)
            statuses = crawl(evidence.rules, visitors, story_keys(cast, outcome))
            for part in PARTS:
                pester_node(NodeSettings.from_toml(nodes / part / "node.toml").url, evidence)
            evidence.keep_folder(folder / "exchange")
            evidence.keep_rows(folder / "exchange" / "exchange.db")
        evidence.keep_folder(folder / "exchange")
    needles = together([*canaries.values()])
    scanner = Scanner(replace(needles, texts={**needles.texts, KNOWN: KNOWN}))
    findings = scanner.scan(evidence.sources())
    return Played(canaries, needles, evidence.names, findings, outcome, statuses)


def _visitors(theatre: Theatre, cast: Cast, url: str, evidence: Evidence) -> dict[str, Visitor]:
    """Everybody who takes part, the operator, a node, and nobody."""
    log = theatre.running.exchange.log.verifier
    operator, node = Visitor(url, evidence), Visitor(url, evidence)
    ApiClient(operator, log).log_in("operator", PASSWORD)
    seed = (theatre.folder / "nodes" / TRANSPORT / "key").read_bytes()
    ApiClient(node, log).log_in_with_key(OwnKey(f"n-{TRANSPORT}", seed))
    return {
        "nobody": Visitor(url, evidence),
        "supplier": visitor_of(cast.suppliers[TRANSPORT]),
        "another supplier": visitor_of(cast.suppliers["weather"]),
        "buyer": visitor_of(cast.buyer),
        "registrar": visitor_of(cast.registrar),
        "appraiser": visitor_of(cast.appraiser),
        "arbitrator": visitor_of(cast.arbitrator),
        "clearer": visitor_of(cast.clearer),
        "operator": operator,
        "node": node,
    }


def told(findings: list[Finding], needles: Needles) -> str:
    """Say what was found where, for whoever has to find out why."""
    lines = [f"{len(findings)} raw values outside of their node (seed {SEED!r}):"]
    for each in findings[:40]:
        text = needles.texts.get(each.needle) or needles.rows[each.needle]
        lines.append(f"{each.needle} {text!r} in {each.source} through {each.packing}")
    return "\n".join(lines)


def test_nothing_raw_leaves_a_node(honest: Played) -> None:
    raw = [each for each in honest.findings if each.needle != KNOWN]
    assert not raw, told(raw, honest.needles)


@pytest.mark.parametrize("part", PARTS)
def test_the_search_finds_every_canary_and_row_inside_its_node(honest: Played, part: str) -> None:
    canaries = honest.canaries[part]
    found = {each.needle for each in Scanner(canaries.needles).scan(canaries.held())}
    assert found == canaries.needles.names(), f"seed {SEED!r}"


def test_groups_too_small_were_asked_for_and_are_absent(honest: Played) -> None:
    assert honest.outcome.answered == 2
    airlines, destinations = (
        [str(row[0]) for row in answer["rows"]] for answer in honest.outcome.answers
    )
    texts = honest.needles.texts
    assert "Delta Air Lines Inc." in airlines
    assert "LAX" in destinations
    assert texts["transport 鸟airline"] not in airlines
    assert not {texts["transport group"], texts["transport 鸟nine"]} & {*destinations}


def test_the_search_read_what_the_exchange_stores_serves_and_logs(honest: Played) -> None:
    known = {each.source for each in honest.findings if each.needle == KNOWN}
    assert {"file exchange.db", "file exchange.db-wal", "table ledger_entry"} <= known
    assert {"node GET /v1/descriptions", "exchange GET /api/v1/contracts"} <= known
    assert any(name.startswith("exchange GET /contracts/") for name in known)
    assert {
        "exchange POST /api/v1/questions",
        "exchange POST /api/v1/acts",
        "file exchange.db-shm",
        "file last-signed",
        "log",
        "schema",
    } <= honest.sources


def test_every_address_was_seen_by_somebody_who_may_see_it(honest: Played) -> None:
    unseen = {rule: by for rule, by in honest.statuses.items() if 200 not in by.values()}
    assert unseen == {}


@dataclass(frozen=True, slots=True)
class Leaked:
    """What the leaking build let out, and what the search found of it."""

    needles: Needles
    findings: list[Finding]


def _search(folder: Path, *, leaking: bool) -> Leaked:
    """Play the story in a small house, visit it as nobody, and search what is there."""
    evidence = Evidence()
    with evidence.listening(), open_rig(folder, SEED, evidence, leaking=leaking) as rig:
        cast, outcome = rig.play()
        assert outcome.answered == 2
        visitors = {"nobody": Visitor(rig.url, evidence)}
        crawl(evidence.rules, visitors, story_keys(cast, outcome))
        evidence.keep_folder(folder / "exchange")
        evidence.keep_rows(folder / "exchange" / "exchange.db")
    needles = rig.canaries.needles
    return Leaked(needles, Scanner(needles).scan(evidence.sources()))


@pytest.fixture(scope="module")
def leaked(tmp_path_factory: pytest.TempPathFactory) -> Leaked:
    return _search(tmp_path_factory.mktemp("leaking"), leaking=True)


LEAKS: dict[str, list[Any]] = {
    "a description with a sample value": ["unit", "table ledger_entry"],
    "a description that is shown": ["unit", "exchange GET /products/"],
    "a node's problem with its engine's words": ["key", "node POST /v1/questions"],
    "an exchange that logs a node's problem": ["key", "log"],
    "an answer with a group of one": ["group", "exchange POST /api/v1/questions"],
    "an answer with a group of nine": ["鸟nine", "exchange POST /api/v1/questions", "escapes"],
    "an exchange that keeps answers": ["group", "table kept_answer", "zlib"],
    "answers kept in the database's file": ["group", "file exchange.db", "zlib"],
    "a row in the log": ["flights row 0 from carrier", "log", "base64", "gzip"],
    "a file's name in a header": ["flights file", "exchange GET /: headers", "hex"],
    "a column's name on a page": ["鸟column", "exchange GET /columns", "escapes"],
    "a number in a report for a spreadsheet": ["+hidden", "file report.csv", "wide"],
}


@pytest.mark.parametrize("leak", LEAKS)
def test_the_same_search_finds_a_leak(leaked: Leaked, leak: str) -> None:
    name, source, *packing = LEAKS[leak]
    found = [
        each
        for each in leaked.findings
        if each.needle == f"{TRANSPORT} {name}" and each.packing == tuple(packing)
    ]
    assert any(each.source.startswith(source) for each in found), f"seed {SEED!r}: {found}"


def test_the_same_house_without_its_leaks_is_clean(tmp_path: Path) -> None:
    clean = _search(tmp_path, leaking=False)
    assert not clean.findings, told(clean.findings, clean.needles)
