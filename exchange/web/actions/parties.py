"""Actions about participants."""

from marshmallow.validate import Equal

from exchange.actors import OPEN_ROLES, Role
from exchange.parties.service import (
    Admit,
    Censure,
    Join,
    admit,
    join,
    reinstate,
    suspend,
)
from exchange.web.actions.table import Action, schema
from exchange.web.fields import Choice, Flag, Id, Items, Of, PublicKey, Text

#: Roles that somebody can ask for; the operator alone gives the last three.
ASKABLE = (*OPEN_ROLES, Role.REGISTRAR, Role.CLEARER, Role.AUDITOR)
_STAFF = (Role.REGISTRAR, Role.OPERATOR)


ACTIONS = (
    Action(
        kind="key.register",
        title=("以自有密钥登记", "Register with a key of your own"),
        path="/participants",
        roles=None,
        service=join,
        wish=Join,
        schema=schema(
            "Join",
            name=Text(),
            roles=Items(Of(ASKABLE), len(ASKABLE)),
            key=Choice(("k1",)),
            public_key=PublicKey(required=True),
            custody=Flag(required=True, validate=Equal(comparable=False, error="field.choice")),
        ),
        own_key=True,
    ),
    Action(
        kind="party.admit",
        title=("准入参与方", "Admit a participant"),
        path="/participants/<participant>/admission",
        roles=_STAFF,
        service=admit,
        wish=Admit,
        schema=schema("Admit", participant=Id(), roles=Items(Of(ASKABLE), len(ASKABLE))),
    ),
    Action(
        kind="party.suspend",
        title=("暂停参与方", "Suspend a participant"),
        path="/participants/<participant>/suspension",
        roles=_STAFF,
        service=suspend,
        wish=Censure,
        schema=schema("Suspend", participant=Id(), reason=Text(500)),
    ),
    Action(
        kind="party.reinstate",
        title=("恢复参与方", "Reinstate a participant"),
        path="/participants/<participant>/reinstatement",
        roles=_STAFF,
        service=reinstate,
        wish=Censure,
        schema=schema("Reinstate", participant=Id(), reason=Text(500)),
    ),
)
