"""A site on a real database file, with a market at work behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlmodel import SQLModel

from exchange.clock import VirtualClock
from exchange.disputes import acts as dispute_acts
from exchange.ids import SeededIds
from exchange.storage.engine import open_engine, sqlite_url
from exchange.web.app import create_app
from exchange.web.site import Site
from tests.grants.granting import Granting
from tests.web.moving import move
from tests.world import START, World


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(sqlite_url(tmp_path / "exchange.db"))
    SQLModel.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def story(engine: Engine) -> Granting:
    """A registered, appraised asset and everybody whom a trade needs, on the database file."""
    story = Granting(dispute_acts.ACTS, dispute_acts.TABLES)
    move(story.world, engine)
    return story


@pytest.fixture
def world(story: Granting) -> World:
    return story.world


@pytest.fixture
def real_clock() -> VirtualClock:
    """The time of sessions and limits."""
    return VirtualClock(START)


@pytest.fixture
def site(engine: Engine, story: Granting, real_clock: VirtualClock) -> Site:
    return Site(
        exchange=story.world.exchange,
        engine=engine,
        real_clock=real_clock,
        ids=SeededIds(b"site"),
        nodes=story.partner,
        last_signed=story.world.last_signed,
    )


@pytest.fixture
def app(site: Site) -> Flask:
    return create_app(site)
