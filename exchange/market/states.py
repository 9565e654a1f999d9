"""The lifecycles of the market: what is listed, what is sought, what is agreed."""

from enum import StrEnum

from exchange.lifecycle import Lifecycle, Timer, Transition


class ListingState(StrEnum):
    """Whether an asset's analyses can be bought."""

    OPEN = "open"
    CLOSED = "closed"


class RequestState(StrEnum):
    """Whether a buyer still looks for what it described."""

    OPEN = "open"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    FILLED = "filled"


class ContractState(StrEnum):
    """How far a contract has come."""

    OFFERED = "offered"
    SIGNED = "signed"
    FUNDED = "funded"
    CLOSED = "closed"
    DECLINED = "declined"
    LAPSED = "lapsed"


LISTING = Lifecycle(
    "listing",
    initial=ListingState.OPEN,
    transitions=(Transition("listing.close", (ListingState.OPEN,), ListingState.CLOSED),),
)

REQUEST = Lifecycle(
    "request",
    initial=RequestState.OPEN,
    transitions=(
        Transition("request.withdraw", (RequestState.OPEN,), RequestState.WITHDRAWN),
        Transition("request.expire", (RequestState.OPEN,), RequestState.EXPIRED),
        Transition("contract.accept", (RequestState.OPEN,), RequestState.FILLED),
    ),
    timers=(Timer(RequestState.OPEN, "request.expire"),),
)

#: `escrow.fund` and `escrow.release` are pulled by the settlement, which moves the money.
CONTRACT = Lifecycle(
    "contract",
    initial=ContractState.OFFERED,
    transitions=(
        Transition("contract.accept", (ContractState.OFFERED,), ContractState.SIGNED),
        Transition("contract.decline", (ContractState.OFFERED,), ContractState.DECLINED),
        Transition(
            "contract.lapse", (ContractState.OFFERED, ContractState.SIGNED), ContractState.LAPSED
        ),
        Transition("escrow.fund", (ContractState.SIGNED,), ContractState.FUNDED),
        Transition("escrow.release", (ContractState.FUNDED,), ContractState.CLOSED),
    ),
    timers=(
        Timer(ContractState.OFFERED, "contract.lapse"),
        Timer(ContractState.SIGNED, "contract.lapse"),
    ),
)
