"""Opening a database so that what is committed stays committed."""

import sqlite3
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url

try:
    import pysqlite3
except ImportError:  # no wheel for this platform: the standard library's may be new enough
    sqlite_module: ModuleType = sqlite3
else:
    sqlite_module = pysqlite3

#: Before this release two writing connections can corrupt a WAL database
#: (sqlite.org/wal.html, "the WAL-reset bug").
_OLDEST_SAFE_SQLITE = (3, 51, 3)


def open_engine(url: str, *, any_text: bool = False) -> Engine:
    """Open a SQLite or PostgreSQL database by its SQLAlchemy URL.

    With `any_text`, text that is no UTF-8 is read all the same (as surrogate escapes), which
    an audit needs: SQLite stores what it is given.

    SQLite runs in WAL mode with synchronous=FULL and foreign keys on; a transaction of an
    engine with the execution option `fdx_write` begins IMMEDIATE.

    Raises:
        ValueError: the URL names another database, or the SQLite library is too old.
    """
    backend = make_url(url).get_backend_name()
    if backend == "postgresql":
        return create_engine(url, pool_pre_ping=True)
    if backend != "sqlite":
        msg = f"the exchange runs on SQLite or PostgreSQL, not on {backend}"
        raise ValueError(msg)
    if sqlite_module.sqlite_version_info < _OLDEST_SAFE_SQLITE:
        msg = (
            f"SQLite {sqlite_module.sqlite_version} can corrupt a database that two connections "
            "write; install the wheel pysqlite3, or use PostgreSQL by FDX_DATABASE_URL"
        )
        raise ValueError(msg)
    engine = create_engine(url, module=sqlite_module, connect_args={"timeout": 30})
    event.listen(engine, "connect", _prepare)
    if any_text:
        event.listen(engine, "connect", _read_any_text)
    event.listen(engine, "begin", _begin)
    return engine


def sqlite_url(path: Path) -> str:
    """Return the URL of a SQLite file."""
    return f"sqlite:///{path}"


def _prepare(connection: Any, _record: object) -> None:
    # The driver must not begin transactions by itself: it would begin them DEFERRED.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _read_any_text(connection: Any, _record: object) -> None:
    connection.text_factory = _any_text


def _any_text(stored: bytes) -> str:
    return stored.decode("utf-8", "surrogateescape")


def _begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("fdx_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
