"""`fdx` teaches: every command has help, and a wrong call says what to do."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from exchange.cli.main import main

COMMANDS = ("demo", "serve", "operator", "jobs", "node", "ledger", "audit", "simulate")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    told = CliRunner().invoke(main, [command, "--help"])
    assert told.exit_code == 0
    assert len(told.output.splitlines()) > 5


def test_the_overview_names_every_command_without_loading_any() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from exchange.cli.main import main; "
        "told = CliRunner().invoke(main, ['--help']); "
        "assert told.exit_code == 0; "
        f"assert all(name in told.output for name in {COMMANDS!r}); "
        "assert not {'flask', 'sqlmodel', 'duckdb'} & set(sys.modules), 'something was loaded'"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_simulation_is_summed_up(tmp_path: Path) -> None:
    shipped = Path("exchange/simulation/scenarios/quarter.toml").read_text("utf-8")
    mine = tmp_path / "short.toml"
    mine.write_text(shipped.replace("days = 90", "days = 10"), "utf-8")
    told = CliRunner().invoke(main, ["simulate", str(mine), "--seed", "4", "--json"])
    assert told.exit_code == 0, told.output
    first = json.loads(told.stdout)
    assert (first["days"], first["seed"]) == (10, 4)
    again = CliRunner().invoke(main, ["simulate", str(mine), "--seed", "4"])
    assert first["root"] in again.stdout


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["simulate", "nothing"], "there is no scenario"),
        (["jobs"], "FDX_DATABASE_URL"),
        (["ledger", "verify"], "WHERE"),
        (["nothing"], "No such command"),
    ],
)
def test_a_wrong_call_says_what_to_do(arguments: list[str], hint: str) -> None:
    told = CliRunner().invoke(main, arguments, env={"FDX_DATABASE_URL": None})
    assert told.exit_code == 2
    assert hint in told.output
