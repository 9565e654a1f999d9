"""Grants, and asking under them."""

from typing import Any

from exchange.actors import Role
from exchange.grants import queries
from exchange.grants.asking import Asked
from exchange.grants.queries import GrantView, QuestionView
from exchange.grants.service import Reserve
from exchange.market.queries import contract_of
from exchange.storage.store import Reader
from exchange.web import current
from exchange.web.actions.grants import RESERVE
from exchange.web.api.answers import responses, to_json
from exchange.web.api.routes import blueprint, guarded, reading
from exchange.web.asking_here import ask_here, fetch_answer

BLUEPRINT = blueprint("grants", "Query-only grants and the questions asked under them.")


@reading(BLUEPRINT, "/grants", list[GrantView])
def own_grants(reader: Reader) -> list[GrantView]:
    """List the grants that one holds or has issued."""
    held = queries.grants_of_buyer(reader, current.participant())
    return held + queries.grants_of_supplier(reader, current.participant())


@reading(BLUEPRINT, "/contracts/<key>/grants", list[GrantView])
def grants_of_contract(reader: Reader, key: str) -> list[GrantView]:
    """List the grants on a contract of one's own."""
    contract = contract_of(reader, current.viewer(), key)
    return queries.grants_of_contract(reader, contract.id, current.participant())


@reading(BLUEPRINT, "/grants/<key>", GrantView)
def grant(reader: Reader, key: str) -> GrantView:
    """Show a grant to its parties."""
    return queries.grant_of(reader, key, current.participant())


@reading(BLUEPRINT, "/grants/<key>/questions", list[QuestionView])
def questions(reader: Reader, key: str) -> list[QuestionView]:
    """List the questions asked under a grant, latest first; their texts to their buyer alone."""
    return queries.questions_of(reader, key, current.participant())


@reading(BLUEPRINT, "/questions/<key>", QuestionView)
def question(reader: Reader, key: str) -> QuestionView:
    """Show a question to its buyer and its supplier, without its answer."""
    return queries.question_of(reader, key, current.participant())


@BLUEPRINT.route("/questions", methods=["POST"])
@guarded(Role.BUYER)
@BLUEPRINT.arguments(RESERVE)
@BLUEPRINT.doc(responses=responses(Asked, 201, 404, 409))
def ask(wish: dict[str, Any]) -> tuple[Any, int]:
    """Ask a question; the same id again is the same question, and costs nothing more."""
    return to_json(ask_here(Reserve(**wish))), 201


@BLUEPRINT.route("/questions/<key>/answer", methods=["GET"])
@guarded()
@BLUEPRINT.doc(responses=responses(Asked, 200, 409))
def answer(key: str) -> Any:
    """Fetch the answer of one's question again from its node; the exchange keeps none."""
    return to_json(fetch_answer(key))
