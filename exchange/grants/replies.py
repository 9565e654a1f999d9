"""Judging a node's reply by itself: does it say what it must, about what was asked?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exchange.protocol.asking import Answered, parse_reply
from exchange.protocol.commitment import commits_to
from exchange.protocol.fields import FieldError
from ledger import canonical
from ledger.act import Act, parse_act_note
from ledger.encoding import b64, unb64
from ledger.errors import LedgerError

_RECEIPT, _REFUSAL = "answer.receipt", "answer.refuse"


class UnreadableReplyError(Exception):
    """A node sent something that is no reply."""


class LyingNodeError(Exception):
    """A node's reply contradicts itself, the question, or the ledger."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a reply must be about: the log, the node, the question, the ticket's leaf hash."""

    origin: str
    node: str
    question: str
    ticket: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply whose parts fit together; the signature of `note` is not checked yet.

    `body` is the body of the act in `note`. For an answer, `commitment` is what the answer
    and `salt` were found to open; for a refusal, `answer`, `salt` and `commitment` are None.
    """

    note: str
    body: Mapping[str, Any]
    answer: Mapping[str, Any] | None
    salt: bytes | None
    commitment: bytes | None


def read_reply(raw: object, expected: Expected) -> Reply:
    """Read a node's reply to one question.

    Raises:
        UnreadableReplyError: it has no form of a reply.
        LyingNodeError: its act is for something else, or the answer is not the one signed for.
    """
    try:
        reply = parse_reply(raw)
    except FieldError as error:
        raise UnreadableReplyError(error.name) from error
    try:
        act = parse_act_note(reply.note).act
        if isinstance(reply, Answered):
            _check_act(act, _RECEIPT, expected)
            commitment = unb64(_text(act, "answer"), 32)
            opened = commits_to(commitment, reply.salt, canonical.encode(dict(reply.answer)))
            _stand(opened, "the answer is not the one that the receipt commits to")
            return Reply(reply.note, act.body, reply.answer, reply.salt, commitment)
        _check_act(act, _REFUSAL, expected)
        _stand(act.body.get("code") == reply.code, "the refusal was signed for another reason")
    except LedgerError as error:
        raise LyingNodeError("the note or the answer is malformed") from error
    return Reply(reply.note, act.body, None, None, None)


def _check_act(act: Act, kind: str, expected: Expected) -> None:
    _stand(act.kind == kind, "the act is of another kind than the reply")
    _stand((act.origin, act.actor) == (expected.origin, expected.node), "somebody else's act")
    about = (act.body.get("question"), act.body.get("ticket"))
    _stand(about == (expected.question, b64(expected.ticket)), "the act is for another question")


def _text(act: Act, member: str) -> str:
    value = act.body.get(member)
    _stand(isinstance(value, str), f"the act lacks its {member}")
    return str(value)


def _stand(holds: bool, text: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise LyingNodeError(text)
