"""A node put together from its directory: rules, data, engine, journal, follower, gate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from exchange.clock import Clock
from exchange.errors import ExchangeError
from exchange.node.approval import approve
from exchange.node.engine import Engine, Limits
from exchange.node.follower import Follower, Log, NodeIdentity
from exchange.node.gate import Allowance, Asset, Gate, GateParts
from exchange.node.journal import Journal
from exchange.node.rule import Rule
from exchange.node.rule_file import RuleError, read_rule
from exchange.node.settings import KEY_LABEL, LimitSettings, NodeSettings
from exchange.node.signing import Chair
from exchange.node.vault import build_vault
from exchange.protocol.commitment import derive_salt
from exchange.protocol.http import HttpPeer
from ledger.act import key_name
from ledger.signing import Ed25519Signer
from ledger.source import Fetch

LEAST_UNITS = 2
LEDGER_PATH = "/ledger/"
FETCH_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Node:
    """A node that is ready to judge questions; close it when done."""

    settings: NodeSettings
    gate: Gate
    follower: Follower
    journal: Journal

    def close(self) -> None:
        """Let go of the stores and the journal."""
        for asset in self.gate.parts.assets.values():
            asset.engine.close()
        self.journal.close()


def fetch_from(peer: HttpPeer) -> Fetch:
    """Return a reader of the log that an exchange serves below `/ledger/`."""

    def fetch(path: str) -> bytes:
        try:
            return peer.get(LEDGER_PATH + path)
        except ExchangeError as error:
            raise LookupError(path) from error

    return fetch


def open_node(settings: NodeSettings, clock: Clock, fetch: Fetch | None = None) -> Node:
    """Open a node that has joined; `fetch` None reads the log from the exchange it joined.

    Raises:
        SettingsError: the node has not joined, or its files are unfit.
        RuleError: a rule contradicts itself.
        VaultError: the data does not fit its rule.
    """
    membership = settings.membership()
    signer = node_signer(settings, membership.origin)
    assets = open_assets(settings, settings.work)
    journal = Journal(settings.journal)
    log = Log(
        membership.origin,
        membership.verifier,
        fetch or fetch_from(HttpPeer(membership.url, FETCH_TIMEOUT_S)),
    )
    identity = NodeIdentity(settings.actor, membership.issuers)
    follower = Follower(log, journal, clock, identity)
    chair = Chair(settings.actor, signer, journal, follower, clock)
    limits = settings.limits
    parts = GateParts(
        chair=chair,
        journal=journal,
        follower=follower,
        clock=clock,
        assets=assets,
        allowance=Allowance(limits.questions, limits.max_cells),
        secret=settings.secret(),
    )
    return Node(settings, Gate(parts), follower, journal)


def node_signer(settings: NodeSettings, origin: str) -> Ed25519Signer:
    """Return the node's signer for acts of one log.

    Raises:
        SettingsError: the key file is unfit.
    """
    return Ed25519Signer(key_name(origin, settings.actor, KEY_LABEL), settings.key())


def read_rules(settings: NodeSettings) -> list[Rule]:
    """Read the node's rules.

    Raises:
        RuleError: a rule cannot be read, or two speak of one asset.
    """
    rules = [read_rule(path) for path in settings.rules]
    names = [rule.asset for rule in rules]
    if len(set(names)) != len(names):
        raise RuleError("two rules speak of the same asset")
    return rules


def open_assets(
    settings: NodeSettings, work: Path, told: Callable[[str], None] = lambda _: None
) -> dict[str, Asset]:
    """Check every rule, then build every store in `work`; `told` hears which is being built.

    Raises:
        RuleError: a rule contradicts itself or would show single units.
        VaultError: the data does not fit its rule.
    """
    policies = [approve(rule) for rule in read_rules(settings)]
    for policy in policies:
        if policy.rule.minimum_units < LEAST_UNITS:
            raise RuleError(f"{policy.rule.asset}: minimum_units must be at least {LEAST_UNITS}")
    work.mkdir(mode=0o700, exist_ok=True)
    secret, limits = settings.secret(), engine_limits(settings.limits)
    assets: dict[str, Asset] = {}
    for policy in policies:
        name = policy.rule.asset
        told(name)
        salt = derive_salt(secret, "data", name)
        vault = build_vault(policy.rule, settings.data, work / f"{name}.duckdb", salt)
        assets[name] = Asset(policy, vault, Engine(vault.path, limits))
    return assets


def engine_limits(limits: LimitSettings) -> Limits:
    """Take the engine's part of the limits."""
    return Limits(limits.deadline_ms, limits.memory_mb, limits.threads)
