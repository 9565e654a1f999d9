"""Where the time comes from, and its one text form."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z", re.ASCII)
_VIRTUAL = re.compile(r"virtual:([^@]+)(?:@(.+))?")


class Clock(Protocol):
    """Tells the time of deadlines, acts and signatures as aware UTC."""

    def now(self) -> datetime:
        """Return the present moment, truncated to milliseconds."""
        ...


def to_ms(moment: datetime) -> int:
    """Count whole milliseconds since 1970-01-01T00:00:00Z."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def from_ms(milliseconds: int) -> datetime:
    """Return the aware UTC moment of a Unix time in milliseconds."""
    return EPOCH + timedelta(milliseconds=milliseconds)


def iso(moment: datetime) -> str:
    """Write a moment as `2026-03-02T01:00:00.000Z`, the only form in act bodies."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{to_ms(moment) % 1000:03d}Z"


def from_iso(text: str) -> datetime:
    """Read the form that `iso` writes, and no other.

    Raises:
        ValueError: the text has another form or names no real moment.
    """
    if not _ISO.fullmatch(text):
        msg = "a time must look like 2026-03-02T01:00:00.000Z"
        raise ValueError(msg)
    return datetime.fromisoformat(text)


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present moment, truncated to milliseconds."""
        return from_ms(to_ms(datetime.now(UTC)))


class VirtualClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the moment that the clock was last set to."""
        return self._now

    def advance(self, step: timedelta) -> None:
        """Move forward by `step`; a clock never goes back."""
        assert step >= timedelta(0)
        self._now += step

    def advance_to(self, moment: datetime) -> None:
        """Move forward to `moment`; an earlier moment changes nothing."""
        self._now = max(self._now, moment)


class FileClock:
    """A virtual clock that several processes share through one small file.

    The file holds `VIRTUAL_MS REAL_MS`: at the real moment the virtual one was so;
    from there it ticks with real time. Whoever holds the path can move the time,
    so it serves demonstrations only and never production.
    """

    def __init__(self, path: Path, start: datetime) -> None:
        self._path = path
        self._real = SystemClock()
        if not path.exists():
            self._write(start)

    def now(self) -> datetime:
        """Return the shared virtual moment."""
        virtual, real = (int(part) for part in self._path.read_text("ascii").split())
        return from_ms(virtual) + max(self._real.now() - from_ms(real), timedelta(0))

    def advance_to(self, moment: datetime) -> None:
        """Move every process that shares the file to `moment`, if that lies ahead."""
        if moment > self.now():
            self._write(moment)

    def _write(self, moment: datetime) -> None:
        # Written aside and renamed, so that a reader never sees half a clock.
        aside = self._path.with_suffix(".new")
        aside.write_text(f"{to_ms(moment)} {to_ms(self._real.now())}", "ascii")
        aside.replace(self._path)


def clock_from(text: str) -> Clock:
    """Make the clock that `FDX_CLOCK` asks for.

    `real`; `virtual:2026-03-02T01:00:00.000Z`, standing still; or the same followed by
    `@PATH`, shared through that file and ticking.

    Raises:
        ValueError: the text is none of these.
    """
    if text == "real":
        return SystemClock()
    match = _VIRTUAL.fullmatch(text)
    if match is None:
        msg = "FDX_CLOCK is 'real', 'virtual:START' or 'virtual:START@FILE'"
        raise ValueError(msg)
    start = from_iso(match[1])
    return VirtualClock(start) if match[2] is None else FileClock(Path(match[2]), start)
