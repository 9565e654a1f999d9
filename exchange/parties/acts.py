"""What the acts about participants do to the rows."""

from ledger.encoding import unb64
from ledger.signing import check_public_key

from exchange.actors import OPEN_ROLES, Role
from exchange.acts.kinds import ActKind, Fact
from exchange.acts.participants import (
    Participant,
    ParticipantKey,
    ParticipantState,
)
from exchange.errors import ConflictError, InvalidError
from exchange.storage.store import Writer, require


def register_first_key(writer: Writer, fact: Fact, name: str, asked: list[str]) -> None:
    """Write a new participant and its first key.

    Raises:
        InvalidError: the key is weak.
        ConflictError: the key is somebody's already.
    """
    label, public_key = str(fact.body["key"]), unb64(str(fact.body["public_key"]), 32)
    check_public_key(public_key)
    if writer.find(ParticipantKey, public_key=public_key):
        raise ConflictError("key.used", "this key belongs to a participant already")
    writer.add(Participant(id=fact.actor, name=name, asked=asked, roles=[]))
    writer.add(
        ParticipantKey(
            id=f"{fact.actor}/{label}",
            participant=fact.actor,
            label=label,
            public_key=public_key,
            custody=bool(fact.body.get("custody", False)),
            registered=fact.index,
        )
    )


def _join(writer: Writer, fact: Fact) -> None:
    asked = [Role(role) for role in fact.body["roles"]]
    register_first_key(writer, fact, str(fact.body["name"]), [role.value for role in asked])
    if fact.index == 0:
        # The log begins with its operator: nobody else could admit it.
        row = require(writer, Participant, fact.actor)
        writer.advance(row, "party.admit", roles=[Role.OPERATOR.value])
    elif not set(asked) <= {*OPEN_ROLES, Role.REGISTRAR, Role.CLEARER, Role.AUDITOR}:
        raise InvalidError("party.roles", "a participant cannot ask for these roles")


def _admit(writer: Writer, fact: Fact) -> None:
    row = require(writer, Participant, str(fact.body["participant"]))
    writer.advance(row, "party.admit", roles=list(fact.body["roles"]))


def _suspend(writer: Writer, fact: Fact) -> None:
    row = require(writer, Participant, str(fact.body["participant"]))
    writer.advance(row, "party.suspend")


def _reinstate(writer: Writer, fact: Fact) -> None:
    row = require(writer, Participant, str(fact.body["participant"]))
    writer.advance(row, "party.reinstate")


_STAFF = (Role.OPERATOR, Role.REGISTRAR)

ACTS = (
    ActKind("key.register", None, ("name", "roles", "key", "public_key", "custody"), _join),
    ActKind("party.admit", _STAFF, ("participant", "joined", "roles"), _admit),
    ActKind("party.suspend", _STAFF, ("participant", "reason"), _suspend),
    ActKind("party.reinstate", _STAFF, ("participant", "reason"), _reinstate),
)

TABLES = (Participant, ParticipantKey)

__all__ = ["ACTS", "TABLES", "ParticipantState", "register_first_key"]
