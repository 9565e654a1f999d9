from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.disputes.rules import check_in_time, ranked
from exchange.errors import ConflictError

IDS = st.lists(st.from_regex(r"p-[a-z0-9]{1,6}", fullmatch=True), unique=True, max_size=12)
ENDED = datetime(2026, 3, 17, 1, 0, tzinfo=UTC)


SHUFFLED = IDS.flatmap(lambda ids: st.tuples(st.just(ids), st.permutations(ids)))


@given(st.binary(min_size=32, max_size=32), SHUFFLED)
def test_a_rank_depends_on_nobody_elses_presence_or_order(
    seed: bytes, lists: tuple[list[str], list[str]]
) -> None:
    candidates, shuffled = lists
    rank = ranked(seed, "dispute-1", candidates)
    assert sorted(rank) == sorted(candidates)
    assert ranked(seed, "dispute-1", shuffled) == rank
    for absent in candidates:
        fewer = [who for who in candidates if who != absent]
        assert ranked(seed, "dispute-1", fewer) == [who for who in rank if who != absent]


def test_the_rank_is_the_stated_hash() -> None:
    def by_hand(who: str) -> bytes:
        text = b"fdx-draw/v1\n" + b"s" * 32 + b"dispute-1\n" + who.encode()
        return hashlib.sha256(text).digest()

    people = [f"p-{number}" for number in range(50)]
    assert ranked(b"s" * 32, "dispute-1", people) == sorted(people, key=by_hand)


def test_draws_fall_on_everybody_alike() -> None:
    people = [f"p-{number}" for number in range(4)]
    wins = dict.fromkeys(people, 0)
    for number in range(4_000):
        wins[ranked(b"s" * 32, f"dispute-{number}", people)[0]] += 1
    assert all(900 < count < 1_100 for count in wins.values())


def test_thirty_days_are_counted_to_the_millisecond() -> None:
    check_in_time(ENDED, ENDED + timedelta(days=30))
    with pytest.raises(ConflictError) as caught:
        check_in_time(ENDED, ENDED + timedelta(days=30, milliseconds=1))
    assert caught.value.code == "dispute.late"
