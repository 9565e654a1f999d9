"""Making a node's directory: all of it or none."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from exchange.errors import ConflictError
from exchange.node.approval import approve
from exchange.node.assembly import open_assets
from exchange.node.demo.data import Part, rule_text, write_part
from exchange.node.drafting import DraftWish, draft_rule
from exchange.node.intake import Intake, Told, Wanted, take_in
from exchange.node.rule_file import RuleError, parse_rule
from exchange.node.settings import NodeSettings, SettingsError, slug_of, write_config
from exchange.node.texts import IntakeError
from ledger.signing import generate_private_key

DEFAULT_LISTEN: Final = "127.0.0.1:8101"
_WORK: Final = ".work-init"
_ASSET: Final = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class NodeWish:
    """A node to be made: where, under which name, listening where.

    `new_key` gives its two secrets; only a simulation that must repeat itself sets another.
    """

    directory: Path
    name: str
    listen: str = DEFAULT_LISTEN
    new_key: Callable[[], bytes] = generate_private_key


@dataclass(frozen=True, slots=True)
class DataWish:
    """The data to be taken in: files, the asset's code or None to take the node's name, and how."""

    files: tuple[Path, ...]
    asset: str | None = None
    unit: str | None = None
    minimum_units: int = 10
    text_columns: tuple[str, ...] = ()
    header: bool | None = None


def create_node(wish: NodeWish, data: DataWish, told: Told) -> list[Intake]:
    """Make a node that holds somebody's own files, and return what became of each.

    Tables are named after the asset, never after the files, whose names may tell too much.

    Raises:
        ConflictError: the directory holds something already.
        IntakeError: a file cannot be taken in, or a column to keep as text does not exist.
        RuleError: the unit's column does not exist.
        VaultError: the node could not open what was taken in.
    """
    asset = data.asset or slug_of(wish.name)
    if not _ASSET.fullmatch(asset):
        raise IntakeError("the asset's code must be like `my-data`: a-z, 0-9 and hyphens")
    with _building(wish) as directory:
        intakes = []
        for place, path in enumerate(data.files, 1):
            table = asset.replace("-", "_") + (f"_{place}" if place > 1 else "")
            told(f"{path.name} → table {table}")
            wanted = Wanted(table, data.text_columns, data.header)
            intakes.append(take_in(path, directory / "data", wanted, told))
            for note in intakes[-1].notes:
                told(note)
        _refuse_unknown(intakes, data.text_columns)
        rule = draft_rule(
            intakes, DraftWish(asset, wish.name, _unit(intakes[0], data.unit), data.minimum_units)
        )
        _finish(directory, wish, {asset: rule.encode()})
        _try_out(directory)
    return intakes


def create_demo_node(wish: NodeWish, part: Part) -> dict[str, int]:
    """Make a node of the demo, with its shipped rule, and return rows by table.

    Raises:
        ConflictError: the directory holds something already.
        UnavailableError: the package that carries the data is not installed.
    """
    with _building(wish) as directory:
        rows = write_part(part, directory / "data")
        content = rule_text(part)
        _finish(directory, wish, {parse_rule(content, part.rule).asset: content})
    return rows


def _unit(intake: Intake, unit: str | None) -> str | None:
    if unit is None:
        return None
    for column in intake.columns:
        if column.name.lower() == unit.lower():
            return column.name
    names = ", ".join(column.name for column in intake.columns)
    raise RuleError(f"--unit {unit}: the first table has no such column; it has {names}")


def _refuse_unknown(intakes: Sequence[Intake], text_columns: Sequence[str]) -> None:
    names = [column.name.lower() for intake in intakes for column in intake.columns]
    for name in text_columns:
        if name.lower() not in names:
            raise IntakeError(f"--text {name}: no table has such a column")


def _try_out(directory: Path) -> None:
    """Open the new node as `fdx node check` does, so that data it cannot hold is refused now."""
    work = directory / _WORK
    for asset in open_assets(NodeSettings.from_toml(directory / "node.toml"), work).values():
        asset.engine.close()
    shutil.rmtree(work)


def _finish(directory: Path, wish: NodeWish, rules: dict[str, bytes]) -> None:
    """Write rules, keys and configuration, and read all of it back before it counts."""
    for asset, content in rules.items():
        approve(parse_rule(content, asset))
        (directory / "rules" / f"{asset}.toml").write_bytes(content)
    for name in ("key", "secret"):
        path = directory / name
        path.touch(mode=0o600)
        path.write_bytes(wish.new_key())
    write_config(directory, wish.name, wish.listen, list(rules))
    NodeSettings.from_toml(directory / "node.toml")


@contextmanager
def _building(wish: NodeWish) -> Iterator[Path]:
    """Build in a directory beside the wanted one and move it there at the very end."""
    target = wish.directory.absolute()
    if target.exists() and any(target.iterdir()):
        text = f"{wish.directory} holds something already; name an empty directory, or remove it"
        raise ConflictError("node.exists", text)
    building = target.with_name(f".{target.name}.building")
    try:
        if building.exists():
            shutil.rmtree(building)
        for name in ("data", "rules"):
            (building / name).mkdir(mode=0o700, parents=True)
        building.chmod(0o700)
        yield building
        if target.exists():
            target.rmdir()
        building.rename(target)
    except OSError as error:
        raise SettingsError(f"{wish.directory}: cannot be written: {error.strerror}") from error
    finally:
        if building.exists():
            shutil.rmtree(building)


def rejects_of(directory: Path, intakes: Sequence[Intake]) -> list[Path]:
    """List the files of bad lines that taking in left behind."""
    paths = [directory / "data" / f"{intake.table}.rejects.csv" for intake in intakes]
    return [path for path in paths if path.exists()]
