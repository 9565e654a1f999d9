"""Which files belong to the project, as git or, outside of a checkout, a plain walk tells."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]

# What a walk skips where git can't be asked. In a checkout .gitignore says it.
LEFT_OUT = frozenset(
    {
        ".git",
        ".venv",
        ".hypothesis",
        ".import_linter_cache",
        ".mypy_cache",
        ".pytest_cache",
        ".ruff_cache",
        "__pycache__",
        "build",
        "dist",
        "var",
    }
)


def project_files(root: Path = ROOT) -> list[PurePosixPath]:
    """Return every file of the project relative to `root`, sorted, new ones included."""
    listed = _listed_by_git(root) if (root / ".git").exists() else None
    names = _walked(root) if listed is None else listed
    return sorted(PurePosixPath(name) for name in names if (root / name).is_file())


def python_files(root: Path = ROOT) -> list[PurePosixPath]:
    """Return the project's Python files relative to `root`, sorted."""
    return [path for path in project_files(root) if path.suffix == ".py"]


def _listed_by_git(root: Path) -> list[str] | None:
    """Return None where git is missing or refuses, as it does in another user's checkout."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listing = subprocess.run(command, cwd=root, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return [name for name in listing.stdout.decode().split("\0") if name]


def _walked(root: Path) -> list[str]:
    found: list[str] = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if name not in LEFT_OUT]
        here = Path(folder).relative_to(root)
        found += [(here / name).as_posix() for name in names if not name.startswith(".coverage")]
    return found
