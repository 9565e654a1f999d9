"""`fdx node` on the command line: what it makes, what it says, what it refuses."""

from __future__ import annotations

import csv
import io
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.cli.node import node
from exchange.node.approval import approve
from exchange.node.drafting import DraftWish, draft_rule
from exchange.node.intake import Wanted, take_in
from exchange.node.rule import Role
from exchange.node.rule_file import parse_rule, read_rule
from exchange.node.settings import LimitSettings, NodeSettings, SettingsError
from exchange.node.texts import IntakeError
from exchange.node.vault import build_vault
from ledger.signing import public_key_of

PEOPLE = ["name,sex,town,income", *(f"person {n},{'mf'[n % 2]},t{n % 3},{n}.5" for n in range(90))]


def run(*arguments: str | Path) -> Result:
    """Run `fdx node`."""
    return CliRunner().invoke(node, [str(argument) for argument in arguments])


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A file whose very name should not get around."""
    path = tmp_path / "SECRET-payroll-2026.csv"
    path.write_text("\n".join(PEOPLE), "utf-8")
    return path


def made(people: Path, directory: Path, *more: str) -> Result:
    """Run `fdx node init` on the file."""
    return run("init", "--data", people, "--dir", directory, "--name", "Town Hall", *more)


def test_init_makes_a_node_that_passes_its_own_check(people: Path, tmp_path: Path) -> None:
    directory = tmp_path / "node"
    result = made(people, directory)
    assert result.exit_code == 0
    assert "town_hall: 90 rows, 4 columns (utf-8, header)" in result.stdout
    assert "fdx node check --config" in result.stdout

    settings = NodeSettings.from_toml(directory / "node.toml")
    assert (settings.name, settings.actor, settings.port) == ("Town Hall", "n-town-hall", 8101)
    assert settings.limits == LimitSettings()
    assert (directory / "key").stat().st_mode & 0o777 == 0o600
    assert directory.stat().st_mode & 0o777 == 0o700
    assert len(public_key_of(settings.key())) == 32
    assert settings.key() != settings.secret()

    checked = run("check", "--config", directory / "node.toml")
    assert checked.exit_code == 0
    assert "rows-by-2: Rows by sex / 按 sex 计数" in checked.stdout
    assert "the data fits it" in checked.stdout


def test_the_draft_shows_few_valued_columns_and_hides_the_rest(
    people: Path, tmp_path: Path
) -> None:
    made(people, tmp_path / "node", "--unit", "name", "--minimum-units", "5")
    rule = approve(read_rule(tmp_path / "node" / "rules" / "town-hall.toml")).rule
    assert {column.name: column.role for column in rule.tables[0].columns} == {
        "name": Role.HIDDEN,
        "sex": Role.DIMENSION,
        "town": Role.DIMENSION,
        "income": Role.MEASURE,
    }
    assert [analysis.id for analysis in rule.analyses] == ["rows-by-2", "rows-by-3"]
    assert rule.minimum_units == 5
    assert rule.unit is not None
    assert rule.unit.name == "name"


def test_the_files_own_name_stays_behind(people: Path, tmp_path: Path) -> None:
    made(people, tmp_path / "node")
    kept = [path.relative_to(tmp_path) for path in (tmp_path / "node").rglob("*")]
    assert not [path for path in kept if "SECRET" in str(path)]
    for name in ("node.toml", "rules/town-hall.toml"):
        assert "SECRET" not in (tmp_path / "node" / name).read_text("utf-8")


def test_init_leaves_what_is_there_alone(people: Path, tmp_path: Path) -> None:
    directory = tmp_path / "node"
    made(people, directory)
    before = {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()}
    result = made(people, directory)
    assert result.exit_code == 1
    assert "holds something already" in result.stderr
    assert {path: path.read_bytes() for path in directory.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("content", "more", "why"),
    [
        ("", (), "empty"),
        ("a,b\n1\n2\n3\n", (), "no usable lines"),
        ("\n".join(PEOPLE), ("--text", "nothing"), "--text nothing: no table has such a column"),
        ("\n".join(PEOPLE), ("--unit", "nobody"), "no such column"),
        ("\n".join(PEOPLE), ("--asset", "No Spaces"), "must be like"),
        ("\n".join(PEOPLE), ("--listen", "nowhere"), "listen"),
    ],
)
def test_nothing_is_left_behind_by_a_wrong_wish(
    tmp_path: Path, content: str, more: tuple[str, ...], why: str
) -> None:
    path = tmp_path / "f.csv"
    path.write_text(content, "utf-8")
    result = made(path, tmp_path / "node", *more)
    assert result.exit_code == 1
    assert why in result.stderr
    assert [each.name for each in tmp_path.iterdir()] == ["f.csv"]


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n123456789012,x\n0.12345678,y\n",
        "a\nall\nis\nhidden\n",
        "a,b\n999999999999.99999999999999999,x\n0.1,y\n",
        "rows,n\n" + "x,1\ny,2\n" * 90,
        "a\n" + "9007199254740993\n" * 90,
        ",".join(f"c{n}" for n in range(150)) + "\n" + (",".join("1" * 150) + "\n") * 90,
        ",".join(["长" * 100] * 150) + "\n" + (",".join("1" * 150) + "\n") * 90,
    ],
)
def test_what_init_accepts_passes_check(tmp_path: Path, content: str) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(content.encode())
    result = made(path, tmp_path / "node", "--header")
    assert result.exit_code == 0, result.stderr
    checked = run("check", "--config", tmp_path / "node" / "node.toml")
    assert checked.exit_code == 0, checked.stderr
    assert not list((tmp_path / "node").glob(".work-*"))


_CELLS = st.one_of(
    st.integers(-(10**20), 10**20).map(str),
    st.decimals(allow_nan=True, allow_infinity=True).map(str),
    st.floats().map(str),
    st.dates().map(str),
    st.datetimes(timezones=st.none() | st.timezones()).map(str),
    st.sampled_from(["", "NA", "true", "false", "rows", "infinity", "0001-01-01T00:00:00+14:00"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8),
)


@st.composite
def files(draw: st.DrawFn) -> str:
    """Draw a small CSV whose columns each repeat a few values, as real ones do."""
    width = draw(st.integers(1, 4))
    head = draw(st.lists(_CELLS, min_size=width, max_size=width))
    kinds = [draw(st.lists(_CELLS, min_size=1, max_size=3)) for _ in range(width)]
    count = draw(st.integers(0, 60))
    rows = [[kind[place % len(kind)] for kind in kinds] for place in range(count)]
    out = io.StringIO()
    csv.writer(out, lineterminator=draw(st.sampled_from(["\n", "\r\n", "\r"]))).writerows(
        [head, *rows]
    )
    return out.getvalue()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(content=files(), header=st.sampled_from([None, True, False]))
def test_whatever_init_accepts_the_node_can_open(content: str, header: bool | None) -> None:
    """Without its last step, which would hide it: the store can be built from every intake."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "f.csv"
        path.write_bytes(content.encode("utf-8"))
        try:
            intake = take_in(path, path.parent, Wanted("t", (), header), lambda _: None)
        except IntakeError:
            return
        rule = parse_rule(draft_rule([intake], DraftWish("a", "n", None, 10)).encode())
        approve(rule)
        vault = build_vault(rule, path.parent, path.parent / "v.duckdb", bytes(16))
        assert vault.rows == intake.rows


