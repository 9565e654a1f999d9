"""Logging in, joining, leaving, and one's own account."""

from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.datastructures import MultiDict

from exchange.errors import ExchangeError, NotFoundError
from exchange.identity.accounts import Credentials, SignUp
from exchange.identity.sessions import close_session, list_sessions
from exchange.parties.queries import participant
from exchange.web import current
from exchange.web.actions.parties import ASKABLE
from exchange.web.actions.table import schema
from exchange.web.fields import Items, Of, Secret, Text, load
from exchange.web.pages.forms import Form, FormField, fields_of, read, refused
from exchange.web.pages.places import see_other
from exchange.web.pages.rendering import t
from exchange.web.pages.visitors import my_desks
from exchange.web.security import check_csrf, drop_session, set_session
from exchange.web.signing_in import sign_in, sign_in_shown, sign_up_here

BLUEPRINT = Blueprint("accounts", __name__)

_LOGIN = schema("LoginForm", username=Text(64), password=Secret())
_JOIN = schema(
    "JoinForm",
    name=Text(),
    roles=Items(Of(ASKABLE), len(ASKABLE)),
    username=Text(32),
    password=Secret(),
)
_AUTOCOMPLETE = {"username": "username", "password": "current-password", "name": "organization"}


@BLUEPRINT.get("/login")
def login_form() -> str:
    """Ask for user name and password."""
    return render_template("login.html", form=_login_form(MultiDict()), onward=_onward())


@BLUEPRINT.post("/login")
def login() -> Response:
    """Log in; what was typed stays in the form if it fails, the password excepted."""
    check_csrf()
    try:
        given = load(_LOGIN(), read(_LOGIN, request.form))
        opened = sign_in(Credentials(given["username"], given["password"]))
    except ExchangeError as error:
        form, status = refused(_login_form(request.form), error)
        page = render_template("login.html", form=form, onward=_onward())
        return make_response(page, status)
    desks = my_desks()
    response = see_other(_onward() or (f"/{desks[0]}" if desks else "/account"))
    set_session(response, opened)
    return response


@BLUEPRINT.get("/join")
def join_form() -> str:
    """Ask who joins and in which roles."""
    return render_template("join.html", form=_join_form(MultiDict()))


@BLUEPRINT.post("/join")
def join() -> Response:
    """Register a participant with a key in custody, and log it in."""
    check_csrf()
    try:
        given = load(_JOIN(), read(_JOIN, request.form))
        credentials = Credentials(given["username"], given["password"])
        made = sign_up_here(SignUp(credentials, given["name"], given["roles"]))
    except ExchangeError as error:
        form, status = refused(_join_form(request.form), error)
        return make_response(render_template("join.html", form=form), status)
    response = see_other(f"/account?entry={made.recorded.index}")
    set_session(response, made.opened)
    return response


@BLUEPRINT.post("/logout")
def logout() -> Response:
    """End this session."""
    check_csrf()
    session = current.session()
    if session is not None:
        close_session(current.site().identity, session.holder.participant, session.id)
        current.become(None)
    response = see_other("/")
    drop_session(response)
    return response


@BLUEPRINT.get("/account")
def account() -> str:
    """Show who is logged in: roles, keys and who keeps them, open sessions."""
    session = current.logged_in()
    with current.site().exchange.snapshot() as reader:
        view = participant(reader, session.holder.participant)
    return render_template(
        "account.html",
        party=view,
        holder=session.holder,
        present=session.id,
        sessions=list_sessions(current.site().identity, session.holder.participant),
    )


@BLUEPRINT.post("/account/sessions/close")
def end_session() -> Response:
    """End one of one's own sessions at once."""
    check_csrf()
    session = current.logged_in()
    ended = request.form.get("session", "")
    close_session(current.site().identity, session.holder.participant, ended)
    response = see_other("/" if ended == session.id else "/account")
    if ended == session.id:
        drop_session(response)
    return response


@BLUEPRINT.get("/switch")
def switch_form() -> str:
    """Show the demonstration's accounts; there are none elsewhere.

    Raises:
        NotFoundError: this is no demonstration.
    """
    if not current.site().demo_accounts:
        raise NotFoundError("page.unknown", "there is no such page")
    return render_template("switch.html", accounts=current.site().demo_accounts)


@BLUEPRINT.post("/switch")
def switch() -> Response:
    """Log in as one of the demonstration's accounts.

    Raises:
        NotFoundError: this is no demonstration, or it has no such account.
    """
    check_csrf()
    wanted = request.form.get("username", "")
    for shown in current.site().demo_accounts:
        if shown.username == wanted:
            opened = sign_in_shown(shown)
            desks = my_desks()
            response = see_other(f"/{desks[0]}" if desks else "/account")
            set_session(response, opened)
            return response
    raise NotFoundError("page.unknown", "there is no such demo account")


def _onward() -> str:
    """Return the path of this site to go to after logging in; empty for none."""
    wanted = request.values.get("next", "")
    own = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if own and wanted.isprintable() and wanted not in {"/login", "/logout"} else ""


def _login_form(typed: "MultiDict[str, str]") -> Form:
    onward = _onward()
    hidden = (FormField("next", "next", "hidden", value=onward),) if onward else ()
    fields = fields_of(_LOGIN, typed, {}, (), _AUTOCOMPLETE)
    return Form("/login", (*hidden, *fields), t("登录"))


def _join_form(typed: "MultiDict[str, str]") -> Form:
    hints = {**_AUTOCOMPLETE, "password": "new-password"}
    return Form("/join", fields_of(_JOIN, typed, {}, (), hints), t("加入"))
