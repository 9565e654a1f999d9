"""`fdx jobs`: the operator's jobs, in one process beside several web workers."""

import logging
import os
import signal
import threading

import click
from sqlalchemy import text

from exchange.cli.serve import open_or_exit, settings_or_exit
from exchange.clock import SystemClock
from exchange.identity.store import IdentityStore
from exchange.ids import SystemIds
from exchange.jobs.schedule import housekeeping, jobs_of
from exchange.jobs.scheduler import start_jobs

#: Key of the advisory lock that the one leading `fdx jobs` holds (PostgreSQL).
_LEADER_LOCK = 0x66_64_79
_RETRY_S = 5


@click.command()
def jobs() -> None:
    """Run the operator's jobs until Ctrl-C, for an exchange on PostgreSQL.

    Start as many as you like: one leads, the others wait to take over. On SQLite `fdx serve`
    runs the jobs itself. The settings are those of `fdx serve`.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    settings = settings_or_exit(dict(os.environ))
    if settings.database_url.startswith("sqlite"):
        raise click.UsageError("on SQLite `fdx serve` runs the jobs; set FDX_DATABASE_URL")
    running = open_or_exit(settings)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with running.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        question = text("SELECT pg_try_advisory_lock(:key)")
        while not connection.execute(question, {"key": _LEADER_LOCK}).scalar():
            if stop.wait(_RETRY_S):
                break
        store = IdentityStore(running.engine, SystemClock(), SystemIds())
        jobs_to_do = (*jobs_of(running.exchange), housekeeping(store))
        scheduler = None if stop.is_set() else start_jobs(jobs_to_do)
        stop.wait()
        if scheduler is not None:
            scheduler.shutdown()
    running.close()
