"""The supplier's rule for one asset, as frozen data with one canonical form."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from exchange.protocol.question import Column, Function, ValueType
from ledger.canonical import encode


class Role(StrEnum):
    """What a buyer's question may do with a column; hidden columns do not exist for it."""

    DIMENSION = "dimension"
    MEASURE = "measure"
    JOIN_KEY = "join_key"
    FILTER = "filter"
    HIDDEN = "hidden"


class Check(StrEnum):
    """What a quality rule counts."""

    NOT_NULL = "not_null"
    BETWEEN = "between"
    ONE_OF = "one_of"
    UNIQUE = "unique"
    REFERENCES = "references"


@dataclass(frozen=True, slots=True)
class RuleColumn:
    """A column of a table.

    `scale` counts decimal places and is 0 but for decimals. `domain` is the declared,
    public list of values, None where there is none; it is never read from the data.
    """

    name: str
    type: ValueType
    role: Role
    scale: int
    domain: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class RuleTable:
    """A table, its file in the node's data directory, and the columns that the rule names.

    Columns of the file that are not named here are hidden.
    """

    name: str
    file: str
    columns: tuple[RuleColumn, ...]

    def column(self, name: str) -> RuleColumn | None:
        """Return a column by name, letter case aside, or None."""
        wanted = name.lower()
        return next((each for each in self.columns if each.name.lower() == wanted), None)


@dataclass(frozen=True, slots=True)
class RuleJoin:
    """A declared equi-join; `right` is unique in its table, so that it adds no rows."""

    left: Column
    right: Column


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """What may fill a parameter: one of `values`, or anything from `least` to `most`.

    All are canonical literal texts of `type`; exactly one of the two ways is given.
    """

    name: str
    type: ValueType
    values: tuple[str, ...] | None
    least: str | None
    most: str | None


@dataclass(frozen=True, slots=True)
class Analysis:
    """An approved analysis: SQL with `:name` parameters."""

    id: str
    title_zh: str
    title_en: str
    sql: str
    parameters: tuple[ParameterSpec, ...]


@dataclass(frozen=True, slots=True)
class QualityCheck:
    """One count for the quality report; `indicator` is one of GB/T 36344-2018's six.

    `values` are the arguments of the check: two bounds, a list, or `table.column`.
    """

    id: str
    indicator: str
    column: Column
    check: Check
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Period:
    """The time that the data covers, as declared: two ISO dates."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of the rule for one asset.

    `unit` is the privacy unit's column; None makes every row of the first table a unit.
    `namespace` names the account of questions that assets about the same units share.
    """

    asset: str
    version: int
    title_zh: str
    title_en: str
    source: str
    namespace: str
    unit: Column | None
    minimum_units: int
    functions: tuple[Function, ...]
    period: Period | None
    tables: tuple[RuleTable, ...]
    joins: tuple[RuleJoin, ...]
    analyses: tuple[Analysis, ...]
    quality: tuple[QualityCheck, ...]

    def table(self, name: str) -> RuleTable | None:
        """Return a table by name, letter case aside, or None."""
        wanted = name.lower()
        return next((each for each in self.tables if each.name.lower() == wanted), None)

    def find(self, column: Column) -> RuleColumn | None:
        """Return the column that a name stands for, or None."""
        table = self.table(column.table)
        return None if table is None else table.column(column.name)

    def is_unit(self, column: Column) -> bool:
        """Tell whether a column (by the rule's own spelling) identifies the privacy unit."""
        return column == self.unit

    def to_body(self) -> dict[str, Any]:
        """Return the rule as a canonical JSON value: members in any order, texts and integers."""
        return {
            "asset": self.asset,
            "version": self.version,
            "title_zh": self.title_zh,
            "title_en": self.title_en,
            "source": self.source,
            "namespace": self.namespace,
            "unit": None if self.unit is None else _column_body(self.unit),
            "minimum_units": self.minimum_units,
            "functions": [each.value for each in self.functions],
            "period": None
            if self.period is None
            else {"from": self.period.start, "to": self.period.end},
            "tables": [_table_body(each) for each in self.tables],
            "joins": [
                {"left": _column_body(each.left), "right": _column_body(each.right)}
                for each in self.joins
            ],
            "analyses": [analysis_body(each) for each in self.analyses],
            "quality": [_quality_body(each) for each in self.quality],
        }

    def sha256(self) -> bytes:
        """Return the digest that names this version: SHA-256 of its canonical JSON."""
        return hashlib.sha256(encode(self.to_body())).digest()


def analysis_body(analysis: Analysis) -> dict[str, Any]:
    """Return an approved analysis as JSON, as the description publishes it."""
    return {
        "id": analysis.id,
        "title_zh": analysis.title_zh,
        "title_en": analysis.title_en,
        "sql": analysis.sql,
        "parameters": [
            {
                "name": each.name,
                "type": each.type.value,
                "values": None if each.values is None else list(each.values),
                "least": each.least,
                "most": each.most,
            }
            for each in analysis.parameters
        ],
    }


def _column_body(column: Column) -> dict[str, Any]:
    return {"table": column.table, "name": column.name}


def _table_body(table: RuleTable) -> dict[str, Any]:
    return {
        "name": table.name,
        "file": table.file,
        "columns": [
            {
                "name": each.name,
                "type": each.type.value,
                "role": each.role.value,
                "scale": each.scale,
                "domain": None if each.domain is None else list(each.domain),
            }
            for each in table.columns
        ],
    }


def _quality_body(check: QualityCheck) -> dict[str, Any]:
    return {
        "id": check.id,
        "indicator": check.indicator,
        "column": _column_body(check.column),
        "check": check.check.value,
        "values": list(check.values),
    }
