"""The one table of what people can do: API routes, drafts and forms all come from it."""

from exchange.web.actions import (
    appraisals,
    assets,
    disputes,
    grants,
    market,
    parties,
    settlement,
)
from exchange.web.actions.table import Action

_ALL = (
    *parties.ACTIONS,
    *assets.ACTIONS,
    *appraisals.ACTIONS,
    *market.ACTIONS,
    *settlement.ACTIONS,
    *grants.ACTIONS,
    *disputes.ACTIONS,
)

#: Every act that somebody may wish for at the web, by kind.
ACTIONS: dict[str, Action] = {action.kind: action for action in _ALL}
assert len(ACTIONS) == len(_ALL), "two actions of one act"

__all__ = ["ACTIONS", "Action"]
