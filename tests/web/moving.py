"""Taking a world that began in memory to a database: quick to build, real to serve."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Engine

from exchange.acts.ledger_tables import (
    ActorHead,
    LedgerCheckpoint,
    LedgerEntry,
    LedgerHead,
    LedgerTile,
    Payload,
)
from exchange.acts.sequencer import Sequencer
from exchange.bootstrap import GUARDS
from exchange.storage.sql import SqlBackend
from exchange.storage.tables import Row
from exchange.storage.write_behind import MemoryBackend
from tests.world import World

_LEDGER: tuple[type[Row], ...] = (
    LedgerEntry,
    LedgerTile,
    LedgerHead,
    LedgerCheckpoint,
    ActorHead,
    Payload,
)


def move(world: World, engine: Engine) -> None:
    """Let a world that began in memory go on in a database."""
    before, old = world.digest(), world.backend
    assert isinstance(old, MemoryBackend)
    with SqlBackend(engine).batch() as tables:
        for model in (*_LEDGER, *world.tables):
            for row in old.tables.all(model):
                tables.insert(model.restore(row.values()))
    world.backend = SqlBackend(engine)
    world.sequencer = Sequencer(
        world.backend,
        kinds=world.kinds,
        log=world.log,
        last_signed=world.last_signed,
        clock=world.clock,
        ids=world.ids,
        guards=GUARDS,
    )
    world.exchange = replace(world.exchange, backend=world.backend, publish=world.sequencer.publish)
    assert world.digest() == before
