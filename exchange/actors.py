"""Who can act: roles and the actor of one act."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a participant may be to the exchange; one participant can have several."""

    OPERATOR = "operator"
    REGISTRAR = "registrar"
    SUPPLIER = "supplier"
    BUYER = "buyer"
    APPRAISER = "appraiser"
    ARBITRATOR = "arbitrator"
    CLEARER = "clearer"
    AUDITOR = "auditor"
    NODE = "node"


#: Roles that a participant may ask for when it joins; the others are given by the operator's word.
OPEN_ROLES = (Role.SUPPLIER, Role.BUYER, Role.APPRAISER, Role.ARBITRATOR)


@dataclass(frozen=True, slots=True)
class Actor:
    """A participant as the present act sees it."""

    id: str
    roles: frozenset[Role]

    def may(self, *roles: Role) -> bool:
        """Tell whether the actor has one of these roles."""
        return not self.roles.isdisjoint(roles)
