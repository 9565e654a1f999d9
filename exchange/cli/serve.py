"""`fdx serve`: the exchange as one process."""

import logging
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import click
import waitress

from exchange.bootstrap import Running, open_exchange
from exchange.clock import SystemClock
from exchange.errors import ExchangeError
from exchange.grants.nodes import HttpNodes
from exchange.ids import SystemIds
from exchange.jobs.schedule import housekeeping, jobs_of
from exchange.jobs.scheduler import start_jobs
from exchange.settings import Settings
from exchange.web.app import create_app
from exchange.web.site import Site

#: Web threads: enough that a slow node does not hold up the others, few enough for two cores.
THREADS = 8
#: How the process ends when the store failed beneath it (sysexits.h: EX_IOERR).
EXIT_STORE_FAULT = 74


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the exchange (FDX_DATA).")
@click.option("--port", type=int, help="Port of the site (FDX_PORT).")
def serve(data: Path | None, port: int | None) -> None:
    """Run the exchange until Ctrl-C.

    \b
    FDX_DATA          folder for keys, the record of the last signature, and SQLite; var/exchange
    FDX_DATABASE_URL  postgresql+psycopg://… instead of SQLite (then also run `fdx jobs`)
    FDX_CLOCK         real, or virtual:START[@FILE] for demonstrations
    FDX_ORIGIN        the log's name in every signature; demo.fdx.example/ledger
    FDX_HOST, FDX_PORT  where the site listens; 127.0.0.1, 8000
    FDX_HTTPS         1 says that browsers come by https, through a proxy before the site
    FDX_DEMO          1 shows the role switcher of the demo, and lets nodes be plain http on this machine
    """  # noqa: D301 - click's mark for a block that is not to be wrapped
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    environment: dict[str, str] = dict(os.environ)
    environment |= {} if data is None else {"FDX_DATA": str(data)}
    environment |= {} if port is None else {"FDX_PORT": str(port)}
    settings = settings_or_exit(environment)
    running = open_or_exit(settings)
    single = running.engine.dialect.name == "sqlite"
    site = site_of(running, settings)
    jobs = (*jobs_of(running.exchange), housekeeping(site.identity))
    scheduler = start_jobs(jobs) if single else None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    click.echo(f"the exchange listens on http://{settings.host}:{settings.port}")
    try:
        waitress.serve(
            create_app(site),
            host=settings.host,
            port=settings.port,
            threads=THREADS,
            ident=None,
        )
    finally:
        if scheduler is not None:
            scheduler.shutdown()
        running.close()


def open_or_exit(settings: Settings) -> Running:
    """Open the exchange, or say why it cannot be opened and end."""
    try:
        return open_exchange(settings, on_fault=lambda: os._exit(EXIT_STORE_FAULT))
    except (ExchangeError, ValueError) as error:
        raise click.ClickException(str(error)) from error


def settings_or_exit(environment: Mapping[str, str]) -> Settings:
    """Read the settings, or say what is wrong with all of them and end."""
    try:
        return Settings.from_environment(environment)
    except ExchangeError as error:
        raise click.UsageError(error.text) from error


def site_of(running: Running, settings: Settings) -> Site:
    """Return what the web needs to know of a running exchange."""
    return Site(
        exchange=running.exchange,
        engine=running.engine,
        real_clock=SystemClock(),
        ids=SystemIds(),
        nodes=HttpNodes(loopback=settings.demo),
        last_signed=running.last_signed,
        demo=settings.demo,
        secure=settings.https,
    )
