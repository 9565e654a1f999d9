"""What every table is: one key, declared indexes, and the act that last wrote the row."""

from enum import StrEnum
from typing import Any, ClassVar, Self

from sqlalchemy import BigInteger, Column, Table
from sqlalchemy.engine.default import DefaultDialect
from sqlmodel import Field, SQLModel

from exchange.lifecycle import Lifecycle
from exchange.storage.columns import Json, State, UtcTime

#: The column types of `columns` bind alike for every database.
_DIALECT = DefaultDialect()


class Row(SQLModel):
    """A row of one table, held apart from any database session.

    `id` is the one key; `find` works on columns declared with `index=True` only.
    Rows are values to their readers: only a store changes them.
    """

    id: Any

    @classmethod
    def table(cls) -> Table:
        """Return the table as the database layer knows it."""
        table: Table = vars(cls)["__table__"]
        return table

    @classmethod
    def restore(cls, values: dict[str, Any]) -> Self:
        """Make a row from column values."""
        return cls(**values)

    def values(self) -> dict[str, Any]:
        """Return the column values by column name, in the table's order."""
        return {column.name: getattr(self, column.name) for column in self.table().columns}


class Recorded(Row):
    """A row of the market: nothing but an act writes it, and it names that act."""

    id: str = Field(primary_key=True, max_length=200)
    entry: int = Field(
        default=-1, sa_type=BigInteger, description="index of the act that last wrote the row"
    )


class Staged(Recorded):
    """A recorded row with a lifecycle; `Writer.advance` is the only writer of its state."""

    lifecycle: ClassVar[Lifecycle]
    state: Any


class Deadline(Recorded, table=True):
    """When a state runs out, and the act by which the operator then ends it."""

    __tablename__ = "deadline"

    due_ms: int = Field(sa_type=BigInteger, index=True, description="Unix milliseconds")
    act: str = Field(max_length=64)
    subject: str = Field(max_length=200, description="key of the row whose state runs out")


def stored_form(row: Row) -> dict[str, Any]:
    """Return a row's columns as the database stores them: integers, text, bytes or None."""
    told = row.values()
    return {column.name: _stored(column, told[column.name]) for column in row.table().columns}


def _stored(column: Column[Any], value: Any) -> Any:
    if isinstance(column.type, UtcTime | Json | State):
        value = column.type.process_bind_param(value, _DIALECT)
    return int(value) if isinstance(value, bool) else value


def state_of(row: Staged) -> StrEnum:
    """Return the present state of a row."""
    state: StrEnum = row.state
    return state
