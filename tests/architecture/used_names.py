"""Names that the code uses or that prose mentions, to be held against what the protocol lists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

import click

from tests.architecture.command_tables import walk
from tests.architecture.source_values import Sources, UnresolvedError, argument

_SETTING = re.compile(r"FDX_[A-Z]+(?:_[A-Z]+)*")
_QUOTED = re.compile(r"`([^`\n]+)`")
_FENCED = re.compile(r"^```[a-z]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_DOTTED = re.compile(r"[a-z]+(?:_[a-z]+)*\.[a-z]+(?:_[a-z]+)*")
_CALLED = re.compile(r"^fdx(?: [^ |#`]+)+")
_FILE = (
    ".toml",
    ".db",
    ".key",
    ".vkey",
    ".json",
    ".sqlite",
    ".py",
    ".md",
    ".lock",
    ".example",
    ".csv",
)


def settings_used(parsed: Sources) -> set[str]:
    """Return the variables whose whole name stands as a text in the code."""
    texts = {
        node.value
        for tree in parsed.trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return {text for text in texts if _SETTING.fullmatch(text)}


def kinds_decided(parsed: Sources) -> tuple[set[str], list[str]]:
    """Return the kinds of acts that services decide, and the decisions that hide theirs."""
    kinds: set[str] = set()
    hidden: list[str] = []
    for place, call in parsed.calls_of({"Decision"}):
        kind = argument(call, "kind", ["kind"])
        assert kind is not None, "a decision has a kind"
        try:
            kinds |= parsed.values(place, kind)
        except UnresolvedError as error:
            hidden.append(f"{place.path}:{call.lineno}: {error}")
    return kinds, hidden


def lifecycles_made(parsed: Sources) -> set[str]:
    """Return the names of all lifecycles that the code makes."""
    names: set[str] = set()
    for place, call in parsed.calls_of({"Lifecycle"}):
        names |= parsed.values(place, call.args[0])
    return names


def differences(used: set[str], listed: set[str]) -> list[str]:
    """Return a sentence for each name that is used and not listed, or listed and not used."""
    return [
        *(f"{name}: used and not listed" for name in sorted(used - listed)),
        *(f"{name}: listed and not used" for name in sorted(listed - used)),
    ]


def unknown_mentions(text: str, known: set[str]) -> list[str]:
    """Return the dotted names in backquotes that are no kind, no code and no file."""
    names = [name for name in _QUOTED.findall(text) if _DOTTED.fullmatch(name)]
    return sorted({name for name in names if name not in known and not name.endswith(_FILE)})


def wrong_calls(text: str, root: click.Command) -> list[str]:
    """Return the calls of `fdx` in a page's code whose command or option does not exist."""
    commands = dict(walk(root))
    lines = [line for block in _FENCED.findall(text) for line in block.splitlines()]
    calls = [_CALLED.match(one.strip()) for one in [*lines, *_QUOTED.findall(text)]]
    faults = [fault for call in calls if call for fault in _call_faults(call[0], commands)]
    return sorted(set(faults))


def _call_faults(call: str, commands: Mapping[str, click.Command]) -> Iterator[str]:
    words = call.split(" ")
    named = [" ".join(words[:length]) for length in (3, 2)]
    found = next((path for path in named if path in commands), None)
    if found is None:
        group = any(path.startswith(f"{named[1]} ") for path in commands) and len(words) == 2
        if not group and words[1].isascii() and words[1].islower():
            yield f"{call}: there is no such command"
        return
    parameters = commands[found].params
    options = {
        one for parameter in parameters for one in (*parameter.opts, *parameter.secondary_opts)
    }
    for word in words:
        option = word.partition("=")[0]
        if option.startswith("--") and option not in {*options, "--help"}:
            yield f"{call}: {found} takes no {option}"