def test_decisions_are_told(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("张三,福州\n李四,厦门\n" * 100, "utf-8")
    result = made(path, tmp_path / "node")
    assert result.exit_code == 0
    assert "line 1 is taken as data" in result.stderr
    assert "--header" in result.stderr
    assert "张三" not in (tmp_path / "node" / "rules" / "town-hall.toml").read_text("utf-8")


def test_bad_lines_are_reported_and_kept(people: Path, tmp_path: Path) -> None:
    people.write_text("\n".join([*PEOPLE, "too,few"]), "utf-8")
    result = made(people, tmp_path / "node")
    assert result.exit_code == 0
    assert "1 bad lines: 1 × 2 fields instead of 4 (lines 92)" in result.stdout
    assert (tmp_path / "node" / "data" / "town_hall.rejects.csv").exists()


def test_check_refuses_a_rule_that_contradicts_itself(people: Path, tmp_path: Path) -> None:
    made(people, tmp_path / "node")
    rule = tmp_path / "node" / "rules" / "town-hall.toml"
    rule.write_text(rule.read_text("utf-8").replace("COUNT(*)", "MAX(income)"), "utf-8")
    result = run("check", "--config", tmp_path / "node" / "node.toml")
    assert result.exit_code == 1
    assert "question.function" in result.stderr
    assert not list((tmp_path / "node").glob(".work-*"))


def test_a_minimum_of_one_is_refused(people: Path, tmp_path: Path) -> None:
    made(people, tmp_path / "node")
    rule = tmp_path / "node" / "rules" / "town-hall.toml"
    rule.write_text(
        rule.read_text("utf-8").replace("minimum_units = 10", "minimum_units = 1"), "utf-8"
    )
    result = run("check", "--config", tmp_path / "node" / "node.toml")
    assert result.exit_code == 1
    assert "must be at least 2" in result.stderr


@pytest.mark.parametrize("command", ["serve", "describe"])
def test_a_node_that_has_not_joined_says_what_to_do(
    people: Path, tmp_path: Path, command: str
) -> None:
    made(people, tmp_path / "node")
    result = run(command, "--config", tmp_path / "node" / "node.toml")
    assert result.exit_code == 1
    assert "fdx node join" in result.stderr


def test_a_missing_configuration_and_a_wrong_clock_are_named(tmp_path: Path) -> None:
    assert "fdx node init" in run("check", "--config", tmp_path / "none.toml").stderr
    assert "FDX_CLOCK" in run("serve", "--config", tmp_path / "x", "--clock", "noon").stderr


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("[node]", "[nodes]", "is not known here"),
        ('actor = "n-town-hall"', 'actor = "Town Hall"', "actor"),
        ('listen = "127.0.0.1:8101"', 'listen = "127.0.0.1:99999"', "listen"),
        ("questions = 1000", "questions = -1", "questions"),
        ("questions = 1000", "questions = 1000\nsurprise = 1", "surprise"),
        ("[[assets]]", "[[asset]]", "is not known here"),
    ],
)
def test_a_faulty_configuration_is_refused_by_its_member(
    people: Path, tmp_path: Path, before: str, after: str, why: str
) -> None:
    made(people, tmp_path / "node")
    path = tmp_path / "node" / "node.toml"
    path.write_text(path.read_text("utf-8").replace(before, after), "utf-8")
    with pytest.raises(SettingsError, match=why):
        NodeSettings.from_toml(path)


