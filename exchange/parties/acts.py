"""What the acts about participants do to the rows."""

from collections.abc import Sequence

from exchange.actors import OPEN_ROLES, Actor, Role
from exchange.acts.kinds import ActKind, Fact
from exchange.acts.participants import Participant, ParticipantKey, actor_of
from exchange.errors import ConflictError, ForbiddenError, InvalidError
from exchange.storage.store import Writer, require
from ledger.encoding import b64, unb64
from ledger.errors import LedgerError
from ledger.signing import check_public_key

#: Roles that the operator alone gives.
STAFF_ROLES = (Role.REGISTRAR, Role.CLEARER, Role.AUDITOR)


def register_first_key(writer: Writer, fact: Fact, name: str, asked: list[str]) -> None:
    """Write a new participant and its first key.

    Raises:
        InvalidError: the key is malformed or weak (`key.weak`).
        ConflictError: the key is somebody's already (`key.used`).
    """
    label = str(fact.body["key"])
    public_key = checked_key(str(fact.body["public_key"]))
    if writer.find(ParticipantKey, public_key=public_key):
        raise ConflictError("key.used", "this key belongs to a participant already")
    writer.add(Participant(id=fact.actor, name=name, joined=fact.leaf_hash, asked=asked, roles=[]))
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


def checked_key(text: str) -> bytes:
    """Return the 32 bytes of a base64 Ed25519 public key.

    Raises:
        InvalidError: it is malformed, no point of the curve, or of small order (`key.weak`).
    """
    try:
        public_key = unb64(text, 32)
        check_public_key(public_key)
    except LedgerError as error:
        fields = {"public_key": "key.weak"}
        raise InvalidError("key.weak", "this is no key to sign with", fields) from error
    return public_key


def _join(writer: Writer, fact: Fact) -> None:
    asked = [Role(role) for role in fact.body["roles"]]
    register_first_key(writer, fact, str(fact.body["name"]), [role.value for role in asked])
    if fact.index == 0:
        # The log begins with its operator: nobody else could admit it.
        row = require(writer, Participant, fact.actor)
        writer.advance(row, "party.admit", roles=[Role.OPERATOR.value])
    elif not set(asked) <= {*OPEN_ROLES, *STAFF_ROLES}:
        raise InvalidError("party.roles", "a participant cannot ask for these roles")


def _admit(writer: Writer, fact: Fact) -> None:
    row = require(writer, Participant, str(fact.body["participant"]))
    roles = [Role(role) for role in fact.body["roles"]]
    check_admission(actor_of(writer, fact.actor), row, roles)
    if fact.body["joined"] != b64(row.joined):
        raise InvalidError("party.joined", "the act names another registration")
    writer.advance(row, "party.admit", roles=[role.value for role in roles])


def check_admission(actor: Actor, row: Participant, roles: Sequence[Role]) -> None:
    """Stop unless the actor may give these roles to this participant.

    A registrar gives the open roles; the operator alone makes registrars, clearers and auditors.

    Raises:
        ForbiddenError: a role is not the actor's to give (`party.roles`).
        ConflictError: the participant did not ask for a role, or is a node (`party.roles`).
    """
    if not actor.may(Role.OPERATOR) and not set(roles) <= set(OPEN_ROLES):
        raise ForbiddenError("party.roles", "the operator alone gives this role")
    if not roles or not set(roles) <= {Role(role) for role in row.asked} - {Role.NODE}:
        raise ConflictError("party.roles", "the participant did not ask for this role")


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
