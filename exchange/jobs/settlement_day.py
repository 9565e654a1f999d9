"""Closing settlement days: what was earned until midnight in Shanghai becomes payable."""

from datetime import timedelta

from exchange.context import Exchange
from exchange.errors import ConflictError
from exchange.settlement.models import SettlementDay
from exchange.settlement.service import close_day
from exchange.working_days import SHANGHAI

#: Acts for one day: a day with more suppliers than one act holds takes several.
_ACTS_LIMIT = 100


def close_days(exchange: Exchange) -> int:
    """Close yesterday if it is open; return how many acts that took.

    A day that was missed needs no act of its own: closing a later day takes everything that
    was earned by its end.
    """
    yesterday = (exchange.clock.now().astimezone(SHANGHAI) - timedelta(days=1)).date().isoformat()
    for done in range(_ACTS_LIMIT):
        with exchange.snapshot() as reader:
            row = reader.get(SettlementDay, yesterday)
            if row is not None and row.complete:
                return done
        try:
            exchange.operate(close_day, yesterday)
        except ConflictError:
            return done
    return _ACTS_LIMIT
