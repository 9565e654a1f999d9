"""Lowering by allow-list: sqlglot's tree becomes a Question, or the question is refused.

Nothing is searched for and forbidden. Each node is translated by its exact type and
members; what has no translation has no meaning here.
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from exchange.node.parsing import parse_select
from exchange.node.predicates import lower_predicate, unfit
from exchange.node.rule import Role, RuleTable
from exchange.node.scope import Scope, View, identifier, only
from exchange.protocol.codes import RefusalCode, RefusedError
from exchange.protocol.question import Aggregate, Column, Function, GroupKey, Join, Output, Question

MAX_OUTPUTS: Final = 40
_SUMS: Final[dict[type[exp.Expression], Function]] = {
    exp.Sum: Function.SUM,
    exp.Avg: Function.AVG,
}


def lower_sql(sql: str, view: View) -> Question:
    """Turn a text into the question it asks, as far as the view lets it be asked.

    Raises:
        RefusedError: the text is no question that can be asked here; the code says why.
    """
    try:
        return _lower(parse_select(sql), view)
    except RecursionError:
        raise RefusedError(RefusalCode.SHAPE) from None


def _lower(tree: exp.Select, view: View) -> Question:
    _refuse_raw_rows(tree)
    only(tree, "expressions", "from_", "joins", "where", "group")
    source = tree.args.get("from_")
    if not isinstance(source, exp.From):
        raise RefusedError(RefusalCode.SHAPE)
    only(source, "this")
    joins = tree.args.get("joins") or []
    scope = Scope(view, _sources([source.this, *(_joined(each) for each in joins)], view))
    first, *_ = scope.tables.values()
    edges = _edges(joins, scope)
    where = tree.args.get("where")
    predicate = None if where is None else lower_predicate(where.this, scope)
    keys = _keys(tree.args.get("group"), scope)
    return Question(first.name, edges, predicate, keys, _outputs(tree, scope, keys))


def _joined(join: exp.Join) -> exp.Expression:
    only(join, "this", "on", "kind")
    if str(join.args.get("kind") or "INNER").upper() != "INNER":
        raise RefusedError(RefusalCode.SHAPE)
    found = join.this
    assert isinstance(found, exp.Expression)
    return found


def _sources(nodes: list[exp.Expression], view: View) -> dict[str, RuleTable]:
    """Name the tables; each may appear once."""
    found: dict[str, RuleTable] = {}
    for node in nodes:
        table, name = _source(node, view)
        if name in found or table in found.values():
            raise RefusedError(RefusalCode.SHAPE)
        found[name] = table
    return found


def _source(node: exp.Expression, view: View) -> tuple[RuleTable, str]:
    if not isinstance(node, exp.Table):
        raise RefusedError(RefusalCode.SHAPE)
    if isinstance(node.this, exp.Func):
        raise RefusedError(RefusalCode.FUNCTION)
    if node.args.get("db") or node.args.get("catalog"):
        raise RefusedError(RefusalCode.COLUMN)
    only(node, "this", "alias")
    name = identifier(node.this)
    table = None if name is None else view.rule.table(name)
    if table is None:
        raise RefusedError(RefusalCode.COLUMN)
    return table, _alias(node.args.get("alias"), table.name)


def _alias(node: exp.Expression | None, default: str) -> str:
    if node is None:
        return default.lower()
    only(node, "this")
    alias = identifier(node.this)
    if alias is None:
        raise RefusedError(RefusalCode.SHAPE)
    return alias.lower()


def _edges(joins: list[exp.Join], scope: Scope) -> tuple[Join, ...]:
    """Lower each ON to one declared equality whose right side is the table it brings in."""
    tables = list(scope.tables.values())
    return tuple(
        _edge(join, tables[: place + 1], tables[place + 1], scope)
        for place, join in enumerate(joins)
    )


def _edge(join: exp.Join, before: list[RuleTable], brought: RuleTable, scope: Scope) -> Join:
    condition = join.args.get("on")
    if type(condition) is not exp.EQ:
        raise RefusedError(RefusalCode.SHAPE)
    only(condition, "this", "expression")
    one, _ = scope.column(condition.this)
    two, _ = scope.column(condition.args["expression"])
    left, right = (two, one) if one.table == brought.name else (one, two)
    if right.table != brought.name or left.table not in [table.name for table in before]:
        raise RefusedError(RefusalCode.SHAPE)
    declared = [(each.left, each.right) for each in scope.view.rule.joins]
    if (left, right) not in declared:
        raise RefusedError(RefusalCode.COLUMN)
    return Join(left, right)


def _keys(group: exp.Expression | None, scope: Scope) -> tuple[Column, ...]:
    if group is None:
        return ()
    only(group, "expressions")
    found = []
    for node in group.args.get("expressions") or []:
        if not isinstance(node, exp.Column):
            raise unfit(node, scope)
        found.append(scope.plain(node, Role.DIMENSION)[0])
    if not found or len(set(found)) != len(found):
        raise RefusedError(RefusalCode.SHAPE)
    return tuple(found)


def _refuse_raw_rows(tree: exp.Select) -> None:
    """Name the commonest wish before any of its details: rows without an aggregate."""
    nodes = [each.unalias() for each in tree.args.get("expressions") or []]
    if nodes and all(isinstance(each, exp.Column | exp.Star | exp.Columns) for each in nodes):
        raise RefusedError(RefusalCode.RAW_ROWS)


def _outputs(tree: exp.Select, scope: Scope, keys: tuple[Column, ...]) -> tuple[Output, ...]:
    nodes = tree.args.get("expressions") or []
    if not 1 <= len(nodes) <= MAX_OUTPUTS:
        raise RefusedError(RefusalCode.SHAPE)
    outputs = tuple(_output(node, scope) for node in nodes)
    plain = [each.column for each in outputs if isinstance(each, GroupKey)]
    if len(plain) == len(outputs) or any(column not in keys for column in plain):
        raise RefusedError(RefusalCode.RAW_ROWS)
    names = [each.alias.lower() for each in outputs]
    if len(set(plain)) != len(plain) or len(set(names)) != len(names):
        raise RefusedError(RefusalCode.SHAPE)
    return outputs


def _output(node: exp.Expression, scope: Scope) -> Output:
    alias = None
    if isinstance(node, exp.Alias):
        only(node, "this", "alias")
        alias, node = identifier(node.args["alias"]), node.this
        if alias is None:
            raise RefusedError(RefusalCode.SHAPE)
    if isinstance(node, exp.Star | exp.Columns):
        raise RefusedError(RefusalCode.RAW_ROWS)
    if isinstance(node, exp.Column):
        column, _ = scope.plain(node, *(role for role in Role if role is not Role.HIDDEN))
        return GroupKey(column, alias or column.name)
    function, argument = _aggregate(node, scope)
    if function not in scope.view.rule.functions:
        raise RefusedError(RefusalCode.FUNCTION)
    name = function.value if argument is None else f"{function.value}_{argument.name}"
    return Aggregate(function, argument, alias or name)


def _aggregate(node: exp.Expression, scope: Scope) -> tuple[Function, Column | None]:
    if type(node) is exp.Count:
        return _count(node, scope), None
    function = _SUMS.get(type(node))
    if function is None:
        raise unfit(node, scope)
    only(node, "this")
    if not isinstance(node.this, exp.Column):
        raise unfit(node.this, scope)
    return function, scope.plain(node.this, Role.MEASURE)[0]


def _count(node: exp.Count, scope: Scope) -> Function:
    """Lower `COUNT(*)` and `COUNT(DISTINCT unit)`; other counts tell NULLs from values."""
    only(node, "this", "big_int")
    if type(node.this) is exp.Star:
        only(node.this)
        return Function.COUNT
    if isinstance(node.this, exp.Distinct):
        only(node.this, "expressions")
        items = node.this.args["expressions"]
        if len(items) == 1 and isinstance(items[0], exp.Column):
            column, _ = scope.column(items[0])
            if scope.view.rule.is_unit(column):
                return Function.COUNT_UNITS
    elif isinstance(node.this, exp.Column):
        scope.column(node.this)
    raise RefusedError(RefusalCode.FUNCTION)
