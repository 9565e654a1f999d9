"""Fixtures of the node's tests: stores built once, a fresh exchange and journal for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange.node.gate import Asset
from tests.node.scene import World, make_asset, make_world, rule_with, write_trips


@pytest.fixture(scope="session")
def trip_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the test data as Parquet."""
    directory = tmp_path_factory.mktemp("trips")
    write_trips(directory)
    return directory


@pytest.fixture(scope="session")
def trip_asset(trip_files: Path) -> Iterator[Asset]:
    """The asset with a minimum of three units."""
    asset = make_asset(rule_with(3), trip_files, "strong")
    yield asset
    asset.engine.close()


@pytest.fixture(scope="session")
def weak_asset(trip_files: Path) -> Iterator[Asset]:
    """The asset without a minimum: what a toy would let out."""
    asset = make_asset(rule_with(1), trip_files, "weak")
    yield asset
    asset.engine.close()


@pytest.fixture
def world(tmp_path: Path, trip_asset: Asset) -> Iterator[World]:
    """A node in front of an exchange in memory."""
    made = make_world(tmp_path, trip_asset)
    yield made
    made.journal.close()


@pytest.fixture
def weak_world(tmp_path: Path, weak_asset: Asset) -> Iterator[World]:
    """The same node over the weak asset."""
    directory = tmp_path / "weak"
    directory.mkdir()
    made = make_world(directory, weak_asset)
    yield made
    made.journal.close()
