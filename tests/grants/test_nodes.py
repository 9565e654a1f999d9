from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest

from exchange.errors import ExchangeError
from exchange.grants.nodes import HttpNodes, Turns


class Reply(BaseHTTPRequestHandler):
    """Answers every POST with the same status, headers and bytes."""

    status: ClassVar[int] = 200
    headers_sent: ClassVar[dict[str, str]] = {}
    content: ClassVar[bytes] = b"{}"
    seen: ClassVar[list[tuple[str, Any]]] = []

    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        self.seen.append((self.path, json.loads(self.rfile.read(size))))
        self.send_response(self.status)
        for name, value in self.headers_sent.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.content)

    def log_message(self, *args: Any) -> None:
        """Stay silent."""


@contextmanager
def serving(status: int, content: bytes, **headers: str) -> Iterator[tuple[str, type[Reply]]]:
    """Serve one fixed reply on this machine; give its URL and what was seen."""
    fixed = type(
        "Fixed",
        (Reply,),
        {"status": status, "content": content, "headers_sent": headers, "seen": []},
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), fixed)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", fixed
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def failure(nodes: HttpNodes, url: str) -> str:
    """Return the code with which a question to this URL fails."""
    with pytest.raises(ExchangeError) as caught:
        nodes.post_question(url, {"question": "q-1"})
    return caught.value.code


def test_a_question_is_posted_as_json_and_the_reply_comes_back() -> None:
    with serving(200, b'{"outcome": "refused"}') as (url, node):
        assert HttpNodes().post_question(url, {"question": "q-1"}) == {"outcome": "refused"}
        assert node.seen == [("/v1/questions", {"question": "q-1"})]


@pytest.mark.parametrize(
    ("status", "content", "code"),
    [
        (200, b"no json", "peer.reply"),
        (200, b"[" * 100_000, "peer.reply"),
        (200, b'["answered"]', "node.reply"),
        (409, b'{"code": "node.head", "title": "taken"}', "node.head"),
        (503, b'{"code": "node.stale"}', "node.stale"),
        (500, b"Traceback", "peer.status_500"),
        (302, b"", "peer.status_302"),
    ],
)
def test_what_is_no_reply_fails_with_a_code(status: int, content: bytes, code: str) -> None:
    with serving(status, content, Location="http://127.0.0.1:1/") as (url, node):
        assert failure(HttpNodes(), url) == code
        assert len(node.seen) == 1


def test_nobody_at_the_address_is_unreachable() -> None:
    with serving(200, b"{}") as (url, _):
        pass
    assert failure(HttpNodes(timeout_s=1.0), url) == "peer.unreachable"


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org",
        "http://10.0.0.1:8101",
        "http://169.254.169.254",
        "http://127.0.0.1.example.org",
        "http://localhost@example.org",
        "http://user:secret@127.0.0.1:8101",
        "https://user@example.org",
        "https://example.org/?to=127.0.0.1",
        "https://example.org/#x",
        "https://",
        "https://example.org:99999",
        "https://example.org:0",
        "http://[::1",
        "file:///etc/passwd",
        "ftp://127.0.0.1",
        "",
    ],
)
def test_no_other_address_is_called(url: str) -> None:
    assert failure(HttpNodes(), url) == "node.url"


def test_this_machine_is_called_only_where_that_is_allowed() -> None:
    with serving(200, b"{}") as (url, node):
        assert failure(HttpNodes(loopback=False), url) == "node.url"
        assert node.seen == []


def test_a_turn_is_one_at_a_time_for_each_node() -> None:
    turns = Turns(wait_s=0.01)
    with turns.turn("n-1"), turns.turn("n-2"):
        with pytest.raises(ExchangeError) as caught, turns.turn("n-1"):
            pass
        assert caught.value.code == "node.busy"
    with turns.turn("n-1"):
        pass


def test_a_turn_ends_also_when_its_question_fails() -> None:
    turns = Turns(wait_s=0.01)
    with pytest.raises(ValueError, match="broken"), turns.turn("n-1"):
        raise ValueError("broken")
    with turns.turn("n-1"):
        pass
