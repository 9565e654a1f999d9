"""Logging in and out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response, jsonify

from exchange.identity.accounts import Credentials
from exchange.identity.key_login import Challenge
from exchange.identity.sessions import Opened, close_session, list_sessions
from exchange.web import current
from exchange.web.api.answers import responses, to_json
from exchange.web.api.routes import blueprint, guarded
from exchange.web.fields import Id, Secret, Text, Verbatim, WishSchema
from exchange.web.security import drop_session, set_session
from exchange.web.signing_in import challenge, sign_in, sign_in_by_key

BLUEPRINT = blueprint("sessions", "Logging in by password or by a key of one's own.")

_MAX_NOTE = 2_000


@dataclass(frozen=True, slots=True)
class SessionAnswer:
    """Who is logged in, with which roles; `custody` says whether the exchange keeps the key."""

    participant: str
    roles: tuple[str, ...]
    custody: bool


@dataclass(frozen=True, slots=True)
class SessionItem:
    """One open session; `present` marks the one that asks."""

    id: str
    account: str | None
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    present: bool


class PasswordRequest(WishSchema):
    """A user name and a password."""

    username = Text(64)
    password = Secret()


class ChallengeRequest(WishSchema):
    """The participant that wants to log in by a key."""

    actor = Id()


class KeyRequest(WishSchema):
    """The participant, and the note that it signed over the challenge's text."""

    actor = Id()
    note = Verbatim(_MAX_NOTE)


@BLUEPRINT.route("/sessions", methods=["POST"])
@BLUEPRINT.arguments(PasswordRequest)
@BLUEPRINT.doc(responses=responses(SessionAnswer, 201, 401, 429))
def open_by_password(given: dict[str, Any]) -> Response:
    """Log in by user name and password; the answer sets the session's cookie."""
    return session_answer(sign_in(Credentials(given["username"], given["password"])))


@BLUEPRINT.route("/sessions/challenge", methods=["POST"])
@BLUEPRINT.arguments(ChallengeRequest)
@BLUEPRINT.doc(responses=responses(Challenge, 201, 401, 429))
def make_challenge(given: dict[str, Any]) -> tuple[Any, int]:
    """Ask for the text to sign for a log-in by key; it serves once within two minutes."""
    return to_json(challenge(given["actor"])), 201


@BLUEPRINT.route("/sessions/key", methods=["POST"])
@BLUEPRINT.arguments(KeyRequest)
@BLUEPRINT.doc(responses=responses(SessionAnswer, 201, 401, 429))
def open_by_key(given: dict[str, Any]) -> Response:
    """Log in by the signed challenge; the answer sets the session's cookie."""
    return session_answer(sign_in_by_key(given["actor"], given["note"]))


@BLUEPRINT.route("/sessions", methods=["GET"])
@guarded()
@BLUEPRINT.doc(responses=responses(list[SessionItem]))
def list_open() -> Any:
    """List one's open sessions."""
    present = current.logged_in().id
    views = list_sessions(current.site().identity, current.participant())
    return to_json(
        [
            SessionItem(
                view.id,
                view.account,
                view.created_at,
                view.seen_at,
                view.expires_at,
                present=view.id == present,
            )
            for view in views
        ]
    )


@BLUEPRINT.route("/sessions/<session>", methods=["DELETE"])
@guarded()
def close(session: str) -> Response:
    """End one of one's sessions at once; `present` names the one that asks."""
    own = current.logged_in().id
    ended = own if session == "present" else session
    close_session(current.site().identity, current.participant(), ended)
    response = Response(status=204)
    if ended == own:
        drop_session(response)
    return response


def session_answer(opened: Opened) -> Response:
    """Say who is logged in now, and hand out the cookie."""
    holder, actor = opened.session.holder, current.actor()
    roles = () if actor is None else tuple(sorted(role.value for role in actor.roles))
    answer = SessionAnswer(holder.participant, roles, custody=holder.seal is not None)
    response = jsonify(to_json(answer))
    response.status_code = 201
    set_session(response, opened)
    return response
