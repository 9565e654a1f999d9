"""Firing deadlines: one sweep claims what is due and lets the operator act on it."""

import logging

from exchange.acts.unit_of_work import Service
from exchange.clock import to_ms
from exchange.context import Exchange
from exchange.errors import ConflictError, NotFoundError
from exchange.storage.tables import Deadline

LOG = logging.getLogger(__name__)

#: Deadlines in one sweep; the rest waits for the next.
SWEEP_LIMIT = 1000


def fire_due(exchange: Exchange, timed: dict[str, Service[str]]) -> int:
    """Do the act of every deadline that has passed, oldest first; return how many were done.

    `timed` gives the service of each timer act. A deadline that somebody was faster with is
    passed over: the row's state, not the sweep, decides.
    """
    now_ms = to_ms(exchange.clock.now())
    with exchange.backend.snapshot() as reader:
        due = [row for row in reader.all(Deadline) if row.due_ms <= now_ms]
        claims = [(row.due_ms, row.id, row.act, row.subject) for row in due]
    done = 0
    for _, key, act, subject in sorted(claims)[:SWEEP_LIMIT]:
        try:
            exchange.operate(timed[act], subject)
        except (ConflictError, NotFoundError) as refusal:
            LOG.info("deadline %s was passed over: %s", key, refusal.code)
        else:
            done += 1
    return done
