"""What names in one question stand for: only what the rule and the grant show exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlglot import exp

from exchange.node.rule import Role, Rule, RuleColumn, RuleTable
from exchange.protocol.codes import RefusalCode, RefusedError
from exchange.protocol.question import Column


@dataclass(frozen=True, slots=True)
class View:
    """What a question may see of an asset.

    `columns` are the granted `table.column` names, None for all that are not hidden.
    `parameters` are the names that `:name` may use: none in a buyer's question.
    """

    rule: Rule
    columns: frozenset[str] | None = None
    parameters: frozenset[str] = frozenset()

    def shows(self, column: Column, found: RuleColumn) -> bool:
        """Tell whether a question may name a column at all."""
        if self.rule.is_unit(column):
            return True
        if found.role is Role.HIDDEN:
            return False
        return self.columns is None or f"{column.table}.{column.name}" in self.columns


@dataclass(frozen=True, slots=True)
class Scope:
    """The tables of one question by the lower-case name that it gave them."""

    view: View
    tables: Mapping[str, RuleTable]

    def column(self, node: exp.Expression) -> tuple[Column, RuleColumn]:
        """Resolve a column reference.

        Raises:
            RefusedError: a star, a qualified path, or a column that is unknown, ambiguous or
                not shown: the three look alike.
        """
        name, qualifier = _parts(node)
        if qualifier is None:
            tables = list(self.tables.values())
        else:
            tables = [self.tables[qualifier]] if qualifier in self.tables else []
        found = [self._shown(table, name) for table in tables]
        shown = [each for each in found if each is not None]
        if len(shown) != 1:
            raise RefusedError(RefusalCode.COLUMN)
        return shown[0]

    def plain(self, node: exp.Expression, *roles: Role) -> tuple[Column, RuleColumn]:
        """Resolve a column for a use that its role must allow.

        Raises:
            RefusedError: the column is not shown, is the privacy unit, or has another role.
        """
        column, found = self.column(node)
        if self.view.rule.is_unit(column):
            raise RefusedError(RefusalCode.PINS_UNIT)
        if found.role not in roles:
            raise RefusedError(RefusalCode.COLUMN)
        return column, found

    def _shown(self, table: RuleTable, name: str) -> tuple[Column, RuleColumn] | None:
        found = table.column(name)
        if found is None:
            return None
        column = Column(table.name, found.name)
        return (column, found) if self.view.shows(column, found) else None


def identifier(node: Any) -> str | None:
    """Return the text of a plain identifier, else None."""
    if isinstance(node, exp.Identifier) and isinstance(node.this, str) and node.this:
        return node.this
    return None


def only(node: exp.Expression, *members: str) -> None:
    """Refuse a node that carries anything but these members.

    Raises:
        RefusedError: another member is set.
    """
    if any(value and name not in members for name, value in node.args.items()):
        raise RefusedError(RefusalCode.SHAPE)


def _parts(node: exp.Expression) -> tuple[str, str | None]:
    if not isinstance(node, exp.Column):
        raise RefusedError(RefusalCode.SHAPE)
    if isinstance(node.this, exp.Star):
        raise RefusedError(RefusalCode.RAW_ROWS)
    if any(value and name not in {"this", "table"} for name, value in node.args.items()):
        raise RefusedError(RefusalCode.COLUMN)
    name = identifier(node.this)
    if name is None:
        raise RefusedError(RefusalCode.SHAPE)
    table = node.args.get("table")
    if table is None:
        return name, None
    qualifier = identifier(table)
    if qualifier is None:
        raise RefusedError(RefusalCode.SHAPE)
    return name, qualifier.lower()
