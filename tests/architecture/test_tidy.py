from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from tests.architecture.bans import banned_phrases, code_lines, foreign_paths
from tests.architecture.files import ROOT, project_files, python_files
from tests.architecture.shape import packages_without_init, place_faults, shape_faults


def _read(path: PurePosixPath) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def test_the_walk_finds_the_floors() -> None:
    tops = {path.parts[0] for path in python_files()}

    assert {"exchange", "ledger", "valuation", "tests"} <= tops


def test_every_python_file_keeps_the_limits() -> None:
    faults = [fault for path in python_files() for fault in shape_faults(path, _read(path))]

    assert faults == []


def test_banned_phrases_stand_only_where_they_belong() -> None:
    faults = [fault for path in python_files() for fault in banned_phrases(path, _read(path))]

    assert faults == []


def test_every_source_folder_is_a_package() -> None:
    assert list(packages_without_init(python_files())) == []


def test_no_file_names_a_path_of_one_workplace() -> None:
    faults = []
    for path in project_files():
        text = (ROOT / path).read_bytes().decode("utf-8", errors="replace")
        faults += list(foreign_paths(path, text))

    assert faults == []


def _function(lines: int) -> str:
    return "def act() -> None:\n" + "    pass\n" * (lines - 1)


LONG_PARAMETERS = "def act(a, b, c, d, e, f): ...\n"
SHAPES = [
    ("exchange/a.py", _function(51), "act: 51 lines, 50 allowed"),
    ("tests/test_a.py", _function(81), "act: 81 lines, 80 allowed"),
    ("ledger/a.py", "x = 1\n" * 501, "501 lines, 500 allowed"),
    ("exchange/a/b/c/d.py", "", "4 folders deep, 3 allowed"),
    ("tests/a/b/c/d/test_e.py", "", "5 folders deep, 4 allowed"),
    ("exchange/a.py", LONG_PARAMETERS, "6 positional parameters, 5 allowed"),
    (
        "exchange/a.py",
        "class A:\n    def act(self, a, b, c, *, d, e, f, g, h, i): ...\n",
        "9 parameters, 8 allowed",
    ),
    ("exchange/a.py", "def act():\n    import os\n", "imports stand at the top of a file"),
    ("exchange/a.py", "async def act():\n    from os import path\n", "imports stand at the top"),
    ("exchange/a/__init__.py", "", "a package says in a docstring what it is for"),
    ("exchange/utils.py", "", "`utils` says nothing"),
    ("exchange/error_handler.py", "", "`handler` says nothing"),
    ("valuation/core/a.py", "", "`core` says nothing"),
]


@pytest.mark.parametrize(("path", "source", "said"), SHAPES)
def test_a_planted_fault_of_shape_is_found(path: str, source: str, said: str) -> None:
    faults = list(shape_faults(PurePosixPath(path), source))

    assert len(faults) == 1
    assert said in faults[0]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("exchange/a.py", _function(50)),
        ("tests/test_a.py", _function(80)),
        ("exchange/migrations/m0001.py", _function(200)),
        ("exchange/a/b/c.py", "x = 1\n" * 500),
        ("exchange/a.py", "class A:\n    def act(self, a, b, c, d, e, *, f, g, h): ...\n"),
        ("exchange/cli/a.py", "@click.option('--a')\n" + LONG_PARAMETERS),
        ("exchange/a/__init__.py", '"""Say what."""\n'),
        ("exchange/score.py", "from typing import Any\n"),
        ("tests/test_a.py", "def act():\n    import os\n"),
    ],
)
def test_what_keeps_the_limits_passes(path: str, source: str) -> None:
    assert list(shape_faults(PurePosixPath(path), source)) == []


def test_a_folder_without_init_is_found() -> None:
    paths = [PurePosixPath(text) for text in ("ledger/a.py", "tests/a.py", "benchmarks/b.py")]

    assert list(packages_without_init(paths)) == ["ledger: holds Python files and no __init__.py"]


