"""How a dispute lives."""

from enum import StrEnum

from exchange.lifecycle import Lifecycle, Timer, Transition


class DisputeState(StrEnum):
    """How far a dispute has come."""

    FILED = "filed"
    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    ASSIGNED = "assigned"
    AWARDED = "awarded"
    EXECUTED = "executed"
    WITHDRAWN = "withdrawn"


#: States in which money is held and nothing more may be claimed for the same question.
OPEN_STATES = (
    DisputeState.FILED,
    DisputeState.ANSWERED,
    DisputeState.UNANSWERED,
    DisputeState.ASSIGNED,
    DisputeState.AWARDED,
)

DISPUTE = Lifecycle(
    "dispute",
    initial=DisputeState.FILED,
    transitions=(
        Transition("dispute.answer", (DisputeState.FILED,), DisputeState.ANSWERED),
        Transition("dispute.default", (DisputeState.FILED,), DisputeState.UNANSWERED),
        Transition(
            "dispute.assign",
            (DisputeState.ANSWERED, DisputeState.UNANSWERED),
            DisputeState.ASSIGNED,
        ),
        Transition("award.make", (DisputeState.ASSIGNED,), DisputeState.AWARDED),
        Transition("award.execute", (DisputeState.AWARDED,), DisputeState.EXECUTED),
        Transition(
            "dispute.withdraw",
            (
                DisputeState.FILED,
                DisputeState.ANSWERED,
                DisputeState.UNANSWERED,
                DisputeState.ASSIGNED,
            ),
            DisputeState.WITHDRAWN,
        ),
    ),
    timers=(Timer(DisputeState.FILED, "dispute.default"),),
)
