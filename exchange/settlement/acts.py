"""What the acts of the settlement do to the rows."""

from __future__ import annotations

from exchange.actors import Role
from exchange.acts.kinds import ActKind, Fact
from exchange.acts.participants import Participant
from exchange.errors import ConflictError, ForbiddenError, InvalidError
from exchange.market.models import Contract
from exchange.market.ownership import bought_contract
from exchange.settlement.accounts import (
    CUSTODY,
    IN_TRANSIT,
    available,
    escrow,
    move,
    payable,
    receivable,
)
from exchange.settlement.books import escrow_left_fen, post
from exchange.settlement.models import (
    Account,
    BankMovement,
    Capture,
    Escrow,
    Payout,
    Posting,
    SettlementDay,
)
from exchange.settlement.rules import (
    LINES_LIMIT,
    check_amount,
    check_ended,
    check_four_eyes,
    check_reference,
)
from exchange.storage.deadlines import check_in_time
from exchange.storage.store import Reader, Writer, require


def check_not_self(actor: str, participant: str) -> None:
    """Stop when a clearer would move his own money.

    Raises:
        ForbiddenError: he would (`clearing.self`).
    """
    if actor == participant:
        raise ForbiddenError("clearing.self", "nobody clears his own money")


def check_unused(reader: Reader, bank_reference: str) -> None:
    """Stop when a movement of the bank was told before.

    Raises:
        ConflictError: it was (`bank.reference_used`).
    """
    if reader.get(BankMovement, bank_reference) is not None:
        raise ConflictError("bank.reference_used", "this movement of the bank was recorded before")


def check_new_instruction(reader: Reader, reference: str) -> None:
    """Stop when a payment instruction was given before.

    Raises:
        ConflictError: it was (`payout.reference_used`).
    """
    if reader.find(Payout, reference=reference):
        raise ConflictError("payout.reference_used", "this instruction was sent before")


def _confirm_deposit(writer: Writer, fact: Fact) -> None:
    reference, amount_fen = str(fact.body["reference"]), int(fact.body["amount_fen"])
    payer = require(writer, Participant, str(fact.body["participant"]))
    check_not_self(fact.actor, payer.id)
    check_amount(amount_fen)
    _record_movement(writer, fact, payer.id, amount_fen, reference)
    post(writer, fact, move(CUSTODY, available(payer.id), amount_fen))


def _fund_escrow(writer: Writer, fact: Fact) -> None:
    row = bought_contract(writer, fact.actor, str(fact.body["contract"]))
    check_in_time(writer, row, fact.received_at)
    if fact.body["amount_fen"] != row.amount_fen:
        raise InvalidError("escrow.amount", "a contract is funded with its whole amount")
    writer.advance(row, fact.kind)
    writer.add(Escrow(id=row.id, funded_fen=row.amount_fen))
    post(writer, fact, move(available(row.buyer), escrow(row.id), row.amount_fen))


def _release_escrow(writer: Writer, fact: Fact) -> None:
    row = require(writer, Contract, str(fact.body["contract"]))
    writer.advance(row, fact.kind)
    left_fen = escrow_left_fen(writer, row.id)
    if fact.body["amount_fen"] != left_fen:
        raise InvalidError("escrow.amount", "all that is left is released")
    held = require(writer, Escrow, row.id)
    writer.change(held, released_fen=held.released_fen + left_fen)
    post(writer, fact, move(escrow(row.id), available(row.buyer), left_fen))


def _close_day(writer: Writer, fact: Fact) -> None:
    day = str(fact.body["day"])
    lines = [(str(line["participant"]), int(line["amount_fen"])) for line in fact.body["lines"]]
    participants = [participant for participant, _ in lines]
    amounts_fen = [amount_fen for _, amount_fen in lines]
    if participants != sorted(set(participants)) or len(lines) > LINES_LIMIT:
        raise InvalidError("day.lines", "participants stand once each and in order")
    if min(amounts_fen, default=1) <= 0:
        raise InvalidError("day.lines", "only what is positive is settled")
    check_ended(day, fact.received_at)
    _record_day(writer, day, amounts_fen)
    moves = (move(receivable(owner), payable(owner), fen) for owner, fen in lines)
    post(writer, fact, [line for pair in moves for line in pair])


