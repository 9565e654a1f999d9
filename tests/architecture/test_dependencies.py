from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions

from tests.architecture.files import ROOT, python_files
from tests.architecture.locks import load_lock, load_project

DOCUMENT = ROOT / "docs" / "dependencies.md"
OURS = frozenset({"exchange", "ledger", "valuation", "benchmarks", "tests"})

# Parts of Flask and of flask-smorest with names of their own; those two choose their versions.
PARTS_OF_FLASK = frozenset({"apispec", "jinja2", "markupsafe", "webargs", "werkzeug"})


def direct_dependencies() -> set[str]:
    """Return the names in pyproject.toml: required, of extras, of groups."""
    project = load_project()
    lists = [
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    ]
    texts = [text for texts in lists for text in texts if isinstance(text, str)]
    return {re.split(r"[<>=!~;\[ ]", text)[0] for text in texts} - {"fdx"}


def released(package: dict[str, object]) -> str:
    """Return the day a locked package's first file was uploaded, as YYYY-MM-DD."""
    wheels = package.get("wheels", [])
    assert isinstance(wheels, list)
    return min(str(file["upload-time"]) for file in [*wheels, package.get("sdist")] if file)[:10]


def imported_packages() -> dict[str, str]:
    """Return the outside packages that our source imports, each with one file that does."""
    found: dict[str, str] = {}
    for path in python_files():
        if path.parts[0] not in OURS - {"tests"}:
            continue
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            found |= {name.split(".")[0]: str(path) for name in names}
    outside = found.keys() - OURS - sys.stdlib_module_names
    return {name: found[name] for name in sorted(outside)}


def test_the_document_tells_every_direct_dependency_as_locked() -> None:
    rows = re.findall(
        r"^\| ([a-z0-9-]+) \| ([0-9][^ |]*) \| ([0-9-]{10}) \|",
        DOCUMENT.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    locked = {package["name"]: package for package in load_lock()["package"]}

    assert sorted(rows) == sorted(
        (name, locked[name]["version"], released(locked[name])) for name in direct_dependencies()
    )


def test_what_the_source_imports_is_declared() -> None:
    distributions = packages_distributions()
    declared = direct_dependencies() | PARTS_OF_FLASK
    undeclared = {
        name: path
        for name, path in imported_packages().items()
        if declared.isdisjoint(
            re.sub(r"[-_.]+", "-", one).lower() for one in distributions.get(name, [name])
        )
    }

    assert undeclared == {}
