"""Writes the tables of docs/protocol* from the code: `python -m tests.architecture.protocol_tables`.

A block between `<!-- made by: make docs (NAME) -->` and `<!-- end of NAME -->` is this module's;
all other text is a writer's. What the code can't say (a short sentence for each act, role and
setting) stands in docs/protocol/sentences.toml.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from exchange.actors import OPEN_ROLES, Role
from exchange.acts.kinds import ActKind
from exchange.assets.rules import ACCEPTANCE_WORKING_DAYS, NOTICE_WORKING_DAYS
from exchange.bootstrap import KINDS
from exchange.disputes import rules as dispute_rules
from exchange.grants import rules as grant_rules
from exchange.lifecycle import Lifecycle
from exchange.market import rules as market_rules
from exchange.protocol.codes import PROBLEMS, REFUSALS
from exchange.web.texts import text_of
from tests.architecture.command_tables import commands
from tests.architecture.files import ROOT
from tests.architecture.product_codes import (
    Code,
    field_codes,
    ledger_codes,
    lifecycles,
    site_codes,
    tool_codes,
)

#: The periods of the rules that are a plain length of time, in the order of a deal.
PERIODS: dict[str, timedelta] = {
    "a request may stay open, at most": market_rules.REQUEST_LIMIT,
    "an offer waits for its acceptance": market_rules.OFFER_LASTS,
    "a signed contract waits for its funding": market_rules.FUNDING_LASTS,
    "a funded contract without a grant is kept from being closed": dispute_rules.GRANT_WITHIN,
    "a question waits for its answer": grant_rules.ANSWER_WITHIN,
    "an answer can be disputed": dispute_rules.FILE_WITHIN,
    "a supplier may answer a dispute": dispute_rules.ANSWER_WITHIN,
    "dealings with a party keep an arbitrator from being drawn": dispute_rules.INTEREST_WITHIN,
}

DOCS = ROOT / "docs"
SENTENCES = DOCS / "protocol" / "sentences.toml"
_BLOCK = re.compile(
    r"(?P<head><!-- made by: make docs \((?P<name>[a-z-]+)\) -->\n).*?(?P<tail><!-- end of (?P=name) -->)",
    re.DOTALL,
)


def pages() -> list[Path]:
    """Return the pages of the protocol, in order."""
    return [DOCS / "protocol.md", *sorted((DOCS / "protocol").glob("*.md"))]


def sentences() -> dict[str, dict[str, str]]:
    """Return what people wrote about acts, roles, lifecycles and settings, by section and name."""
    found: dict[str, dict[str, str]] = tomllib.loads(SENTENCES.read_text("utf-8"))
    return found


def render(page: str, blocks: Mapping[str, Callable[[], list[str]]]) -> str:
    """Return a page with each of its blocks made anew.

    Raises:
        KeyError: the page holds a block that nobody makes.
    """

    def remade(match: re.Match[str]) -> str:
        body = "\n".join(blocks[match["name"]]())
        return f"{match['head']}\n{body}\n\n{match['tail']}"

    return _BLOCK.sub(remade, page)


def block_names(page: str) -> list[str]:
    """Return the names of a page's blocks in order."""
    return [match["name"] for match in _BLOCK.finditer(page)]


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Write a Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def vectors() -> list[str]:
    """Print one small log from the fixed vectors: an entry, its checkpoint, its proof, refusals."""
    entry, checkpoint, proof = (_vector(name) for name in ("entry", "checkpoint", "proof"))
    first, under = entry["accepted"][0], checkpoint["accepted"][1]
    lines = ["The log's key:", "", "```", checkpoint["vkey"], "```", ""]
    lines += ["Entry 0, with the act inside it:", "", "```", first["entry"].rstrip("\n"), "```", ""]
    lines += [f"Its leaf hash: `{first['leaf_hash']}`", ""]
    lines += ["The checkpoint over it:", "", "```", under["note"].rstrip("\n"), "```", ""]
    shown = proof["inclusion"][1]
    lines += [f"The proof of entry {shown['index']}:", ""]
    lines += ["```", shown["proof"].rstrip("\n"), "```", ""]
    return [*lines, *_refused()]


def _refused() -> list[str]:
    rows = [
        (f"{name}.json", one.get("name") or f"`{one['bytes']}` in base64", f"`{one['code']}`")
        for name in ("act", "entry", "checkpoint", "proof")
        for one in _vector(name)["refused"]
    ]
    return ["What a reader MUST refuse:", "", *table(("vectors", "input", "code"), rows)]


def _vector(name: str) -> Any:
    return json.loads((ROOT / "tests" / "vectors" / f"{name}.json").read_text("utf-8"))


def _roles() -> list[str]:
    told = sentences()["roles"]
    rows = [
        (f"`{role}`", told[role], "yes" if role in OPEN_ROLES else "no", str(len(_acts_of(role))))
        for role in Role
    ]
    return table(("role", "who", "open to anybody", "kinds of acts"), rows)


def _acts_of(role: Role) -> list[ActKind]:
    return [kind for kind in KINDS.values() if kind.by is not None and role in kind.by]


