"""The node over HTTP: three routes, and nothing that is not on the list comes out."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any, Final

from flask import Flask, Request, Response, request
from werkzeug.exceptions import HTTPException

from exchange.clock import from_ms, iso
from exchange.node.assembly import Node
from exchange.node.description import describe, magnitude
from exchange.protocol.asking import MAX_REQUEST_BYTES
from exchange.protocol.codes import ProblemCode, ProblemError

PROBLEM: Final = "application/problem+json"
_log = logging.getLogger(__name__)


def create_app(node: Node) -> Flask:
    """Make the WSGI application of one node.

    The descriptions and the probe of the engine are made once, here, so that no request
    other than a question reaches the raw data.

    Raises:
        InvalidError: a description would be too long.
        EngineError: the data could not be measured.
    """
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST_BYTES
    assets = node.gate.parts.assets
    descriptions = [describe(asset) for asset in assets.values()]
    layers = layers_of(node)

    def ask() -> Response:
        return _json(node.gate.answer(_body(request)), 200)

    def health() -> Response:
        checked_ms = node.follower.checked_ms
        return _json(
            {
                "name": node.settings.name,
                "actor": node.settings.actor,
                "size": node.follower.size,
                "checked_at": iso(from_ms(checked_ms)) if checked_ms else None,
                "fresh": node.follower.is_fresh(),
                "assets": [
                    {"code": name, "rows_class": magnitude(asset.vault.rows)}
                    for name, asset in assets.items()
                ],
                "layers": layers,
            },
            200,
        )

    def list_descriptions() -> Response:
        return _json({"descriptions": descriptions}, 200)

    _route(app, "/v1/questions", "POST", ask)
    _route(app, "/v1/health", "GET", health)
    _route(app, "/v1/descriptions", "GET", list_descriptions)
    app.register_error_handler(Exception, _problem)
    return app


def layers_of(node: Node) -> dict[str, bool]:
    """Say which walls stand, found by trying to break them."""
    engines = [asset.engine for asset in node.gate.parts.assets.values()]
    return {"engine_locked_down": all(engine.is_locked_down() for engine in engines)}


def _route(app: Flask, path: str, method: str, view: Callable[[], Response]) -> None:
    app.add_url_rule(path, view.__name__, view, methods=[method])


def _body(received: Request) -> Any:
    if received.mimetype != "application/json":
        raise ProblemError(ProblemCode.REQUEST_INVALID)
    try:
        return json.loads(received.get_data(cache=False))
    except (ValueError, RecursionError):
        raise ProblemError(ProblemCode.REQUEST_INVALID) from None


def _json(value: Any, status: int, kind: str = "application/json") -> Response:
    content = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    response = Response(content, status, content_type=kind)
    response.headers["Cache-Control"] = "no-store"
    return response


def _problem(error: Exception) -> Response:
    """Turn any error into problem details that repeat nothing of the request or the data."""
    if isinstance(error, ProblemError):
        return _json(error.body(), error.status, PROBLEM)
    if isinstance(error, HTTPException):
        status = error.code or 500
        body = {"type": "about:blank", "title": error.name, "status": status}
        return _json({**body, "code": f"http.{status}"}, status, PROBLEM)
    # The type alone: an error's text could repeat a value.
    _log.error("a request failed: %s", type(error).__name__)
    body = {"type": "about:blank", "title": "the node failed", "status": 500}
    return _json({**body, "code": "node.failed"}, 500, PROBLEM)
