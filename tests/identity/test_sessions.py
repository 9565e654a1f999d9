"""Sessions open, slide, end; and the database alone can't act for anybody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from exchange.acts.sealing import Custody
from exchange.clock import VirtualClock
from exchange.errors import ExchangeError, NotFoundError
from exchange.identity.custody import CustodyError, unwrap, wrap
from exchange.identity.models import WebSession
from exchange.identity.sessions import (
    Holder,
    Opened,
    close_all,
    close_session,
    find_session,
    list_sessions,
    open_session,
)
from exchange.identity.store import IdentityStore, sweep
from exchange.ids import SeededIds

SEED = bytes(range(32))
HOLDER = Holder("p-one", "one", Custody("k1", SEED))


@pytest.fixture
def opened(store: IdentityStore) -> Opened:
    return open_session(store, HOLDER)


def test_the_cookie_brings_back_holder_and_key(store: IdentityStore, opened: Opened) -> None:
    found = find_session(store, opened.cookie)

    assert found == opened.session
    assert found is not None
    assert found.holder == HOLDER


def test_a_session_without_a_key_in_custody_has_no_seal(store: IdentityStore) -> None:
    holder = Holder("p-own", None, None)

    found = find_session(store, open_session(store, holder).cookie)

    assert found is not None
    assert found.holder == holder


@pytest.mark.parametrize(
    "bend",
    [
        lambda _: "",
        lambda _: "x",
        lambda cookie: cookie + "x",
        lambda cookie: cookie.split(".")[0],
        lambda cookie: cookie.replace(".", "!"),
        lambda cookie: "A" * 43 + "." + cookie.split(".")[1],
        lambda _: "é" * 87,
        lambda _: "." * 87,
    ],
)
def test_a_bent_cookie_finds_nothing(store: IdentityStore, opened: Opened, bend: object) -> None:
    assert callable(bend)
    assert find_session(store, bend(opened.cookie)) is None


def test_the_token_with_another_secret_finds_nothing(store: IdentityStore, opened: Opened) -> None:
    token, _ = opened.cookie.split(".")
    _, other = open_session(store, HOLDER).cookie.split(".")

    assert find_session(store, f"{token}.{other}") is None


def test_everything_in_the_database_does_not_open_a_key(engine: Engine, opened: Opened) -> None:
    with engine.connect() as connection:
        row = connection.execute(WebSession.table().select()).mappings().one()
    stolen = [value for value in row.values() if isinstance(value, bytes | str)]
    texts = [value.encode() if isinstance(value, str) else value for value in stolen]
    keys = [text[:32] for text in texts if len(text) >= 32]

    assert all(SEED not in text for text in texts)
    assert all(part.encode() not in text for text in texts for part in opened.cookie.split("."))
    for key in keys:
        for place in (row["id"], f"fdx-session/v1\n{row['id']}"):
            with pytest.raises(CustodyError):
                unwrap(key, row["wrapped_seed"], place)


def test_a_wrapped_seed_opens_in_its_own_row_alone() -> None:
    ids = SeededIds(b"custody")
    key = ids.token(32)
    wrapped = wrap(ids, key, SEED, "row-1")

    assert unwrap(key, wrapped, "row-1") == SEED
    for wrong_key, bytes_, place in (
        (key, wrapped, "row-2"),
        (ids.token(32), wrapped, "row-1"),
        (key, wrapped[:-1], "row-1"),
        (key, b"", "row-1"),
    ):
        with pytest.raises(CustodyError):
            unwrap(wrong_key, bytes_, place)


def test_it_ends_after_thirty_idle_minutes(
    store: IdentityStore, clock: VirtualClock, opened: Opened
) -> None:
    clock.advance(timedelta(minutes=29, seconds=59))
    assert find_session(store, opened.cookie) is not None
    clock.advance(timedelta(minutes=30))

    assert find_session(store, opened.cookie) is None


def test_it_ends_after_twelve_hours_however_busy(
    store: IdentityStore, clock: VirtualClock, opened: Opened
) -> None:
    for _ in range(12 * 4 - 1):
        clock.advance(timedelta(minutes=15))
        assert find_session(store, opened.cookie) is not None
    clock.advance(timedelta(minutes=15))

    assert find_session(store, opened.cookie) is None


def test_logging_in_ends_the_session_that_the_request_came_with(
    store: IdentityStore, opened: Opened
) -> None:
    second = open_session(store, HOLDER, replaces=opened.session.id)

    assert find_session(store, opened.cookie) is None
    assert find_session(store, second.cookie) is not None
    assert second.session.csrf != opened.session.csrf


def test_a_session_is_listed_and_closed_by_its_participant_alone(
    store: IdentityStore, opened: Opened
) -> None:
    (view,) = list_sessions(store, "p-one")
    assert (view.id, view.account) == (opened.session.id, "one")
    with pytest.raises(NotFoundError) as refusal:
        close_session(store, "p-two", view.id)
    assert refusal.value.code == "session.unknown"
    assert find_session(store, opened.cookie) is not None

    close_session(store, "p-one", view.id)

    assert find_session(store, opened.cookie) is None
    assert list_sessions(store, "p-one") == []


def test_all_sessions_of_a_participant_end_at_once(store: IdentityStore) -> None:
    cookies = [open_session(store, HOLDER).cookie for _ in range(3)]
    other = open_session(store, Holder("p-two", None, None)).cookie

    assert close_all(store, "p-one") == 3
    assert [find_session(store, cookie) for cookie in cookies] == [None] * 3
    assert find_session(store, other) is not None


def test_sweeping_deletes_what_has_expired_and_nothing_else(
    store: IdentityStore, clock: VirtualClock
) -> None:
    open_session(store, HOLDER)
    clock.advance(timedelta(minutes=20))
    young = open_session(store, HOLDER)
    clock.advance(timedelta(minutes=20))

    assert sweep(store) == 1
    assert find_session(store, young.cookie) is not None


def test_secrets_do_not_show(opened: Opened) -> None:
    shown = repr(opened) + repr(opened.session) + repr(HOLDER)

    assert opened.cookie not in shown
    assert opened.session.csrf not in shown
    assert repr(SEED) not in shown
    assert issubclass(CustodyError, ExchangeError)
