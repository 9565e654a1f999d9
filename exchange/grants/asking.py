"""Carrying a question to its node and the answer back: no receipt in the ledger, no answer.

The order is: the buyer's reservation is recorded and proven; the node gets question and
proof, and replies with an act that it signed at its place in the log; that act is recorded,
which captures the fee or gives it back; only then is the answer handed out. The exchange
never stores an answer: a repeated question fetches it from the node's journal again.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exchange.acts.ledger_tables import (
    ActorHead,
    LedgerCheckpoint,
    LedgerEntry,
    LedgerHead,
    Payload,
)
from exchange.acts.sealing import Presigned
from exchange.assets.models import Node
from exchange.context import Acting, Exchange, proof_of
from exchange.errors import ConflictError, ExchangeError, ForbiddenError, UnavailableError
from exchange.grants.models import Grant, Question
from exchange.grants.nodes import Nodes
from exchange.grants.replies import (
    Expected,
    LyingNodeError,
    Reply,
    UnreadableReplyError,
    read_reply,
)
from exchange.grants.rules import NODE_DOWN, NODE_LIED
from exchange.grants.service import Reserve, Void, receive_answer, receive_refusal, reserve, void
from exchange.grants.states import QuestionState
from exchange.protocol.asking import Ask, Head, Ticket
from exchange.protocol.codes import ProblemCode
from exchange.storage.store import require
from ledger.act import Pin
from ledger.checkpoint import open_checkpoint
from ledger.errors import LedgerError

LOG = logging.getLogger(__name__)

#: How often a node is asked anew when its own sequence moved on meanwhile.
ATTEMPTS = 4

_PROBLEMS = frozenset(code.value for code in ProblemCode)


@dataclass(frozen=True, slots=True)
class Asked:
    """How a question ended: ANSWERED, or REFUSED by the node with a code.

    `answer` and the `salt` of its commitment are None for a refusal, `code` for an answer.
    """

    question: str
    state: QuestionState
    answer: Mapping[str, Any] | None
    salt: bytes | None
    code: str | None


@dataclass(frozen=True, slots=True)
class _Errand:
    """One question on its way to its node, as the rows tell it."""

    question: str
    sql: str
    salt: bytes
    node: str
    url: str
    ticket: bytes
    ticket_index: int
    state: QuestionState
    answer: bytes | None
    code: str | None


class _OvertakenError(Exception):
    """The node signed for a place in its sequence that is taken by now."""


class _FailedError(Exception):
    """The node gave nothing that can be recorded; `reason` is one of `rules.VOID_REASONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def ask(exchange: Exchange, acting: Acting, nodes: Nodes, wish: Reserve) -> Asked:
    """Ask a question, or ask again what became of it: same id, same question, one fee.

    An actor with a key of its own reserves by a draft first; then this carries the question on.

    Raises:
        ExchangeError: the reservation was refused.
        ConflictError: the id stands for another question (`question.taken`), or the question
            came to nothing (`question.voided`) or was erased: ask under a new id.
        UnavailableError: the node does not answer (`node.down`), turned the question away
            (a ProblemCode) or said what is not true (`node.lied`); question and fee returned.
    """
    with nodes.turn(_node_of(exchange, wish)):
        checkpoint = None
        if not _is_known(exchange, acting, wish):
            checkpoint = exchange.perform(acting, reserve, wish).checkpoint
        errand = _errand(exchange, wish.question)
        if errand.state is QuestionState.VOIDED:
            raise ConflictError("question.voided", "the question came to nothing; ask a new one")
        if errand.state is QuestionState.REFUSED:
            return Asked(errand.question, errand.state, None, None, errand.code)
        if checkpoint is None:
            checkpoint = _checkpoint_over(exchange, errand.ticket_index)
        return _carry(exchange, nodes, errand, checkpoint)


def _node_of(exchange: Exchange, wish: Reserve) -> str:
    with exchange.snapshot() as reader:
        grant = reader.get(Grant, wish.grant)
        return "" if grant is None else grant.node


def _is_known(exchange: Exchange, acting: Acting, wish: Reserve) -> bool:
    with exchange.snapshot() as reader:
        row = reader.get(Question, wish.question)
        if row is None:
            return False
        text = reader.get(Payload, row.sql)
        same = row.grant == wish.grant and (text is None or text.text == wish.sql)
        if row.buyer != acting.participant or not same:
            raise ConflictError("question.taken", "this id stands for another question")
        return True


def _errand(exchange: Exchange, question: str) -> _Errand:
    with exchange.snapshot() as reader:
        row = require(reader, Question, question)
        text = reader.get(Payload, row.sql)
        if text is None:
            raise ConflictError("question.erased", "the question's text was erased")
        return _Errand(
            question=row.id,
            sql=text.text,
            salt=text.salt,
            node=row.node,
            url=require(reader, Node, row.node).url,
            ticket=row.ticket,
            ticket_index=row.ticket_index,
            state=row.state,
            answer=row.answer,
            code=row.code,
        )


def _checkpoint_over(exchange: Exchange, index: int) -> str:
    """Return the latest stored checkpoint note that covers an entry.

    The standing checkpoint is stored by the next batch; `publish` is such a batch.
    """
    exchange.publish()
    with exchange.snapshot() as reader:
        head = reader.get(LedgerHead, 1)
        for size in range(0 if head is None else head.size, index, -1):
            stored = reader.get(LedgerCheckpoint, size)
            if stored is not None:
                return stored.note
    raise UnavailableError("ledger.unsigned", "no checkpoint covers the question yet")


def _carry(exchange: Exchange, nodes: Nodes, errand: _Errand, checkpoint: str) -> Asked:
    for _ in range(ATTEMPTS):
        try:
            reply = _reply(exchange, nodes, errand, checkpoint)
            _settle(exchange, errand, reply)
        except _OvertakenError:
            continue
        except _FailedError as failed:
            raise _give_up(exchange, errand, failed.reason) from failed
        return _asked(errand, reply)
    raise _give_up(exchange, errand, ProblemCode.HEAD.value)


def _reply(exchange: Exchange, nodes: Nodes, errand: _Errand, checkpoint: str) -> Reply:
    expected = Expected(exchange.log.origin, errand.node, errand.question, errand.ticket)
    request = _request(exchange, errand, checkpoint)
    try:
        return read_reply(nodes.post_question(errand.url, request), expected)
    except ExchangeError as problem:
        if problem.code == ProblemCode.HEAD.value:
            raise _OvertakenError from problem
        raise _FailedError(problem.code if problem.code in _PROBLEMS else NODE_DOWN) from problem
    except UnreadableReplyError as noise:
        raise _FailedError(NODE_DOWN) from noise
    except LyingNodeError as lie:
        raise _FailedError(NODE_LIED) from lie


def _request(exchange: Exchange, errand: _Errand, checkpoint: str) -> dict[str, Any]:
    standing = open_checkpoint(checkpoint, exchange.log.verifier)
    with exchange.snapshot() as reader:
        entry = reader.get(LedgerEntry, errand.ticket_index)
        head = reader.get(ActorHead, errand.node)
        assert entry is not None, "a reserved question has its ticket"
        assert head is not None, "a node begins with its registration"
        proof = proof_of(reader, exchange.log, errand.ticket_index, checkpoint)
        return Ask(
            question=errand.question,
            sql=errand.sql,
            salt=errand.salt,
            ticket=Ticket(entry.leaf, proof),
            head=Head(head.seq + 1, head.leaf_hash, Pin(standing.size, standing.root)),
        ).to_body()


def _settle(exchange: Exchange, errand: _Errand, reply: Reply) -> None:
    """Record what the node signed; nothing is recorded twice, and nobody is charged twice."""
    if errand.state is QuestionState.ANSWERED:
        if reply.commitment != errand.answer:
            raise _FailedError(NODE_LIED)
        return
    try:
        _record(exchange, errand, reply)
    except ConflictError as conflict:
        if conflict.code == "act.stale":
            raise _OvertakenError from conflict
        if not _ended_alike(exchange, errand, reply):
            raise _FailedError(NODE_DOWN) from conflict


def _record(exchange: Exchange, errand: _Errand, reply: Reply) -> None:
    service = receive_refusal if reply.commitment is None else receive_answer
    try:
        exchange.perform(Acting(errand.node, Presigned(reply.note)), service, reply.body)
    except (ConflictError, UnavailableError):
        # Where the log takes no acts just now, the question stays open, to be repeated or lapse.
        raise
    except ForbiddenError as suspended:
        raise _FailedError(NODE_DOWN) from suspended
    except (ExchangeError, LedgerError) as fault:
        raise _FailedError(NODE_LIED) from fault


def _ended_alike(exchange: Exchange, errand: _Errand, reply: Reply) -> bool:
    """Tell whether another carrier of the same question recorded the same end meanwhile."""
    now = _errand(exchange, errand.question)
    if reply.commitment is None:
        return now.state is QuestionState.REFUSED and now.code == reply.body["code"]
    return now.state is QuestionState.ANSWERED and now.answer == reply.commitment


def _asked(errand: _Errand, reply: Reply) -> Asked:
    if reply.commitment is None:
        code = str(reply.body["code"])
        return Asked(errand.question, QuestionState.REFUSED, None, None, code)
    return Asked(errand.question, QuestionState.ANSWERED, reply.answer, reply.salt, None)


def _give_up(exchange: Exchange, errand: _Errand, reason: str) -> UnavailableError:
    """Void a question that is still open, and make the error that tells its buyer."""
    if errand.state is QuestionState.RESERVED:
        try:
            exchange.operate(void, Void(errand.question, reason))
        except ConflictError:
            LOG.info("question %s ended while it was being voided", errand.question)
    text = "the node said what is not true" if reason == NODE_LIED else "the node did not answer"
    return UnavailableError(reason, text)
