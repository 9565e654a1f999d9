"""The operator's jobs and how often each is woken."""

from exchange.bootstrap import TIMED
from exchange.context import Exchange
from exchange.jobs.deadlines import fire_due
from exchange.jobs.publish import publish_checkpoint
from exchange.jobs.scheduler import Job
from exchange.jobs.settlement_day import close_days


def jobs_of(exchange: Exchange) -> tuple[Job, ...]:
    """List the jobs of one exchange."""
    return (
        Job("deadlines", 5, lambda: fire_due(exchange, TIMED)),
        Job("settlement", 60, lambda: close_days(exchange)),
        Job("checkpoint", 60, lambda: publish_checkpoint(exchange)),
    )
