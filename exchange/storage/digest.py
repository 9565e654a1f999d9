"""One number for the whole state of a store, equal on every database."""

import hashlib
from base64 import b64encode
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson

from exchange.clock import to_ms
from exchange.storage.store import Tables
from exchange.storage.tables import Row


def row_json(row: Row) -> bytes:
    """Write a row as one line of canonical JSON: keys sorted, times in ms, bytes in base64."""
    return orjson.dumps(
        {name: _plain(value) for name, value in row.values().items()},
        option=orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME,
    )


def digest(tables: Tables, models: Iterable[type[Row]]) -> bytes:
    """Return the SHA-256 over (table, rows sorted by key, canonical JSON) of these tables."""
    total = hashlib.sha256()
    for model in sorted(models, key=lambda m: m.table().name):
        total.update(model.table().name.encode() + b"\n")
        for row in tables.all(model):
            total.update(row_json(row) + b"\n")
    return total.digest()


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, StrEnum):
        return value.value
    return to_ms(value) if isinstance(value, datetime) else value
