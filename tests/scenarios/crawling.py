"""Visiting every address of the site as everybody who takes part in the story."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from werkzeug.routing import Rule

import exchange
from exchange.demo.desk import Desk
from exchange.demo.doors import ApiDesk
from exchange.demo.story import Cast, Outcome
from exchange.protocol.http import HttpPeer
from exchange.web.actions import ACTIONS
from ledger.tiles import TILE_WIDTH
from tests.scenarios.evidence import Evidence, Visitor

#: Keys of what the addresses name, by the part of the address before the key.
Keys = Mapping[str, list[str]]


def visitor_of(desk: Desk) -> Visitor:
    """Return the way by which a character reached the exchange."""
    assert isinstance(desk, ApiDesk)
    transport = desk.client._transport
    assert isinstance(transport, Visitor)
    return transport


def story_keys(cast: Cast, outcome: Outcome) -> Keys:
    """Ask the API for a key of everything that the story left."""
    supplier = cast.suppliers["transport"]
    assets = [outcome.assets["transport"]]
    appraisals, listings, requests, payouts, accounts = (
        _ids(desk.get(path))
        for desk, path in (
            (supplier, "/appraisals"),
            (supplier, "/listings/mine"),
            (cast.buyer, "/requests/mine"),
            (supplier, "/payouts"),
            (supplier, "/accounts"),
        )
    )
    code = str(supplier.get(f"/assets/{assets[0]}")["code"])
    participants = [supplier.participant, cast.buyer.participant]
    size = int(visitor_of(cast.buyer).get("/ledger/checkpoint").body.split(b"\n")[1])
    return {
        "accounts": accounts,
        "appraisals": appraisals,
        "assets": assets,
        "certificates": [code],
        "contracts": [outcome.contract],
        "days": [str(cast.buyer.get("/questions/q-story-1")["asked_at"])[:10]],
        "disputes": [outcome.dispute],
        "do": [*ACTIONS],
        "entries": [str(size - 1)],
        "grants": [outcome.grant],
        "listings": listings,
        "nodes": ["n-transport"],
        "participants": participants,
        "payouts": payouts,
        "products": listings,
        "questions": ["q-story-1", "q-refused-0"],
        "requests": requests,
        "static": _static(),
        "suppliers": participants,
        "tile": _tiles(size),
        "verify": [code],
    }


def crawl(
    rules: Iterable[Rule], visitors: Mapping[str, Visitor], keys: Keys
) -> dict[str, dict[str, int]]:
    """Get every address as every visitor and return, by rule and visitor, the best status."""
    statuses: dict[str, dict[str, int]] = {}
    for rule in sorted(rules, key=lambda each: each.rule):
        if "GET" not in (rule.methods or ()):
            continue
        for name, visitor in visitors.items():
            seen = [visitor.get(path).status for path in _paths(rule.rule, keys)]
            statuses.setdefault(rule.rule, {})[name] = min(seen)
    return statuses


def pester_node(url: str, evidence: Evidence) -> None:
    """Ask a node what it tells strangers, and put what is no question to it."""
    peer = HttpPeer(url)
    for method, path, content in (
        ("GET", "/v1/health", None),
        ("GET", "/v1/descriptions", None),
        ("GET", "/data/", None),
        ("POST", "/v1/questions", b"{"),
        ("POST", "/v1/questions", b"{}"),
        ("POST", "/v1/questions", json.dumps(_FORGED).encode()),
    ):
        evidence.keep_reply(f"node {method} {path}", peer.request(method, path, content, {}))


_FORGED: dict[str, Any] = {
    "question": "q-forged",
    "sql": "SELECT * FROM flights",
    "salt": "AAAAAAAAAAAAAAAAAAAAAA==",
    "ticket": {"leaf": "AAAA", "proof": "none"},
    "head": {"seq": 1, "prev": None, "seen": {"size": 0, "root": ""}},
}


def _paths(rule: str, keys: Keys) -> Iterator[str]:
    before, bracket, rest = rule.partition("<")
    if not bracket:
        yield rule
        return
    after = rest.partition(">")[2]
    named = before.rstrip("/").rpartition("/")[2]
    assert named in keys, f"{rule} is new: say in story_keys what the story left there"
    for key in keys[named]:
        yield before + key + after


def _ids(listed: list[dict[str, Any]]) -> list[str]:
    """Return the key of the last of some things."""
    last = listed[-1]
    return [str(last.get("id") or last.get("key") or last["name"])]


def _tiles(size: int) -> list[str]:
    """Name the last bundle of entries and the last tile of their hashes."""
    full, width = divmod(size, TILE_WIDTH)
    last = f"{full:03d}.p/{width}" if width else f"{full - 1:03d}"
    return [f"entries/{last}", f"0/{last}"]


def _static() -> list[str]:
    folder = Path(exchange.__file__).parent / "static"
    return [str(path.relative_to(folder)) for path in sorted(folder.rglob("*")) if path.is_file()]
