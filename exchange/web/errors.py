"""From a refusal to an answer: one status for each kind, one sentence for each code."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, jsonify, make_response, render_template, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from exchange.errors import ExchangeError, InvalidError, Kind, UnavailableError
from exchange.money import yuan
from exchange.web import current
from exchange.web.security import LEDGER_FILES
from exchange.web.texts import fault_of, number, text_of
from ledger.errors import ActError, CanonicalError, EncodingError, WeakKeyError

LOG = logging.getLogger(__name__)

STATUS: dict[Kind, HTTPStatus] = {
    Kind.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    Kind.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Kind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Kind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Kind.CONFLICT: HTTPStatus.CONFLICT,
    Kind.EXHAUSTED: HTTPStatus.CONFLICT,
    Kind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}
assert set(STATUS) == set(Kind), "every kind of error has a status"
#: Codes of limits on how often something may be tried begin so; waiting helps against these alone.
_RATE = "rate."

#: Codes for what Werkzeug finds wrong with a request before any route sees it.
HTTP_CODES = {
    400: "request.malformed",
    404: "page.unknown",
    405: "request.method",
    413: "request.too_large",
    415: "request.media_type",
}
_RETRY_SECONDS = {HTTPStatus.TOO_MANY_REQUESTS: 60, HTTPStatus.SERVICE_UNAVAILABLE: 5}
_UNFIT = (ActError, CanonicalError, EncodingError, WeakKeyError)


@dataclass(frozen=True, slots=True)
class Problem:
    """Problem details (RFC 9457) in the reader's language; `errors` is field → sentence."""

    status: int
    code: str
    title: str
    detail: str
    errors: dict[str, str]

    def body(self) -> dict[str, Any]:
        """Return the members of the problem details object."""
        body: dict[str, Any] = {
            "type": f"urn:fdx:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        return {**body, "errors": self.errors} if self.errors else body


def status_of(kind: Kind, code: str) -> HTTPStatus:
    """Return the status of a refusal: by its kind, but 429 for limits on tries."""
    return HTTPStatus.TOO_MANY_REQUESTS if code.startswith(_RATE) else STATUS[kind]


def problem_of(error: ExchangeError) -> Problem:
    """Say a refusal in the reader's language."""
    return _problem(status_of(error.kind, error.code), error.code, error.fields)


def register_errors(app: Flask) -> None:
    """Let the app answer every error as problem+json to programs and as a page to people."""
    app.register_error_handler(ExchangeError, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _store)
    app.register_error_handler(Exception, _fault)
    for unfit in _UNFIT:
        app.register_error_handler(unfit, _unfit)


def _refused(error: ExchangeError) -> Response:
    response = _answer(problem_of(error))
    seconds = _RETRY_SECONDS.get(status_of(error.kind, error.code))
    if seconds is not None:
        response.headers["Retry-After"] = str(seconds)
    return response


def _http(error: HTTPException) -> Response:
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return make_response(error.get_response())
    code = HTTP_CODES.get(error.code, "request.malformed")
    response = _answer(_problem(HTTPStatus(error.code), code, {}))
    if error.code == HTTPStatus.METHOD_NOT_ALLOWED:
        response.headers["Allow"] = dict(error.get_headers()).get("Allow", "")
    return response


def _unfit(error: Exception) -> Response:  # noqa: ARG001 - its text may quote the input
    return _refused(InvalidError("act.malformed", "the wish has no form that an act can have"))


def _store(error: OperationalError) -> Response:
    LOG.error("the database does not answer: %s", type(error.orig).__name__)
    return _refused(UnavailableError("store.unavailable", "the database does not answer"))


def _fault(error: Exception) -> Response:
    LOG.error("a request failed", exc_info=error)
    return _answer(_problem(HTTPStatus.INTERNAL_SERVER_ERROR, "fault.internal", {}))


def _problem(status: HTTPStatus, code: str, fields: dict[str, str]) -> Problem:
    language = current.language()
    title = text_of(f"status.{int(status)}", language, status.phrase)
    errors = {name: fault_of(fault, language, _unit_of(name)) for name, fault in fields.items()}
    return Problem(int(status), code, title, text_of(code, language, title), errors)


def _unit_of(field: str) -> Callable[[int], str]:
    """Return how a field's limits are written: as people type them in forms, bare for programs."""
    if _for_programs():
        return number
    if field.endswith("_fen"):
        return yuan
    return _percent if field.endswith("_ppm") else number


def _percent(parts_ppm: int) -> str:
    whole, rest = divmod(parts_ppm, 10_000)
    return f"{whole:,}.{rest:04d}".rstrip("0").rstrip(".") + "%"


def _for_programs() -> bool:
    return request.path.startswith("/api/") or request.blueprint == LEDGER_FILES


def _answer(problem: Problem) -> Response:
    if _for_programs():
        response = jsonify(problem.body())
        response.mimetype = "application/problem+json"
    else:
        response = make_response(render_template("problem.html", problem=problem))
    response.status_code = problem.status
    return response
