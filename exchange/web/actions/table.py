"""What one action is: an act that a person can wish for, with its form and its address."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from exchange.actors import Role
from exchange.acts.unit_of_work import Service
from exchange.web.fields import WishSchema, load

_SUBJECT = re.compile(r"<([a-z_]+)>")


@dataclass(frozen=True, slots=True)
class Action:
    """One act as people reach it.

    `schema` reads the input, `wish` makes of its fields what `service` takes. `path` follows
    `/api/v1`; the fields that it names in angle brackets come from there. `roles` None means
    that the act makes its actor known; `own_key` that it can be done by draft alone.
    """

    kind: str
    title: tuple[str, str]
    path: str
    roles: tuple[Role, ...] | None
    service: Service[Any]
    wish: Callable[..., Any]
    schema: type[WishSchema]
    own_key: bool = False

    @property
    def subjects(self) -> tuple[str, ...]:
        """Names of the fields that stand in the path."""
        return tuple(_SUBJECT.findall(self.path))

    def load(self, data: Mapping[str, Any]) -> Any:
        """Make the wish of an input.

        Raises:
            InvalidError: some fields are wrong.
        """
        return self.wish(**load(self.schema(), dict(data)))


def schema(title: str, /, **fields: Any) -> type[WishSchema]:
    """Make the schema of a wish from its fields in order."""
    made = WishSchema.from_dict(fields, name=f"{title}Schema")
    assert issubclass(made, WishSchema)
    return made


def alone(field: str) -> Callable[..., Any]:
    """Make a wish that is one field's value and nothing around it."""

    def wish(**fields: Any) -> Any:
        (value,) = fields.values()
        assert [*fields] == [field], "the wish is one field"
        return value

    return wish
