"""The API's own description: OpenAPI 3.1 options, and JSON Schemas of what reads return."""

import types
import typing
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Any, get_type_hints

import exchange.web.fields as inputs
from exchange.web.texts import text_of

PREFIX = "/api/v1"

#: Statuses of refusals that some operation answers.
REFUSALS = (400, 401, 403, 404, 409, 413, 415, 422, 429, 503)

_PROBLEM = {
    "type": "object",
    "description": "Problem details (RFC 9457); `code` is stable, `errors` is field → sentence.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "required": ["type", "title", "status", "code", "detail"],
}


def _title(status: int) -> str:
    return text_of(f"status.{status}", "en", HTTPStatus(status).phrase)


def _refusal(title: str) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": f"{title}: problem details (RFC 9457).", "content": content}


def problem(status: int | None = None) -> dict[str, Any]:
    """Refer to the description of a refusal of one status; of any other for None."""
    return {"$ref": f"#/components/responses/Problem{status or ''}"}


def of_every_route(rule: str, view: Any, methods: Iterable[str]) -> dict[str, Any]:
    """Describe what follows from a route's address, its method, its input and who may call it."""
    roles = getattr(view, "needs_roles", None)
    writes = "GET" not in methods
    takes = "arguments" in getattr(view, "_apidoc", {})
    found = {
        401: roles is not None,
        403: bool(roles) or writes,
        404: "<" in rule,
        422: takes,
        503: True,
        **dict.fromkeys((400, 413, 415), takes and writes),
    }
    described = {"responses": {str(each): problem(each) for each in REFUSALS if found.get(each)}}
    return described if roles is None else {**described, "security": [{"session": []}]}


API_OPTIONS: dict[str, Any] = {
    "API_TITLE": "fdx",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.1.0",
    "OPENAPI_URL_PREFIX": PREFIX,
    "OPENAPI_JSON_PATH": "openapi.json",
    "API_SPEC_OPTIONS": {
        "info": {
            "description": "A data exchange you can run. Simulation: no real trade is made here.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "components": {
            "securitySchemes": {
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "fdx",
                    "description": "Set by logging in; over https its name is `__Host-fdx`.",
                }
            },
            "schemas": {"Problem": _PROBLEM},
            "responses": {
                "Problem": _refusal("Refused"),
                **{f"Problem{status}": _refusal(_title(status)) for status in REFUSALS},
            },
        },
    },
}

_PLAIN: dict[Any, dict[str, Any]] = {
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    str: {"type": "string"},
    bytes: {"type": "string", "contentEncoding": "base64"},
    datetime: {"type": "string", "format": "date-time"},
    types.NoneType: {"type": "null"},
    Any: {},
}


def json_schema(shape: Any) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a type as `to_json` writes its values."""
    if shape in _PLAIN:
        return dict(_PLAIN[shape])
    if is_dataclass(shape):
        return _object(shape)
    if isinstance(shape, type) and issubclass(shape, StrEnum):
        return {"type": "string", "enum": [member.value for member in shape]}
    return _composed(typing.get_origin(shape) or shape, typing.get_args(shape))


def _composed(origin: Any, parts: tuple[Any, ...]) -> dict[str, Any]:
    if origin in {typing.Union, types.UnionType}:
        return {"anyOf": [json_schema(part) for part in parts]}
    if origin is typing.Literal:
        return {"enum": list(parts)}
    if isinstance(origin, type) and issubclass(origin, dict | typing.Mapping):
        return {"type": "object"}
    items = json_schema(parts[0]) if parts else {}
    return {"type": "array", "items": items}


def _object(shape: Any) -> dict[str, Any]:
    hints = get_type_hints(shape)
    names = [item.name for item in fields(shape)]
    return {
        "type": "object",
        "properties": {name: json_schema(hints[name]) for name in names},
        "required": names,
    }


def describe_field(self: Any, field: Any, **_: Any) -> dict[str, Any]:  # noqa: ARG001 - apispec's form
    """Tell apispec what JSON our own input fields read."""
    if isinstance(field, inputs.Of):
        return {"type": "string", "enum": [*field.members]}
    for kind, described in _FIELDS:
        if isinstance(field, kind):
            return described
    return {}


_FIELDS: tuple[tuple[type[Any], dict[str, Any]], ...] = (
    (inputs.PublicKey, {"type": "string", "contentEncoding": "base64"}),
    (inputs.Moment, {"type": "string", "format": "date-time"}),
    (inputs.Flag, {"type": "boolean"}),
    (inputs.Document, {"type": "object"}),
)
