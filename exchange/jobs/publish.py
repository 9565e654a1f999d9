"""Signing what a crash between commit and signature left unsigned."""

from exchange.context import Exchange


def publish_checkpoint(exchange: Exchange) -> int:
    """Sign a checkpoint if the log grew beyond the last one; the sequencer normally did."""
    exchange.publish()
    return 0
