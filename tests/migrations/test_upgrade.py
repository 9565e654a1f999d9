"""The migrations make exactly the schema that the tables declare, and go back again."""

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, Engine, inspect
from sqlmodel import SQLModel

import exchange.bootstrap
import exchange.identity.models
import exchange.migrations.upgrade
from exchange.storage.engine import open_engine, sqlite_url

MODULES = (exchange.bootstrap, exchange.identity.models)


def checks(engine: Engine) -> set[tuple[str, str]]:
    """Name the check constraints, which autogeneration does not compare."""
    seen = inspect(engine)
    return {
        (table, str(check["name"]))
        for table in seen.get_table_names()
        for check in seen.get_check_constraints(table)
    }


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "migrated.db")
    found: str = request.getfixturevalue("postgres_url")
    return found


def same_type(
    _context: object, _found: object, _wanted: object, found: object, wanted: object
) -> bool:
    """Leave types to the comparison of names: the product's own are rendered as plain ones."""
    return found is None or wanted is None


def test_an_upgraded_database_is_what_the_tables_declare(url: str) -> None:
    engine = open_engine(url)
    exchange.migrations.upgrade.upgrade(engine)
    exchange.migrations.upgrade.upgrade(engine)  # a second start finds nothing to do
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": same_type})
        assert compare_metadata(context, SQLModel.metadata) == []
    declared = {
        (table.name, str(check.name))
        for table in SQLModel.metadata.sorted_tables
        for check in table.constraints
        if isinstance(check, CheckConstraint)
    }
    assert checks(engine) == declared
    engine.dispose()


def test_a_downgrade_leaves_nothing_behind(url: str) -> None:
    engine = open_engine(url)
    exchange.migrations.upgrade.upgrade(engine)
    config = Config()
    folder = Path(str(exchange.migrations.upgrade.__file__)).parent
    config.set_main_option("script_location", str(folder))
    step: Callable[..., None] = command.downgrade
    with engine.execution_options(fdx_write=True).begin() as connection:
        config.attributes["connection"] = connection
        step(config, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    engine.dispose()
