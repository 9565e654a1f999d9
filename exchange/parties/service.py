"""Deciding who takes part: joining, admission, suspension."""

from dataclasses import dataclass

from exchange.actors import Role
from exchange.acts.participants import Participant, ParticipantState
from exchange.acts.unit_of_work import Decision, UnitOfWork
from exchange.errors import ConflictError, ForbiddenError, InvalidError
from exchange.parties.acts import check_admission, checked_key
from ledger.encoding import b64


@dataclass(frozen=True, slots=True)
class Join:
    """A wish to take part; `public_key` is Ed25519, 32 bytes; `custody` says who keeps its half."""

    name: str
    roles: tuple[Role, ...]
    public_key: bytes
    custody: bool
    key: str = "k1"


@dataclass(frozen=True, slots=True)
class Admit:
    """A wish to admit a participant with these roles."""

    participant: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Censure:
    """A wish to suspend or reinstate a participant, with the reason that the ledger keeps."""

    participant: str
    reason: str


def join(uow: UnitOfWork, wish: Join) -> Decision:
    """Register oneself and a first key; its signature proves possession of the key.

    Raises:
        InvalidError: no role, or one that nobody can ask for, or a weak key.
    """
    if not wish.roles:
        raise InvalidError("party.roles", "ask for at least one role", {"roles": "required"})
    checked_key(b64(wish.public_key))
    body = {
        "name": wish.name,
        "roles": [role.value for role in wish.roles],
        "key": wish.key,
        "public_key": b64(wish.public_key),
        "custody": wish.custody,
    }
    return Decision("key.register", body, uow.actor.id)


def admit(uow: UnitOfWork, wish: Admit) -> Decision:
    """Admit a participant that has joined; the act names the leaf of its registration.

    A registrar gives the open roles; the operator alone makes registrars, clearers and auditors.

    Raises:
        ForbiddenError: the role is not the actor's to give.
        ConflictError: the participant did not ask for it.
    """
    uow.need_role(Role.REGISTRAR, Role.OPERATOR)
    row = uow.require(Participant, wish.participant)
    if row.state is not ParticipantState.JOINED:
        raise ConflictError("participant.state", "only a participant that has joined is admitted")
    check_admission(uow.actor, row, wish.roles)
    body = {
        "participant": row.id,
        "joined": b64(row.joined),
        "roles": [role.value for role in wish.roles],
    }
    return Decision("party.admit", body, row.id)


def suspend(uow: UnitOfWork, wish: Censure) -> Decision:
    """Take a participant's roles away until further notice."""
    return _censure(uow, "party.suspend", wish)


def reinstate(uow: UnitOfWork, wish: Censure) -> Decision:
    """Give a suspended participant its roles back."""
    return _censure(uow, "party.reinstate", wish)


def _censure(uow: UnitOfWork, kind: str, wish: Censure) -> Decision:
    uow.need_role(Role.REGISTRAR, Role.OPERATOR)
    row = uow.require(Participant, wish.participant)
    if row.id == uow.actor.id:
        raise ForbiddenError("party.self", "nobody judges in his own case")
    return Decision(kind, {"participant": row.id, "reason": wish.reason}, row.id)
