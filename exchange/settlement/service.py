"""Deciding on deposits, escrow, settlement days and payouts."""

from __future__ import annotations

from dataclasses import dataclass

from exchange.actors import Role
from exchange.acts.participants import Participant
from exchange.acts.unit_of_work import Decision, UnitOfWork
from exchange.assets.rules import checked_text
from exchange.errors import ConflictError
from exchange.market.models import Contract
from exchange.market.ownership import bought_contract
from exchange.settlement.acts import check_new_instruction, check_not_self, check_unused
from exchange.settlement.books import escrow_left_fen
from exchange.settlement.closing import closable_lines
from exchange.settlement.models import Payout, SettlementDay
from exchange.settlement.rules import (
    LINES_LIMIT,
    check_amount,
    check_ended,
    check_four_eyes,
    check_reference,
    end_of_day,
)
from exchange.storage.deadlines import check_in_time


@dataclass(frozen=True, slots=True)
class ConfirmDeposit:
    """A wish to credit what the bank says a participant paid in, by the bank's reference."""

    reference: str
    participant: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class SendPayout:
    """A wish to have the bank pay a participant, under an instruction reference of our own."""

    participant: str
    amount_fen: int
    reference: str


@dataclass(frozen=True, slots=True)
class ConfirmPayout:
    """A wish to record that the bank has paid, by the bank's reference."""

    payout: str
    bank_reference: str


@dataclass(frozen=True, slots=True)
class FailPayout:
    """A wish to record that the bank did not pay; the reasons stay out of the ledger."""

    payout: str
    reasons: str


def confirm_deposit(uow: UnitOfWork, wish: ConfirmDeposit) -> Decision:
    """Credit a participant with what it paid in, once for each movement of the bank.

    Raises:
        NotFoundError: there is no such participant.
        ConflictError: the movement was recorded before (`bank.reference_used`).
        ForbiddenError: it is the clearer's own (`clearing.self`).
        InvalidError: amount or reference are outside what is allowed.
    """
    uow.need_role(Role.CLEARER)
    payer = uow.require(Participant, wish.participant)
    check_not_self(uow.actor.id, payer.id)
    check_amount(wish.amount_fen)
    check_reference(wish.reference, "reference")
    check_unused(uow.reader, wish.reference)
    body = {
        "reference": wish.reference,
        "participant": payer.id,
        "amount_fen": wish.amount_fen,
    }
    return Decision("deposit.confirm", body, wish.reference)


def fund_escrow(uow: UnitOfWork, wish: str) -> Decision:
    """Pay the whole amount of a signed contract into its escrow, within 24 hours.

    Raises:
        NotFoundError: the contract is unknown or another's.
        ConflictError: it is not signed, or its time is over (`deadline.passed`).
        ExhaustedError: the buyer has less available (`funds.short`).
    """
    uow.need_role(Role.BUYER)
    row = bought_contract(uow.reader, uow.actor.id, wish)
    row.lifecycle.target("escrow.fund", row.state)
    check_in_time(uow.reader, row, uow.now)
    body = {"contract": row.id, "amount_fen": row.amount_fen}
    return Decision("escrow.fund", body, row.id)


def decide_release(uow: UnitOfWork, wish: str) -> Decision:
    """Close a contract and give what is left in its escrow back to the buyer.

    Whether anything still hangs on the contract (a grant, a question, a dispute) is known
    to higher features only: their service asks first and then decides by this one.

    Raises:
        NotFoundError: the contract is unknown.
        ConflictError: it is not funded.
    """
    uow.need_role(Role.OPERATOR)
    row = uow.require(Contract, wish)
    row.lifecycle.target("escrow.release", row.state)
    body = {"contract": row.id, "amount_fen": escrow_left_fen(uow.reader, row.id)}
    return Decision("escrow.release", body, row.id)


def close_day(uow: UnitOfWork, wish: str) -> Decision:
    """Close a day (`2026-03-02`, Asia/Shanghai): what was earned by its end becomes payable.

    A day with more suppliers than one act can hold is closed by several acts.

    Raises:
        InvalidError: the text names no day.
        ConflictError: the day has not ended (`day.open`) or was closed before (`day.closed`).
    """
    uow.need_role(Role.OPERATOR)
    check_ended(wish, uow.now)
    row = uow.get(SettlementDay, wish)
    if row is not None and row.complete:
        raise ConflictError("day.closed", "this day was closed before")
    lines = closable_lines(uow.reader, end_of_day(wish))[:LINES_LIMIT]
    body = {
        "day": wish,
        "lines": [
            {"participant": participant, "amount_fen": amount_fen}
            for participant, amount_fen in lines
        ],
    }
    return Decision("settlement.close", body, wish)


def send_payout(uow: UnitOfWork, wish: SendPayout) -> Decision:
    """Instruct the bank to pay a participant out of what is payable to it.

    Raises:
        NotFoundError: there is no such participant.
        ConflictError: the instruction was sent before (`payout.reference_used`).
        ForbiddenError: it is the clearer's own (`clearing.self`).
        ExhaustedError: less is payable (`funds.short`).
        InvalidError: amount or reference are outside what is allowed.
    """
    uow.need_role(Role.CLEARER)
    payee = uow.require(Participant, wish.participant)
    check_not_self(uow.actor.id, payee.id)
    check_amount(wish.amount_fen)
    check_reference(wish.reference, "reference")
    check_new_instruction(uow.reader, wish.reference)
    key = uow.new_id("payout")
    body = {
        "payout": key,
        "participant": payee.id,
        "amount_fen": wish.amount_fen,
        "reference": wish.reference,
    }
    return Decision("payout.send", body, key)


def confirm_payout(uow: UnitOfWork, wish: ConfirmPayout) -> Decision:
    """Record that the bank has paid; a large payout needs another clearer than its sender.

    Raises:
        NotFoundError: there is no such payout.
        ConflictError: it is settled, or the movement was recorded before.
        ForbiddenError: it is the clearer's own, or needs a second clearer.
        InvalidError: the reference is malformed.
    """
    row = _sent_payout(uow, wish.payout, "payout.confirm")
    check_four_eyes(row.amount_fen, row.sender, uow.actor.id)
    check_reference(wish.bank_reference, "bank_reference")
    check_unused(uow.reader, wish.bank_reference)
    body = {"payout": row.id, "bank_reference": wish.bank_reference}
    return Decision("payout.confirm", body, row.id)


def fail_payout(uow: UnitOfWork, wish: FailPayout) -> Decision:
    """Record that the bank did not pay; the money is payable again.

    Raises:
        NotFoundError: there is no such payout.
        ConflictError: it is settled.
        ForbiddenError: it is the clearer's own (`clearing.self`).
        InvalidError: the reasons are empty or too long.
    """
    row = _sent_payout(uow, wish.payout, "payout.fail")
    reasons = uow.commit(checked_text("payout.reasons", "reasons", wish.reasons))
    body = {"payout": row.id, "reasons": reasons.id}
    return Decision("payout.fail", body, row.id, (reasons,))


def _sent_payout(uow: UnitOfWork, key: str, act: str) -> Payout:
    uow.need_role(Role.CLEARER)
    row = uow.require(Payout, key)
    check_not_self(uow.actor.id, row.participant)
    row.lifecycle.target(act, row.state)
    return row