def test_file_names_are_judged_word_by_word() -> None:
    assert list(place_faults(PurePosixPath("exchange/commons.py"))) == []
    assert len(list(place_faults(PurePosixPath("exchange/common_words.py")))) == 1


PHRASES = [
    ("exchange/a.py", "at = datetime.now(UTC)"),
    ("tests/test_a.py", "at = datetime.datetime.now()"),
    ("exchange/a.py", "at = datetime.utcnow()"),
    ("exchange/a.py", "at = time.time()"),
    ("tests/test_a.py", "time.sleep(1)"),
    ("exchange/a.py", "from uuid import uuid4"),
    ("exchange/a.py", "x = random.choice(xs)"),
    ("exchange/a.py", "x = np.random.normal()"),
    ("tests/test_a.py", "x = random.Random()"),
    ("exchange/a.py", "x = secrets.token_hex(8)"),
    ("exchange/a.py", "import secrets"),
    ("exchange/a.py", "x = os.urandom(8)"),
    ("exchange/a.py", "x = os.environ['A']"),
    ("exchange/market/service.py", "session.commit()"),
    ("exchange/market/service.py", "asset.state = State.LISTED"),
    ("exchange/market/service.py", "asset.state=State.LISTED"),
    ("exchange/market/service.py", "print(asset)"),
    ("tests/test_a.py", "x = 1  # TO" + "DO: more"),
    ("ledger/a.py", '"""A HA' + 'CK."""'),
]


@pytest.mark.parametrize(("path", "source"), PHRASES)
def test_a_planted_phrase_is_found(path: str, source: str) -> None:
    assert len(list(banned_phrases(PurePosixPath(path), source + "\n"))) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("exchange/clock.py", "at = datetime.now(UTC)"),
        ("exchange/ids.py", "x = secrets.token_hex(8)"),
        ("ledger/signing.py", "x = os.urandom(32)"),
        ("exchange/cli/serve.py", "x = os.environ"),
        ("exchange/a.py", "key = secrets.log"),
        ("exchange/storage/unit_of_work.py", "row.state = after"),
        ("exchange/cli/main.py", "print(1)"),
        ("tests/test_a.py", "x = os.environ"),
        ("exchange/a.py", '"""Never datetime.now; print(it) instead."""'),
        ("exchange/a.py", "x = 1  # random.choice would not repeat"),
        ("exchange/a.py", "def act(stream: random.Random) -> None: ..."),
        ("exchange/a.py", "x = random.Random(seed)"),
        ("exchange/a.py", "ok = asset.state == State.LISTED"),
        ("exchange/a.py", "blueprint(1)"),
        ("docs/conf.py", "at = datetime.now(UTC)"),
    ],
)
def test_a_phrase_in_its_place_passes(path: str, source: str) -> None:
    assert list(banned_phrases(PurePosixPath(path), source + "\n")) == []


def test_code_lines_keep_their_places() -> None:
    source = 'a = "é" + b  # c\nd = """e\nf""" + g\n'

    assert code_lines(source) == ["a =     + b     \n", "d =     \n", "     + g\n"]


def test_a_planted_path_of_somebodys_machine_is_found() -> None:
    text = "see /ho" + "me/ann/x\nand pages/ho" + "me/one\n/Us" + "ers/ann\nand /tmp/x\n"

    assert list(foreign_paths(PurePosixPath("docs/a.md"), text)) == [
        "docs/a.md:1: names a path of one machine",
        "docs/a.md:3: names a path of one machine",
    ]


def test_the_walk_without_git_leaves_caches_out(tmp_path: Path) -> None:
    for name in ("ledger/a.py", ".venv/lib/b.py", "ledger/__pycache__/c.py", "README.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")

    assert [str(path) for path in project_files(tmp_path)] == ["README.md", "ledger/a.py"]
