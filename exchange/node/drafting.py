"""The first draft of a rule for freshly taken-in tables: cautious, and meant to be edited."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from exchange.node.intake import Intake
from exchange.node.rule import Role
from exchange.node.typing_columns import Typed
from exchange.protocol.question import ValueType

MAX_GROUPS: Final = 200
MAX_GROUPED_SHARE: Final = 20
# A rule holds a hundred; nobody reads as many in a draft.
MAX_ANALYSES: Final = 50
_GROUPED: Final = (ValueType.TEXT, ValueType.INTEGER, ValueType.BOOLEAN, ValueType.DATE)


@dataclass(frozen=True, slots=True)
class DraftWish:
    """What a draft is about: the asset, its name, the unit's column or None for rows, the minimum."""

    asset: str
    name: str
    unit: str | None
    minimum_units: int


def draft_rule(intakes: Sequence[Intake], wish: DraftWish) -> str:
    """Write a rule in TOML for the tables, the first of which holds the privacy unit.

    Columns of few values become dimensions, numbers measures, and all others hidden, so
    that neither the values nor the names of telling columns go anywhere. Each dimension of
    the first table, up to fifty, gets one approved analysis: the count of rows by it.
    """
    first = intakes[0]
    unit = "row" if wish.unit is None else f"{first.table}.{wish.unit}"
    counted = (
        ["count", "sum", "avg"] if wish.unit is None else ["count", "count_units", "sum", "avg"]
    )
    parts = [
        "# A first draft. What a buyer can ask is in [[analyses]] and nowhere else; read it,",
        "# change roles, titles and analyses, then run `fdx node check`.",
        f"asset = {_text(wish.asset)}",
        "version = 1",
        f"title_zh = {_text(wish.name)}",
        f"title_en = {_text(wish.name)}",
        'source = "supplied by its holder"',
        f"namespace = {_text(wish.asset)}",
        "# The privacy unit: one row, or the column that tells persons or things apart.",
        f"unit = {_text(unit)}",
        "# A group with fewer different units than this is left out of every answer.",
        f"minimum_units = {wish.minimum_units}",
        f"functions = {json.dumps(counted)}",
        "",
    ]
    for intake in intakes:
        parts += _table(intake, wish.unit if intake is first else None)
    roles = [role_of(column, first.rows, wish.unit) for column in first.columns]
    grouped = [
        column for column, role in zip(first.columns, roles, strict=True) if role is Role.DIMENSION
    ]
    for column in grouped[:MAX_ANALYSES]:
        parts += _analysis(first, column)
    return "\n".join(parts)


def role_of(column: Typed, rows: int, unit: str | None) -> Role:
    """Choose a column's role in the draft."""
    if column.name == unit or column.present == 0:
        return Role.HIDDEN
    few = column.distinct <= MAX_GROUPS and column.distinct * MAX_GROUPED_SHARE <= max(rows, 1)
    if few and column.type in _GROUPED:
        return Role.DIMENSION
    if column.type in {ValueType.INTEGER, ValueType.DECIMAL}:
        return Role.MEASURE
    return Role.HIDDEN


def _table(intake: Intake, unit: str | None) -> list[str]:
    parts = [
        "[[tables]]",
        f"name = {_text(intake.table)}",
        f"file = {_text(intake.table + '.parquet')}",
    ]
    parts.append("columns = [")
    for column in intake.columns:
        members = [f"name = {_text(column.name)}", f"type = {_text(column.type.value)}"]
        if column.scale:
            members.append(f"scale = {column.scale}")
        members.append(f"role = {_text(role_of(column, intake.rows, unit).value)}")
        parts.append(f"    {{ {', '.join(members)} }},")
    return [*parts, "]", ""]


def _analysis(intake: Intake, column: Typed) -> list[str]:
    name = '"' + column.name + '"'
    counted = "rows" if column.name.lower() != "rows" else "row_count"
    sql = f'SELECT {name}, COUNT(*) AS "{counted}" FROM "{intake.table}" GROUP BY {name}'  # noqa: S608
    place = [each.name for each in intake.columns].index(column.name) + 1
    return [
        "[[analyses]]",
        f'id = "rows-by-{place}"',
        f"title_zh = {_text(f'按 {column.name} 计数')}",
        f"title_en = {_text(f'Rows by {column.name}')}",
        f"sql = {_text(sql)}",
        "",
    ]


def _text(value: str) -> str:
    """Write a TOML basic string; names hold no control characters."""
    return json.dumps(value, ensure_ascii=False)
