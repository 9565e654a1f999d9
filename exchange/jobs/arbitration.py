"""What the exchange does in disputes without being asked: drawing arbitrators, executing awards."""

from exchange.acts.unit_of_work import Service
from exchange.context import Exchange
from exchange.disputes.models import Dispute
from exchange.disputes.service import assign, execute
from exchange.disputes.states import DisputeState
from exchange.errors import ConflictError, ExhaustedError

_STEPS: tuple[tuple[DisputeState, Service[str]], ...] = (
    (DisputeState.ANSWERED, assign),
    (DisputeState.UNANSWERED, assign),
    (DisputeState.AWARDED, execute),
)


def move_disputes(exchange: Exchange) -> int:
    """Draw an arbitrator where one is missing and execute what was awarded; count both.

    Where nobody without an interest can be drawn, or money is short, the dispute waits.
    """
    done = 0
    for state, service in _STEPS:
        with exchange.snapshot() as reader:
            waiting = [row.id for row in reader.find(Dispute, state=state)]
        for dispute in waiting:
            try:
                exchange.operate(service, dispute)
            except (ConflictError, ExhaustedError):
                continue
            done += 1
    return done
