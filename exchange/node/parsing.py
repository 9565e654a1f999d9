"""From a buyer's text to sqlglot's tree of one SELECT; nothing is trusted of it yet."""

from __future__ import annotations

import logging
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from exchange.protocol.codes import RefusalCode, RefusedError
from exchange.protocol.commitment import MAX_SQL_BYTES

MAX_DEPTH: Final = 32
MAX_NODES: Final = 600
_BRACKETS: Final = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}

# The parser would write statements that it only half knows into the log, text and all.
logging.getLogger("sqlglot").disabled = True


def parse_select(sql: str) -> exp.Select:
    """Parse exactly one SELECT.

    Raises:
        RefusedError: too long, too deep, no parse, several statements, or no SELECT.
    """
    if len(sql.encode()) > MAX_SQL_BYTES:
        raise RefusedError(RefusalCode.TOO_LONG)
    if _depth(sql) > MAX_DEPTH:
        raise RefusedError(RefusalCode.PARSE)
    statements = [each for each in _parse(sql) if each is not None]
    if len(statements) != 1:
        raise RefusedError(RefusalCode.PARSE)
    tree = statements[0]
    if not isinstance(tree, exp.Select):
        raise RefusedError(RefusalCode.SHAPE)
    if sum(1 for _ in tree.bfs()) > MAX_NODES:
        raise RefusedError(RefusalCode.SHAPE)
    return tree


def _depth(sql: str) -> int:
    """Count the deepest bracket, quotes ignored: a bound on the parser's recursion."""
    depth = deepest = 0
    for character in sql:
        depth += _BRACKETS.get(character, 0)
        deepest = max(deepest, depth)
    return deepest


def _parse(sql: str) -> list[exp.Expr | None]:
    try:
        return list(sqlglot.parse(sql, dialect="duckdb"))
    except (SqlglotError, RecursionError):
        raise RefusedError(RefusalCode.PARSE) from None
    except Exception:  # noqa: BLE001 - mutated input makes the parser raise anything; all is "no parse"
        raise RefusedError(RefusalCode.PARSE) from None
