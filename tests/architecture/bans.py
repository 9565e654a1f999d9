"""Phrases that stand in the files made for them and nowhere else."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

# The floors, benchmarks included: what the rules for source code hold for.
SOURCE = ("exchange/", "ledger/", "valuation/", "benchmarks/")


@dataclass(frozen=True, slots=True)
class Ban:
    """A phrase that is banned outside some files."""

    pattern: re.Pattern[str]
    why: str
    allowed: tuple[str, ...] = ()  # files, or folders ending in a slash
    in_tests: bool = True

    def holds_for(self, path: str) -> bool:
        """Tell whether the file at `path` must do without the phrase."""
        if path.startswith(self.allowed) if self.allowed else False:
            return False
        return path.startswith(SOURCE) or (self.in_tests and path.startswith("tests/"))


def _ban(pattern: str, why: str, *allowed: str, in_tests: bool = True) -> Ban:
    return Ban(re.compile(pattern), why, allowed, in_tests)


# Searched in code alone: strings and comments may name these.
CODE_BANS = (
    _ban(
        r"\bdatetime\.(now|today)\b|\butcnow\b", "take the time from a Clock", "exchange/clock.py"
    ),
    _ban(r"\btime\.time(_ns)?\(", "take the time from a Clock", "exchange/clock.py"),
    _ban(r"\btime\.sleep\(", "wait for the thing itself, not for time", *SOURCE),
    _ban(r"\buuid[14]\b", "take ids from Ids", "exchange/ids.py"),
    _ban(
        r"\brandom\.(?!Random\b|Generator\b|default_rng\b)|\b(Random|default_rng)\(\)",
        "take a seeded random stream as an argument",
        "exchange/ids.py",
    ),
    _ban(
        r"\bsecrets\.(token|choice|rand|System)|\b(import|from) secrets\b",
        "take ids and secrets from Ids",
        "exchange/ids.py",
        "ledger/signing.py",
    ),
    _ban(r"\bos\.urandom\b", "take secrets from Ids", "exchange/ids.py", "ledger/signing.py"),
    _ban(
        r"\bos\.(environ|getenv)\b",
        "read settings from Settings",
        "exchange/settings.py",
        "exchange/cli/",  # hands the environment to Settings
        in_tests=False,
    ),
    _ban(
        r"\.commit\(\)",
        "a unit of work commits on its clean exit",
        "exchange/storage/",
        "exchange/node/journal.py",
        in_tests=False,
    ),
    _ban(
        r"\.state\s*=(?!=)",
        "only UnitOfWork.advance changes a state",
        "exchange/storage/",
        in_tests=False,
    ),
    _ban(r"(?<![\w.])print\(", "only the command line prints", "exchange/cli/", "benchmarks/"),
)

# Searched in the whole text, comments and strings included.
TEXT_BANS = (_ban(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b", "do it or file an issue"),)

# Absolute paths of somebody's own machine, which mean nothing to a reader; searched in every text
# file.
FOREIGN_PATH = re.compile(r"(?<![\w.~$-])/(?:ho" + r"me|Us" + r"ers|ro" + r"ot|mn" + r"t)/\w")

_NO_CODE = {
    tokenize.COMMENT,
    tokenize.STRING,
    getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING),  # Python 3.12 and later
}


def code_lines(source: str) -> list[str]:
    """Return the lines of `source` with every comment and string blanked out."""
    lines = io.StringIO(source).readlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in _NO_CODE:
            _blank(lines, token.start, token.end)
    return lines


def _blank(lines: list[str], start: tuple[int, int], end: tuple[int, int]) -> None:
    for row in range(start[0], end[0] + 1):
        line = lines[row - 1]
        left = start[1] if row == start[0] else 0
        right = end[1] if row == end[0] else len(line.rstrip("\n"))
        lines[row - 1] = line[:left] + " " * (right - left) + line[right:]


def banned_phrases(path: PurePosixPath, source: str) -> Iterator[str]:
    """Yield one sentence for each banned phrase in a Python file."""
    yield from _matches(path, code_lines(source), CODE_BANS)
    yield from _matches(path, source.split("\n"), TEXT_BANS)


def _matches(path: PurePosixPath, lines: list[str], bans: tuple[Ban, ...]) -> Iterator[str]:
    bans_here = [ban for ban in bans if ban.holds_for(str(path))]
    for number, line in enumerate(lines, start=1):
        for ban in bans_here:
            found = ban.pattern.search(line)
            if found:
                yield f"{path}:{number}: `{found[0]}`: {ban.why}"


def foreign_paths(path: PurePosixPath, text: str) -> Iterator[str]:
    """Yield one sentence for each line of a text file that names a workplace's path."""
    for number, line in enumerate(text.split("\n"), start=1):
        if FOREIGN_PATH.search(line):
            yield f"{path}:{number}: names a path of one machine"
