"""Alembic's entry: it runs migrations on the connection that `upgrade` opened."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import BigInteger, Dialect, LargeBinary, String, Text
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import SQLModel

#: A migration is history: it names plain types, not the product's own of today.
_PLAIN: tuple[type[TypeEngine[Any]], ...] = (BigInteger, LargeBinary, Text, String)


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    if kind != "type" or not isinstance(item, TypeDecorator):
        return False
    plain = item.impl_instance
    if isinstance(plain, String) and not isinstance(plain, Text):
        return f"sa.String({plain.length})"
    name = next(kind.__name__ for kind in _PLAIN if isinstance(plain, kind))
    return f"sa.{name}()"


def _differs(_context: Any, _found: Any, _wanted: Any, found: Any, wanted: Any) -> bool | None:
    """Compare by what the database is told, so that the product's own types are no difference."""
    dialect: Dialect = context.get_bind().dialect
    return bool(found.compile(dialect=dialect) != wanted.compile(dialect=dialect))


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_item=_render,
    compare_type=_differs,
)
with context.begin_transaction():
    context.run_migrations()
