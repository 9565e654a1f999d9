"""Each import contract of pyproject.toml is seen to break on a planted import."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.files import ROOT
from tests.architecture.locks import load_project

FLOORS = "Floors"
ORDER = "Inside the exchange"
CYCLES = "No cycles"
DATABASE = "A domain node runs without"
NODE = "Only those that start things"
FLASK = "Only the web"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a folder with the project's contracts and an empty module for each name in them."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (layers,) = [
        contract["layers"]
        for contract in load_project()["tool"]["importlinter"]["contracts"]
        if contract.get("containers") == ["exchange"]
    ]
    names = [name for layer in layers for name in re.findall(r"[a-z_]+", layer)]
    packages = ["exchange", "ledger", "valuation", *(f"exchange/{name}" for name in names)]
    for package in packages:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    plant(tmp_path, "exchange/web/pages.py", "import flask, werkzeug, marshmallow, flask_smorest")
    plant(tmp_path, "exchange/node/app.py", "import flask")
    plant(tmp_path, "exchange/cli/serve.py", "from exchange.web import pages")
    plant(tmp_path, "exchange/cli/node.py", "from exchange.node import app")
    return tmp_path


def plant(tree: Path, path: str, line: str) -> None:
    """Write a module of one line."""
    (tree / path).write_text(line + "\n", encoding="utf-8")


def broken(tree: Path) -> list[str]:
    """Return the names of the contracts that import-linter finds broken."""
    lint = Path(sys.executable).parent / "lint-imports"
    ran = subprocess.run(
        [lint, "--no-cache", "--no-logo"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "", "COLUMNS": "200"},
    )
    found = re.findall(r"^(.+) BROKEN\b", ran.stdout, re.MULTILINE)
    assert (ran.returncode == 0) == (not found), ran.stdout + ran.stderr
    return found


def test_every_contract_is_kept_by_a_tree_without_violations(tree: Path) -> None:
    assert broken(tree) == []


@pytest.mark.parametrize(
    ("path", "line", "names"),
    [
        ("ledger/a.py", "import exchange.clock", [FLOORS]),
        ("ledger/a.py", "import valuation", [FLOORS]),
        ("valuation/a.py", "import ledger", [FLOORS]),
        ("exchange/assets/a.py", "import exchange.market", [ORDER]),
        ("exchange/storage/a.py", "import exchange.context", [ORDER]),
        ("exchange/bootstrap/a.py", "import exchange.web", [ORDER]),
        ("exchange/errors/a.py", "import exchange.clock", [ORDER]),
        ("exchange/node/a.py", "import exchange.storage", [ORDER]),
        ("exchange/node/a.py", "import exchange.market", [ORDER]),
        ("exchange/node/a.py", "import sqlmodel", [DATABASE]),
        ("exchange/protocol/a.py", "import sqlalchemy", [DATABASE]),
        ("exchange/parties/a.py", "import exchange.node", [NODE]),
        ("exchange/web/a.py", "import exchange.node", [NODE]),
        ("exchange/market/a.py", "import marshmallow", [FLASK]),
        ("exchange/node/a.py", "import flask", [FLASK]),
        ("exchange/cli/a.py", "import werkzeug", [FLASK]),
    ],
)
def test_a_planted_import_breaks_its_contract(
    tree: Path, path: str, line: str, names: list[str]
) -> None:
    plant(tree, path, line)

    found = broken(tree)

    assert [name for name in found if not name.startswith(tuple(names))] == []
    assert len(found) == len(names)


def test_a_cycle_between_siblings_is_found(tree: Path) -> None:
    plant(tree, "exchange/market/a.py", "from exchange.market import b")
    plant(tree, "exchange/market/b.py", "from exchange.market import a")

    found = broken(tree)

    assert len(found) == 1
    assert found[0].startswith(CYCLES)
