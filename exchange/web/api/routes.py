"""How the API reads requests: one parser, one kind of blueprint."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, NoReturn, TypeVar

import marshmallow
from flask import Request
from flask_smorest import Blueprint as SmorestBlueprint
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from exchange.actors import Role
from exchange.storage.store import Reader
from exchange.web import current
from exchange.web.api.answers import responses, to_json
from exchange.web.fields import fields_error
from exchange.web.openapi import of_every_route

View = TypeVar("View", bound=Callable[..., Any])

_READ_ALSO = {"lang"}


class InputParser(FlaskParser):
    """Reads JSON bodies and query strings; what it doesn't know it refuses."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": None, "query": marshmallow.RAISE}  # noqa: RUF012

    def load_json(self, req: Request, schema: Any) -> Any:  # noqa: ARG002 - webargs' form
        """Return the body, which must be labelled as JSON and be nothing but JSON (RFC 8259)."""
        if not req.is_json:
            raise UnsupportedMediaType
        try:
            return json.loads(
                req.get_data(), object_pairs_hook=_members, parse_constant=_no_constant
            )
        except (ValueError, RecursionError) as error:
            raise BadRequest from error

    def load_querystring(self, req: Request, schema: Any) -> Any:
        """Return the query string without what every address takes."""
        args = req.args.copy()
        for name in _READ_ALSO:
            args.poplist(name)
        return self._makeproxy(args, schema)

    def handle_error(self, error: marshmallow.ValidationError, *_: Any, **__: Any) -> NoReturn:
        """Turn wrong fields into the exchange's own refusal."""
        messages = error.messages
        inner = next(iter(messages.values())) if isinstance(messages, dict) else messages
        raise fields_error(inner) from error


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        msg = "a member stands twice"
        raise ValueError(msg)
    return members


def _no_constant(name: str) -> NoReturn:
    msg = f"{name} is no JSON"
    raise ValueError(msg)


class ApiBlueprint(SmorestBlueprint):  # type: ignore[misc]
    """A part of the API."""

    ARGUMENTS_PARSER = InputParser()

    def add_url_rule(
        self, rule: str, endpoint: str | None = None, view_func: Any = None, **options: Any
    ) -> None:
        """Serve a view, described with the refusals that every such route has."""
        follows = of_every_route(rule, view_func, options.get("methods", ("GET",)))
        super().add_url_rule(rule, endpoint, self.doc(**follows)(view_func), **options)


def blueprint(name: str, description: str) -> ApiBlueprint:
    """Make a part of the API; its routes give their whole path below the prefix."""
    return ApiBlueprint(f"api_{name}", name, url_prefix="/api/v1", description=description)


def guarded(*roles: Role) -> Callable[[View], View]:
    """Let a view begin only for who is logged in and has one of the roles, if any are named.

    It stands outermost, so that the body of a stranger isn't even read.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guard(*args: Any, **kwargs: Any) -> Any:
            current.logged_in()
            if roles:
                current.need_role(*roles)
            return view(*args, **kwargs)

        guard.needs_roles = roles  # type: ignore[attr-defined]
        return guard  # type: ignore[return-value]

    return decorate


@dataclass(frozen=True, slots=True)
class Access:
    """Who may read: anybody, whoever is logged in, or who has one of the roles."""

    login: bool
    roles: tuple[Role, ...] = ()


ANYBODY = Access(login=False)
LOGGED_IN = Access(login=True)


def reading(
    part: ApiBlueprint, rule: str, shape: Any, access: Access = LOGGED_IN, *refusals: int
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Serve what a function finds in one consistent state, as JSON of the type `shape`.

    The function takes the reader and what the rule names in angle brackets; `refusals` are the
    statuses of its own.
    """

    def decorate(find: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(find)
        def view(**subjects: Any) -> Any:
            reader: Reader
            with current.site().exchange.snapshot() as reader:
                return to_json(find(reader, **subjects))

        described = part.doc(responses=responses(shape, 200, *refusals))(view)
        served = guarded(*access.roles)(described) if access.login else described
        part.add_url_rule(rule, endpoint=find.__name__, view_func=served, methods=["GET"])
        return find

    return decorate
