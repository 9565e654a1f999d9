"""Bodies of acts: what a node reads of them, and what it writes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from exchange.protocol.bodies import (
    Grant,
    Receipt,
    Refusal,
    Reservation,
    parse_grant,
    parse_receipt,
    parse_refusal,
    parse_reservation,
)
from exchange.protocol.codes import PROBLEMS, REFUSALS, ProblemCode, ProblemError, RefusalCode
from exchange.protocol.commitment import commit, commit_sql, commits_to, derive_salt
from exchange.protocol.fields import FieldError
from ledger.encoding import b64

D = [bytes([n]) * 32 for n in range(6)]
GRANT = {
    "grant": "g-1",
    "buyer": "p-1",
    "asset": "a-1",
    "local": "flights",
    "node": "n-1",
    "rule": b64(D[1]),
    "analyses": ["total", "by-month"],
    "expires_at": "2026-04-01T00:00:00.000Z",
    "contract": "c-1",
}
RESERVE = {
    "question": "q-1",
    "grant": "g-1",
    "asset": "a-1",
    "local": "flights",
    "node": "n-1",
    "rule": b64(D[1]),
    "sql": b64(D[2]),
    "fee_fen": 100,
    "lapses_at": "2026-04-01T00:00:00.000Z",
}


def test_a_grant_is_read_and_other_members_passed_over() -> None:
    expires_at = datetime(2026, 4, 1, tzinfo=UTC)
    grant = Grant(
        "g-1", "p-1", "a-1", "flights", "n-1", D[1], ("total", "by-month"), None, expires_at
    )
    assert parse_grant(GRANT) == grant
    narrow = parse_grant({**GRANT, "columns": ["flights.month"]})
    assert narrow.columns == ("flights.month",)


def test_a_reservation_is_read() -> None:
    reservation = Reservation("q-1", "g-1", "a-1", "flights", "n-1", D[1], D[2], 100)
    assert parse_reservation(RESERVE) == reservation


def test_what_the_node_writes_is_read_back() -> None:
    receipt = Receipt("q-1", "g-1", "a-1", "flights", "total", D[1], D[2], D[3], D[4], 1)
    refusal = Refusal("q-1", "g-1", D[1], "question.shape")
    assert parse_receipt(receipt.to_body()) == receipt
    assert parse_refusal(refusal.to_body()) == refusal


@pytest.mark.parametrize(
    "change",
    [
        {"grant": None},
        {"buyer": "with space"},
        {"rule": b64(bytes(31))},
        {"analyses": "total"},
        {"analyses": [1]},
        {"analyses": ["x"] * 501},
        {"expires_at": "2026-04-01"},
        {"expires_at": 1},
        {"columns": [1]},
        {"columns": "flights.month"},
    ],
)
def test_an_unfit_grant_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(FieldError, match=next(iter(change))):
        parse_grant({**GRANT, **change})


@pytest.mark.parametrize("member", ["question", "grant", "asset", "local", "node", "rule", "sql"])
def test_an_unfit_reservation_is_refused(member: str) -> None:
    with pytest.raises(FieldError, match=member):
        parse_reservation({**RESERVE, member: 7})
    without = {name: value for name, value in RESERVE.items() if name != member}
    with pytest.raises(FieldError, match=member):
        parse_reservation(without)


def test_a_receipt_has_no_other_members() -> None:
    receipt = Receipt("q-1", "g-1", "a-1", "flights", "total", D[1], D[2], D[3], D[4], 1)
    with pytest.raises(FieldError, match="note"):
        parse_receipt({**receipt.to_body(), "note": "x"})
    with pytest.raises(FieldError, match="charged"):
        parse_receipt({**receipt.to_body(), "charged": -1})
    with pytest.raises(FieldError, match="extra"):
        parse_refusal({**Refusal("q", "g", D[1], "c").to_body(), "extra": 1})


def test_commitments_open_with_their_salt_and_content_alone() -> None:
    salt, other = bytes(16), bytes(15) + b"\x01"
    made = commit(salt, b"content")
    assert commits_to(made, salt, b"content")
    assert not commits_to(made, other, b"content")
    assert not commits_to(made, salt, b"Content")
    assert commit_sql(salt, "SELECT '福'") == commit(salt, "SELECT '福'".encode())


def test_salts_repeat_for_their_holder_and_differ_for_everything_else() -> None:
    one = derive_salt(bytes(32), "answer", "q-1")
    assert len(one) == 16
    assert derive_salt(bytes(32), "answer", "q-1") == one
    others = [
        derive_salt(bytes(32), "answer", "q-2"),
        derive_salt(bytes(32), "data", "q-1"),
        derive_salt(bytes(31) + b"\x01", "answer", "q-1"),
    ]
    assert one not in others


def test_every_code_has_words_in_both_languages_and_none_repeats() -> None:
    words = [*REFUSALS.values(), *(each for _, each in PROBLEMS.values())]
    assert len({each.en for each in words}) == len(RefusalCode) + len(ProblemCode)
    assert len({each.zh for each in words}) == len(RefusalCode) + len(ProblemCode)


def test_a_problem_is_told_as_problem_details() -> None:
    problem = ProblemError(ProblemCode.STALE)
    assert (problem.status, problem.body()) == (
        503,
        {
            "type": "about:blank",
            "title": "the node has not followed the ledger for too long",
            "status": 503,
            "code": "node.stale",
        },
    )