def test_every_command_teaches() -> None:
    assert "A supplier's way" in run("--help").stdout
    for command in ("init", "demo", "check", "join", "describe", "serve"):
        result = run(command, "--help")
        assert result.exit_code == 0
        assert "--help" in result.stdout


def test_a_node_runs_where_the_exchange_is_not_installed() -> None:
    """Block the ORM and the site, then load every module of the node."""
    script = (
        "import sys, importlib, pkgutil\n"
        "for name in ('sqlmodel', 'sqlalchemy', 'marshmallow', 'flask_smorest', 'apscheduler'):\n"
        "    sys.modules[name] = None\n"
        "import exchange.node, exchange.cli.main\n"
        "for found in pkgutil.walk_packages(exchange.node.__path__, 'exchange.node.'):\n"
        "    importlib.import_module(found.name)\n"
        "exchange.cli.main.main(['node', '--help'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Set up and run a domain node" in done.stdout


def test_an_interrupted_init_leaves_nothing(tmp_path: Path) -> None:
    script = (
        "import exchange.cli.node as n, pathlib\n"
        f"n.node(['init', '--data', '{tmp_path / 'link.csv'}', '--dir', '{tmp_path / 'node'}', '--name', 'x'])\n"
    )
    (tmp_path / "link.csv").write_text("\n".join(PEOPLE * 50), "utf-8")
    slow = "import exchange.node.intake as i\nold = i._load\n"
    slow += "def wait(*a):\n    print('here', flush=True)\n    input()\n    return old(*a)\ni._load = wait\n"
    with subprocess.Popen(
        [sys.executable, "-c", slow + script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"here\n"
        process.send_signal(signal.SIGINT)
        process.wait(20)
        assert process.returncode == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.csv"]
