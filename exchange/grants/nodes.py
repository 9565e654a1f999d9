"""The exchange's way to the domain nodes."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Lock
from typing import Any, Protocol
from urllib.parse import urlsplit

from exchange.errors import UnavailableError
from exchange.protocol.http import HttpPeer

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Nodes(Protocol):
    """Reaches nodes by their URL, one question to one node at a time."""

    def post_question(self, url: str, request: dict[str, Any]) -> dict[str, Any]:
        """Put a question to a node and return its reply, unverified.

        Raises:
            ExchangeError: the node turned it away; the code is its own (a ProblemCode).
            UnavailableError: the node does not answer, or answers no JSON object.
        """
        ...

    def turn(self, node: str) -> AbstractContextManager[None]:
        """Wait for one's turn at a node: it gives one place in its own sequence at a time.

        Raises:
            UnavailableError: the turn does not come (`node.busy`).
        """
        ...


class Turns:
    """One lock for each node, so that a slow node makes nobody wait but its own askers."""

    def __init__(self, wait_s: float = 5.0) -> None:
        self._wait_s = wait_s
        self._guard = Lock()
        self._locks: dict[str, Lock] = {}

    @contextmanager
    def turn(self, node: str) -> Iterator[None]:
        """Wait for one's turn at a node, for a bounded time."""
        with self._guard:
            lock = self._locks.setdefault(node, Lock())
        if not lock.acquire(timeout=self._wait_s):
            raise UnavailableError("node.busy", "the node is busy with other questions")
        try:
            yield
        finally:
            lock.release()


class HttpNodes(Turns):
    """Nodes over HTTP: `https` anywhere, plain `http` on this machine alone, if `loopback` allows.

    No redirect is followed, no credentials are sent, and a reply is capped in size and time.
    """

    def __init__(
        self, *, loopback: bool = True, timeout_s: float = 30.0, wait_s: float = 5.0
    ) -> None:
        super().__init__(wait_s)
        self._loopback = loopback
        self._timeout_s = timeout_s

    def post_question(self, url: str, request: dict[str, Any]) -> dict[str, Any]:
        """Put a question to a node and return its reply, unverified."""
        self._check(url)
        reply = HttpPeer(url, self._timeout_s).post("/v1/questions", request).json()
        if not isinstance(reply, dict):
            raise UnavailableError("node.reply", "the node's reply is no JSON object")
        return reply

    def _check(self, url: str) -> None:
        if not _may_call(url, loopback=self._loopback):
            raise UnavailableError("node.url", "the node's address may not be called")


def _may_call(url: str, *, loopback: bool) -> bool:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or port == 0 or parts.username is not None or parts.query or parts.fragment:
        return False
    return parts.scheme == "https" or (loopback and parts.scheme == "http" and host in _LOOPBACK)
