"""The operator's jobs and how often each is woken."""

from exchange.bootstrap import TIMED
from exchange.context import Exchange
from exchange.identity.store import IdentityStore, sweep
from exchange.jobs.arbitration import move_disputes
from exchange.jobs.deadlines import fire_due
from exchange.jobs.escrow import release_escrows
from exchange.jobs.matching import match_requests
from exchange.jobs.publish import publish_checkpoint
from exchange.jobs.scheduler import Job
from exchange.jobs.settlement_day import close_days


def jobs_of(exchange: Exchange) -> tuple[Job, ...]:
    """List the jobs of one exchange, in the order in which a sweep of all of them runs."""
    return (
        Job("deadlines", 5, lambda: fire_due(exchange, TIMED)),
        Job("matching", 5, lambda: match_requests(exchange)),
        Job("arbitration", 5, lambda: move_disputes(exchange)),
        Job("settlement", 60, lambda: close_days(exchange)),
        Job("escrow", 60, lambda: release_escrows(exchange)),
        Job("checkpoint", 60, lambda: publish_checkpoint(exchange)),
    )


def housekeeping(store: IdentityStore) -> Job:
    """Return the job that clears sessions, drafts and limits that have run out."""
    return Job("sessions", 600, lambda: sweep(store))
