"""Everything that an exchange stores, serves and logs, gathered while it is looked at."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from flask import Flask, Response, request, request_finished
from werkzeug.routing import Rule

from exchange.protocol.http import HttpPeer, HttpReply
from exchange.storage.engine import sqlite_module

_TIMEOUT_S = 60.0


class Evidence:
    """Contents by where they came from; the same bytes are kept once, where they came from first.

    `names` are all places that something came from, `rules` the addresses of the site.
    """

    def __init__(self) -> None:
        self._kept: dict[bytes, tuple[str, bytes]] = {}
        self._logged: list[str] = []
        self.names = {"log"}
        self.rules: tuple[Rule, ...] = ()

    def add(self, source: str, content: bytes) -> None:
        """Keep some bytes."""
        self.names.add(source)
        self._kept.setdefault(hashlib.sha256(content).digest(), (source, content))

    def sources(self) -> list[tuple[str, bytes]]:
        """Return everything that was kept, with the log as one of the sources."""
        log = "\n".join(self._logged).encode("utf-8", "surrogatepass")
        return [*self._kept.values(), ("log", log)]

    def tell(self, zh: str, en: str) -> None:
        """Keep what the demo says to its reader."""
        self._logged.append(f"{zh} {en}")

    def keep_reply(self, source: str, reply: HttpReply) -> None:
        """Keep an answer as it came over the wire."""
        self.add(f"{source}: headers", str(dict(reply.headers)).encode())
        self.add(source, reply.body)

    def keep_folder(self, folder: Path) -> None:
        """Keep every byte below a folder, and the names there."""
        for path in sorted(folder.rglob("*")):
            self.add("file names", str(path.relative_to(folder)).encode())
            if path.is_file():
                self.add(f"file {path.name}", path.read_bytes())

    def keep_rows(self, database: Path) -> None:
        """Keep every cell of a SQLite database; in the file a long one lies in pieces."""
        uri = f"{database.absolute().as_uri()}?mode=ro"
        with closing(sqlite_module.connect(uri, uri=True)) as connection:
            tables = connection.execute("SELECT name, sql FROM sqlite_master").fetchall()
            self.add("schema", repr(tables).encode())
            for (name,) in connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
            ).fetchall():
                rows = connection.execute(f'SELECT * FROM "{name}"')
                cells = (cell for row in rows for cell in row if cell is not None)
                self.add(f"table {name}", b"\n".join(_bytes(cell) for cell in cells))

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Keep what this process logs and what its web apps answer, to whomever."""
        root, keeper = logging.getLogger(), _Keeper(self._logged)
        level = root.level
        root.addHandler(keeper)
        root.setLevel(logging.DEBUG)
        request_finished.connect(self._answered, weak=False)
        try:
            yield
        finally:
            request_finished.disconnect(self._answered)
            root.setLevel(level)
            root.removeHandler(keeper)

    def _answered(self, sender: Flask, response: Response, **_: Any) -> None:
        served_by = "exchange" if "fdx" in sender.extensions else "node"
        if served_by == "exchange":
            self.rules = tuple(sender.url_map.iter_rules())
        source = f"{served_by} {request.method} {request.path}"
        self.add(f"{source}: headers", str(response.headers).encode())
        if not response.direct_passthrough:  # a file of the package, which visitors fetch
            self.add(source, response.get_data())


class Visitor:
    """One caller's way to a server: remembers its cookie and keeps every answer."""

    def __init__(self, url: str, evidence: Evidence) -> None:
        self._peer = HttpPeer(url, _TIMEOUT_S)
        self._evidence = evidence
        self._cookie = ""

    def request(
        self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]
    ) -> HttpReply:
        """Send a request and return the whole reply."""
        reply = self._peer.request(method, path, content, headers)
        self._evidence.keep_reply(f"exchange {method} {path}", reply)
        cookies = [
            line.split(";", 1)[0] for line in reply.headers.get("set-cookie", "").split("\n")
        ]
        self._cookie = "; ".join(each for each in cookies if each) or self._cookie
        return reply

    def get(self, path: str) -> HttpReply:
        """Get a path as who the visitor is."""
        return self.request("GET", path, None, {"Cookie": self._cookie} if self._cookie else {})


class _Keeper(logging.Handler):
    """Keeps what is logged, tracebacks included."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self._lines = lines
        self.setFormatter(logging.Formatter("%(asctime)s %(name)s %(levelname)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record."""
        self._lines.append(self.format(record))


def _bytes(cell: object) -> bytes:
    return cell if isinstance(cell, bytes) else str(cell).encode("utf-8", "surrogatepass")
