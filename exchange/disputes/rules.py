"""Periods, the draw of an arbitrator, and the figures of a dispute."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from exchange.errors import ConflictError

#: How long after the receipt a buyer may dispute an answer.
FILE_WITHIN = timedelta(days=30)
#: How long the supplier has to answer a claim.
ANSWER_WITHIN = timedelta(days=7)
#: Business with a party keeps an arbitrator from its disputes for this long: 24 months.
INTEREST_WITHIN = timedelta(days=730)
#: How long a supplier has to issue a grant before the buyer's money may go back without one.
GRANT_WITHIN = timedelta(days=3)
#: Most characters of a statement or of an award's reasons.
MAX_TEXT = 10_000
#: Most leaves that an award may cite.
MAX_EVIDENCE = 50
#: Most arbitrators that one act of assignment names as drawn from.
DRAW_LIMIT = 500

_DRAW = b"fdx-draw/v1\n"


def ranked(seed: bytes, dispute: str, candidates: Sequence[str]) -> list[str]:
    """Order candidates by SHA-256 over the seed, the dispute and the candidate's own id.

    Nobody's rank depends on who else stands in the list, or on its order.
    """
    about = _DRAW + seed + f"{dispute}\n".encode()
    return sorted(candidates, key=lambda who: (hashlib.sha256(about + who.encode()).digest(), who))


def check_in_time(ended_at: datetime, now: datetime) -> None:
    """Stop unless an answer of `ended_at` may still be disputed.

    Raises:
        ConflictError: its time is over (`dispute.late`).
    """
    if now > ended_at + FILE_WITHIN:
        raise ConflictError("dispute.late", "an answer can be disputed for 30 days")
