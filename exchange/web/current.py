"""What the present request is about: the site, the session, the actor, the language."""

from typing import Literal, cast

from flask import current_app, request

from exchange.actors import Actor, Role
from exchange.acts.participants import actor_of
from exchange.acts.sequencer import Recorded
from exchange.acts.unit_of_work import Service, W
from exchange.context import Acting
from exchange.errors import ExchangeError, ForbiddenError, Kind
from exchange.identity.sessions import OpenSession, find_session
from exchange.web.site import Site

Language = Literal["zh", "en"]

LANGUAGE_COOKIE = "fdx_lang"
_EXTENSION = "fdx"
_LANGUAGES: tuple[Language, ...] = ("zh", "en")


def keep_site(app_extensions: dict[str, object], site: Site) -> None:
    """Put the site where requests find it."""
    app_extensions[_EXTENSION] = site


def site() -> Site:
    """Return the site of this app."""
    return cast("Site", current_app.extensions[_EXTENSION])


def kept_for_request() -> dict[str, object]:
    """Return what is kept as long as the present request lasts, and not a moment longer.

    It hangs on the request itself: Flask's `g` outlives a request where an application
    context was there before it.
    """
    return cast("dict[str, object]", request.environ.setdefault("fdx.kept", {}))


def session_cookie() -> str:
    """Return the name of the session cookie; `__Host-` binds it to this host over https."""
    return "__Host-fdx" if site().secure else "fdx"


def session() -> OpenSession | None:
    """Return the session that the request came with, or None."""
    kept = kept_for_request()
    if "session" not in kept:
        cookie = request.cookies.get(session_cookie())
        kept["session"] = None if cookie is None else find_session(site().identity, cookie)
    return cast("OpenSession | None", kept["session"])


def become(opened: OpenSession | None) -> None:
    """Go on with another session than the request came with, or with none."""
    kept = kept_for_request()
    kept["session"] = opened
    kept.pop("actor", None)


def logged_in() -> OpenSession:
    """Return the session that the request came with.

    Raises:
        ExchangeError: there is none (`session.missing`).
    """
    found = session()
    if found is None:
        raise ExchangeError(Kind.UNAUTHENTICATED, "session.missing", "log in first")
    return found


def participant() -> str:
    """Return who is logged in.

    Raises:
        ExchangeError: nobody is (`session.missing`).
    """
    return logged_in().holder.participant


def actor() -> Actor | None:
    """Return who is logged in with the roles that they have now, or None."""
    found = session()
    if found is None:
        return None
    kept = kept_for_request()
    if "actor" not in kept:
        with site().exchange.snapshot() as reader:
            kept["actor"] = actor_of(reader, found.holder.participant)
    return cast("Actor", kept["actor"])


def viewer() -> Actor:
    """Return who is logged in with the roles that they have now.

    Raises:
        ExchangeError: nobody is logged in.
    """
    logged_in()
    found = actor()
    assert found is not None, "somebody is logged in"
    return found


def need_role(*roles: Role) -> Actor:
    """Return who is logged in if they have one of these roles.

    Raises:
        ExchangeError: nobody is logged in.
        ForbiddenError: they have none of the roles (`act.role`).
    """
    found = viewer()
    if not found.may(*roles):
        raise ForbiddenError("act.role", "your roles do not allow this")
    return found


def acting() -> Acting:
    """Return who is logged in, able to sign by the key in custody.

    Raises:
        ExchangeError: nobody is logged in.
        ForbiddenError: the participant keeps its key itself and signs drafts (`custody.none`).
    """
    holder = logged_in().holder
    if holder.seal is None:
        raise ForbiddenError("custody.none", "you keep your key yourself: sign a draft instead")
    return Acting(holder.participant, holder.seal)


def perform(service: Service[W], wish: W) -> Recorded:
    """Do one act as who is logged in.

    Raises:
        ExchangeError: nobody is logged in, or the act was refused.
    """
    return site().exchange.perform(acting(), service, wish)


def language() -> Language:
    """Return the reader's language: by `?lang=`, by cookie, for the API by header; else Chinese."""
    for wanted in (request.args.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        for known in _LANGUAGES:
            if wanted == known:
                return known
    if request.path.startswith("/api/"):
        best = request.accept_languages.best_match(["zh-CN", "zh", "en"], "zh-CN")
        return "en" if best == "en" else "zh"
    return "zh"


def address() -> str:
    """Return the address that the request came from."""
    return request.remote_addr or "unknown"
