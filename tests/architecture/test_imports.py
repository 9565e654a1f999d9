"""What import-linter has no words for: floors that may use a few outside packages and no others."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

from tests.architecture.files import ROOT, python_files

ALLOWED = {
    "ledger": frozenset({"ledger", "cryptography", "orjson"}),
    "valuation": frozenset({"valuation"}),
}


def foreign_imports(path: PurePosixPath, source: str) -> Iterator[str]:
    """Yield the packages that a pure floor's file imports and may not."""
    allowed = ALLOWED[path.parts[0]] | sys.stdlib_module_names
    for node in ast.walk(ast.parse(source)):
        for name in _imported(node):
            if name.split(".")[0] not in allowed:
                yield f"{path}: imports {name}"


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0:
        return [node.module or ""]
    return []


def test_the_pure_floors_import_only_what_they_may() -> None:
    faults = [
        fault
        for path in python_files()
        if path.parts[0] in ALLOWED
        for fault in foreign_imports(path, (ROOT / path).read_text(encoding="utf-8"))
    ]

    assert faults == []


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("ledger/a.py", "import exchange.clock"),
        ("ledger/a.py", "from sqlalchemy import text"),
        ("valuation/a.py", "import numpy as np"),
        ("valuation/a.py", "from ledger import merkle"),
        ("valuation/a.py", "def act():\n    import orjson"),
    ],
)
def test_a_planted_import_is_found(path: str, source: str) -> None:
    assert len(list(foreign_imports(PurePosixPath(path), source))) == 1


def test_allowed_imports_pass() -> None:
    source = (
        "import hashlib\nfrom collections.abc import Iterator\nimport orjson\nfrom . import a\n"
    )

    assert list(foreign_imports(PurePosixPath("ledger/a.py"), source)) == []
