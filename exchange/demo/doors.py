"""The story's doors and desks on the API client."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from exchange.actors import Role
from exchange.client.api import ApiClient, OwnKey, Transport
from exchange.demo.desk import Desk
from exchange.errors import ConflictError
from exchange.ids import Ids, new_id
from ledger.signing import Ed25519Verifier

_TRIES = 3


@dataclass(frozen=True, slots=True)
class ApiDesk:
    """A desk on one session of the API."""

    client: ApiClient

    @property
    def participant(self) -> str:
        """Id of the participant that acts here."""
        return self.client.participant

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Post to a path below `/api/v1` and return the answer."""
        return self.client.post(path, body)

    def get(self, path: str) -> Any:
        """Get a path below `/api/v1`."""
        return self.client.get(path)

    def act(self, kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Do an act under the participant's own key; a stale draft is drawn up anew."""
        for _ in range(_TRIES - 1):
            try:
                return self.client.act(kind, fields)
            except ConflictError as conflict:
                if conflict.code != "act.stale":
                    raise
        return self.client.act(kind, fields)


@dataclass(frozen=True, slots=True)
class ApiDoor:
    """Opens desks by signing up through the API; all accounts have one password, a demo's."""

    transport: Callable[[], Transport]
    log: Ed25519Verifier
    ids: Ids
    password: str = field(repr=False)

    def sign_up(self, username: str, name: str, role: Role) -> Desk:
        """Join with a key in custody and return the new participant's desk."""
        client = ApiClient(self.transport(), self.log)
        client.sign_up(username, self.password, name, (role.value,))
        return ApiDesk(client)

    def join_with_own_key(self, name: str, role: Role) -> Desk:
        """Join with a key that stays here and return the new participant's desk."""
        client = ApiClient(self.transport(), self.log)
        key = OwnKey(new_id(self.ids, "p"), self.ids.token(32))
        client.join_with_own_key(key, name, (role.value,))
        return ApiDesk(client)
