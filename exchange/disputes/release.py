"""Giving back what a contract did not use, once nothing can draw on it any more."""

from exchange.acts.ledger_tables import LedgerEntry
from exchange.acts.unit_of_work import Decision, UnitOfWork
from exchange.clock import from_ms
from exchange.disputes.models import Dispute
from exchange.disputes.rules import GRANT_WITHIN
from exchange.disputes.states import OPEN_STATES
from exchange.errors import ConflictError
from exchange.grants.models import Grant, Question
from exchange.grants.states import GrantState, QuestionState
from exchange.market.models import Contract
from exchange.settlement.service import decide_release
from exchange.storage.store import Reader


def release(uow: UnitOfWork, wish: str) -> Decision:
    """Return the rest of a contract's escrow to its buyer and close it; `wish` is its id.

    Raises:
        NotFoundError: there is no such contract.
        ConflictError: the contract is not funded, a grant is active or may still be issued
            (`release.early`), or a question or a dispute is open.
    """
    decision = decide_release(uow, wish)
    check_idle(uow, uow.require(Contract, wish))
    return decision


def check_idle(uow: UnitOfWork, contract: Contract) -> None:
    """Stop unless nothing can draw on a contract's escrow any more.

    Raises:
        ConflictError: `grant.active`, `release.early`, `question.open` or `dispute.open`.
    """
    grants = uow.find(Grant, contract=contract.id)
    if any(grant.state is GrantState.ACTIVE for grant in grants):
        raise ConflictError("grant.active", "the contract has an active grant")
    funded = uow.reader.get(LedgerEntry, contract.entry)
    assert funded is not None, "a row names the act that wrote it"
    if not grants and uow.now < from_ms(funded.received_ms) + GRANT_WITHIN:
        raise ConflictError("release.early", "the supplier may still issue a grant")
    check_settled(uow.reader, contract.id)


def check_settled(reader: Reader, contract: str) -> None:
    """Stop while a question or a dispute of a contract is open.

    Raises:
        ConflictError: `question.open` or `dispute.open`.
    """
    questions = reader.find(Question, contract=contract)
    if any(row.state is QuestionState.RESERVED for row in questions):
        raise ConflictError("question.open", "a question of the contract is open")
    if any(row.state in OPEN_STATES for row in reader.find(Dispute, contract=contract)):
        raise ConflictError("dispute.open", "a dispute of the contract is open")
