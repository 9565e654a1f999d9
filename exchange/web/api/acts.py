"""Every act of the table as a route, and the two steps of acts signed by their actor's own key."""

from collections.abc import Callable
from functools import partial
from typing import Any

from exchange.actors import Role
from exchange.acts.sealing import FIRST_ACTS
from exchange.errors import ForbiddenError, InvalidError
from exchange.identity import drafts
from exchange.identity.drafts import Drafted
from exchange.web import current
from exchange.web.actions import ACTIONS, Action
from exchange.web.api.answers import ActAnswer, act_answer, responses, to_json
from exchange.web.api.routes import blueprint, guarded
from exchange.web.fields import Document, Id, Text, Verbatim, WishSchema, load
from exchange.web.signing_in import limit_drafts

BLUEPRINT = blueprint("acts", "Acts: what participants do; each answer carries its ledger proof.")

#: Longest note in characters: an act of the greatest size with one signature.
_MAX_NOTE = 40_000


class DraftRequest(WishSchema):
    """Who wishes for which act, with its fields."""

    actor = Id()
    kind = Text(64)
    body = Document(required=True)


class SignedRequest(WishSchema):
    """A draft's id, and the note that its actor signed over the draft's text."""

    draft = Id()
    note = Verbatim(_MAX_NOTE)


@BLUEPRINT.route("/acts/drafts", methods=["POST"])
@BLUEPRINT.arguments(DraftRequest)
@BLUEPRINT.doc(responses=responses(dict[str, str], 201, 401, 404, 409, 429))
def draft(wanted: dict[str, Any]) -> tuple[Any, int]:
    """Draft an act: the exact text that its actor has to sign within five minutes."""
    limit_drafts()
    action = ACTIONS.get(wanted["kind"])
    if action is None:
        raise InvalidError("act.kind", "there is no such act", {"kind": "act.kind"})
    if action.kind not in FIRST_ACTS and current.participant() != wanted["actor"]:
        raise ForbiddenError("act.actor", "an act is drafted by its actor")
    wish = action.load(wanted["body"])
    made = current.site().exchange.draft(wanted["actor"], action.service, wish)
    kept = Drafted(wanted["actor"], action.kind, wanted["body"], made)
    return {"draft": drafts.keep(current.site().identity, kept), "text": made.text}, 201


@BLUEPRINT.route("/acts", methods=["POST"])
@BLUEPRINT.arguments(SignedRequest)
@BLUEPRINT.doc(responses=responses(ActAnswer, 201, 404, 409, 429))
def submit(signed: dict[str, Any]) -> tuple[Any, int]:
    """Record a drafted act under its actor's own signature."""
    limit_drafts()
    site = current.site()
    kept = drafts.find(site.identity, signed["draft"])
    action = ACTIONS[kept.kind]
    recorded = site.exchange.submit_signed(
        kept.participant, action.service, action.load(kept.fields), kept.draft, signed["note"]
    )
    drafts.forget(site.identity, signed["draft"])
    return to_json(act_answer(recorded)), 201


def _route(action: Action) -> Callable[..., tuple[Any, int]]:
    """Make the route of one action."""
    body = action.schema(exclude=action.subjects)
    path = partial(action.schema, only=action.subjects)

    def view(fields: dict[str, Any], **subjects: str) -> tuple[Any, int]:
        wish = action.wish(**fields, **load(path(), subjects))
        return to_json(act_answer(current.perform(action.service, wish))), 201

    view.__doc__ = f"{action.title[1]}.\n\nAct `{action.kind}`; {_who(action.roles)}."
    described = BLUEPRINT.doc(responses=responses(ActAnswer, 201, 404, 409))(view)
    read: Callable[..., tuple[Any, int]] = BLUEPRINT.arguments(body)(described)
    return guarded(*(action.roles or ()))(read)


def _who(roles: tuple[Role, ...] | None) -> str:
    return "by anybody" if roles is None else "by " + ", ".join(role.value for role in roles)


for _action in ACTIONS.values():
    if not _action.own_key:
        BLUEPRINT.add_url_rule(
            _action.path,
            endpoint=_action.kind.replace(".", "_"),
            view_func=_route(_action),
            methods=["POST"],
        )
