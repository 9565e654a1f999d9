"""What a service sees while it decides: rows to read, the actor, the moment, fresh ids."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from exchange.actors import Actor, Role
from exchange.acts.ledger_tables import Payload
from exchange.errors import ForbiddenError
from exchange.ids import Ids, new_id
from exchange.storage.store import C, R, Reader, require
from ledger.encoding import b64

W = TypeVar("W")


@dataclass(frozen=True, slots=True)
class Decision:
    """What a service decided: the act that says all of it, and the key of its subject.

    `payloads` are the texts that the body names by their commitments alone.
    """

    kind: str
    body: dict[str, Any]
    key: str
    payloads: tuple[Payload, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitOfWork:
    """One act in the making; it reads, and only the decided act's `apply` writes."""

    reader: Reader
    actor: Actor
    now: datetime
    ids: Ids

    def get(self, model: type[R], key: str) -> R | None:
        """Return the row with this key, or None."""
        return self.reader.get(model, key)

    def require(self, model: type[C], key: str) -> C:
        """Return the row with this key.

        Raises:
            NotFoundError: there is none.
        """
        return require(self.reader, model, key)

    def find(self, model: type[R], **index: Any) -> list[R]:
        """Return the rows in which one indexed column has this value, ordered by key."""
        return self.reader.find(model, **index)

    def new_id(self, prefix: str) -> str:
        """Make a fresh identifier."""
        return new_id(self.ids, prefix)

    def commit(self, text: str) -> Payload:
        """Make the salted commitment of a text; its `id` is what the act's body names."""
        salt = self.ids.token(16)
        commitment = hashlib.sha256(salt + text.encode("utf-8")).digest()
        return Payload(id=b64(commitment), salt=salt, text=text)

    def need_role(self, *roles: Role) -> None:
        """Stop unless the actor has one of these roles.

        Raises:
            ForbiddenError: it has none (`act.role`).
        """
        if not self.actor.may(*roles):
            raise ForbiddenError("act.role", "your roles do not allow this act")


Service = Callable[[UnitOfWork, W], Decision]
