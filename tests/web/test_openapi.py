"""The API describes itself: every route, in OpenAPI 3.1, without loose ends."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from exchange.web.actions import ACTIONS
from tests.web.access import TABLE


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api/v1/openapi.json").get_json()
    return found


def _routes(app: Flask) -> set[tuple[str, str]]:
    return {
        (re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1/") and rule.endpoint != "api-docs.openapi_json"
    }


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert document["info"]["title"] == "fdx"
    assert document["info"]["license"]["identifier"] == "Apache-2.0"


def test_it_lists_every_route_and_no_other(app: Flask, document: dict[str, Any]) -> None:
    listed = {(path, method) for path, found in document["paths"].items() for method in found}

    assert {pair for pair in listed if pair[1] != "parameters"} == _routes(app)


def test_every_action_has_its_route(document: dict[str, Any]) -> None:
    for action in ACTIONS.values():
        path = "/api/v1" + re.sub(r"<([a-z_]+)>", r"{\1}", action.path)
        if action.own_key:
            continue
        operation = document["paths"][path]["post"]
        assert operation["summary"] == f"{action.title[1]}."
        assert "201" in operation["responses"]


def test_every_operation_says_what_it_does_and_returns(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method == "parameters":
                continue
            assert operation["summary"], (path, method)
            assert operation["responses"], (path, method)
            named = {each["name"] for each in operations.get("parameters", [])}
            assert set(re.findall(r"{(\w+)}", path)) == named


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [ref for inner in value.values() for ref in _references(inner)]
    if isinstance(value, list):
        return [ref for inner in value for ref in _references(inner)]
    return []


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references = _references(document)

    assert references
    for reference in references:
        found: Any = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]


def _operations(app: Flask, document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return endpoint → operation."""
    return {
        rule.endpoint: document["paths"][re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", r"{\1}", rule.rule)][
            method.lower()
        ]
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1/") and rule.endpoint != "api-docs.openapi_json"
    }


def test_operations_that_need_a_session_say_so_and_no_others(
    app: Flask, document: dict[str, Any]
) -> None:
    operations = _operations(app, document)

    assert {name for name, one in operations.items() if one.get("security")} == {
        *(name for name, cells in TABLE.items() if cells["nobody"] == 401),
        "api_sessions.close",
    }
    assert {name: one["security"] for name, one in operations.items() if "security" in one} == (
        {name: [{"session": []}] for name, one in operations.items() if "security" in one}
    )
    assert list(document["components"]["securitySchemes"]) == ["session"]


def test_every_refusal_that_somebody_meets_is_described(
    app: Flask, document: dict[str, Any]
) -> None:
    operations = _operations(app, document)
    met = {
        (name, status) for name, cells in TABLE.items() for status in cells.values() if status > 201
    }
    limited = {
        "api_sessions.open_by_password",
        "api_sessions.make_challenge",
        "api_sessions.open_by_key",
        "api_participants.sign_up",
        "api_acts.draft",
        "api_acts.submit",
    }

    described = {
        (name, int(status))
        for name, one in operations.items()
        for status in one["responses"]
        if status.isdigit() and int(status) >= 400
    }

    assert met - described == set()
    assert {name for name, status in described if status == 429} == limited
    assert {name for name, status in described if status == 503} == set(operations)
    assert {(n, 422) for n, one in operations.items() if "requestBody" in one} <= described
    assert {
        (name, status)
        for name, one in operations.items()
        for status in one["responses"]
        if status[0] in "45"
        and one["responses"][status] != {"$ref": f"#/components/responses/Problem{status}"}
    } == set()


def test_a_refusal_is_a_problem_with_its_media_type(document: dict[str, Any]) -> None:
    described = document["components"]["responses"]["Problem409"]

    assert described["description"].startswith("Not possible now")
    assert described["content"] == {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
    }


def test_input_limits_are_stated(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    assert schemas["SetTariff"]["properties"]["fee_ppm"] == {
        "type": "integer",
        "minimum": 0,
        "maximum": 300_000,
    }
    assert schemas["SignUpRequest"]["required"] == ["name", "password", "roles", "username"]
