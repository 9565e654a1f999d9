"""Every error code that the code can raise, with the kind of refusal it comes as."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from tests.architecture.files import ROOT, python_files
from tests.architecture.source_values import Place, Sources, UnresolvedError, Values, called


@dataclass(frozen=True, slots=True)
class Raised:
    """One place where a code is raised; `kind` is a member's name of `Kind`, `code` the code."""

    kind: str
    code: str
    path: str


@dataclass(frozen=True, slots=True)
class Shape:
    """How a class of errors makes kind and code of its arguments: a text, or a place."""

    kind: str | int
    code: str | int


#: What carries a code; every class that inherits from one of these is found by itself.
ROOTS = {"ExchangeError": Shape(0, 1)}
LEDGER_ROOTS = {"LedgerError": Shape("", 0), "Fault": Shape("", 1)}


@cache
def sources(*tops: str) -> Sources:
    """Parse the Python files under these folders of the project."""
    paths = [path for path in python_files() if path.parts[0] in tops]
    return Sources({str(path): ast.parse((ROOT / path).read_text("utf-8")) for path in paths})


def raised_codes(
    parsed: Sources,
    stated: Mapping[str, frozenset[tuple[str, str]]],
    roots: Mapping[str, Shape] = MappingProxyType(ROOTS),
) -> tuple[list[Raised], list[str]]:
    """Return what is raised where, and the places whose code can't be told from the trees.

    `stated` says for such files, by path, the pairs of kind and code that they raise.
    """
    shapes = _shapes(parsed, roots)
    found: set[tuple[str, str, str]] = set()
    unknown: list[str] = []
    for place, call in parsed.calls_of(set(shapes)):
        if any(isinstance(one, ast.ClassDef) and one.name in shapes for one in place.around):
            continue  # a class of errors handing its arguments to its parent
        shape = shapes[called(call)]
        kinds, hidden_kind = _part(parsed, place, call, shape.kind)
        codes, hidden_code = _part(parsed, place, call, shape.code)
        pairs = {(kind, code) for kind in kinds for code in codes}
        if hidden_kind or hidden_code:
            pairs |= stated.get(place.path, frozenset())
            if place.path not in stated:
                unknown.append(f"{place.path}:{call.lineno}: {hidden_kind}{hidden_code}")
        found |= {(kind, code, place.path) for kind, code in pairs}
    return [Raised(*one) for one in sorted(found)], unknown


def _part(parsed: Sources, place: Place, call: ast.Call, part: str | int) -> tuple[Values, str]:
    """Return what one part of an error can be, and the expression that hides the rest of it."""
    if isinstance(part, str):
        return frozenset({part}), ""
    match call.args[part]:
        case ast.Attribute(value=ast.Name(id="Kind"), attr=name):
            return frozenset({name}), ""
        case given:
            try:
                return parsed.values(place, given), ""
            except UnresolvedError as error:
                return error.partly, str(error)


def _shapes(parsed: Sources, roots: Mapping[str, Shape]) -> dict[str, Shape]:
    """Read the classes of errors, parents before children."""
    classes = [
        node
        for tree in parsed.trees.values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    ]
    shapes = dict(roots)
    while True:
        fresh = {
            one.name: _shape(one, shapes[parent])
            for one in classes
            for parent in [base.id for base in one.bases if isinstance(base, ast.Name)]
            if parent in shapes and one.name not in shapes
        }
        if not fresh:
            return shapes
        shapes |= fresh


def _shape(one: ast.ClassDef, parent: Shape) -> Shape:
    for method in one.body:
        if isinstance(method, ast.FunctionDef) and method.name == "__init__":
            parameters = [argument.arg for argument in method.args.args[1:]]
            (given,) = [
                node.args
                for node in ast.walk(method)
                if isinstance(node, ast.Call) and called(node) == "__init__"
            ]
            return Shape(
                _through(parent.kind, given, parameters), _through(parent.code, given, parameters)
            )
    return parent


def _through(part: str | int, given: list[ast.expr], parameters: list[str]) -> str | int:
    if isinstance(part, str):
        return part
    match given[part]:
        case ast.Constant(value=str(text)):
            return text
        case ast.Attribute(value=ast.Name(id="Kind"), attr=name):
            return name
        case ast.Name(id=name) if name in parameters:
            return parameters.index(name)
    raise AssertionError(f"the error {ast.unparse(given[part])} hides its code")
