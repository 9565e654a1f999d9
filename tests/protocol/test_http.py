"""The client: what it sends, and how it takes a peer that is away, odd or hostile."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from exchange.errors import ExchangeError, Kind, UnavailableError
from exchange.protocol import http
from exchange.protocol.asking import Ask, Head, Refused, Ticket
from exchange.protocol.http import HttpPeer, NodeClient, json_at
from ledger.act import Pin

Serve = Callable[..., str]
ASK = Ask("q-1", "SELECT 1", bytes(16), Ticket(b"leaf", "proof"), Head(1, None, Pin()))


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server that gives one answer to everything and return its URL."""
    servers: list[ThreadingHTTPServer] = []

    def start(status: int, body: bytes, seen: list[Any] | None = None) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                if seen is not None:
                    seen.append((self.command, self.path, self.rfile.read(size)))
                self.send_response(status)
                self.send_header("Set-Cookie", "a=1; HttpOnly")
                self.send_header("Set-Cookie", "b=2")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815

            def log_message(self, *_: object) -> None: ...

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/base/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_post_carries_json_below_the_base_url(serve: Serve) -> None:
    seen: list[Any] = []
    reply = HttpPeer(serve(201, b'{"a": 1}', seen)).post("/v1/x", {"b": "福"})
    assert seen == [("POST", "/base/v1/x", '{"b": "福"}'.encode())]
    assert (reply.status, reply.json()) == (201, {"a": 1})
    assert reply.headers["set-cookie"] == "a=1; HttpOnly\nb=2"


def test_a_question_goes_out_and_its_reply_comes_back(serve: Serve) -> None:
    seen: list[Any] = []
    url = serve(200, json.dumps(Refused("note", "question.shape").to_body()).encode(), seen)
    assert NodeClient(url).ask(ASK) == Refused("note", "question.shape")
    assert json.loads(seen[0][2]) == ASK.to_body()


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (409, b'{"code": "node.head", "title": "taken"}', Kind.CONFLICT, "node.head"),
        (503, b'{"code": "node.busy"}', Kind.UNAVAILABLE, "node.busy"),
        (403, b'{"code": "ticket.invalid"}', Kind.FORBIDDEN, "ticket.invalid"),
        (404, b"not here", Kind.NOT_FOUND, "peer.status_404"),
        (500, b"[" * 100_000, Kind.UNAVAILABLE, "peer.status_500"),
        (302, b"", Kind.UNAVAILABLE, "peer.status_302"),
        (422, b'{"code": 7}', Kind.INVALID, "peer.status_422"),
    ],
)
def test_an_error_status_becomes_its_kind_and_code(
    serve: Serve, status: int, body: bytes, kind: Kind, code: str
) -> None:
    with pytest.raises(ExchangeError) as caught:
        NodeClient(serve(status, body)).ask(ASK)
    assert (caught.value.kind, caught.value.code) == (kind, code)


@pytest.mark.parametrize(
    "body", [b"", b"no json", b"[" * 100_000, b"[]", b'{"outcome": "answered"}']
)
def test_a_reply_that_is_none_is_unavailable(serve: Serve, body: bytes) -> None:
    with pytest.raises(UnavailableError):
        NodeClient(serve(200, body)).ask(ASK)


def test_health_and_descriptions_are_objects(serve: Serve) -> None:
    client = NodeClient(serve(200, b'{"name": "n", "descriptions": [{"asset": "a"}]}'))
    assert client.health()["name"] == "n"
    assert client.descriptions() == [{"asset": "a"}]
    with pytest.raises(UnavailableError):
        NodeClient(serve(200, b"[]")).health()
    with pytest.raises(UnavailableError):
        NodeClient(serve(200, b"{}")).descriptions()
    assert json_at(HttpPeer(serve(200, b"[1]")), "x") == [1]


def test_a_reply_without_end_is_cut_off(serve: Serve) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(http, "MAX_REPLY_BYTES", 100)
        with pytest.raises(UnavailableError, match="too long"):
            HttpPeer(serve(200, b"x" * 101)).get("/")


def test_a_peer_that_is_away_is_said_to_be() -> None:
    with pytest.raises(UnavailableError) as caught:
        HttpPeer("http://127.0.0.1:9", timeout_s=1).get("/")
    assert caught.value.code == "peer.unreachable"


@pytest.mark.parametrize("url", ["ftp://x", "file:///etc/passwd", "http://", "x"])
def test_only_http_is_spoken(url: str) -> None:
    with pytest.raises(ExchangeError) as caught:
        HttpPeer(url)
    assert caught.value.code == "peer.url"
