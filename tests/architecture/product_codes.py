"""The error codes of this product: what the trees tell, and the few that only running tells."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache

from exchange.bootstrap import TABLES
from exchange.errors import Kind
from exchange.grants.rules import LATE, VOID_REASONS
from exchange.identity.throttle import Limits
from exchange.lifecycle import Lifecycle
from exchange.protocol.codes import PROBLEMS, REFUSALS
from exchange.storage.tables import Row, Staged
from exchange.web.errors import HTTP_CODES, status_of
from ledger.walk import _BREAKS
from tests.architecture.error_codes import LEDGER_ROOTS, ROOTS, Raised, Shape, raised_codes, sources
from tests.architecture.source_values import Sources

Pairs = frozenset[tuple[str, str]]

#: Folders and files whose refusals a person meets on the command line or in a node's own log.
TOOLS = (
    "exchange/bootstrap.py",  # starting up
    "exchange/cli/",
    "exchange/client/",
    "exchange/demo/",
    "exchange/node/",
    "exchange/protocol/",
    "exchange/settings.py",
    "exchange/simulation/",
)

_FIELD = re.compile(r"field\.[a-z_]+")
_NODE_CODES = frozenset(code.value for code in (*REFUSALS, *PROBLEMS))


@dataclass(frozen=True, slots=True)
class Code:
    """One code with the statuses that the site answers it with, in ascending order."""

    code: str
    statuses: tuple[int, ...]


def lifecycles(tables: tuple[type[Row], ...] = TABLES) -> list[Lifecycle]:
    """Return the lifecycle of each staged table, in the order of the features."""
    found = {one.lifecycle.name: one.lifecycle for one in tables if issubclass(one, Staged)}
    return list(found.values())


def required_tables(parsed: Sources) -> set[str]:
    """Return the names of the tables of which `require` is asked for a row."""
    names = {one.__name__: one.table().name for one in TABLES}
    return {
        names[given.id]
        for _, call in parsed.calls_of({"require"})
        for given in call.args
        if isinstance(given, ast.Name) and given.id in names
    }


def stated(parsed: Sources) -> dict[str, Pairs]:
    """Return the codes of the places that put theirs together at run time, by file."""
    states = frozenset((Kind.CONFLICT.name, f"{one.name}.state") for one in lifecycles())
    unknown = frozenset(
        (Kind.NOT_FOUND.name, f"{name}.unknown") for name in required_tables(parsed)
    )
    limits = [getattr(Limits(), name).name for name in Limits.__slots__]
    return {
        "exchange/grants/asking.py": _all(Kind.UNAVAILABLE, VOID_REASONS - {LATE}),
        "exchange/identity/throttle.py": _all(
            Kind.EXHAUSTED, frozenset(f"rate.{name}" for name in limits)
        ),
        "exchange/lifecycle.py": states,
        "exchange/market/eligibility.py": states,
        "exchange/market/ownership.py": unknown,
        "exchange/node/follower.py": frozenset(),  # the ledger's own codes
        "exchange/client/api.py": frozenset({(Kind.UNAVAILABLE.name, "peer.reply")}),
        "exchange/protocol/http.py": _all(Kind.UNAVAILABLE, frozenset({"peer.status_NNN"})),
        "exchange/storage/store.py": unknown,
        "ledger/audit.py": frozenset(),  # a LedgerError's own code
        "ledger/walk.py": frozenset(("", rule) for rule in _BREAKS),
    }


def _all(kind: Kind, codes: frozenset[str]) -> Pairs:
    return frozenset((kind.name, code) for code in codes)


@cache
def raised() -> tuple[list[Raised], list[str]]:
    """Return every refusal of the exchange with its file, and the places that hide theirs."""
    parsed = sources("exchange")
    roots = {**ROOTS, "FollowError": Shape(Kind.UNAVAILABLE.name, 0)}
    return raised_codes(parsed, stated(parsed), roots)


@cache
def site_codes() -> tuple[Code, ...]:
    """Return what the site and the API answer, by code."""
    statuses: dict[str, set[int]] = {"fault.internal": {500}}
    for status, code in HTTP_CODES.items():
        statuses.setdefault(code, set()).add(status)
    for one in raised()[0]:
        if not one.path.startswith(TOOLS):
            statuses.setdefault(one.code, set()).add(int(status_of(Kind[one.kind], one.code)))
    return tuple(Code(code, tuple(sorted(found))) for code, found in sorted(statuses.items()))


@cache
def tool_codes() -> tuple[str, ...]:
    """Return the codes that are met away from the site alone, in order."""
    met = {one.code for one in site_codes()}
    return tuple(sorted({one.code for one in raised()[0]} - met - _NODE_CODES))


def node_codes() -> tuple[str, ...]:
    """Return the codes that a node answers to a question, in order."""
    return tuple(sorted(_NODE_CODES))


@cache
def field_codes() -> tuple[str, ...]:
    """Return the codes that stand beside single fields of a form, in order."""
    literals = {
        node.value
        for tree in sources("exchange").trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return tuple(sorted(text for text in literals if _FIELD.fullmatch(text)))


@cache
def ledger_codes() -> tuple[list[str], list[str]]:
    """Return the codes and audit rules of the ledger library, and the places that hide theirs."""
    parsed = sources("ledger")
    found, hidden = raised_codes(parsed, stated(parsed), LEDGER_ROOTS)
    return sorted({one.code for one in found}), hidden
