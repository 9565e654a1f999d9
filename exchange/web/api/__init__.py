"""The JSON API under /api/v1."""

from exchange.web.api import (
    acts,
    assets,
    disputes,
    grants,
    ledger,
    market,
    participants,
    sessions,
    settlement,
)

BLUEPRINTS = tuple(
    part.BLUEPRINT
    for part in (
        sessions,
        participants,
        acts,
        assets,
        market,
        settlement,
        grants,
        disputes,
        ledger,
    )
)
