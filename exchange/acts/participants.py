"""Participants and their keys, as the sequencer must know them to admit an act."""

from enum import StrEnum
from typing import ClassVar

from sqlalchemy import BigInteger
from sqlmodel import Field

from exchange.actors import Actor, Role
from exchange.lifecycle import Lifecycle, Transition
from exchange.storage.columns import Digest, Json, State
from exchange.storage.store import Reader, require
from exchange.storage.tables import Recorded, Staged


class ParticipantState(StrEnum):
    """How far a participant's admission has come."""

    JOINED = "joined"
    ADMITTED = "admitted"
    SUSPENDED = "suspended"


PARTICIPANT = Lifecycle(
    "participant",
    initial=ParticipantState.JOINED,
    transitions=(
        Transition("party.admit", (ParticipantState.JOINED,), ParticipantState.ADMITTED),
        Transition("node.bind", (ParticipantState.JOINED,), ParticipantState.ADMITTED),
        Transition("party.suspend", (ParticipantState.ADMITTED,), ParticipantState.SUSPENDED),
        Transition("party.reinstate", (ParticipantState.SUSPENDED,), ParticipantState.ADMITTED),
    ),
)


class Participant(Staged, table=True):
    """Somebody who acts: a firm, a person, a domain node, or the exchange's operator."""

    __tablename__ = "participant"
    lifecycle: ClassVar[Lifecycle] = PARTICIPANT

    name: str = Field(max_length=200)
    joined: bytes = Field(sa_type=Digest, description="leaf hash of its registration, 32 bytes")
    asked: list[str] = Field(sa_type=Json, description="roles that it asked for")
    roles: list[str] = Field(sa_type=Json, description="roles that it was given")
    state: ParticipantState = Field(
        default=ParticipantState.JOINED, sa_type=State(ParticipantState), index=True
    )


class ParticipantKey(Recorded, table=True):
    """An Ed25519 key under which a participant signs; the key is `PARTICIPANT/LABEL`."""

    __tablename__ = "participant_key"

    participant: str = Field(max_length=64, index=True)
    label: str = Field(max_length=16)
    public_key: bytes = Field(sa_type=Digest, index=True, description="32 bytes")
    custody: bool = Field(description="whether the exchange keeps the private half")
    registered: int = Field(sa_type=BigInteger, description="index of the registering act")
    revoked: int | None = Field(default=None, sa_type=BigInteger, description="index, or None")


def actor_of(reader: Reader, participant: str) -> Actor:
    """Return a participant as an actor: with its roles if it is admitted, else with none.

    Raises:
        NotFoundError: there is no such participant.
    """
    row = require(reader, Participant, participant)
    active = row.state is ParticipantState.ADMITTED
    return Actor(row.id, frozenset(Role(role) for role in row.roles) if active else frozenset())
