"""An exchange in which nothing has happened but its beginning."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sqlmodel import SQLModel

from exchange.bootstrap import KINDS
from exchange.bootstrap import TABLES as MARKET_TABLES
from exchange.storage.engine import open_engine, sqlite_url
from exchange.storage.sql import SqlBackend
from exchange.web.site import Site
from tests.world import World


@contextmanager
def empty_site(folder: Path, like: Site) -> Iterator[Site]:
    """Lend a site on a database of its own that holds the operator and nobody else."""
    engine = open_engine(sqlite_url(folder / "exchange.db"))
    SQLModel.metadata.create_all(engine)
    tables = tuple(table for table in MARKET_TABLES if table.__tablename__ != "deadline")
    world = World(KINDS, tables, backend=SqlBackend(engine))
    yield replace(like, exchange=world.exchange, engine=engine, last_signed=world.last_signed)
    engine.dispose()
