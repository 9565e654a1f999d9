"""The thread that runs the sequencer: callers queue, it takes everything that waits."""

import logging
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, Queue
from threading import Thread

from exchange.acts.sequencer import Command, Outcome, Recorded, Sequencer
from exchange.errors import UnavailableError

LOG = logging.getLogger(__name__)

#: More waiting acts than this are refused, so that a flood can't fill the memory.
QUEUE_LIMIT = 4096
#: Acts in one transaction: bounds the time that a reader of SQLite's WAL lags behind.
BATCH_LIMIT = 256

_Waiting = tuple[Command, Future[Outcome]]


class SequencerThread:
    """Group commit: the fsync of one batch is the time in which the next one gathers.

    `on_fault` is called when a commit or a signature failed: after a failed fsync nobody
    knows what is on disk, so the process has to end and start anew.
    """

    def __init__(self, sequencer: Sequencer, on_fault: Callable[[], None]) -> None:
        self._sequencer = sequencer
        self._on_fault = on_fault
        self._queue: Queue[_Waiting | None] = Queue(QUEUE_LIMIT)
        self._closed = False
        self._thread = Thread(target=self._loop, name="sequencer", daemon=True)

    def start(self) -> None:
        """Begin to take commands."""
        self._thread.start()

    def stop(self) -> None:
        """Finish what waits, then end; later commands are refused."""
        self._closed = True
        self._queue.put(None)
        self._thread.join()

    def submit(self, command: Command) -> Recorded:
        """Run a command in the next batch and wait for its answer.

        Raises:
            UnavailableError: the sequencer is stopping, or its queue is full.
            ExchangeError: the act was refused.
        """
        future: Future[Outcome] = Future()
        if self._closed or self._queue.full():
            raise UnavailableError("ledger.busy", "the exchange takes no acts at the moment")
        self._queue.put((command, future))
        outcome = future.result()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def _loop(self) -> None:
        running = True
        while running:
            first = self._queue.get()
            waiting = [] if first is None else [first]
            running = first is not None
            while running and len(waiting) < BATCH_LIMIT:
                try:
                    item = self._queue.get_nowait()
                except Empty:
                    break
                running = item is not None
                if item is not None:
                    waiting.append(item)
            if waiting:
                self._run(waiting)

    def _run(self, waiting: list[_Waiting]) -> None:
        try:
            outcomes = self._sequencer.run([command for command, _ in waiting])
        except Exception:
            LOG.exception("a batch of %d acts failed", len(waiting))
            for _, future in waiting:
                future.set_result(
                    UnavailableError("ledger.fault", "the act was not recorded; try again later")
                )
            self._closed = True
            self._on_fault()
            return
        for (_, future), outcome in zip(waiting, outcomes, strict=True):
            future.set_result(outcome)
