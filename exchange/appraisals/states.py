"""How an appraisal lives."""

from enum import StrEnum

from exchange.lifecycle import Lifecycle, Timer, Transition


class AppraisalState(StrEnum):
    """How far an appraisal has come; only a signed one may be relied on."""

    REQUESTED = "requested"
    SIGNED = "signed"
    DECLINED = "declined"
    EXPIRED = "expired"


APPRAISAL = Lifecycle(
    "appraisal",
    initial=AppraisalState.REQUESTED,
    transitions=(
        Transition("appraisal.sign", (AppraisalState.REQUESTED,), AppraisalState.SIGNED),
        Transition("appraisal.decline", (AppraisalState.REQUESTED,), AppraisalState.DECLINED),
        Transition("appraisal.expire", (AppraisalState.SIGNED,), AppraisalState.EXPIRED),
    ),
    timers=(Timer(AppraisalState.SIGNED, "appraisal.expire"),),
)
