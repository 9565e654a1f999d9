"""Bringing a database to the newest schema when the exchange opens it."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine


def upgrade(engine: Engine) -> None:
    """Apply every migration that the database has not seen, in one transaction."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    with engine.execution_options(fdx_write=True).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