def _acts() -> list[str]:
    told = sentences()["acts"]
    lines: list[str] = []
    features = {kind.apply.__module__.split(".")[1] for kind in KINDS.values()}
    ordered = sorted(features, key=[k.apply.__module__.split(".")[1] for k in KINDS.values()].index)
    for feature in ordered:
        rows = [
            (f"`{kind.name}`", _signers(kind), ", ".join(f"`{f}`" for f in kind.fields), told[name])
            for name, kind in KINDS.items()
            if kind.apply.__module__.split(".")[1] == feature
        ]
        lines += [f"### {feature}", ""]
        lines += [*table(("kind", "signed by", "body", "what it does"), rows), ""]
    return lines[:-1]


def _signers(kind: ActKind) -> str:
    if kind.by is None:
        return "the key that it registers"
    return ", ".join(role.value for role in kind.by)


def _lifecycles() -> list[str]:
    told = sentences()["lifecycles"]
    lines: list[str] = []
    for one in lifecycles():
        lines += [f"## {one.name}", "", told[one.name], "", *_arrows(one), "", *_diagram(one), ""]
    return lines[:-1]


def _arrows(one: Lifecycle) -> list[str]:
    rows = []
    for state in type(one.initial):
        timer = one.timer(state)
        leads = [f"`{act}` → {one.target(act, state).value}" for act in one.acts(state)]
        rows.append(
            (
                f"**{state.value}** (first)" if state == one.initial else state.value,
                "<br>".join(leads) or "final",
                "" if timer is None else f"`{timer.act}`",
            )
        )
    return table(("state", "acts that lead on", "when time is up"), rows)


def _diagram(one: Lifecycle) -> list[str]:
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {one.initial.value}"]
    lines += [
        f"    {source.value} --> {arrow.target.value}: {arrow.act}"
        for arrow in one.transitions
        for source in arrow.sources
    ]
    finals = [state for state in type(one.initial) if not one.acts(state)]
    return [*lines, *(f"    {state.value} --> [*]" for state in finals), "```"]


def _periods() -> list[str]:
    working: list[tuple[str, ...]] = [
        (
            "acceptance of an application for registration",
            f"{ACCEPTANCE_WORKING_DAYS} working days",
        ),
        ("public notice of a registration, at least", f"{NOTICE_WORKING_DAYS} working days"),
    ]
    plain = [(what, _period(length)) for what, length in PERIODS.items()]
    return table(("what", "how long"), [*working, *plain])


def _period(length: timedelta) -> str:
    if length < timedelta(hours=1):
        return f"{length // timedelta(minutes=1)} minutes"
    if length < timedelta(days=7):
        return f"{length // timedelta(hours=1)} hours"
    return f"{length // timedelta(days=1)} days"


def _settings() -> list[str]:
    rows = [(f"`{name}`", text) for name, text in sentences()["settings"].items()]
    return table(("variable", "meaning and default"), rows)


def words_of(code: str) -> tuple[str, str]:
    """Return the sentence for a code in Chinese and English; empty where there is none."""
    return text_of(code, "zh", ""), text_of(code, "en", "")


def _site_codes() -> list[str]:
    return table(("code", "status", "中文", "English"), [_code_row(one) for one in site_codes()])


def _code_row(one: Code) -> tuple[str, ...]:
    return (f"`{one.code}`", ", ".join(map(str, one.statuses)), *words_of(one.code))


def _field_codes() -> list[str]:
    rows = [(f"`{code}`", *words_of(code)) for code in field_codes()]
    return table(("code", "中文", "English"), rows)


def _node_refusals() -> list[str]:
    rows = [(f"`{code}`", words.zh, words.en) for code, words in REFUSALS.items()]
    return table(("code", "中文", "English"), rows)


def _node_problems() -> list[str]:
    rows: list[tuple[str, ...]] = [
        (f"`{code}`", str(status), words.zh, words.en) for code, (status, words) in PROBLEMS.items()
    ]
    return table(("code", "status", "中文", "English"), rows)


def _listed(codes: Sequence[str]) -> list[str]:
    heads = sorted({code.partition(".")[0] for code in codes})
    rows = [
        (f"`{head}.`", ", ".join(f"`{code}`" for code in codes if code.startswith(f"{head}.")))
        for head in heads
    ]
    return table(("about", "codes"), rows)


BLOCKS: dict[str, Callable[[], list[str]]] = {
    "roles": _roles,
    "acts": _acts,
    "lifecycles": _lifecycles,
    "periods": _periods,
    "vectors": vectors,
    "commands": commands,
    "settings": _settings,
    "site-codes": _site_codes,
    "field-codes": _field_codes,
    "node-refusals": _node_refusals,
    "node-problems": _node_problems,
    "tool-codes": lambda: _listed(tool_codes()),
    "ledger-codes": lambda: _listed(ledger_codes()[0]),
}


def main() -> None:
    """Make every block of every page anew."""
    for page in pages():
        before = page.read_text("utf-8")
        after = render(before, BLOCKS)
        if after != before:
            page.write_text(after, "utf-8")
            click.echo(f"{page.relative_to(ROOT)} made anew")


if __name__ == "__main__":
    main()
