"""A scenario is read whole, and all its faults are named at once."""

import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from exchange.errors import InvalidError
from exchange.simulation.scenario import Scenario, load


def shipped() -> dict[str, Any]:
    path = resources.files("exchange.simulation") / "scenarios" / "quarter.toml"
    return tomllib.loads(path.read_text("utf-8"))


def test_the_shipped_scenario_is_ninety_days_of_a_few_dozen_traders() -> None:
    scenario = load("quarter")
    assert (scenario.days, scenario.suppliers, scenario.buyers) == (90, 24, 30)


def test_a_scenario_can_be_a_file(tmp_path: Path) -> None:
    path = resources.files("exchange.simulation") / "scenarios" / "quarter.toml"
    mine = tmp_path / "mine.toml"
    mine.write_text(path.read_text("utf-8").replace("days = 90", "days = 7"), "utf-8")
    assert load(str(mine)).days == 7


def test_every_fault_is_named() -> None:
    told = shipped()
    told["days"] = 0
    told["start"] = "yesterday"
    told["extra"] = 1
    told["demand"]["ask_ppm"] = True
    told["supply"]["colour"] = "red"
    del told["population"]
    with pytest.raises(InvalidError) as refusal:
        Scenario.from_mapping(told)
    assert set(refusal.value.fields) == {
        "days",
        "start",
        "extra",
        "demand.ask_ppm",
        "supply.colour",
        "population.suppliers",
        "population.buyers",
        "population.appraisers",
        "population.arbitrators",
    }


@pytest.mark.parametrize(
    ("text", "code"), [("a = [", "scenario.wrong"), (None, "scenario.unknown")]
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str | None, code: str) -> None:
    path = tmp_path / "scenario.toml"
    if text is not None:
        path.write_text(text, "utf-8")
    with pytest.raises(InvalidError) as refusal:
        load(str(path))
    assert refusal.value.code == code
