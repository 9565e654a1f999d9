"""Drafts that wait for a signature: acts of participants who keep their keys themselves."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from exchange.clock import from_ms, to_ms
from exchange.context import Draft
from exchange.errors import NotFoundError
from exchange.identity.models import StoredDraft
from exchange.identity.store import IdentityStore
from exchange.ids import new_id

LIFE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Drafted:
    """What was drafted for whom: the kind, the wish's fields as received, and the draft."""

    participant: str
    kind: str
    fields: dict[str, Any]
    draft: Draft


def keep(store: IdentityStore, drafted: Drafted) -> str:
    """Keep a draft for five minutes and return its id."""
    key = new_id(store.ids, "draft")
    row = StoredDraft(
        id=key,
        participant=drafted.participant,
        kind=drafted.kind,
        wish=drafted.fields,
        at_ms=to_ms(drafted.draft.at),
        seed=drafted.draft.seed,
        text=drafted.draft.text,
        expires_ms=store.later_ms(LIFE),
    )
    with store.writing() as tables:
        tables.insert(row)
    return key


def find(store: IdentityStore, key: str) -> Drafted:
    """Return a draft that is still good.

    Raises:
        NotFoundError: there is none, it has been used, or its time is over.
    """
    with store.reading() as tables:
        row = tables.get(StoredDraft, key)
    if row is None or store.now_ms() >= row.expires_ms:
        raise NotFoundError("draft.unknown", "there is no such draft, or its time is over")
    draft = Draft(row.text, from_ms(row.at_ms), row.seed)
    return Drafted(row.participant, row.kind, row.wish, draft)


def forget(store: IdentityStore, key: str) -> None:
    """Delete a draft that has served."""
    with store.writing() as tables:
        row = tables.get(StoredDraft, key)
        if row is not None:
            tables.delete(row)
