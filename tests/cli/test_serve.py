"""`fdx serve` and `fdx jobs` as processes: on SQLite one, on PostgreSQL several that share a log."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from exchange.client.api import ApiClient
from exchange.demo.processes import free_port, until
from exchange.errors import ExchangeError
from exchange.protocol.http import HttpPeer
from ledger.checkpoint import open_checkpoint
from ledger.signing import parse_vkey

FDX = [sys.executable, "-m", "exchange.cli.main"]
PASSWORD = "a password for tests"


@contextmanager
def process(arguments: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    started = subprocess.Popen(
        [*FDX, *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield started
    finally:
        if started.poll() is None:
            started.terminate()
        _, errors = started.communicate(timeout=30)
    assert "Traceback" not in errors, errors


def answers(port: int, started: subprocess.Popen[str]) -> bool:
    assert started.poll() is None, started.stderr.read() if started.stderr else ""
    try:
        return bool(HttpPeer(f"http://127.0.0.1:{port}", 5).get("/ledger/checkpoint"))
    except ExchangeError:
        return False


@contextmanager
def serving(folder: Path, **environment: str) -> Iterator[tuple[HttpPeer, subprocess.Popen[str]]]:
    port = free_port()
    told = {"FDX_DATA": str(folder), "FDX_PORT": str(port), **environment}
    with process(["serve"], told) as started:
        until(lambda: answers(port, started), "the exchange did not start")
        yield HttpPeer(f"http://127.0.0.1:{port}", 20), started


def client(peer: HttpPeer, folder: Path) -> ApiClient:
    return ApiClient(peer, parse_vkey((folder / "log.vkey").read_text("utf-8").strip()))


def test_an_exchange_serves_ends_cleanly_and_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with serving(tmp_path) as (peer, started):
        buyer = client(peer, tmp_path)
        buyer.sign_up("buyer", PASSWORD, "海峡出行研究所", ("buyer",))
        started.send_signal(signal.SIGTERM)
        assert started.wait(timeout=30) == 0
    with serving(tmp_path) as (peer, _):
        again = client(peer, tmp_path)
        again.log_in("buyer", PASSWORD)
        assert again.participant == buyer.participant


def test_the_operator_opens_its_account_and_admits_the_first_registrar(tmp_path: Path) -> None:
    environment = {"FDX_DATA": str(tmp_path)}
    command = [*FDX, "operator", "--password", PASSWORD]
    for code, told in ((0, "log in as operator"), (1, "account.taken")):
        ended = subprocess.run(
            command,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (ended.returncode, told in ended.stdout + ended.stderr) == (code, True)
    with serving(tmp_path) as (peer, _):
        operator, registrar = client(peer, tmp_path), client(peer, tmp_path)
        operator.log_in("operator", PASSWORD)
        registrar.sign_up("registrar", PASSWORD, "登记机构", ("registrar",))
        path = f"/participants/{registrar.participant}/admission"
        operator.post(path, {"roles": ["registrar"]})
        assert registrar.get("/participants/me")["roles"] == ["registrar"]


def test_two_workers_and_a_jobs_process_share_one_postgresql(
    tmp_path: Path, postgres_url: str
) -> None:
    shared = {"FDX_DATABASE_URL": postgres_url}
    with (
        serving(tmp_path, **shared) as (first, _),
        serving(tmp_path, **shared) as (second, _),
        process(["jobs"], {"FDX_DATA": str(tmp_path), **shared}) as jobs,
    ):
        one, two = client(first, tmp_path), client(second, tmp_path)
        one.sign_up("buyer", PASSWORD, "甲公司", ("buyer",))
        two.sign_up("supplier", PASSWORD, "乙公司", ("supplier",))
        # A session that one worker opened is served by the other.
        two.log_in("buyer", PASSWORD)
        assert two.participant == one.participant
        assert one.get("/participants/me") == two.get("/participants/me")
        key = parse_vkey((tmp_path / "log.vkey").read_text("utf-8").strip())
        notes = [peer.get("/ledger/checkpoint").decode() for peer in (first, second)]
        assert notes[0] == notes[1]
        assert open_checkpoint(notes[0], key).size == 4
        assert jobs.poll() is None
