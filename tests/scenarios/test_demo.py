"""`fdx demo` as a newcomer runs it: processes, files, one JSON object."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FDX = [sys.executable, "-m", "exchange.cli.main"]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "kept"


@pytest.fixture(scope="module")
def told(kept: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    own = tmp_path_factory.mktemp("own") / "城市.csv"
    lines = ["城市,日期,数量", *(f"福州,2026-01-{day:02d},{day}" for day in range(1, 29))]
    own.write_bytes("\n".join(lines).encode("gb18030"))
    ended = subprocess.run(
        [*FDX, "demo", "--headless", "--json", "--keep", str(kept), "--data", str(own)],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    (line,) = ended.stdout.splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def test_the_story_comes_true(told: dict[str, Any]) -> None:
    assert told["ledger"]["verified"] is True
    assert told["audit"]["ok"] is True
    assert told["queries"]["answered"] == 3  # two of the flights, one of the visitor's own data
    assert told["queries"]["refused"] == [
        "question.raw_rows",
        "question.pins_unit",
        "question.column",
        "question.unapproved",
        "grant.expired",
    ]
    assert told["settlement"] == {"balanced": True, "captured_fen": 25_600, "refunded_fen": 5_000}
    assert told["dispute"]["state"] == "executed"
    assert told["tamper"]["detected"] is True
    assert told["tamper"]["entry"] == told["tamper"]["changed"]
    assert told["seconds"] > 0


def test_the_nodes_are_processes_of_their_own_on_real_data(told: dict[str, Any]) -> None:
    rows = {node["name"]: node["rows"] for node in told["nodes"]}
    assert rows == {"transport": 336_776, "weather": 26_115, "health": 569, "own": 28}
    pids = {node["pid"] for node in told["nodes"]}
    assert len(pids) == 4
    assert os.getpid() not in pids
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_kept_files_lie_where_they_belong_and_nothing_else_does(
    told: dict[str, Any], kept: Path
) -> None:
    assert told["ledger"]["size"] > 0
    assert sorted(path.name for path in kept.iterdir()) == ["exchange", "nodes"]
    names = sorted(path.name for path in (kept / "nodes").iterdir())
    assert names == ["health", "own", "transport", "weather"]
    exchange = {path.name for path in (kept / "exchange").iterdir()}
    assert {"exchange.db", "last-signed", "log.key", "log.vkey", "operator.key"} <= exchange
    assert not list((kept / "exchange").rglob("*.parquet"))


@pytest.mark.parametrize("command", [["ledger", "verify"], ["audit"]])
def test_what_was_kept_verifies_from_the_command_line(
    told: dict[str, Any], kept: Path, command: list[str]
) -> None:
    ended = subprocess.run(
        [*FDX, *command, str(kept / "exchange"), "--json"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["root"] == told["ledger"]["root"]


def test_a_folder_that_holds_something_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    ended = subprocess.run(
        [*FDX, "demo", "--headless", "--keep", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 1
    assert "not empty" in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_ctrl_c_ends_the_demo_and_its_nodes(tmp_path: Path) -> None:
    keep = tmp_path / "kept"
    demo = subprocess.Popen(
        [*FDX, "demo", "--headless", "--keep", str(keep)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert demo.stderr is not None
    for line in demo.stderr:
        if "participants join" in line:
            break
    demo.send_signal(signal.SIGINT)
    _, errors = demo.communicate(timeout=60)
    assert demo.returncode == 130, errors
    assert "ended" in errors
    assert "Traceback" not in errors
