"""What an act is to the exchange: its kind, who may do it, and how it changes rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exchange.actors import Role
from exchange.acts.participants import actor_of
from exchange.errors import ForbiddenError, InvalidError
from exchange.storage.store import Writer


@dataclass(frozen=True, slots=True)
class Fact:
    """An act that has its place in the ledger: all that `apply` may know of it."""

    index: int
    leaf_hash: bytes
    received_at: datetime
    actor: str
    seq: int
    kind: str
    body: Mapping[str, Any]


Apply = Callable[[Writer, Fact], None]


@dataclass(frozen=True, slots=True)
class ActKind:
    """One kind of act.

    `by` lists the roles of which the actor must have one; None means that the act itself
    makes the actor known (a registration of its first key). `fields` are the members that
    the body has, no more and no fewer. `apply` is a pure function of the store and the fact.
    """

    name: str
    by: tuple[Role, ...] | None
    fields: tuple[str, ...]
    apply: Apply


Kinds = Mapping[str, ActKind]


def table_of(*groups: tuple[ActKind, ...]) -> dict[str, ActKind]:
    """Join the features' kinds into one table by name."""
    kinds = [kind for group in groups for kind in group]
    assert len({kind.name for kind in kinds}) == len(kinds), "two acts of one name"
    return {kind.name: kind for kind in kinds}


def apply_fact(kinds: Kinds, writer: Writer, fact: Fact) -> None:
    """Write what an act means to the rows: the same for services, memory and the audit's replay.

    Raises:
        InvalidError: the kind or the body is not one that the exchange knows.
        ForbiddenError: the actor has no role that may do this.
        ConflictError: the rows are not in a state in which the act is possible.
    """
    kind = kinds.get(fact.kind)
    if kind is None:
        raise InvalidError("act.kind", "there is no such kind of act")
    if set(fact.body) != set(kind.fields):
        raise InvalidError("act.body", f"the body of {fact.kind} has other members")
    if kind.by is not None and not actor_of(writer, fact.actor).may(*kind.by):
        raise ForbiddenError("act.role", f"the actor's roles do not allow {fact.kind}")
    kind.apply(writer, fact)
