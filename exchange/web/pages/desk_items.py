"""What a desk is made of: tasks with deadlines, and lists of things."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from exchange.disputes.queries import DisputeView


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits for the reader; `due_at` None has no deadline.

    `what` is a text of the pages in Chinese; `title` names the thing.
    """

    what: str
    title: str
    url: str
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A thing in a list; `state` is a code such as `asset.notice`, `more` a few words."""

    title: str
    url: str
    state: str = ""
    more: str = ""
    amount_fen: int | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A list of things under a heading; `heading` and `empty` are texts of the pages."""

    heading: str
    items: tuple[Item, ...]
    empty: str


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything on a desk; the tasks with the nearest deadlines stand first."""

    tasks: tuple[Task, ...]
    sections: tuple[Section, ...]


def by_deadline(tasks: list[Task]) -> tuple[Task, ...]:
    """Sort tasks by deadline, those without one last."""
    return tuple(
        sorted(
            tasks, key=lambda task: (task.due_at is None, task.due_at and task.due_at.timestamp())
        )
    )


def dispute_items(disputes: Iterable[DisputeView]) -> tuple[Item, ...]:
    """Write disputes as things of a list."""
    return tuple(
        Item(
            view.id,
            f"/disputes/{view.id}",
            f"dispute.{view.state.value}",
            amount_fen=view.claim_fen,
            at=view.filed_at,
        )
        for view in disputes
    )
