"""Asking a question for who is logged in; the answer is handed on and never kept."""

from dataclasses import dataclass

from exchange.context import Acting
from exchange.errors import ConflictError, ForbiddenError
from exchange.grants.asking import Asked, ask
from exchange.grants.queries import question_of
from exchange.grants.service import Reserve
from exchange.grants.states import QuestionState
from exchange.web import current
from ledger.act import Act


@dataclass(frozen=True, slots=True)
class NoKey:
    """Stands where a participant keeps its key itself: what it reserved by draft needs no seal."""

    def seal(self, act: Act) -> str:  # noqa: ARG002 - nothing is ever signed here
        """Refuse to sign.

        Raises:
            ForbiddenError: always (`custody.none`).
        """
        raise ForbiddenError("custody.none", "you keep your key yourself: sign a draft instead")


def ask_here(wish: Reserve) -> Asked:
    """Ask a question, or carry on one that was reserved by a draft of the same actor.

    Raises:
        ExchangeError: the reservation was refused, or the node did not answer.
    """
    holder, site = current.logged_in().holder, current.site()
    seal = NoKey() if holder.seal is None else holder.seal
    return ask(site.exchange, Acting(holder.participant, seal), site.nodes, wish)


def fetch_answer(question: str) -> Asked:
    """Fetch the answer of one's question again from its node; it costs nothing.

    Raises:
        NotFoundError: the question is not one's own (`question.unknown`).
        ConflictError: it has not been answered (`question.state`), or its text is erased.
        UnavailableError: the node does not answer.
    """
    with current.site().exchange.snapshot() as reader:
        view = question_of(reader, question, current.participant())
    if view.state not in {QuestionState.ANSWERED, QuestionState.REFUSED}:
        raise ConflictError("question.state", "the question has not been answered")
    if view.sql is None:
        raise ConflictError("question.erased", "the question's text is not there for you")
    return ask_here(Reserve(view.id, view.grant, view.sql))
