"""What the API answers: views as JSON, acts with their proof."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from exchange.acts.sequencer import Recorded
from exchange.clock import iso
from exchange.web import current
from exchange.web.openapi import json_schema, problem
from ledger.encoding import b64


@dataclass(frozen=True, slots=True)
class ActAnswer:
    """An act in the ledger: its place, its subject's key, and the C2SP `.tlog-proof` of it."""

    index: int
    leaf_hash: bytes
    kind: str
    key: str
    proof: str


def act_answer(recorded: Recorded) -> ActAnswer:
    """Return an act's place with its proof."""
    proof = current.site().exchange.proof(recorded)
    return ActAnswer(recorded.index, recorded.leaf_hash, recorded.kind, recorded.key, proof)


def to_json(value: Any) -> Any:
    """Write a view as JSON values: moments in ISO form, bytes in base64, enumerations by value."""
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: to_json(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): to_json(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(inner) for inner in value]
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return b64(value)
    if isinstance(value, datetime):
        return iso(value)
    return value.value if isinstance(value, StrEnum) else value


def responses(shape: Any, status: int = 200, *refusals: int) -> dict[str, Any]:
    """Describe what a route returns as OpenAPI responses.

    `refusals` are the statuses of its own; those that follow from its address, its method and
    who may call it are added where it is served.
    """
    content = {"application/json": {"schema": json_schema(shape)}}
    return {
        str(status): {"description": "Done.", "content": content},
        **{str(refusal): problem(refusal) for refusal in refusals},
        "default": problem(),
    }
