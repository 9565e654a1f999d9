"""The lifecycle of a payout."""

from enum import StrEnum

from exchange.lifecycle import Lifecycle, Transition


class PayoutState(StrEnum):
    """What the bank said about a payout; SENT until it says anything."""

    SENT = "sent"
    PAID = "paid"
    FAILED = "failed"


PAYOUT = Lifecycle(
    "payout",
    initial=PayoutState.SENT,
    transitions=(
        Transition("payout.confirm", (PayoutState.SENT,), PayoutState.PAID),
        Transition("payout.fail", (PayoutState.SENT,), PayoutState.FAILED),
    ),
)
