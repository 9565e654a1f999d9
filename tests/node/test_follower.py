"""The follower: it believes what verifies, keeps what it needs, and says when it is stale."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from exchange.clock import VirtualClock, to_ms
from exchange.node.follower import Follower, FollowError, Log, NodeIdentity
from exchange.node.journal import Journal
from ledger.act import Pin, parse_act_note
from ledger.entry import parse_entry
from ledger.errors import KeyStateError
from ledger.signing import Ed25519Signer
from tests.node.scene import ORIGIN, START, MemoryLog, World

IDENTITY = NodeIdentity("n-trips", ("p-supplier",))


def fresh(log: MemoryLog, clock: VirtualClock, journal: Journal | None = None) -> Follower:
    """Make a follower over a log in memory."""
    return Follower(
        Log(ORIGIN, log.signer.verifier(), log.fetch), journal or Journal(None), clock, IDENTITY
    )


def fault(follower: Follower) -> str:
    """Follow a log that does not verify; the view stays as it was."""
    before = (follower.size, follower.checked_ms, follower.pin)
    with pytest.raises(FollowError) as caught:
        follower.follow()
    assert (follower.size, follower.checked_ms, follower.pin) == before
    return caught.value.code


def test_a_log_is_followed_to_its_checkpoint(world: World) -> None:
    follower = fresh(world.log, world.clock)
    assert follower.follow() == len(world.log.leaves)
    assert follower.pin == world.log.pin()
    assert follower.checked_ms == to_ms(START)
    assert follower.own_head() == world.log.heads["n-trips"]
    assert follower.has_seen(world.log.pin())
    assert not follower.has_seen(Pin(2, bytes(32)))
    grant = follower.grant("g-1")
    assert grant is not None
    assert (grant.buyer, grant.local, follower.ended_by("g-1")) == ("p-buyer", "trips", None)


def test_a_long_log_is_read_bundle_by_bundle_and_only_its_news(world: World) -> None:
    follower = fresh(world.log, world.clock)
    for turn in range(300):
        world.log.act("p-other", "listing.open", {"listing": f"l-{turn}"})
    follower.follow()
    world.log.fetched.clear()
    world.log.act("p-other", "listing.open", {"listing": "last"})
    assert follower.follow() == len(world.log.leaves)
    assert world.log.fetched == ["checkpoint", f"tile/entries/001.p/{len(world.log.leaves) - 256}"]


@pytest.mark.parametrize("place", [0, 3, 5])
def test_a_changed_leaf_is_not_believed(world: World, place: int) -> None:
    follower = fresh(world.log, world.clock)
    honest = world.log.checkpoint()
    world.log.leaves[place] = world.log.leaves[place].replace(b"n-trips", b"n-tripz") + b" "
    world.log.checkpoint = lambda: honest  # type: ignore[method-assign]
    assert fault(follower) == "log.root"


def test_a_rewritten_past_is_not_believed(world: World) -> None:
    follower = fresh(world.log, world.clock)
    follower.follow()
    world.log.leaves[1] += b" "
    world.log.act("p-other", "listing.open", {"listing": "l-1"})
    assert fault(follower) == "log.root"


def test_a_shorter_log_is_not_believed(world: World) -> None:
    follower = fresh(world.log, world.clock)
    follower.follow()
    world.log.leaves.pop()
    assert fault(follower) == "log.shrank"


def test_a_checkpoint_under_another_key_is_not_believed(world: World) -> None:
    follower = fresh(world.log, world.clock)
    world.log.signer = Ed25519Signer(ORIGIN, bytes(32))
    assert fault(follower).startswith("note.")


def test_a_silent_log_makes_the_view_stale_after_a_minute(world: World) -> None:
    follower = fresh(world.log, world.clock)
    assert not follower.is_fresh()
    follower.follow()
    world.log.reachable = False
    world.clock.advance(timedelta(seconds=60))
    assert fault(follower) == "log.unreachable"
    assert follower.is_fresh()
    world.clock.advance(timedelta(milliseconds=1))
    assert not follower.is_fresh()


def test_an_act_with_a_wrong_signature_changes_nothing(world: World) -> None:
    follower = fresh(world.log, world.clock)
    world.log.seeds["p-supplier"] = "p-other"
    world.log.act("p-supplier", "grant.revoke", {"grant": "g-1"})
    follower.follow()
    assert follower.ended_by("g-1") is None
    assert follower.size == len(world.log.leaves)


def test_a_malformed_grant_changes_nothing(world: World) -> None:
    follower = fresh(world.log, world.clock)
    world.issue("g-2", expires_at="soon")
    world.issue("g-3", analyses="all")
    world.issue("g-1", buyer="p-other")
    follower.follow()
    assert (follower.grant("g-2"), follower.grant("g-3")) == (None, None)
    first = follower.grant("g-1")
    assert first is not None
    assert first.buyer == "p-buyer"


def test_a_revoked_key_signs_nothing_any_more(world: World) -> None:
    follower = fresh(world.log, world.clock)
    world.log.act("p-buyer", "key.revoke", {"key": "k1"})
    leaf = world.log.act("p-buyer", "question.reserve", {})
    follower.follow()
    entry = parse_entry(leaf)
    with pytest.raises(KeyStateError):
        follower.signer_of(entry.index, parse_act_note(entry.act_note))


def test_a_restart_resumes_where_it_stopped(world: World) -> None:
    journal = Journal(None)
    first = fresh(world.log, world.clock, journal)
    world.log.act("p-supplier", "grant.revoke", {"grant": "g-1"})
    world.log.act("operator", "question.void", {"question": "q-1", "reason": "question.late"})
    world.log.act("n-trips", "answer.refuse", {"question": "q-2"})
    first.follow()
    world.log.fetched.clear()

    again = fresh(world.log, world.clock, journal)
    assert world.log.fetched == []
    assert (again.size, again.pin, again.checked_ms) == (first.size, first.pin, first.checked_ms)
    assert again.own_head() == first.own_head()
    assert again.ended_by("g-1") == "grant.revoke"
    assert (again.is_voided("q-1"), again.confirmed("q-2"), again.confirmed("")) == (
        True,
        True,
        False,
    )
    world.log.act("p-other", "listing.open", {})
    assert again.follow() == len(world.log.leaves)


def test_a_journal_that_fails_takes_the_view_back(world: World) -> None:
    journal = Journal(None)
    follower = fresh(world.log, world.clock, journal)
    follower.follow()
    world.log.act("p-supplier", "grant.revoke", {"grant": "g-1"})
    journal._db.execute("DROP TABLE pin")
    assert fault(follower) == "node.journal"
    assert follower.ended_by("g-1") is None


def test_a_question_wakes_the_watching_thread(world: World) -> None:
    follower = fresh(world.log, world.clock)
    stop = threading.Event()
    thread = threading.Thread(target=follower.watch, args=(stop, 60.0))
    thread.start()
    follower.reach(len(world.log.leaves))
    world.log.act("p-other", "listing.open", {})
    follower.reach(len(world.log.leaves))
    assert follower.size == len(world.log.leaves)
    stop.set()
    follower.wake()
    thread.join(5)
    assert not thread.is_alive()


def test_reaching_for_too_much_is_given_up(world: World) -> None:
    follower = fresh(world.log, world.clock)
    follower.reach(10**9)
    assert follower.size == len(world.log.leaves)
    world.log.reachable = False
    follower.reach(10**9)
    assert follower.size == len(world.log.leaves)
