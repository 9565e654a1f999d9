"""Bodies of honest acts, of which a test changes what it likes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from exchange.clock import iso
from ledger.encoding import b64
from tests.grants.granting import Granting


def receipt(story: Granting, question: str = "q-1", **changes: Any) -> dict[str, Any]:
    """Return the body of an honest receipt, with some members changed."""
    row = story.question(question)
    grant = story.grant(row.grant)
    body = {
        "question": row.id,
        "grant": grant.id,
        "asset": grant.asset,
        "local": grant.local,
        "analysis": "delay-by-carrier",
        "ticket": b64(row.ticket),
        "rule": b64(grant.rule),
        "data": b64(b"d" * 32),
        "answer": b64(b"a" * 32),
        "charged": 1,
    }
    return {**body, **changes}


def refusal(story: Granting, **changes: Any) -> dict[str, Any]:
    """Return the body of an honest refusal, with some members changed."""
    row = story.question()
    body = {
        "question": row.id,
        "grant": row.grant,
        "ticket": b64(row.ticket),
        "code": "question.shape",
    }
    return {**body, **changes}


def reservation(story: Granting, key: str, **changes: Any) -> dict[str, Any]:
    """Return the body of an honest reservation under a grant, with some members changed."""
    row = story.grant(key)
    body = {
        "question": "q-forged",
        "grant": row.id,
        "asset": row.asset,
        "local": row.local,
        "node": row.node,
        "rule": b64(row.rule),
        "sql": b64(b"c" * 32),
        "fee_fen": row.price_fen,
        "lapses_at": iso(story.world.clock.now() + timedelta(minutes=5)),
    }
    return {**body, **changes}
