"""Limits hold over all workers, refill with time, and keep subjects apart."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from exchange.clock import VirtualClock
from exchange.errors import ExhaustedError
from exchange.identity.store import IdentityStore, sweep
from exchange.identity.throttle import Limit, give_back, take

TEN = Limit("login", 10)


def _allowed(store: IdentityStore, subject: str, tries: int) -> int:
    def attempt() -> bool:
        try:
            take(store, TEN, subject)
        except ExhaustedError:
            return False
        return True

    return sum(attempt() for _ in range(tries))


def test_ten_at_once_and_not_eleven(store: IdentityStore) -> None:
    assert _allowed(store, "account:one", 25) == 10


def test_six_seconds_bring_one_token_back(store: IdentityStore, clock: VirtualClock) -> None:
    _allowed(store, "account:one", 10)
    clock.advance(timedelta(seconds=5, milliseconds=999))
    assert _allowed(store, "account:one", 1) == 0
    clock.advance(timedelta(milliseconds=1))

    assert _allowed(store, "account:one", 5) == 1


def test_a_rested_bucket_is_full_and_no_fuller(store: IdentityStore, clock: VirtualClock) -> None:
    _allowed(store, "account:one", 10)
    clock.advance(timedelta(hours=5))

    assert _allowed(store, "account:one", 25) == 10


def test_subjects_and_limits_have_buckets_of_their_own(store: IdentityStore) -> None:
    _allowed(store, "account:one", 10)

    assert _allowed(store, "account:two", 1) == 1
    assert _allowed(store, "x" * 10_000, 1) == 1
    with pytest.raises(ExhaustedError) as login:
        take(store, TEN, "account:one")
    assert login.value.code == "rate.login"
    take(store, Limit("sign_up", 1), "account:one")
    with pytest.raises(ExhaustedError) as refusal:
        take(store, Limit("sign_up", 1), "account:one")
    assert refusal.value.code == "rate.sign_up"


def test_racing_workers_share_one_bucket(store: IdentityStore) -> None:
    race: Callable[[int], int] = lambda _: _allowed(store, "account:one", 10)  # noqa: E731
    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(race, range(4))) == 10


def test_what_is_given_back_is_one_token_of_ones_own(store: IdentityStore) -> None:
    _allowed(store, "account:one", 10)
    _allowed(store, "account:two", 10)

    give_back(store, TEN, "account:one")
    give_back(store, TEN, "account:nobody")

    assert _allowed(store, "account:one", 5) == 1
    assert _allowed(store, "account:two", 5) == 0


def test_given_back_tokens_never_overfill_a_bucket(store: IdentityStore) -> None:
    _allowed(store, "account:one", 1)
    for _ in range(50):
        give_back(store, TEN, "account:one")

    assert _allowed(store, "account:one", 25) == 10


def test_full_buckets_are_swept(store: IdentityStore, clock: VirtualClock) -> None:
    _allowed(store, "account:one", 10)
    clock.advance(timedelta(seconds=59))
    assert sweep(store) == 0
    clock.advance(timedelta(seconds=1))

    assert sweep(store) == 1
