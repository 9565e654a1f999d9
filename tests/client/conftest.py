"""A client of a real site, without a network between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask
from sqlmodel import SQLModel

from exchange.client.api import ApiClient
from exchange.clock import VirtualClock
from exchange.disputes import acts as dispute_acts
from exchange.ids import SeededIds
from exchange.protocol.http import HttpReply
from exchange.storage.engine import open_engine, sqlite_url
from exchange.web.app import create_app
from exchange.web.site import Site
from tests.grants.granting import Granting
from tests.web.moving import move
from tests.world import START

Bend = Callable[[str, str, bytes], bytes]


class Line:
    """Carries requests to an app; `bend` changes what comes back, as a liar would."""

    def __init__(self, app: Flask) -> None:
        self._client = app.test_client(use_cookies=False)
        self.bend: Bend | None = None

    def request(
        self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]
    ) -> HttpReply:
        kind = None if content is None else "application/json"
        answer = self._client.open(
            path, method=method, data=content, headers=dict(headers), content_type=kind
        )
        found = {name.lower(): value for name, value in answer.headers.items()}
        found["set-cookie"] = "\n".join(answer.headers.getlist("Set-Cookie"))
        body = answer.get_data()
        if self.bend is not None:
            body = self.bend(method, path, body)
        return HttpReply(answer.status_code, found, body)


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Granting]:
    engine = open_engine(sqlite_url(tmp_path / "exchange.db"))
    SQLModel.metadata.create_all(engine)
    story = Granting(dispute_acts.ACTS, dispute_acts.TABLES)
    move(story.world, engine)
    yield story
    engine.dispose()


@pytest.fixture
def line(story: Granting) -> Line:
    backend = story.world.backend
    site = Site(
        exchange=story.world.exchange,
        engine=backend.engine,  # type: ignore[attr-defined]
        real_clock=VirtualClock(START),
        ids=SeededIds(b"site"),
        nodes=story.partner,
        last_signed=story.world.last_signed,
    )
    return Line(create_app(site))


@pytest.fixture
def api(line: Line, story: Granting) -> ApiClient:
    return ApiClient(line, story.world.log.verifier)
