"""Who takes part."""

from typing import Any

from flask import Response, jsonify

from exchange.acts.participants import ParticipantState
from exchange.identity.accounts import Credentials, SignUp
from exchange.parties.queries import ParticipantView, participant, participants
from exchange.web import current
from exchange.web.actions.parties import ASKABLE
from exchange.web.api.answers import ActAnswer, act_answer, responses, to_json
from exchange.web.api.routes import blueprint, guarded
from exchange.web.fields import Choice, Items, Of, Secret, Text, WishSchema
from exchange.web.security import set_session
from exchange.web.signing_in import sign_up_here

BLUEPRINT = blueprint("participants", "Who takes part, and how to join.")


class SignUpRequest(WishSchema):
    """A new user name and password, the participant's public name, and the roles it asks for."""

    username = Text(32)
    password = Secret()
    name = Text(200)
    roles = Items(Of(ASKABLE), len(ASKABLE))


class ParticipantQuery(WishSchema):
    """Which participants to list."""

    state = Choice(tuple(ParticipantState), required=False)


@BLUEPRINT.route("/participants", methods=["POST"])
@BLUEPRINT.arguments(SignUpRequest)
@BLUEPRINT.doc(responses=responses(ActAnswer, 201, 409, 429))
def sign_up(given: dict[str, Any]) -> Response:
    """Join with a key that the exchange keeps; the answer sets the session's cookie."""
    credentials = Credentials(given["username"], given["password"])
    signed_up = sign_up_here(SignUp(credentials, given["name"], given["roles"]))
    response = jsonify(to_json(act_answer(signed_up.recorded)))
    response.status_code = 201
    set_session(response, signed_up.opened)
    return response


@BLUEPRINT.route("/participants", methods=["GET"])
@BLUEPRINT.arguments(ParticipantQuery, location="query")
@BLUEPRINT.doc(responses=responses(list[ParticipantView]))
def list_all(wanted: dict[str, Any]) -> Any:
    """List the participants; who takes part is public."""
    state = wanted.get("state")
    with current.site().exchange.snapshot() as reader:
        return to_json(participants(reader, None if state is None else ParticipantState(state)))


@BLUEPRINT.route("/participants/me", methods=["GET"])
@guarded()
@BLUEPRINT.doc(responses=responses(ParticipantView))
def show_me() -> Any:
    """Show who is logged in."""
    with current.site().exchange.snapshot() as reader:
        return to_json(participant(reader, current.participant()))


@BLUEPRINT.route("/participants/<key>", methods=["GET"])
@BLUEPRINT.doc(responses=responses(ParticipantView))
def show(key: str) -> Any:
    """Show one participant with its public keys."""
    with current.site().exchange.snapshot() as reader:
        return to_json(participant(reader, key))
