"""What the story stands on: the clock, the operator's jobs, the domain nodes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from exchange.actors import Role


class NodeHandle(Protocol):
    """One domain node that the story lets join, describe and answer."""

    @property
    def name(self) -> str:
        """Name of its part of the data, such as `transport`."""
        ...

    @property
    def actor(self) -> str:
        """Id under which the node signs."""
        ...

    @property
    def pid(self) -> int:
        """Process id of the serving node."""
        ...

    @property
    def rows(self) -> int:
        """Rows of raw data that the node holds."""
        ...

    def join(self, supplier: str) -> None:
        """Register itself for a supplier."""
        ...

    def describe(self) -> None:
        """Begin to profile its data inside the domain, to sign the descriptions."""
        ...

    def open(self) -> None:
        """Wait until the data is described, then begin to serve."""
        ...

    def ready(self) -> None:
        """Return once it answers."""
        ...

    def follow(self) -> None:
        """Return once it has seen the ledger as far as it stands."""
        ...


@dataclass(frozen=True, slots=True)
class Stage:
    """The world around the characters.

    `advance_to` moves the shared clock, `sweep` runs the operator's jobs once, `admit_staff`
    is the operator admitting its own staff.
    """

    nodes: tuple[NodeHandle, ...]
    now: Callable[[], datetime]
    advance_to: Callable[[datetime], None]
    sweep: Callable[[], None]
    admit_staff: Callable[[str, Role], None]
    tell: Callable[[str, str], None] = field(default=lambda _zh, _en: None)
