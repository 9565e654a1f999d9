"""Which acts a visitor is offered on a page; whether they are allowed the services decide."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from exchange.actors import Actor
from exchange.web import current
from exchange.web.actions import ACTIONS, Action

#: Acts that take something away: asked once more on a page of their own.
GRAVE = frozenset(
    {
        "asset.cancel",
        "asset.reject",
        "asset.return",
        "appraisal.decline",
        "contract.decline",
        "dispute.withdraw",
        "grant.revoke",
        "listing.close",
        "party.suspend",
        "payout.fail",
        "request.withdraw",
    }
)
#: Acts whose form has a page made for it.
_OWN_PAGE = {"appraisal.sign": "/appraisals/{}/sign"}


@dataclass(frozen=True, slots=True)
class ActLink:
    """A way to an act: a button that does it at once, or a link to its form."""

    text: str
    url: str
    direct: bool = False
    tone: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


def offers(
    actor: Actor | None,
    kinds: Iterable[str],
    subject: str = "",
    possible: Iterable[str] | None = None,
    **prefill: str,
) -> list[ActLink]:
    """Return links to those acts that the visitor's roles and the thing's state allow.

    `subject` is the key of the thing; `possible` lists the acts of its state, None for all;
    `prefill` fields are given along.
    """
    allowed = None if possible is None else frozenset(possible)
    return [
        _link(action, subject, prefill)
        for kind in kinds
        if (action := ACTIONS.get(kind)) is not None
        and (allowed is None or kind in allowed)
        and actor is not None
        and (action.roles is None or actor.may(*action.roles))
    ]


def title_of_act(action: Action) -> str:
    """Return what an act is called in the reader's language."""
    return action.title[current.language() == "en"]


def _link(action: Action, subject: str, prefill: Mapping[str, str]) -> ActLink:
    values = dict(prefill)
    if subject and action.subjects:
        values[action.subjects[0]] = subject
    grave = action.kind in GRAVE
    if action.kind in _OWN_PAGE:
        return ActLink(title_of_act(action), _OWN_PAGE[action.kind].format(subject))
    direct = not grave and set(action.schema().fields) <= set(values)
    url = f"/do/{action.kind}"
    if not direct and values:
        url = f"{url}?{urlencode(values)}"
    return ActLink(title_of_act(action), url, direct, "grave" if grave else "", values)
