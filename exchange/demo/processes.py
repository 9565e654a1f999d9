"""Domain nodes as processes of their own, each on its own folder and port."""

import json
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from exchange.errors import UnavailableError

_ROWS = re.compile(r"^\S.*?: ([\d,]+) rows", re.MULTILINE)
_HEALTH_EVERY_S = 0.05
_HEALTH_WITHIN_S = 60.0
_ENDS_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every node of a demo shares: the exchange's address, the log's key, the clock."""

    exchange: str
    log_key: str
    clock: str


class NodeProcess:
    """One node: its folder is made by `fdx node`, and `fdx node serve` runs it."""

    def __init__(self, name: str, folder: Path, make: list[str], around: Surroundings) -> None:
        self.name = name
        self.actor = f"n-{name}"
        self._folder = folder
        self._around = around
        self._listen = f"127.0.0.1:{free_port()}"
        arguments = ["--dir", str(folder), "--name", name, "--listen", self._listen]
        self._making = self._start([*make, *arguments])
        self._describing: subprocess.Popen[str] | None = None
        self._serving: subprocess.Popen[str] | None = None
        self._rows = 0

    @property
    def pid(self) -> int:
        """Process id of the serving node."""
        assert self._serving is not None, "the node serves nobody yet"
        return self._serving.pid

    @property
    def rows(self) -> int:
        """Rows of the largest table that the node holds."""
        return self._rows

    def made(self) -> None:
        """Wait until the folder is made.

        Raises:
            UnavailableError: the node's command failed; the text is what it said.
        """
        counts = _ROWS.findall(self._output(self._making))
        self._rows = max(int(count.replace(",", "")) for count in counts)

    def join(self, supplier: str) -> None:
        """Register itself for a supplier."""
        around = self._around
        self._run(
            "join",
            "--exchange",
            around.exchange,
            "--supplier",
            supplier,
            "--log-key",
            around.log_key,
        )

    def describe(self) -> None:
        """Begin to profile its data inside the domain, to sign the descriptions."""
        config = str(self._folder / "node.toml")
        clock = ["--clock", self._around.clock]
        self._describing = self._start(["describe", "--config", config, *clock])

    def open(self) -> None:
        """Wait until the data is described, then begin to serve."""
        assert self._describing is not None, "a node describes before it serves"
        self._output(self._describing)
        config = str(self._folder / "node.toml")
        clock = ["--clock", self._around.clock]
        self._serving = self._start(["serve", "--config", config, *clock], log=True)

    def ready(self) -> None:
        """Return once it answers."""
        until(self._answers, f"the node {self.name} did not start")

    def follow(self) -> None:
        """Do nothing: a served node follows by itself, and looks anew for every question."""

    def stop(self) -> None:
        """Ask what runs of this node to end."""
        for process in self._running():
            process.terminate()

    def close(self) -> None:
        """Wait for the end of what was asked to end, and make sure of it."""
        for process in self._running():
            try:
                process.wait(_ENDS_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _running(self) -> list["subprocess.Popen[str]"]:
        begun = (self._making, self._describing, self._serving)
        return [process for process in begun if process is not None and process.poll() is None]

    def _answers(self) -> bool:
        assert self._serving is not None
        if self._serving.poll() is not None:
            raise UnavailableError("demo.node", f"the node {self.name} ended: see its node.log")
        try:
            with urllib.request.urlopen(f"http://{self._listen}/v1/health", timeout=5) as answer:
                return "size" in json.loads(answer.read())
        except (urllib.error.URLError, OSError):
            return False

    def _run(self, *arguments: str) -> None:
        config = str(self._folder / "node.toml")
        self._output(self._start([arguments[0], "--config", config, *arguments[1:]]))

    def _start(self, arguments: list[str], *, log: bool = False) -> "subprocess.Popen[str]":
        # -P keeps modules of the current folder from standing in for the product's own.
        command = [sys.executable, "-P", "-m", "exchange.cli.main", "node", *arguments]
        if log:
            with (self._folder / "node.log").open("a", encoding="utf-8") as file:
                return subprocess.Popen(  # noqa: S603 - our own command, no shell
                    command, stdout=file, stderr=file, text=True
                )
        return subprocess.Popen(  # noqa: S603 - our own command, no shell
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def _output(self, process: "subprocess.Popen[str]") -> str:
        told, errors = process.communicate()
        if process.returncode:
            text = f"the node {self.name} failed: {errors.strip() or told.strip()}"
            raise UnavailableError("demo.node", text)
        return told


def free_port() -> int:
    """Find a port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def until(holds: Callable[[], bool], text: str) -> None:
    """Wait until something holds, for a bounded time.

    Raises:
        UnavailableError: it never did.
    """
    deadline = time.monotonic() + _HEALTH_WITHIN_S
    while not holds():
        if time.monotonic() > deadline:
            raise UnavailableError("demo.wait", text)
        time.sleep(_HEALTH_EVERY_S)
