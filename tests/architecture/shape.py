"""Limits on the shape of the code: sizes, depth, names, parameters, imports."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

FUNCTION_LINES = 50
TEST_FUNCTION_LINES = 80
FILE_LINES = 500
FOLDERS = 3
TEST_FOLDERS = 4  # tests mirror the code one folder down
POSITIONAL_PARAMETERS = 5
PARAMETERS = 8  # keyword-only ones included
NO_NAMES = frozenset(
    [
        "util",
        "utils",
        "helper",
        "helpers",
        "common",
        "core",
        "manager",
        "managers",
        "handler",
        "handlers",
        "misc",
    ]
)

# A migration is one long list of what a database must become; nobody calls it.
MIGRATIONS = "exchange/migrations/"

Function = ast.FunctionDef | ast.AsyncFunctionDef


def shape_faults(path: PurePosixPath, source: str) -> Iterator[str]:
    """Yield one sentence for each limit that a Python file passes."""
    tree = ast.parse(source)
    yield from place_faults(path)
    yield from _file_faults(path, source, tree)
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield from _function_faults(path, node)


def place_faults(path: PurePosixPath) -> Iterator[str]:
    """Yield what is wrong with where a Python file lies and what it is called."""
    folders = len(path.parts) - 1
    limit = TEST_FOLDERS if path.parts[0] == "tests" else FOLDERS
    if folders > limit:
        yield f"{path}: {folders} folders deep, {limit} allowed"
    for part in path.with_suffix("").parts:
        words = re.split(r"[_-]", part.lower())
        yield from (
            f"{path}: `{word}` says nothing about what a file is for"
            for word in words
            if word in NO_NAMES
        )


def _file_faults(path: PurePosixPath, source: str, tree: ast.Module) -> Iterator[str]:
    lines = source.count("\n")
    if lines > FILE_LINES and not str(path).startswith(MIGRATIONS):
        yield f"{path}: {lines} lines, {FILE_LINES} allowed"
    if path.name == "__init__.py" and not ast.get_docstring(tree):
        yield f"{path}: a package says in a docstring what it is for"


def _function_faults(path: PurePosixPath, function: Function) -> Iterator[str]:
    where = f"{path}:{function.lineno}: {function.name}"
    limit = TEST_FUNCTION_LINES if path.parts[0] == "tests" else FUNCTION_LINES
    assert function.end_lineno is not None, "a parsed function ends somewhere"
    lines = function.end_lineno - function.lineno + 1
    if lines > limit and not str(path).startswith(MIGRATIONS):
        yield f"{where}: {lines} lines, {limit} allowed"
    yield from _parameter_faults(where, function)
    if path.parts[0] == "tests":
        return  # ruff's PLC0415 reads these, and lets a fixture say why it loads something late
    for node in ast.walk(function):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield f"{path}:{node.lineno}: {function.name}: imports stand at the top of a file"


def _parameter_faults(where: str, function: Function) -> Iterator[str]:
    if any(_names_an_option(decorator) for decorator in function.decorator_list):
        return  # a command takes one parameter per option; nobody calls it with a long list
    arguments = function.args
    positional = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    if positional[:1] in (["self"], ["cls"]):
        positional = positional[1:]
    total = len(positional) + len(arguments.kwonlyargs)
    fixtures = where.startswith("tests/")  # a test takes its fixtures by name
    if len(positional) > POSITIONAL_PARAMETERS and not fixtures:
        yield f"{where}: {len(positional)} positional parameters, {POSITIONAL_PARAMETERS} allowed"
    elif total > PARAMETERS:
        yield f"{where}: {total} parameters, {PARAMETERS} allowed"


def _names_an_option(decorator: ast.expr) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name in {"option", "argument", "given", "parametrize"}


def packages_without_init(paths: list[PurePosixPath]) -> Iterator[str]:
    """Yield the source folders that hold Python files and are no package."""
    listed = set(paths)
    folders = sorted({path.parent for path in paths if path.parts[0] != "tests"})
    for folder in folders:
        if folder.parts[:1] == ("benchmarks",) or "migrations" in folder.parts:
            continue  # run by name, never imported as a package
        if folder / "__init__.py" not in listed:
            yield f"{folder}: holds Python files and no __init__.py"
