"""Reading what a node signed: its receipt for an answer, or its refusal."""

from collections.abc import Mapping
from typing import Any

from exchange.errors import InvalidError
from exchange.grants.rules import REFUSAL_CODES
from exchange.protocol.bodies import Receipt, Refusal, parse_receipt, parse_refusal
from exchange.protocol.fields import FieldError


def read_receipt(body: Mapping[str, Any]) -> Receipt:
    """Read the body of `answer.receipt`.

    Raises:
        InvalidError: a member is missing, unknown or unfit (`receipt.form`).
    """
    try:
        return parse_receipt(body)
    except FieldError as error:
        raise _unfit(error) from error


def read_refusal(body: Mapping[str, Any]) -> Refusal:
    """Read the body of `answer.refuse`.

    Raises:
        InvalidError: a member is missing, unknown or unfit (`receipt.form`), or the code is
            none by which a node may refuse (`receipt.code`).
    """
    try:
        refusal = parse_refusal(body)
    except FieldError as error:
        raise _unfit(error) from error
    if refusal.code not in REFUSAL_CODES:
        raise InvalidError("receipt.code", "this is no code of a refusal", {"code": "unknown"})
    return refusal


def _unfit(error: FieldError) -> InvalidError:
    return InvalidError(
        "receipt.form", f"the node's act is malformed: {error.name}", {error.name: "form"}
    )
