"""A small JSON-over-HTTP client on the standard library, and the exchange's client of a node."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, Final
from urllib.parse import urlsplit

from exchange.errors import ExchangeError, Kind, UnavailableError
from exchange.protocol.asking import Ask, Reply, parse_reply
from exchange.protocol.fields import FieldError

MAX_REPLY_BYTES: Final = 16 * 1024 * 1024
_OK: Final = range(200, 300)
_KINDS: Final[Mapping[int, Kind]] = {
    400: Kind.INVALID,
    401: Kind.UNAUTHENTICATED,
    403: Kind.FORBIDDEN,
    404: Kind.NOT_FOUND,
    409: Kind.CONFLICT,
    422: Kind.INVALID,
    429: Kind.EXHAUSTED,
    503: Kind.UNAVAILABLE,
}


@dataclass(frozen=True, slots=True)
class HttpReply:
    """Status, headers by lower-case name (`set-cookie` joined by newlines), and bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON.

        Raises:
            UnavailableError: the body is none.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise UnavailableError("peer.reply", "the reply is not JSON") from error


class HttpPeer:
    """One server by its base URL; every call is a connection of its own with a deadline."""

    def __init__(self, url: str, timeout_s: float = 10.0) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ExchangeError(Kind.INVALID, "peer.url", "the URL must be http:// or https://")
        self._parts = parts
        self._base = parts.path.rstrip("/")
        self._timeout_s = timeout_s

    def get(self, path: str) -> bytes:
        """Return the bytes at a path below the base URL.

        Raises:
            ExchangeError: the server is out of reach or answers with an error status.
        """
        return self._checked(self.request("GET", path, None, {})).body

    def post(
        self, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> HttpReply:
        """Post a JSON object.

        Raises:
            ExchangeError: the server is out of reach or answers with an error status; the
                code is the problem details' own where there is one.
        """
        content = json.dumps(body, ensure_ascii=False).encode()
        return self._checked(self.request("POST", path, content, headers or {}))

    def request(
        self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]
    ) -> HttpReply:
        """Send one request and read the whole reply, whatever its status.

        Raises:
            UnavailableError: the server is out of reach, too slow, or says too much.
        """
        connection = self._connection()
        sent = {"Accept": "application/json, */*", **headers}
        if content is not None:
            sent["Content-Type"] = "application/json"
        try:
            connection.request(method, f"{self._base}/{path.lstrip('/')}", content, sent)
            return _read(connection.getresponse())
        except (OSError, HTTPException) as error:
            raise UnavailableError("peer.unreachable", "the server does not answer") from error
        finally:
            connection.close()

    def _connection(self) -> HTTPConnection:
        assert self._parts.hostname is not None
        kind = HTTPSConnection if self._parts.scheme == "https" else HTTPConnection
        return kind(self._parts.hostname, self._parts.port, timeout=self._timeout_s)

    def _checked(self, reply: HttpReply) -> HttpReply:
        if reply.status in _OK:
            return reply
        code, text = _problem(reply)
        raise ExchangeError(_KINDS.get(reply.status, Kind.UNAVAILABLE), code, text)


class NodeClient:
    """The exchange's way to a domain node."""

    def __init__(self, url: str, timeout_s: float = 30.0) -> None:
        self._peer = HttpPeer(url, timeout_s)

    def ask(self, ask: Ask) -> Reply:
        """Put a question and return the node's reply, unverified.

        Raises:
            ExchangeError: the node turned the request away; `code` is a ProblemCode.
            UnavailableError: the node does not answer, or answers what it should not.
        """
        reply = self._peer.post("/v1/questions", ask.to_body()).json()
        try:
            return parse_reply(reply)
        except FieldError as error:
            raise UnavailableError("node.reply", f"the node's reply is unfit: {error}") from error

    def health(self) -> dict[str, Any]:
        """Return what the node says about itself.

        Raises:
            UnavailableError: the node does not answer.
        """
        return _object(json_at(self._peer, "/v1/health"))

    def descriptions(self) -> list[Any]:
        """Return the bodies of the node's present descriptions.

        Raises:
            UnavailableError: the node does not answer.
        """
        found = _object(json_at(self._peer, "/v1/descriptions")).get("descriptions")
        if not isinstance(found, list):
            raise UnavailableError("node.reply", "the node's reply is unfit: descriptions")
        return found


def json_at(peer: HttpPeer, path: str) -> Any:
    """Get a path and read it as JSON.

    Raises:
        ExchangeError: the server is out of reach, refuses, or sends no JSON.
    """
    return HttpReply(200, {}, peer.get(path)).json()


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise UnavailableError("node.reply", "the node's reply is unfit: no object")
    return value


def _read(response: HTTPResponse) -> HttpReply:
    body = response.read(MAX_REPLY_BYTES + 1)
    if len(body) > MAX_REPLY_BYTES:
        raise UnavailableError("peer.reply", "the reply is too long")
    headers: dict[str, str] = {}
    for name, value in response.getheaders():
        key = name.lower()
        headers[key] = f"{headers[key]}\n{value}" if key in headers else value
    return HttpReply(response.status, headers, body)


def _problem(reply: HttpReply) -> tuple[str, str]:
    fallback = (f"peer.status_{reply.status}", f"the server answered with status {reply.status}")
    try:
        value = json.loads(reply.body)
    except (ValueError, RecursionError):
        return fallback
    if not isinstance(value, dict) or not isinstance(value.get("code"), str):
        return fallback
    detail = value.get("detail") or value.get("title") or fallback[1]
    return value["code"][:100], str(detail)[:1000]
