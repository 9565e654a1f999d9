"""Reads the glossary, and finds the terms that the code does not use where it says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.architecture.files import ROOT

GLOSSARY = ROOT / "docs" / "glossary.md"
_COLUMNS = 4
_NAME = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Term:
    """One line: the Chinese, the English, the names in the code, and the paths that use them."""

    chinese: str
    english: str
    names: tuple[str, ...]
    places: tuple[str, ...]


def read_terms(text: str) -> list[Term]:
    """Return the lines of the glossary's tables."""
    found: list[Term] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|") or line.startswith("|--") or cells[0] == "中文":
            continue
        assert len(cells) == _COLUMNS, f"not four cells: {line}"
        names = tuple(_NAME.findall(cells[2]))
        found.append(Term(cells[0], cells[1], names, tuple(cells[3].split(", "))))
    return found


def term_faults(terms: list[Term], root: Path = ROOT) -> Iterator[str]:
    """Yield a sentence for each term that is told twice or names what is not in the code."""
    told: set[str] = set()
    for term in terms:
        if term.chinese in told:
            yield f"{term.chinese}: told twice"
        told.add(term.chinese)
        if not term.names:
            yield f"{term.chinese}: names nothing in the code"
        lost = [place for place in term.places if not (root / place).exists()]
        yield from (f"{term.chinese}: there is no {place}" for place in lost)
        source = "\n".join(_source(root / place) for place in term.places)
        for name in term.names:
            if re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", source) is None:
                yield f"{term.chinese}: `{name}` is not in {', '.join(term.places)}"


def _source(place: Path) -> str:
    paths = sorted(place.rglob("*.py")) if place.is_dir() else [place] if place.is_file() else []
    return "\n".join(path.read_text("utf-8") for path in paths)
