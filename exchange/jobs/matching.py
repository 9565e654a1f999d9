"""Proposing matches for requests that nobody has matched yet."""

from exchange.context import Exchange
from exchange.errors import ConflictError
from exchange.market.models import Request
from exchange.market.service import propose_matches
from exchange.market.states import RequestState


def match_requests(exchange: Exchange) -> int:
    """Match every open request once; return how many were matched."""
    with exchange.snapshot() as reader:
        open_requests = reader.find(Request, state=RequestState.OPEN)
        waiting = [row.id for row in open_requests if row.funnel is None]
    done = 0
    for request in waiting:
        try:
            exchange.operate(propose_matches, request)
        except ConflictError:
            continue
        done += 1
    return done
