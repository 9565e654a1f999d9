"""Rules for every request and answer: headers, cross-site requests, cookies."""

import hmac
from base64 import urlsafe_b64encode
from urllib.parse import urlsplit

from flask import Flask, Response, request

from exchange.errors import ForbiddenError
from exchange.identity.sessions import Opened
from exchange.web import current

CSRF_FIELD = "csrf"
#: Name of the blueprint that serves the log's files.
LEDGER_FILES = "ledger_files"
_NEW_VISIT = "new_visit"
_SAFE = {"GET", "HEAD", "OPTIONS"}
_YEAR_SECONDS = 365 * 24 * 3600

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def protect(app: Flask) -> None:
    """Check where each writing request comes from, and set the headers of each answer."""
    app.before_request(_check_site_of_origin)
    app.after_request(_finish)


def csrf_token() -> str:
    """Return what the forms of this visitor must bring in the field `csrf`."""
    session = current.session()
    return _visit_token() if session is None else session.csrf


def check_csrf() -> None:
    """Stop unless the posted form brings this visitor's token.

    Raises:
        ForbiddenError: it doesn't (`csrf.token`).
    """
    given = request.form.get(CSRF_FIELD, "")
    if not hmac.compare_digest(given.encode(), csrf_token().encode()):
        raise ForbiddenError("csrf.token", "the form is too old; open it again")


def set_session(response: Response, opened: Opened) -> None:
    """Hand out the cookie of a session just opened."""
    _set_cookie(response, current.session_cookie(), opened.cookie)


def drop_session(response: Response) -> None:
    """Take the session's cookie back."""
    response.delete_cookie(
        current.session_cookie(), secure=current.site().secure, httponly=True, samesite="Lax"
    )


def _check_site_of_origin() -> None:
    """Refuse writing requests that a browser says come from another site.

    Browsers send `Sec-Fetch-Site`, older ones `Origin`; clients that send neither are no
    browsers and hold no cookie but one that they were given on purpose.
    """
    if request.method in _SAFE:
        return
    fetch_site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    foreign = fetch_site not in {None, "same-origin", "none"}
    if origin is not None and urlsplit(origin).netloc != request.host:
        foreign = True
    if foreign:
        raise ForbiddenError("csrf.site", "another site made this request")


def _finish(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if current.site().secure:
        response.headers["Strict-Transport-Security"] = f"max-age={_YEAR_SECONDS}"
    if not _is_file() or "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
        response.vary.add("Cookie")
        response.vary.add("Accept-Language")
    visit = current.kept_for_request().get(_NEW_VISIT)
    if visit is not None:
        _set_cookie(response, _visit_cookie(), str(visit))
    _keep_language(response)
    return response


def _is_file() -> bool:
    """Tell whether every reader gets the same bytes here."""
    return request.endpoint == "static" or request.blueprint == LEDGER_FILES


def _keep_language(response: Response) -> None:
    wanted = request.args.get("lang")
    if wanted in {"zh", "en"} and not _is_file() and not request.path.startswith("/api/"):
        _set_cookie(response, current.LANGUAGE_COOKIE, wanted)


def _visit_cookie() -> str:
    return "__Host-fdx-visit" if current.site().secure else "fdx-visit"


def _visit_token() -> str:
    """Return the token of a visitor without a session, whom a cookie of its own names."""
    kept = current.kept_for_request()
    visit = request.cookies.get(_visit_cookie()) or kept.get(_NEW_VISIT)
    if visit is None:
        visit = kept[_NEW_VISIT] = _text(current.site().ids.token(32))
    return _text(hmac.digest(str(visit).encode(), b"fdx-csrf/v1", "sha256"))


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode("ascii").rstrip("=")


def _set_cookie(response: Response, name: str, value: str) -> None:
    secure = current.site().secure
    response.set_cookie(name, value, secure=secure, httponly=True, samesite="Lax", path="/")
