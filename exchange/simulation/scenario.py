"""A scenario: what is simulated, read from TOML and checked all at once."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any, Self

from exchange.clock import from_iso
from exchange.errors import InvalidError

_DAYS_LIMIT = 3660
_PEOPLE_LIMIT = 10_000
_PPM_LIMIT = 10_000_000
_FEN_LIMIT = 10**9

#: Upper bound of each integer; all must be at least 1.
_LIMITS = {
    "population": {
        "suppliers": _PEOPLE_LIMIT,
        "buyers": _PEOPLE_LIMIT,
        "appraisers": _PEOPLE_LIMIT,
        "arbitrators": _PEOPLE_LIMIT,
    },
    "supply": {
        "assets_each": 100,
        "price_fen_median": _FEN_LIMIT,
        "price_log_sd_ppm": _PPM_LIMIT,
    },
    "demand": {
        "request_ppm": 1_000_000,
        "value_over_price_ppm": _PPM_LIMIT,
        "questions_most": 10_000,
        "ask_ppm": 1_000_000,
        "dispute_ppm": 1_000_000,
    },
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is simulated; `_ppm` are chances or ratios in parts per million."""

    name: str
    start: datetime
    days: int
    suppliers: int
    buyers: int
    appraisers: int
    arbitrators: int
    assets_each: int
    price_fen_median: int
    price_log_sd_ppm: int
    request_ppm: int
    value_over_price_ppm: int
    questions_most: int
    ask_ppm: int
    dispute_ppm: int

    @classmethod
    def from_mapping(cls, told: Mapping[str, Any]) -> Self:
        """Check a parsed scenario.

        Raises:
            InvalidError: something is missing, unknown or out of range; `fields` names it all.
        """
        faults: dict[str, str] = {}
        values: dict[str, Any] = {}
        known = {"name", "start", "days", *_LIMITS}
        faults |= {name: "unknown" for name in told if name not in known}
        values["name"] = told.get("name")
        if not isinstance(values["name"], str) or not values["name"]:
            faults["name"] = "a word"
        values["days"] = _integer(told, "days", _DAYS_LIMIT, faults, "days")
        for section, limits in _LIMITS.items():
            part = told.get(section)
            inside = part if isinstance(part, dict) else {}
            faults |= {f"{section}.{n}": "unknown" for n in inside if n not in limits}
            for name, most in limits.items():
                values[name] = _integer(inside, name, most, faults, f"{section}.{name}")
        try:
            values["start"] = from_iso(str(told.get("start")))
        except ValueError as error:
            faults["start"] = str(error)
        if faults:
            listed = "; ".join(f"{name}: {text}" for name, text in sorted(faults.items()))
            raise InvalidError("scenario.wrong", f"wrong scenario: {listed}", faults)
        assert set(values) == {field.name for field in fields(cls)}
        return cls(**values)


def load(where: str) -> Scenario:
    """Read a scenario from a file, or one that comes with the product by its name.

    Raises:
        InvalidError: there is no such scenario, or it is wrong.
    """
    path = Path(where)
    shipped = resources.files("exchange.simulation") / "scenarios" / f"{where}.toml"
    try:
        text = path.read_text("utf-8") if path.is_file() else shipped.read_text("utf-8")
        return Scenario.from_mapping(tomllib.loads(text))
    except FileNotFoundError as error:
        raise InvalidError("scenario.unknown", f"there is no scenario {where}") from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidError("scenario.wrong", f"the scenario is no TOML: {error}") from error


def _integer(
    part: Mapping[str, Any], name: str, most: int, faults: dict[str, str], path: str
) -> int:
    value = part.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        faults[path] = f"a whole number from 1 to {most}"
        return 1
    return value
