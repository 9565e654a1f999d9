"""Reading the books: one's own accounts, a contract's money, and the clearing desk."""

from exchange.actors import Role
from exchange.errors import NotFoundError
from exchange.market.queries import contract_of
from exchange.settlement import queries
from exchange.settlement.queries import (
    AccountView,
    CaptureView,
    DayView,
    EscrowView,
    PayoutView,
    Position,
    StatementLine,
)
from exchange.settlement.states import PayoutState
from exchange.storage.store import Reader
from exchange.web import current
from exchange.web.api.routes import ANYBODY, Access, blueprint, reading

BLUEPRINT = blueprint("settlement", "Accounts, statements, escrows, payouts.")

_CLEARING = Access(login=True, roles=(Role.CLEARER, Role.OPERATOR, Role.AUDITOR))


@reading(BLUEPRINT, "/accounts", list[AccountView])
def own_accounts(reader: Reader) -> list[AccountView]:
    """List one's own accounts."""
    return queries.accounts_of(reader, current.participant())


@reading(BLUEPRINT, "/accounts/<key>/statement", list[StatementLine])
def statement(reader: Reader, key: str) -> list[StatementLine]:
    """List the movements on one's own account, oldest first."""
    return queries.statement(reader, current.viewer(), key)


@reading(BLUEPRINT, "/contracts/<key>/escrow", EscrowView)
def escrow(reader: Reader, key: str) -> EscrowView:
    """Show the money of a contract to its parties and the staff."""
    found = queries.escrow_of(reader, contract_of(reader, current.viewer(), key).id)
    if found is None:
        raise NotFoundError("escrow.unknown", "the contract has no money yet")
    return found


@reading(BLUEPRINT, "/contracts/<key>/captures", list[CaptureView])
def captures(reader: Reader, key: str) -> list[CaptureView]:
    """List what a contract's questions cost, to its parties and the staff."""
    return queries.captures_of(reader, contract_of(reader, current.viewer(), key).id)


@reading(BLUEPRINT, "/payouts", list[PayoutView])
def own_payouts(reader: Reader) -> list[PayoutView]:
    """List the payouts to oneself, latest first."""
    return queries.payouts_of(reader, current.participant())


@reading(BLUEPRINT, "/payouts/sent", list[PayoutView], _CLEARING)
def sent_payouts(reader: Reader) -> list[PayoutView]:
    """List the payouts that the bank has not answered yet."""
    return queries.payouts_in(reader, PayoutState.SENT)


@reading(BLUEPRINT, "/payables", list[AccountView], _CLEARING)
def payables(reader: Reader) -> list[AccountView]:
    """List what is ready to be paid out."""
    return queries.payables(reader)


@reading(BLUEPRINT, "/settlement/position", Position, _CLEARING)
def position(reader: Reader) -> Position:
    """Add up where all money stands."""
    return queries.position(reader)


@reading(BLUEPRINT, "/settlement/days/<day>", DayView, ANYBODY)
def closed_day(reader: Reader, day: str) -> DayView:
    """Show a closed settlement day."""
    found = queries.day_of(reader, day)
    if found is None:
        raise NotFoundError("day.unknown", "this day was not closed")
    return found
