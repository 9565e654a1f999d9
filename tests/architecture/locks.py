"""What the lock files say, read as a person with a doubt would."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from tests.architecture.files import ROOT

REQUIREMENTS = (".ci/requirements.txt", ".ci/requirements-build.txt")
PUBLIC_HOSTS = frozenset({"pypi.org", "files.pythonhosted.org"})

# `# via` comments and hashes hold none of these, so a hit anywhere is a fault.
_PRIVATE = re.compile(
    r"file:|--find-links|--extra-index-url|--index-url|--trusted-host|^\s*-[if]\b|\s@\s"
)
_HOST = re.compile(r"[a-z][a-z0-9+.]*://([^/\s\"']*)", re.IGNORECASE)
_PINNED = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[^\s;]+)(?: ; (?P<marker>[^\\]+?))?$")


def load_project() -> dict[str, Any]:
    """Return pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def load_lock() -> dict[str, Any]:
    """Return uv.lock."""
    return tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))


def private_lines(name: str, text: str) -> Iterator[str]:
    """Yield a sentence for each line that leads anywhere but to the public index."""
    for number, line in enumerate(text.splitlines(), start=1):
        hosts = [found.lower() for found in _HOST.findall(line)]
        if _PRIVATE.search(line) or not PUBLIC_HOSTS.issuperset(hosts):
            yield f"{name}:{number}: leads elsewhere than to pypi.org"


def pins(text: str) -> dict[tuple[str, str], frozenset[str]]:
    """Return the hashes of a requirements file by (name, version).

    Raises:
        ValueError: a line is no exact pin, or a pin has no SHA-256.
    """
    found: dict[tuple[str, str], frozenset[str]] = {}
    for requirement in text.replace("\\\n", " ").splitlines():
        words = requirement.split("--hash=")
        pin = _PINNED.match(words[0].strip())
        if pin is None:
            raise ValueError(f"no exact pin: {requirement[:60]}")
        hashes = frozenset(word.strip() for word in words[1:])
        if not hashes or not all(re.fullmatch(r"sha256:[0-9a-f]{64}", one) for one in hashes):
            raise ValueError(f"no hash: {requirement[:60]}")
        found[pin["name"], pin["version"]] = hashes
    return found


def locked_hashes(lock: dict[str, Any]) -> dict[tuple[str, str], frozenset[str]]:
    """Return the hashes of every package in uv.lock but this project, by (name, version)."""
    return {
        (package["name"], package["version"]): frozenset(
            file["hash"]
            for file in [*package.get("wheels", []), package.get("sdist")]
            if file is not None
        )
        for package in lock["package"]
        if "registry" in package["source"]
    }
