"""The places in a node's own sequence: one act for each, let go of when it stands elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exchange.protocol.asking import Head
from exchange.protocol.codes import ProblemCode, ProblemError
from ledger.act import Pin, parse_act_note
from tests.node.scene import World

BY_CITY = "SELECT city, COUNT(*) AS trips, SUM(fare) AS fares FROM trips GROUP BY city"
BY_LABEL = (
    "select l.label, count(*), count(distinct t.rider), avg(t.stops) from trips t join lines l"
    " on l.line = t.line where t.day between '2026-01-05' and '2026-01-20' and t.city = '福州'"
    " group by l.label"
)


def test_an_overtaken_receipt_is_signed_anew_with_the_same_body(world: World) -> None:
    ask = world.ask(BY_CITY)
    first = world.put(ask)
    world.log.act("n-trips", "asset.describe", {})
    again = world.put(replace(ask, head=world.log.head_of("n-trips")))

    one, two = (parse_act_note(reply["note"]).act for reply in (first, again))
    assert (one.seq, two.seq) == (2, 3)
    assert one.body == two.body
    assert first["answer"] == again["answer"]
    assert world.used() == 1


def test_a_confirmed_receipt_is_never_signed_anew(world: World) -> None:
    ask = world.ask(BY_CITY)
    first = world.put(ask)
    world.log.record(first["note"])
    world.follower.follow()
    assert world.put(replace(ask, head=world.log.head_of("n-trips"))) == first


def test_two_questions_never_share_a_place(world: World) -> None:
    one, two = world.ask(BY_CITY), world.ask(BY_LABEL)
    first = world.put(one)

    with pytest.raises(ProblemError) as caught:
        world.put(two)

    assert caught.value.code is ProblemCode.HEAD
    world.log.record(first["note"])
    world.follower.follow()
    later = world.put(replace(two, head=world.log.head_of("n-trips")))
    assert parse_act_note(later["note"]).act.seq == 3
    assert world.used() == 2


def test_a_place_is_free_again_once_its_question_was_given_back(world: World) -> None:
    one, two = world.ask(BY_CITY), world.ask(BY_LABEL)
    world.put(one)
    world.log.act("operator", "question.void", {"question": "q-1", "reason": "question.late"})
    world.follower.follow()

    assert parse_act_note(world.put(two)["note"]).act.seq == 2
    with pytest.raises(ProblemError) as caught:
        world.put(one)
    assert caught.value.code is ProblemCode.TICKET_INVALID


def test_an_answer_fetched_before_the_node_saw_its_receipt_blocks_no_later_question(
    world: World,
) -> None:
    one, two = world.ask(BY_CITY), world.ask(BY_LABEL)
    first = world.put(one)
    world.log.record(first["note"])
    # The node has not followed yet: it signs the same body on the head that it is told.
    again = world.put(replace(one, head=world.log.head_of("n-trips")))
    assert parse_act_note(again["note"]).act.seq == 3
    world.follower.follow()

    later = world.put(replace(two, head=world.log.head_of("n-trips")))

    assert parse_act_note(later["note"]).act.seq == 3
    assert world.used() == 2


def test_a_head_that_the_log_has_passed_is_refused(world: World) -> None:
    ask = world.ask(BY_CITY)
    world.log.act("n-trips", "asset.describe", {})
    world.follower.follow()
    with pytest.raises(ProblemError) as caught:
        world.put(ask)
    assert caught.value.code is ProblemCode.HEAD


def test_a_head_on_another_act_than_the_last_is_refused(world: World) -> None:
    ask = world.ask(BY_CITY)
    wrong = replace(ask, head=Head(2, bytes(32), Pin()))
    with pytest.raises(ProblemError) as caught:
        world.put(wrong)
    assert caught.value.code is ProblemCode.HEAD
