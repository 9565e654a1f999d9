"""From a form back to the page of the thing that it is about, for the one who fills it in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from exchange.actors import Actor, Role
from exchange.appraisals.queries import appraisal_of
from exchange.assets.queries import asset_of
from exchange.disputes.models import Dispute
from exchange.disputes.queries import dispute_of
from exchange.errors import NotFoundError
from exchange.grants.queries import grant_of, question_of
from exchange.market.queries import contract_of, listing_of, request_of
from exchange.parties.queries import participant
from exchange.settlement.models import Payout
from exchange.storage.store import Reader, require


@dataclass(frozen=True, slots=True)
class _Way:
    """A page of a thing, and a look at the thing that fails for whom the page isn't there."""

    path: str
    look: Callable[[Reader, Actor, str], object]
    only: tuple[Role, ...] = ()


def _dispute(reader: Reader, actor: Actor, key: str) -> object:
    return dispute_of(reader, key, actor.id)


#: Field that names a thing → its pages, the better first; `only` are the roles that see a page.
_WAYS: dict[str, tuple[_Way, ...]] = {
    "asset": (_Way("/assets/{}", asset_of),),
    "appraisal": (_Way("/appraisals/{}", appraisal_of),),
    "listing": (_Way("/products/{}", lambda reader, _, key: listing_of(reader, key)),),
    "request": (_Way("/requests/{}", lambda reader, _, key: request_of(reader, key)),),
    "contract": (_Way("/contracts/{}", contract_of),),
    "grant": (_Way("/grants/{}", lambda reader, who, key: grant_of(reader, key, who.id)),),
    "question": (_Way("/questions/{}", lambda reader, who, key: question_of(reader, key, who.id)),),
    "dispute": (
        _Way("/disputes/{}", _dispute),
        _Way(
            "/ops/disputes/{}",
            lambda reader, _, key: require(reader, Dispute, key),
            (Role.OPERATOR, Role.AUDITOR),
        ),
    ),
    "payout": (
        _Way(
            "/payouts/{}",
            lambda reader, _, key: require(reader, Payout, key),
            (Role.CLEARER, Role.AUDITOR),
        ),
    ),
    "participant": (_Way("/suppliers/{}", lambda reader, _, key: participant(reader, key)),),
}


def way_to(reader: Reader, actor: Actor, field: str, key: str) -> str:
    """Return the path of a thing's page, by the field that names it; empty if there is none."""
    for way in _WAYS.get(field, ()):
        if way.only and not actor.may(*way.only):
            continue
        try:
            way.look(reader, actor, key)
        except NotFoundError:
            continue
        return way.path.format(key)
    return ""


def way_back(reader: Reader, actor: Actor, given: Iterable[tuple[str, str]]) -> str:
    """Return the path of the first thing that a form is given and that the actor may see."""
    found = (way_to(reader, actor, field, key) for field, key in given)
    return next((path for path in found if path), "")
