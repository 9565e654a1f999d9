"""The form of every act that a person can wish for, made from the table of actions."""

from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.datastructures import MultiDict

from exchange.acts.sequencer import Recorded
from exchange.errors import ExchangeError, Kind, NotFoundError
from exchange.web import current
from exchange.web.actions import ACTIONS, Action
from exchange.web.pages.forms import Form, fields_of, read, refused
from exchange.web.pages.menus import GRAVE, title_of_act
from exchange.web.pages.options import options_for
from exchange.web.pages.places import after, place_of
from exchange.web.pages.visitors import me, my_desks
from exchange.web.pages.ways_back import way_back, way_to
from exchange.web.security import CSRF_FIELD, check_csrf

BLUEPRINT = Blueprint("doing", __name__)

#: Refusals that the form itself can show; any other takes the reader to the problem page.
_SHOWN = {Kind.INVALID, Kind.CONFLICT, Kind.EXHAUSTED, Kind.UNAVAILABLE}


@BLUEPRINT.get("/do/<kind>")
def ask(kind: str) -> str:
    """Show an act's form; fields that the address names are not asked again.

    Raises:
        NotFoundError: there is no such act for people.
        ForbiddenError: the visitor's roles do not allow it.
    """
    action = _action(kind)
    given = MultiDict(request.args)
    return _page(action, _form(action, given, _given(action, given)))


@BLUEPRINT.post("/do/<kind>")
def do(kind: str) -> Response:
    """Do an act and go to the page of what it is about; a refused form keeps what was typed.

    Raises:
        ExchangeError: a refusal that a form can't mend.
    """
    check_csrf()
    action = _action(kind)
    typed = MultiDict(
        (name, value)
        for name, value in request.form.items(multi=True)
        if name in action.schema().fields
    )
    try:
        _check_known(action)
        recorded = current.perform(action.service, action.load(read(action.schema, typed)))
    except ExchangeError as error:
        if error.kind not in _SHOWN:
            raise
        form, status = refused(_form(action, typed, _fixed(action, typed)), error)
        return make_response(_page(action, form), status)
    return after(recorded, _place(recorded))


def _action(kind: str) -> Action:
    action = ACTIONS.get(kind)
    if action is None or action.own_key or action.roles is None:
        raise NotFoundError("page.unknown", "there is no such act for people")
    current.need_role(*action.roles)
    return action


def _check_known(action: Action) -> None:
    """Let the schema see the fields that it does not know, so that it refuses them."""
    known = {*action.schema().fields, CSRF_FIELD, "fixed"}
    unknown = {name: "" for name in request.form if name not in known}
    if unknown:
        action.load(unknown)


def _given(action: Action, typed: "MultiDict[str, str]") -> tuple[str, ...]:
    return tuple(name for name in action.schema().fields if typed.get(name))


def _fixed(action: Action, typed: "MultiDict[str, str]") -> tuple[str, ...]:
    """Return the fields that were not asked: those of the path, and those that the form names."""
    named = request.form.get("fixed", "").split()
    return tuple(
        name
        for name in action.schema().fields
        if typed.get(name) and (name in action.subjects or name in named)
    )


def _form(action: Action, typed: "MultiDict[str, str]", fixed: tuple[str, ...]) -> Form:
    with current.site().exchange.snapshot() as reader:
        options = options_for(action.kind, reader, me(), typed)
        back = way_back(reader, me(), ((name, typed[name]) for name in fixed))
    fields = fields_of(action.schema, typed, options, fixed)
    return Form(
        f"/do/{action.kind}",
        fields,
        title_of_act(action),
        back=back or (f"/{my_desks()[0]}" if fixed else ""),
        fixed=" ".join(fixed),
        grave=action.kind in GRAVE,
    )


def _place(recorded: Recorded) -> str:
    """Return the page of what an act was about; staff have one of their own for disputes."""
    if recorded.kind.startswith(("dispute.", "award.")):
        with current.site().exchange.snapshot() as reader:
            return way_to(reader, me(), "dispute", recorded.key)
    return place_of(recorded.kind, recorded.key)


def _page(action: Action, form: Form) -> str:
    return render_template("do.html", action=action, form=form, title=title_of_act(action))
