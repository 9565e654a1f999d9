"""What wakes the sweepers: APScheduler decides when, never what."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from apscheduler.schedulers.background import BackgroundScheduler

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """One sweeper: `run` does all that is due and returns how much that was."""

    name: str
    every_s: int
    run: Callable[[], int]


def start_jobs(jobs: tuple[Job, ...]) -> BackgroundScheduler:
    """Wake each job at its interval, one run at a time, until the scheduler is shut down.

    Nothing is lost when a wake-up is: what is due stands in rows and is found next time.
    """
    scheduler = BackgroundScheduler(
        timezone="UTC",
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for job in jobs:
        scheduler.add_job(_run, "interval", args=(job,), seconds=job.every_s, id=job.name)
    scheduler.start()
    return scheduler


def _run(job: Job) -> None:
    try:
        done = job.run()
    except Exception:
        LOG.exception("job %s failed; it runs again at its next turn", job.name)
    else:
        if done:
            LOG.info("job %s did %d", job.name, done)
