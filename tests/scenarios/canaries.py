"""Canaries in a demo node's raw data: values, numbers, groups too small, odd columns, file names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tests.scenarios.scanning import LEAST, Needles, squeeze

#: Characters that no text of the project holds, so that twelve of them are no chance.
_BIRDS = "鸢鸾鹈鹕鹗鹘鹚鹛鹞鹣鹦鹧鹨鹩鹪鹫"
#: Neighbouring cells of so many real rows of each table, so many together, are looked for.
_SAMPLES = 4
_WINDOW = 4
_LEAST_ROW = 16
#: How many rows the second small group has: one aircraft fewer than the rule's minimum.
NEARLY = 9


@dataclass(frozen=True, slots=True)
class Planting:
    """Rows to add to one table: what replaces which column, of how many rows found by `where`."""

    table: str
    where: str
    rows: int
    values: Mapping[str, str]


#: Values name a canary by its kind; `#` numbers its rows, `+` is a number, `鸟` Chinese.
PLANTINGS: Mapping[str, tuple[Planting, ...]] = {
    "transport": (
        Planting(
            "flights",
            "month = 7 AND origin = 'JFK'",
            1,
            {
                "tailnum": "unit",
                "dest": "group",
                "carrier": "key",
                "flight": "+hidden",
                "hour": "+dimension",
                "dep_time": "+unnamed",
            },
        ),
        Planting(
            "flights",
            "month = 7 AND origin = 'JFK'",
            NEARLY,
            {"tailnum": "#unit", "dest": "鸟nine"},
        ),
        Planting("airlines", "carrier = 'UA'", 1, {"carrier": "key", "name": "鸟airline"}),
    ),
    "weather": (
        Planting(
            "weather",
            "month = 7",
            1,
            {
                "origin": "group",
                "time_hour": "hidden",
                "month": "+dimension",
                "day": "+unnamed",
                "pressure": "+double",
            },
        ),
    ),
    "health": (
        Planting("patients", "true", 1, {"diagnosis": "鸟group", "error_area": "+double"}),
        Planting("patients", "true", NEARLY, {"diagnosis": "nine"}),
    ),
}


@dataclass(frozen=True, slots=True)
class Canaries:
    """Everything that may not be found outside of one node's folder."""

    needles: Needles
    files: tuple[Path, ...]

    def held(self) -> Iterator[tuple[str, bytes]]:
        """Yield the node's raw data as plain text with its file names: where all are found."""
        for path in self.files:
            yield "file name", path.name.encode()
            if path.suffix == ".parquet":
                for line in _lines(path):
                    yield path.name, line


def plant(folder: Path, part: str, seed: str, *, only: str = "true") -> Canaries:
    """Put canaries into the data of a freshly made demo node, whose rule follows the new names.

    `only` is a condition in SQL that rows must fulfil to stay; real rows become needles too.
    """
    texts: dict[str, str] = {}
    rows: dict[str, tuple[str, ...]] = {}
    nest, files = _Nest(f"{seed} {part}", texts), []
    for path in sorted((folder / "data").glob("*.parquet")):
        table = path.stem
        here = [each for each in PLANTINGS[part] if each.table == table]
        target = path.with_name(nest.canary(f"{table} file") + ".parquet")
        _rewrite(path, target, nest, here, only if table == "flights" else "true")
        path.unlink()
        _rename_in_rules(folder / "rules", path.name, target.name)
        rows |= {f"{part} {table} {name}": row for name, row in _rows(target)}
        files.append(target)
    stray = folder / "data" / (nest.canary("stray file") + ".csv")
    stray.write_text("nobody,reads,this\n", "utf-8")
    named = {f"{part} {name}": text for name, text in texts.items()}
    return Canaries(Needles(named, rows), (*files, stray))


def together(all_canaries: list[Canaries]) -> Needles:
    """Return the needles of several nodes as one set."""
    texts = {name: text for each in all_canaries for name, text in each.needles.texts.items()}
    rows = {name: row for each in all_canaries for name, row in each.needles.rows.items()}
    return Needles(texts, rows)


