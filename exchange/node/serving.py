"""Running a node: waitress in front, the follower beside, a clean end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

import waitress

from exchange.clock import Clock
from exchange.errors import UnavailableError
from exchange.node.app import create_app
from exchange.node.assembly import Node, open_node
from exchange.node.settings import NodeSettings

THREADS: Final = 8


def serve(settings: NodeSettings, clock: Clock, ready: Callable[[str], None]) -> None:
    """Serve a node until SIGTERM or Ctrl-C; `ready` hears the address once it listens.

    Raises:
        ExchangeError: the node cannot be opened, or its address is taken.
    """
    node = open_node(settings, clock)
    try:
        with _following(node), _until_signalled():
            server = _listen(node)
            try:
                ready(f"http://{settings.host}:{server.effective_port}")
                server.run()
            finally:
                server.close()
    finally:
        node.close()


def _listen(node: Node) -> Any:
    settings = node.settings
    try:
        return waitress.create_server(
            create_app(node),
            host=settings.host,
            port=settings.port,
            threads=THREADS,
            ident="fdx-node",
            clear_untrusted_proxy_headers=True,
        )
    except OSError as error:
        text = f"{settings.host}:{settings.port} cannot be listened on; change [node] listen"
        raise UnavailableError("node.listen", text) from error


@contextmanager
def _following(node: Node) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(
        target=node.follower.watch,
        args=(stop, node.settings.limits.follow_ms / 1000),
        name="follower",
        daemon=True,
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        node.follower.wake()
        thread.join()


@contextmanager
def _until_signalled() -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        # What the server's loop takes for an end: it lets its threads finish.
        raise SystemExit(0)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
