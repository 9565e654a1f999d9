"""Requests and replies: read back as written, refused in every other form."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from exchange.protocol.asking import (
    Answered,
    Ask,
    Head,
    Refused,
    Ticket,
    parse_ask,
    parse_reply,
    parse_ticket_entry,
)
from exchange.protocol.fields import FieldError
from ledger.act import Pin
from ledger.encoding import b64
from ledger.merkle import EMPTY_ROOT

ASK = Ask(
    "q-1",
    "SELECT '福'",
    bytes(16),
    Ticket(b"leaf", "proof — text\n"),
    Head(2, bytes(32), Pin(3, bytes(range(32)))),
)


def changed(path: str, value: Any) -> dict[str, Any]:
    """Change one member of the request; a value of ... removes it."""
    body = copy.deepcopy(ASK.to_body())
    *above, last = path.split(".")
    inner: Any = body
    for name in above:
        inner = inner[name]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return body


def test_a_request_is_read_back_as_written() -> None:
    assert parse_ask(ASK.to_body()) == ASK
    first = Ask("q", "", bytes(16), ASK.ticket, Head(1, None, Pin()))
    assert first.to_body()["head"] == {
        "seq": 1,
        "prev": None,
        "seen": {"size": 0, "root": b64(EMPTY_ROOT)},
    }
    assert parse_ask(first.to_body()) == first


@pytest.mark.parametrize(
    "path", ["question", "sql", "salt", "ticket", "ticket.leaf", "ticket.proof"]
)
def test_every_member_is_needed(path: str) -> None:
    with pytest.raises(FieldError, match=path):
        parse_ask(changed(path, ...))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("question", ""),
        ("question", "a b"),
        ("question", "x" * 65),
        ("question", 7),
        ("sql", None),
        ("sql", "x" * 65_537),
        ("sql", "\ud800"),
        ("salt", b64(bytes(15))),
        ("salt", "AAAAAAAAAAAAAAAAAAAAAB=="),
        ("salt", "no base64"),
        ("ticket", []),
        ("ticket.leaf", "QR=="),
        ("ticket.leaf", b64(bytes(65_536))),
        ("ticket.proof", "x" * 16_385),
        ("ticket.proof", "\x00"),
        ("ticket.extra", 1),
        ("head.seq", 0),
        ("head.seq", True),
        ("head.seq", 2.0),
        ("head.seq", "2"),
        ("head.seq", 2**53),
        ("head.prev", None),
        ("head.prev", b64(bytes(31))),
        ("head.seen.size", -1),
        ("head.seen.root", ""),
        ("head.extra", 1),
        ("extra", 1),
    ],
)
def test_an_unfit_member_is_refused_by_its_name(path: str, value: Any) -> None:
    with pytest.raises(FieldError, match=path):
        parse_ask(changed(path, value))


def test_a_first_head_has_no_act_before_it() -> None:
    body = changed("head.seq", 1)
    with pytest.raises(FieldError, match="prev"):
        parse_ask(body)


@pytest.mark.parametrize("value", [None, [], "x", 1, {}])
def test_a_request_is_an_object(value: object) -> None:
    with pytest.raises(FieldError):
        parse_ask(value)


@pytest.mark.parametrize(
    "reply",
    [
        Answered("note", {"columns": [], "rows": [], "capped": False}, bytes(16)),
        Refused("n", "a.b"),
    ],
)
def test_a_reply_is_read_back_as_written(reply: Answered | Refused) -> None:
    assert parse_reply(reply.to_body()) == reply


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"outcome": "maybe", "note": "n"},
        {"outcome": "answered", "note": "n", "answer": [], "salt": b64(bytes(16))},
        {"outcome": "answered", "note": "n", "answer": {}, "salt": b64(bytes(15))},
        {"outcome": "answered", "note": "n", "answer": {}},
        {"outcome": "answered", "note": "n", "answer": {}, "salt": b64(bytes(16)), "code": "x"},
        {"outcome": "refused", "note": "n"},
        {"outcome": "refused", "note": "n", "code": "x", "answer": {}},
        {"outcome": "refused", "note": 1, "code": "x"},
    ],
)
def test_a_reply_in_another_form_is_refused(value: object) -> None:
    with pytest.raises(FieldError):
        parse_reply(value)


def test_a_ticket_that_is_no_entry_is_refused() -> None:
    with pytest.raises(FieldError, match="no ledger entry"):
        parse_ticket_entry(ASK.ticket)
