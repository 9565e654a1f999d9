"""Clients that are logged in as a participant, and what may not change by a refusal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from exchange.acts.sealing import Custody
from exchange.context import Acting
from exchange.identity.models import TABLES
from exchange.identity.sessions import Holder, open_session
from exchange.web.site import Site
from tests.world import World


def browser_of(app: Flask, site: Site, acting: Acting | None) -> FlaskClient:
    """Return a client with a session of `acting`, or an anonymous one for None."""
    client = app.test_client()
    if acting is not None:
        assert isinstance(acting.seal, Custody)
        opened = open_session(site.identity, Holder(acting.participant, None, acting.seal))
        client.set_cookie("fdx", opened.cookie)
    return client


@dataclass(frozen=True, slots=True)
class Everything:
    """All that a refused request must leave as it was: market rows, ledger, accounts."""

    digest: bytes
    leaves: list[bytes]
    signed: str
    accounts: list[Any]

    @classmethod
    def of(cls, world: World, site: Site) -> Everything:
        with site.engine.connect() as connection:
            accounts = [tuple(row) for row in connection.execute(select(TABLES[0].table()))]
        return cls(world.digest(), world.leaves(), world.last_signed.read(), accounts)


def problem(response: TestResponse) -> tuple[int, str]:
    """Return status and code of a refusal, checking its form."""
    assert response.mimetype == "application/problem+json", response.get_data(as_text=True)
    body = response.get_json()
    assert body["status"] == response.status_code
    assert body["title"]
    assert body["detail"]
    assert body["type"] == f"urn:fdx:problem:{body['code']}"
    return response.status_code, body["code"]