def _record_day(writer: Writer, day: str, amounts_fen: list[int]) -> None:
    complete, total_fen = len(amounts_fen) < LINES_LIMIT, sum(amounts_fen)
    row = writer.get(SettlementDay, day)
    if row is None:
        writer.add(
            SettlementDay(id=day, lines=len(amounts_fen), total_fen=total_fen, complete=complete)
        )
        return
    if row.complete:
        raise ConflictError("day.closed", "this day was closed before")
    writer.change(
        row,
        lines=row.lines + len(amounts_fen),
        total_fen=row.total_fen + total_fen,
        complete=complete,
    )


def _send_payout(writer: Writer, fact: Fact) -> None:
    payee = require(writer, Participant, str(fact.body["participant"]))
    reference, amount_fen = str(fact.body["reference"]), int(fact.body["amount_fen"])
    check_not_self(fact.actor, payee.id)
    check_amount(amount_fen)
    check_reference(reference, "reference")
    check_new_instruction(writer, reference)
    writer.add(
        Payout(
            id=str(fact.body["payout"]),
            participant=payee.id,
            amount_fen=amount_fen,
            reference=reference,
            sender=fact.actor,
        )
    )
    post(writer, fact, move(payable(payee.id), IN_TRANSIT, amount_fen))


def _confirm_payout(writer: Writer, fact: Fact) -> None:
    row = require(writer, Payout, str(fact.body["payout"]))
    bank_reference = str(fact.body["bank_reference"])
    check_not_self(fact.actor, row.participant)
    check_four_eyes(row.amount_fen, row.sender, fact.actor)
    writer.advance(row, fact.kind, bank_reference=bank_reference)
    _record_movement(writer, fact, row.participant, row.amount_fen, bank_reference)
    post(writer, fact, move(IN_TRANSIT, CUSTODY, row.amount_fen))


def _fail_payout(writer: Writer, fact: Fact) -> None:
    row = require(writer, Payout, str(fact.body["payout"]))
    check_not_self(fact.actor, row.participant)
    writer.advance(row, fact.kind, reasons=str(fact.body["reasons"]))
    post(writer, fact, move(IN_TRANSIT, payable(row.participant), row.amount_fen))


def _record_movement(
    writer: Writer, fact: Fact, participant: str, amount_fen: int, reference: str
) -> None:
    check_reference(reference, "reference")
    check_unused(writer, reference)
    writer.add(
        BankMovement(id=reference, act=fact.kind, participant=participant, amount_fen=amount_fen)
    )


_OPERATOR, _BUYER, _CLEARER = (Role.OPERATOR,), (Role.BUYER,), (Role.CLEARER,)

ACTS = (
    ActKind(
        "deposit.confirm", _CLEARER, ("reference", "participant", "amount_fen"), _confirm_deposit
    ),
    ActKind("escrow.fund", _BUYER, ("contract", "amount_fen"), _fund_escrow),
    ActKind("escrow.release", _OPERATOR, ("contract", "amount_fen"), _release_escrow),
    ActKind("settlement.close", _OPERATOR, ("day", "lines"), _close_day),
    ActKind(
        "payout.send", _CLEARER, ("payout", "participant", "amount_fen", "reference"), _send_payout
    ),
    ActKind("payout.confirm", _CLEARER, ("payout", "bank_reference"), _confirm_payout),
    ActKind("payout.fail", _CLEARER, ("payout", "reasons"), _fail_payout),
)

TABLES = (Account, Posting, Escrow, Capture, BankMovement, SettlementDay, Payout)
