"""What a string in the code can be, read from the syntax trees without running anything."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

Function = ast.FunctionDef | ast.AsyncFunctionDef
Values = frozenset[str]


class UnresolvedError(Exception):
    """An expression whose values the trees alone don't tell; `partly` holds those they do."""

    def __init__(self, expression: str, partly: Values = frozenset()) -> None:
        super().__init__(expression)
        self.partly = partly


@dataclass(frozen=True, slots=True)
class Place:
    """Where an expression stands: its file and the functions and classes around it."""

    path: str
    around: tuple[ast.AST, ...]

    def function(self) -> Function | None:
        """Return the innermost function around, or None at module level."""
        return next((one for one in reversed(self.around) if isinstance(one, Function)), None)


@dataclass(slots=True)
class Sources:
    """Modules by path, with their constants and imports, and all calls by what is called."""

    trees: dict[str, ast.Module]
    calls: dict[str, list[tuple[Place, ast.Call]]] = field(default_factory=dict)
    constants: dict[tuple[str, str], ast.expr] = field(default_factory=dict)
    imports: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for path, tree in self.trees.items():
            self._read(Place(path, ()), tree)

    def _read(self, place: Place, node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Call):
                self.calls.setdefault(called(child), []).append((place, child))
            elif isinstance(child, ast.Raise) and isinstance(child.exc, ast.Name):
                bare = ast.Call(child.exc, [], [], lineno=child.lineno)  # `raise LoginError`
                self.calls.setdefault(child.exc.id, []).append((place, bare))
            elif isinstance(child, ast.Assign | ast.AnnAssign):
                self._assigned(place, child)
            elif isinstance(child, ast.ImportFrom) and child.level == 0:
                module = str(PurePosixPath(*(child.module or "").split("."))) + ".py"
                for alias in child.names:
                    self.imports[place.path, alias.asname or alias.name] = (module, alias.name)
            inner = isinstance(child, Function | ast.ClassDef)
            self._read(Place(place.path, (*place.around, child)) if inner else place, child)

    def _assigned(self, place: Place, node: ast.Assign | ast.AnnAssign) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if node.value is None or place.function() is not None:
            return
        owner = [one.name for one in place.around if isinstance(one, ast.ClassDef)]
        for target in targets:
            if isinstance(target, ast.Name):
                self.constants[place.path, ".".join([*owner, target.id])] = node.value

    def values(self, place: Place, expression: ast.expr, depth: int = 6) -> Values:
        """Return every string that an expression can be.

        Raises:
            UnresolvedError: that depends on what happens at run time.
        """
        if depth == 0:
            raise UnresolvedError(ast.unparse(expression))
        match expression:
            case ast.Constant(value=str(text)):
                return frozenset({text})
            case ast.IfExp(body=body, orelse=orelse):
                return self.values(place, body, depth) | self.values(place, orelse, depth)
            case ast.Attribute(value=inner, attr="value"):
                return self.values(place, inner, depth)
            case ast.Attribute(value=ast.Name(id=owner), attr=name):
                return self._named(place, f"{owner}.{name}", depth)
            case ast.Name(id=name):
                return self._named(place, name, depth)
        raise UnresolvedError(ast.unparse(expression))

    def _named(self, place: Place, name: str, depth: int) -> Values:
        function = place.function()
        if function is not None and name in _parameters(function):
            return self._passed(function, name, depth - 1)
        path, head = place.path, name.partition(".")[0]
        if (path, head) in self.imports:
            path, original = self.imports[path, head]
            name = original + name.removeprefix(head)
        if (path, name) not in self.constants:
            raise UnresolvedError(name)
        return self.values(Place(path, ()), self.constants[path, name], depth - 1)

    def _passed(self, function: Function, parameter: str, depth: int) -> Values:
        found: Values = frozenset()
        hidden: str | None = None
        for place, call in self.calls_of({function.name}):
            passed = argument(call, parameter, _parameters(function))
            try:
                found |= frozenset() if passed is None else self.values(place, passed, depth)
            except UnresolvedError as error:
                found, hidden = found | error.partly, str(error)
        if hidden is not None or not found:
            raise UnresolvedError(hidden or parameter, found)
        return found

    def calls_of(self, names: set[str]) -> Iterator[tuple[Place, ast.Call]]:
        """Yield every call of a function or class by one of these names."""
        for name in sorted(names):
            yield from self.calls.get(name, [])


def called(call: ast.Call) -> str:
    """Return the last name of what is called."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def argument(call: ast.Call, name: str, parameters: list[str]) -> ast.expr | None:
    """Return what a call passes for a parameter, by keyword or by place; None if nothing."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    place = parameters.index(name)
    return call.args[place] if place < len(call.args) else None


def _parameters(function: Function) -> list[str]:
    arguments = function.args
    names = [one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names
