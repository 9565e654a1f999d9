"""How a grant and a question live."""

from enum import StrEnum

from exchange.lifecycle import Lifecycle, Timer, Transition


class GrantState(StrEnum):
    """Whether questions may be asked under a grant."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


class QuestionState(StrEnum):
    """How far a question has come; all but the first are final."""

    RESERVED = "reserved"
    ANSWERED = "answered"
    REFUSED = "refused"
    VOIDED = "voided"


GRANT = Lifecycle(
    "grant",
    initial=GrantState.ACTIVE,
    transitions=(
        Transition("grant.expire", (GrantState.ACTIVE,), GrantState.EXPIRED),
        Transition("grant.revoke", (GrantState.ACTIVE,), GrantState.REVOKED),
    ),
    timers=(Timer(GrantState.ACTIVE, "grant.expire"),),
)

QUESTION = Lifecycle(
    "question",
    initial=QuestionState.RESERVED,
    transitions=(
        Transition("answer.receipt", (QuestionState.RESERVED,), QuestionState.ANSWERED),
        Transition("answer.refuse", (QuestionState.RESERVED,), QuestionState.REFUSED),
        Transition("question.void", (QuestionState.RESERVED,), QuestionState.VOIDED),
    ),
    timers=(Timer(QuestionState.RESERVED, "question.void"),),
)
