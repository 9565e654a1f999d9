"""How a registration lives."""

from enum import StrEnum

from exchange.lifecycle import Lifecycle, Timer, Transition


class AssetState(StrEnum):
    """How far the registration of an asset has come."""

    APPLIED = "applied"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    NOTICE = "notice"
    FROZEN = "frozen"
    REGISTERED = "registered"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


#: States in which anybody may see the asset.
PUBLIC_STATES = (AssetState.NOTICE, AssetState.FROZEN, AssetState.REGISTERED)

#: States in which the registration is over, and the same data may be applied for again.
FINAL_STATES = (AssetState.REJECTED, AssetState.CANCELLED)

ASSET = Lifecycle(
    "asset",
    initial=AssetState.APPLIED,
    transitions=(
        Transition("asset.return", (AssetState.APPLIED,), AssetState.RETURNED),
        Transition("asset.resubmit", (AssetState.RETURNED,), AssetState.APPLIED),
        Transition("asset.accept", (AssetState.APPLIED,), AssetState.ACCEPTED),
        Transition("asset.review", (AssetState.ACCEPTED,), AssetState.NOTICE),
        Transition("asset.object", (AssetState.NOTICE,), AssetState.FROZEN),
        Transition("asset.dismiss", (AssetState.FROZEN,), AssetState.NOTICE),
        Transition(
            "asset.reject",
            (AssetState.APPLIED, AssetState.ACCEPTED, AssetState.FROZEN),
            AssetState.REJECTED,
        ),
        Transition("asset.code", (AssetState.NOTICE,), AssetState.REGISTERED),
        Transition(
            "asset.cancel",
            (
                AssetState.APPLIED,
                AssetState.RETURNED,
                AssetState.ACCEPTED,
                AssetState.NOTICE,
                AssetState.FROZEN,
                AssetState.REGISTERED,
            ),
            AssetState.CANCELLED,
        ),
    ),
    timers=(Timer(AssetState.NOTICE, "asset.code"),),
)
