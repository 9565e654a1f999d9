"""How a character of the story reaches the exchange."""

from collections.abc import Mapping
from typing import Any, Protocol

from exchange.actors import Role


class Desk(Protocol):
    """One participant's way to the JSON API; `post` raises ExchangeError when refused."""

    @property
    def participant(self) -> str:
        """Id of the participant that acts here."""
        ...

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Post to a path below `/api/v1` and return the answer."""
        ...

    def get(self, path: str) -> Any:
        """Get a path below `/api/v1`."""
        ...

    def act(self, kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Do an act under a key of one's own: draft, sign, submit."""
        ...


class Door(Protocol):
    """Opens desks: by signing up with a password, or with a key of one's own."""

    def sign_up(self, username: str, name: str, role: Role) -> Desk:
        """Join with a key in custody and return the new participant's desk."""
        ...

    def join_with_own_key(self, name: str, role: Role) -> Desk:
        """Join with a key that stays here and return the new participant's desk."""
        ...
