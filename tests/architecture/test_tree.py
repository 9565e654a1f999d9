from __future__ import annotations

import os
from pathlib import PurePosixPath

from tests.architecture.files import ROOT, project_files

TOP_LEVEL = frozenset(
    {
        ".ci",
        ".gitignore",
        "CHANGELOG.md",
        "LICENSE",
        "Makefile",
        "README.md",
        "README.zh-CN.md",
        "benchmarks",
        "docs",
        "exchange",
        "ledger",
        "pyproject.toml",
        "templates",
        "tests",
        "uv.lock",
        "valuation",
    }
)


def unexpected_names(files: list[PurePosixPath]) -> list[str]:
    """Return the top-level names that no decision record has let in."""
    return sorted({path.parts[0] for path in files} - TOP_LEVEL)


def test_the_top_level_holds_only_what_was_decided() -> None:
    assert unexpected_names(project_files()) == []


def test_every_name_of_the_top_level_is_there() -> None:
    assert sorted(TOP_LEVEL - {path.parts[0] for path in project_files()}) == []


def test_a_planted_name_is_found() -> None:
    files = [PurePosixPath(text) for text in ("scripts/a.sh", "setup.cfg", "ledger/a.py")]

    assert unexpected_names(files) == ["scripts", "setup.cfg"]


def test_what_ci_starts_can_be_started() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
