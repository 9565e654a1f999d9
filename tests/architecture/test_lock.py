from __future__ import annotations

import pytest

from tests.architecture.files import ROOT
from tests.architecture.locks import (
    REQUIREMENTS,
    load_lock,
    load_project,
    locked_hashes,
    pins,
    private_lines,
)

HASH = "--hash=sha256:" + "0" * 64


@pytest.mark.parametrize("name", ["uv.lock", *REQUIREMENTS])
def test_lock_files_name_public_hosts_only(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")

    assert list(private_lines(name, text)) == []


def test_every_requirement_is_pinned_to_what_uv_locked() -> None:
    locked = locked_hashes(load_lock())

    assert pins((ROOT / REQUIREMENTS[0]).read_text(encoding="utf-8")) == locked


def test_build_tools_are_pinned_to_what_uv_locked() -> None:
    locked = locked_hashes(load_lock())
    build = pins((ROOT / REQUIREMENTS[1]).read_text(encoding="utf-8"))

    assert {"hatchling", "setuptools", "wheel"} <= {name for name, _ in build}
    assert build == {pin: locked[pin] for pin in build}


def test_the_lock_was_made_for_this_project_file() -> None:
    project = load_project()
    (us,) = [package for package in load_lock()["package"] if package["name"] == "fdx"]
    names = {_name(text) for text in project["project"]["dependencies"]}
    extras = {
        extra: {_name(text) for text in texts}
        for extra, texts in project["project"]["optional-dependencies"].items()
    }
    groups = {
        group: {_name(text) for text in texts if isinstance(text, str)}
        for group, texts in project["dependency-groups"].items()
    }

    assert {one["name"] for one in us["dependencies"]} == names
    assert set(us["optional-dependencies"]) == set(extras)
    assert {one["name"] for one in us["dev-dependencies"]["build"]} == groups["build"]
    assert {one["name"] for one in us["dev-dependencies"]["dev"]} == groups["dev"] | groups["build"]


def _name(requirement: str) -> str:
    for stop in "<>=!~;[ ":
        requirement = requirement.split(stop, maxsplit=1)[0]
    return requirement


@pytest.mark.parametrize(
    "line",
    [
        'source = { registry = "https://mirror.example/simple" }',
        'url = "https://files.pythonhosted.org.example/a.whl"',
        'url = "http://pypi.org@10.0.0.1/a.whl"',
        "--extra-index-url https://pypi.org/simple",
        "--index-url=https://pypi.org/simple",
        "-i https://pypi.org/simple",
        "-f wheels",
        "--find-links wheels",
        'path = "file:wheels/a.whl"',
        "a @ https://files.pythonhosted.org/a.whl",
        "a @ git+ssh://example.org/a",
    ],
)
def test_a_planted_private_source_is_found(line: str) -> None:
    assert list(private_lines("uv.lock", f"version = 1\n{line}\n")) == [
        "uv.lock:2: leads elsewhere than to pypi.org"
    ]


def test_pins_are_read_with_versions_markers_and_hashes() -> None:
    text = f"a==1.0 \\\n    {HASH}\nb-c==2 ; python_full_version < '3.12' \\\n    {HASH}\n"

    digest = frozenset({"sha256:" + "0" * 64})
    assert pins(text) == {("a", "1.0"): digest, ("b-c", "2"): digest}


@pytest.mark.parametrize(
    "text",
    [
        "a==1.0\n",
        f"a>=1.0 {HASH}\n",
        f"-e . {HASH}\n",
        "a==1.0 --hash=md5:00\n",
        f"a==1.0 {HASH}0\n",
    ],
)
def test_a_requirement_without_pin_or_hash_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no "):
        pins(text)
