"""The gate: answers that are right, refusals that are signed, charged once, bound to their ticket."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from exchange.node.engine import EngineError
from exchange.node.rendering import Rendered
from exchange.protocol.asking import Ask, Ticket
from exchange.protocol.codes import ProblemCode, ProblemError
from ledger.act import Pin, parse_act_note
from ledger.canonical import encode
from ledger.encoding import b64, unb64
from ledger.merkle import leaf_hash
from ledger.note import open_note
from tests.node.scene import CANARY, CANARY_COLUMN, Trip, World, trips

BY_CITY = "SELECT city, COUNT(*) AS trips, SUM(fare) AS fares FROM trips GROUP BY city"
BY_LABEL = (
    "select l.label, count(*), count(distinct t.rider), avg(t.stops) from trips t join lines l"
    " on l.line = t.line where t.day between '2026-01-05' and '2026-01-20' and t.city = '福州'"
    " group by l.label"
)
ROWS = "SELECT city, fare FROM trips"


def problem(world: World, ask: Ask) -> ProblemCode:
    """Put a request that comes to nothing; nothing may have changed."""
    before = (world.used(), world.journal.find(ask.question))
    with pytest.raises(ProblemError) as caught:
        world.put(ask)
    assert (world.used(), world.journal.find(ask.question)) == before
    return caught.value.code


def kept_trips() -> list[Trip]:
    """Leave out rows that belong to nobody."""
    return [trip for trip in trips() if trip.rider is not None]


def test_an_answer_equals_an_independent_count(world: World) -> None:
    groups = defaultdict(list)
    for trip in kept_trips():
        groups[trip.city].append(trip)
    expected = [
        [city, len(group), format(sum((Decimal(t.fare or 0) for t in group), Decimal(0)), "f")]
        for city, group in sorted((c, g) for c, g in groups.items() if c is not None)
        if len({t.rider for t in group}) >= 3
    ]

    reply = world.answer(BY_CITY)

    assert len(expected) == 2
    assert reply["answer"] == {
        "columns": [
            {"name": "city", "type": "text"},
            {"name": "trips", "type": "integer"},
            {"name": "fares", "type": "decimal"},
        ],
        "rows": expected,
        "capped": False,
    }


def test_a_joined_question_with_parameters_equals_an_independent_count(world: World) -> None:
    labels = {1: "red", 2: "green", 3: "blue", 4: "grey"}
    groups = defaultdict(list)
    for trip in kept_trips():
        if trip.city == "福州" and 5 <= trip.day <= 20:
            groups[labels[trip.line]].append(trip)
    expected = []
    for label, group in sorted(groups.items()):
        riders = len({t.rider for t in group})
        mean = Decimal(sum(t.stops or 0 for t in group)) / len(group)
        if riders >= 3:
            expected.append([label, len(group), riders, format(mean.quantize(Decimal("0.0001")))])

    reply = world.answer(BY_LABEL)

    assert reply["answer"]["rows"] == expected
    assert [column["name"] for column in reply["answer"]["columns"]] == [
        *("label", "trips", "riders", "stops")
    ]


def test_small_groups_leave_no_trace_and_would_show_without_the_minimum(
    world: World, weak_world: World
) -> None:
    strong = [row[0] for row in world.answer(BY_CITY)["answer"]["rows"]]
    weak = [row[0] for row in weak_world.answer(BY_CITY)["answer"]["rows"]]

    assert strong == ["厦门", "福州"]
    assert weak == ["厦门", "泉州", "福州"]


def test_a_template_with_a_list_takes_its_values_by_place(world: World) -> None:
    dear = "SELECT COUNT(*) FROM trips WHERE fare >= 2.5 AND line IN (1, 2)"
    expected = sum(
        1
        for trip in kept_trips()
        if trip.fare is not None and Decimal(trip.fare) >= Decimal("2.5") and trip.line in {1, 2}
    )
    assert world.answer(dear)["answer"]["rows"] == [[expected]]


def test_the_receipt_is_signed_by_the_node_and_commits_to_the_answer(world: World) -> None:
    ask = world.ask(BY_CITY)
    reply = world.put(ask)

    verifier = world.log.signer_for("n-trips").verifier()
    act = parse_act_note(reply["note"]).act
    salt = unb64(reply["salt"], 16)
    assert open_note(reply["note"], [verifier]).signatures[0].name == verifier.name
    assert (act.kind, act.actor, act.seq) == ("answer.receipt", "n-trips", 2)
    assert act.prev == world.log.heads["n-trips"][1]
    assert act.seen == world.log.pin()
    assert act.body == {
        "question": "q-1",
        "grant": "g-1",
        "asset": "asset-1",
        "local": "trips",
        "analysis": "by-city",
        "ticket": b64(leaf_hash(ask.ticket.leaf)),
        "rule": b64(world.asset.policy.digest),
        "data": b64(world.asset.vault.commitment),
        "answer": b64(hashlib.sha256(salt + encode(reply["answer"])).digest()),
        "charged": 1,
    }


def test_a_refusal_is_signed_and_costs_the_account_nothing(world: World) -> None:
    ask = world.ask(ROWS)
    reply = world.put(ask)

    act = parse_act_note(reply["note"]).act
    assert reply["code"] == "question.raw_rows"
    assert act.kind == "answer.refuse"
    assert act.body == {
        "question": "q-1",
        "grant": "g-1",
        "ticket": b64(leaf_hash(ask.ticket.leaf)),
        "code": "question.raw_rows",
    }
    assert world.used() == 0


def test_words_of_the_buyer_do_not_come_back(world: World) -> None:
    sql = "SELECT city AS x, COUNT(*) AS injected, SUM(fare) AS y FROM trips AS zz GROUP BY city"
    names = [column["name"] for column in world.answer(sql)["answer"]["columns"]]
    assert names == ["city", "trips", "fares"]


def test_the_same_question_is_charged_once_and_answered_with_the_same_bytes(world: World) -> None:
    ask = world.ask(BY_CITY)
    first, second = world.put(ask), world.put(ask)
    assert first == second
    assert world.used() == 1


def test_a_pin_that_the_node_did_not_verify_is_replaced_by_its_own(world: World) -> None:
    ask = world.ask(BY_CITY)
    forged = replace(ask, head=replace(ask.head, seen=Pin(3, bytes(32))))
    act = parse_act_note(world.put(forged)["note"]).act
    assert act.seen == world.log.pin()


@pytest.mark.parametrize("age", [timedelta(seconds=61), timedelta(seconds=-6)])
def test_a_ticket_out_of_time_is_turned_away(world: World, age: timedelta) -> None:
    world.clock.advance(timedelta(minutes=5))
    asked_at = world.clock.now()
    ask = world.ask(BY_CITY)
    world.clock._now = asked_at + age
    assert problem(world, ask) is ProblemCode.TICKET_STALE


def test_a_journaled_answer_survives_its_tickets_age(world: World) -> None:
    ask = world.ask(BY_CITY)
    first = world.put(ask)
    world.clock.advance(timedelta(minutes=3))
    world.follower.follow()
    assert world.put(ask) == first


@pytest.mark.parametrize(
    "changes",
    [
        {"node": "n-else"},
        {"question": "q-else"},
        {"sql": b64(bytes(32))},
        {"fee_fen": -1},
        {"rule": "no digest"},
    ],
)
def test_a_ticket_for_something_else_is_turned_away(
    world: World, changes: dict[str, object]
) -> None:
    ask = world.ask(BY_CITY)
    ticket = Ticket(*ticket_of(world, BY_CITY, "q-1", changes))
    assert problem(world, replace(ask, ticket=ticket)) is ProblemCode.TICKET_INVALID


def ticket_of(
    world: World, sql: str, question: str, changes: dict[str, object]
) -> tuple[bytes, str]:
    """Record a reservation that differs from the honest one."""
    body = dict(parse_act_note(world.ask(sql).ticket.leaf.split(b"\n", 1)[1].decode()).act.body)
    body["question"] = question
    leaf = world.log.act("p-buyer", "question.reserve", body | changes)
    return leaf, world.log.proof(len(world.log.leaves) - 1)


def test_a_ticket_that_is_no_reservation_is_turned_away(world: World) -> None:
    ask = world.ask(BY_CITY)
    leaf = world.log.act("p-buyer", "question.void", {"question": "q-9"})
    ticket = Ticket(leaf, world.log.proof(len(world.log.leaves) - 1))
    assert problem(world, replace(ask, ticket=ticket)) is ProblemCode.TICKET_INVALID


def test_a_proof_for_another_entry_is_turned_away(world: World) -> None:
    ask = world.ask(BY_CITY)
    ticket = replace(ask.ticket, proof=world.log.proof(0))
    assert problem(world, replace(ask, ticket=ticket)) is ProblemCode.TICKET_INVALID


def test_a_proof_under_another_logs_key_is_turned_away(world: World) -> None:
    ask = world.ask(BY_CITY)
    honest = world.log.signer
    world.log.signer = type(honest)(honest.name, bytes(31) + b"\x09")
    ticket = replace(ask.ticket, proof=world.log.proof(len(world.log.leaves) - 1))
    world.log.signer = honest
    assert problem(world, replace(ask, ticket=ticket)) is ProblemCode.TICKET_INVALID


def test_a_ticket_signed_by_somebody_elses_key_is_turned_away(world: World) -> None:
    world.log.seeds["p-buyer"] = "p-other"
    ask = world.ask(BY_CITY)
    world.log.seeds["p-buyer"] = "p-buyer"
    assert problem(world, ask) is ProblemCode.TICKET_INVALID


@pytest.mark.parametrize("member", ["question", "sql", "salt", "ticket", "head"])
def test_a_request_that_lacks_a_member_is_turned_away(world: World, member: str) -> None:
    body = world.ask(BY_CITY).to_body()
    del body[member]
    with pytest.raises(ProblemError) as caught:
        world.gate.answer(body)
    assert caught.value.code is ProblemCode.REQUEST_INVALID
    assert world.used() == 0


def test_the_same_id_under_another_ticket_is_a_conflict(world: World) -> None:
    first = world.put(world.ask(BY_CITY, "q-7"))
    world.log.record(first["note"])
    assert problem(world, world.ask(BY_LABEL, "q-7")) is ProblemCode.CONFLICT


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"buyer": "p-other"}, "grant.mismatch"),
        ({"local": "others"}, "grant.mismatch"),
        ({"asset": "asset-2"}, "grant.mismatch"),
        ({"node": "n-else"}, "grant.mismatch"),
        ({"rule": b64(bytes(32))}, "grant.mismatch"),
    ],
)
def test_a_grant_for_something_else_is_refused(
    world: World, changes: dict[str, object], code: str
) -> None:
    world.issue("g-2", **changes)
    assert world.code(BY_CITY, grant="g-2") == code
    assert world.used() == 0


def test_an_unknown_grant_is_refused(world: World) -> None:
    assert world.code(BY_CITY, grant="g-9") == "grant.unknown"


def test_a_grant_that_somebody_else_issued_is_unknown(world: World) -> None:
    world.issue("g-2")
    body = parse_act_note(world.log.leaves[-1].split(b"\n", 1)[1].decode()).act.body
    world.log.act("p-buyer", "grant.issue", {**body, "grant": "g-3"})
    assert world.code(BY_CITY, grant="g-3") == "grant.unknown"


def test_a_grant_ends_at_its_moment(world: World) -> None:
    world.clock.advance(timedelta(days=30) - timedelta(milliseconds=1))
    assert world.answer(BY_CITY)["outcome"] == "answered"
    world.clock.advance(timedelta(milliseconds=1))
    assert world.code(BY_CITY) == "grant.expired"


@pytest.mark.parametrize(
    ("kind", "code"), [("grant.revoke", "grant.revoked"), ("grant.expire", "grant.expired")]
)
def test_an_ended_grant_is_refused_from_the_entry_that_ends_it(
    world: World, kind: str, code: str
) -> None:
    assert world.answer(BY_CITY)["outcome"] == "answered"
    world.log.act("p-supplier", kind, {"grant": "g-1"})
    assert world.code(BY_CITY) == code
    assert world.used() == 1


def test_only_the_granted_analyses_are_answered(world: World) -> None:
    world.issue("g-2", analyses=["by-city"])
    assert world.answer(BY_CITY, grant="g-2")["outcome"] == "answered"
    assert world.code(BY_LABEL, grant="g-2") == "question.unapproved"


def test_only_the_granted_columns_exist(world: World) -> None:
    world.issue("g-2", columns=["trips.city"])
    assert world.code(BY_CITY, grant="g-2") == "question.column"


def test_the_account_stops_at_its_limit_over_all_buyers(world: World) -> None:
    narrow = world.reopen(questions=2)
    narrow.issue("g-2", buyer="p-other")
    assert narrow.answer(BY_CITY)["outcome"] == "answered"
    assert narrow.answer(BY_CITY, by="p-other", grant="g-2")["outcome"] == "answered"
    assert narrow.code(BY_CITY) == "question.budget"
    assert narrow.used() == 2


def test_a_restart_forgets_nothing(world: World) -> None:
    ask = world.ask(BY_CITY)
    first = world.put(ask)
    again = world.reopen()
    assert again.follower.size == len(world.log.leaves)
    assert again.put(ask) == first
    assert again.used() == 1
    with pytest.raises(ProblemError) as caught:
        again.put(again.ask(BY_LABEL))
    assert caught.value.code is ProblemCode.HEAD


def test_a_node_that_died_between_charge_and_reply_does_not_charge_again(world: World) -> None:
    ask = world.ask(BY_CITY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(world.asset.engine, "run", None)
        with pytest.raises(TypeError):
            world.put(ask)
    again = world.reopen()
    assert again.used() == 1
    assert again.put(ask)["outcome"] == "answered"
    assert again.used() == 1


def test_a_busy_engine_costs_the_account_and_a_repeat_does_not(world: World) -> None:
    ask = world.ask(BY_CITY)
    with pytest.MonkeyPatch.context() as patch:

        def busy(_: Rendered) -> None:
            raise EngineError("busy")

        patch.setattr(world.asset.engine, "run", busy)
        for _ in range(2):
            with pytest.raises(ProblemError) as caught:
                world.put(ask)
            assert caught.value.code is ProblemCode.BUSY
    assert world.used() == 1
    assert world.put(ask)["outcome"] == "answered"
    assert world.used() == 1


def test_a_grant_under_an_older_rule_is_refused(world: World) -> None:
    changes = {"rule": b64(bytes(32))}
    world.issue("g-2", **changes)
    assert world.code(BY_CITY, grant="g-2", **changes) == "grant.mismatch"
    world.issue("g-3", local="others")
    assert world.code(BY_CITY, grant="g-3", local="others") == "grant.mismatch"
    assert world.used() == 0


def test_one_question_put_by_eight_threads_is_one_question(world: World) -> None:
    ask = world.ask(BY_CITY)
    world.follower.follow()
    replies: list[dict[str, Any]] = []
    threads = [threading.Thread(target=lambda: replies.append(world.put(ask))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert replies == [replies[0]] * 8
    assert world.used() == 1


def test_a_wide_answer_is_capped_at_the_nodes_limit(world: World) -> None:
    narrow = world.reopen(max_cells=5)
    answer = narrow.answer(BY_CITY)["answer"]
    assert [row[0] for row in answer["rows"]] == ["厦门"]
    assert answer["capped"] is True


def test_a_node_that_lost_the_log_for_a_minute_answers_nothing(world: World) -> None:
    world.answer(BY_CITY)
    world.clock.advance(timedelta(seconds=61))
    ask = world.ask(BY_CITY)
    world.log.reachable = False
    assert problem(world, ask) is ProblemCode.STALE
    world.log.reachable = True
    assert world.put(ask)["outcome"] == "answered"


def test_no_reply_journal_line_or_log_repeats_a_raw_value(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    replies = [world.answer(BY_CITY), world.answer(BY_LABEL)]
    hostile = [
        "SELECT secret FROM trips",
        "SELECT CAST(secret AS INTEGER) FROM trips",
        "SELECT COUNT(*) FROM trips WHERE secret = 'x'",
        "SELECT error(secret) FROM trips",
    ]
    replies += [world.answer(sql) for sql in hostile]
    seen = repr(replies) + caplog.text + repr(world.log.leaves)
    for canary in (CANARY, CANARY_COLUMN):
        assert canary not in seen
