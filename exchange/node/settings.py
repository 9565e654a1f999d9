"""A node's configuration: `node.toml`, written by `fdx node init`, and what `join` learned."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from exchange.errors import InvalidError
from exchange.protocol.fields import FieldError, Fields
from ledger.act import check_actor, check_origin
from ledger.errors import LedgerError
from ledger.signing import Ed25519Verifier, parse_vkey

CONFIG: Final = "node.toml"
MEMBERSHIP: Final = "exchange.json"
KEY_LABEL: Final = "k1"
_LISTEN: Final = re.compile(r"([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]):(\d{1,5})", re.ASCII)
_MAX_PORT: Final = 65_535


class SettingsError(InvalidError):
    """The configuration cannot be used; the text says which member and what it must be."""

    def __init__(self, text: str) -> None:
        super().__init__("node.settings", text)


@dataclass(frozen=True, slots=True)
class Membership:
    """What the node learned when it joined: the exchange, its log, and whose grants count."""

    url: str
    origin: str
    verifier: Ed25519Verifier
    supplier: str
    issuers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """The `[limits]` table: questions per namespace for good, and one question's resources."""

    questions: int = 1_000
    max_cells: int = 20_000
    deadline_ms: int = 10_000
    memory_mb: int = 1_024
    threads: int = 2
    follow_ms: int = 1_000


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """One node: where it lives, who it is, where it listens, and its rules."""

    directory: Path
    name: str
    actor: str
    host: str
    port: int
    url: str
    limits: LimitSettings
    rules: tuple[Path, ...]

    @classmethod
    def from_toml(cls, path: Path) -> NodeSettings:
        """Read `node.toml`.

        Raises:
            SettingsError: the file is missing, not TOML, or a member is unfit.
        """
        try:
            value = tomllib.loads(path.read_text("utf-8"))
        except OSError as error:
            text = f"{path}: cannot be read; `fdx node init` makes a node"
            raise SettingsError(text) from error
        except ValueError as error:
            raise SettingsError(f"{path}: not TOML in UTF-8: {error}") from error
        try:
            return _settings(path.parent.absolute(), Fields(value))
        except (FieldError, LedgerError) as error:
            raise SettingsError(f"{path}: {error}") from error

    @property
    def data(self) -> Path:
        """The directory of raw data."""
        return self.directory / "data"

    @property
    def journal(self) -> Path:
        """The node's journal."""
        return self.directory / "journal.sqlite"

    @property
    def work(self) -> Path:
        """The directory of the stores that the engine reads; rebuilt at each start."""
        return self.directory / "work"

    def key(self) -> bytes:
        """Return the seed of the node's signing key, 32 bytes.

        Raises:
            SettingsError: the file is missing or has another length.
        """
        return self._secret("key")

    def secret(self) -> bytes:
        """Return the secret that the node's salts are derived from, 32 bytes.

        Raises:
            SettingsError: the file is missing or has another length.
        """
        return self._secret("secret")

    def membership(self) -> Membership:
        """Return what `fdx node join` wrote.

        Raises:
            SettingsError: the node has not joined, or the file is unfit.
        """
        path = self.directory / MEMBERSHIP
        try:
            fields = Fields(json.loads(path.read_text("utf-8")))
            origin = fields.text("origin", 200)
            check_origin(origin)
            return Membership(
                fields.text("url", 500),
                origin,
                parse_vkey(fields.text("vkey", 500)),
                fields.id("supplier"),
                fields.ids("issuers", 100, 1),
            )
        except OSError as error:
            text = "the node has not joined an exchange yet: run `fdx node join`"
            raise SettingsError(text) from error
        except (ValueError, LedgerError) as error:
            raise SettingsError(f"{path}: {error}") from error

    def save_membership(self, membership: Membership) -> None:
        """Write what `membership` reads, all at once."""
        path = self.directory / MEMBERSHIP
        aside = path.with_suffix(".new")
        value = {
            "url": membership.url,
            "origin": membership.origin,
            "vkey": membership.verifier.vkey,
            "supplier": membership.supplier,
            "issuers": list(membership.issuers),
        }
        aside.write_text(json.dumps(value, indent=2) + "\n", "utf-8")
        aside.replace(path)

    def _secret(self, name: str) -> bytes:
        try:
            value = (self.directory / name).read_bytes()
        except OSError as error:
            raise SettingsError(f"the node's {name} file cannot be read") from error
        if len(value) != 32:  # noqa: PLR2004 - both are 32 bytes
            raise SettingsError(f"the node's {name} file must hold 32 bytes")
        return value


def write_config(directory: Path, name: str, listen: str, assets: Iterable[str]) -> None:
    """Write a new `node.toml` for the rules `rules/ASSET.toml`."""
    slug = slug_of(name)
    parts = [
        "# A domain node. Raw data stays in data/; buyers get only what rules/ allows.",
        "[node]",
        f"name = {json.dumps(name, ensure_ascii=False)}",
        f'actor = "n-{slug}"',
        f'listen = "{listen}"',
        f'url = "http://{listen}"',
        "",
        "[limits]",
        "# Questions answered per namespace, over all buyers and for good. A count, not",
        "# differential privacy.",
        "questions = 1000",
        "",
    ]
    for asset in assets:
        parts += ["[[assets]]", f'rule = "rules/{asset}.toml"', ""]
    (directory / CONFIG).write_text("\n".join(parts), "utf-8")


def slug_of(name: str) -> str:
    """Make the part of an actor id that stands for a name: ASCII lower case, else `node`."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-")
    return slug or "node"


def _settings(directory: Path, fields: Fields) -> NodeSettings:
    fields.only("node", "limits", "assets")
    node = fields.object("node")
    node.only("name", "actor", "listen", "url")
    actor = node.text("actor", 64)
    check_actor(actor)
    host, port = parse_listen(node.text("listen", 200))
    url = node.text("url", 500) if node.has("url") else f"http://{host}:{port}"
    rules = []
    for asset in fields.objects("assets", 50, 1):
        asset.only("rule")
        rules.append(directory / asset.text("rule", 200))
    limits = _limits(fields.object("limits")) if fields.has("limits") else LimitSettings()
    return NodeSettings(
        directory, node.text("name", 100), actor, host, port, url, limits, tuple(rules)
    )


def parse_listen(text: str) -> tuple[str, int]:
    """Split `HOST:PORT`.

    Raises:
        FieldError: the text has another form.
    """
    found = _LISTEN.fullmatch(text)
    if found is None or int(found[2]) > _MAX_PORT:
        raise FieldError("listen", "must look like 127.0.0.1:8101")
    return found[1], int(found[2])


def _limits(fields: Fields) -> LimitSettings:
    bounds: dict[str, tuple[int, int]] = {
        "questions": (0, 1_000_000_000),
        "max_cells": (1, 200_000),
        "deadline_ms": (10, 600_000),
        "memory_mb": (64, 1_000_000),
        "threads": (1, 256),
        "follow_ms": (50, 60_000),
    }
    fields.only(*bounds)
    given: dict[str, Any] = {
        name: fields.integer(name, *bound) for name, bound in bounds.items() if fields.has(name)
    }
    return LimitSettings(**given)