class _Nest:
    """Makes canaries from a seed, and remembers them by name."""

    def __init__(self, seed: str, kept: dict[str, str]) -> None:
        self._seed = seed
        self._kept = kept

    def canary(self, name: str) -> str:
        """Return the canary of a name; its first character says what it is made of."""
        digest = hashlib.sha256(f"{self._seed} {name}".encode()).digest()
        text = f"Zq{digest.hex()[:14]}Kj"
        if name.startswith("+"):
            text = str(10**14 + int.from_bytes(digest[:6], "big"))
        elif name.startswith("鸟"):
            text = "".join(_BIRDS[byte % len(_BIRDS)] for byte in digest[:LEAST])
        self._kept[name] = text
        return text


def _rewrite(source: Path, target: Path, nest: _Nest, plantings: list[Planting], only: str) -> None:
    """Write the table anew with odd columns everywhere and the planted rows at its end."""
    table = source.stem
    odd = f"'{nest.canary('odd value')}' AS \"{nest.canary('odd column')}\""
    odd += f', {nest.canary("+odd value")} AS "{nest.canary("鸟column")}"'
    connection = duckdb.connect()
    try:
        connection.execute(f"CREATE VIEW given AS SELECT {_plain(table)} FROM '{source}'")
        parts = [f"SELECT *, {odd} FROM given WHERE {only}"]
        for planting in plantings:
            chosen = (
                "SELECT *, row_number() OVER () AS place FROM given"
                f" WHERE {planting.where} LIMIT {planting.rows}"
            )
            replaced = ", ".join(
                f"{_literal(nest, kind)} AS {column}" for column, kind in planting.values.items()
            )
            parts.append(
                f"SELECT * EXCLUDE (place) REPLACE ({replaced}), {odd} FROM ({chosen}) AS chosen"
            )
        united = " UNION ALL ".join(parts)
        connection.execute(f"COPY ({united}) TO '{target}' (FORMAT parquet)")
    finally:
        connection.close()


def _plain(table: str) -> str:
    """Name a table's columns; a moment becomes text, so that it can be read and replaced."""
    if table in {"flights", "weather"}:
        return "* REPLACE (CAST(time_hour AS VARCHAR) AS time_hour)"
    return "*"


def _literal(nest: _Nest, kind: str) -> str:
    if kind.startswith("+"):
        return nest.canary(kind)
    if kind.startswith("#"):
        return f"concat('{nest.canary(kind)}', place)"
    return f"'{nest.canary(kind)}'"


def _rename_in_rules(rules: Path, before: str, after: str) -> None:
    (rule,) = rules.glob("*.toml")
    text = rule.read_text("utf-8")
    assert f'file = "{before}"' in text
    rule.write_text(text.replace(f'file = "{before}"', f'file = "{after}"'), "utf-8")


def _rows(path: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield neighbouring cells of some real rows, with and without their columns' names."""
    connection = duckdb.connect()
    try:
        for place in range(_SAMPLES):
            cursor = connection.execute(f"SELECT * FROM '{path}' LIMIT 1 OFFSET {place * 5}")
            names = [str(column[0]) for column in cursor.description or ()]
            (row,) = cursor.fetchall()
            cells = [str(cell) for cell in row][:-2]  # the odd columns are canaries by themselves
            for start in range(max(1, len(cells) - _WINDOW + 1)):
                window = tuple(cells[start : start + _WINDOW])
                if "None" in window or len(squeeze(" ".join(window).encode())) < _LEAST_ROW:
                    continue
                yield f"row {place} from {names[start]}", window
                pairs = zip(names[start:], window, strict=False)
                yield f"row {place} as object from {names[start]}", tuple(sum(pairs, ()))
    finally:
        connection.close()


def _lines(path: Path) -> Iterator[bytes]:
    connection = duckdb.connect()
    try:
        (count,) = connection.execute(f"SELECT COUNT(*) FROM '{path}'").fetchall()[0]
        last = count - NEARLY - 1
        cursor = connection.execute(
            "SELECT * EXCLUDE (place) FROM (SELECT *, row_number() OVER () AS place"
            f" FROM '{path}') WHERE place < 100 OR place >= {last}"
        )
        names = [str(column[0]) for column in cursor.description or ()]
        for row in cursor.fetchall():
            cells = [str(cell) for cell in row]
            yield ",".join(cells).encode()
            yield ",".join(sum(zip(names, cells, strict=True), ())).encode()
    finally:
        connection.close()
