"""What pages and the API show of the books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from exchange.actors import Actor, Role
from exchange.acts.participants import Participant
from exchange.errors import NotFoundError
from exchange.market.models import Contract
from exchange.settlement.accounts import CUSTODY, IN_TRANSIT, escrow
from exchange.settlement.books import balance_fen, owed_fen
from exchange.settlement.models import Account, Capture, Escrow, Payout, Posting, SettlementDay
from exchange.settlement.states import PayoutState
from exchange.storage.store import Reader, require

_STAFF: Final = (Role.OPERATOR, Role.CLEARER, Role.AUDITOR)
_PURSES: Final = ("Available", "Receivable", "Payable")
_OWED: Final = (*_PURSES, "Escrow", "Hold")


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as its owner sees it: what stands to its credit, as a plain amount."""

    name: str
    kind: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement on an account; `change_fen` is + for what came in, `after_fen` what then stood.

    `entry` and `act` name the act that caused it.
    """

    at: datetime
    entry: int
    act: str
    change_fen: int
    after_fen: int


@dataclass(frozen=True, slots=True)
class EscrowView:
    """The money of one contract; `left_fen` is what the escrow still holds."""

    contract: str
    funded_fen: int
    captured_fen: int
    fee_fen: int
    vat_fen: int
    refunded_fen: int
    released_fen: int
    left_fen: int


@dataclass(frozen=True, slots=True)
class CaptureView:
    """What one answered question cost, how it was split, and what went back."""

    question: str
    contract: str
    gross_fen: int
    fee_fen: int
    vat_fen: int
    refunded_fen: int
    shortfall_fen: int
    entry: int


@dataclass(frozen=True, slots=True)
class PayoutView:
    """A payout; `bank_reference` is None until the bank has paid."""

    id: str
    participant: str
    participant_name: str
    amount_fen: int
    reference: str
    sender: str
    bank_reference: str | None
    state: PayoutState
    acts: tuple[str, ...]
    entry: int


@dataclass(frozen=True, slots=True)
class DayView:
    """A closed settlement day."""

    day: str
    lines: int
    total_fen: int
    complete: bool
    entry: int


@dataclass(frozen=True, slots=True)
class Position:
    """Where all money stands, as plain amounts; `bank_fen` equals the sum of the others.

    `bank_fen` is custody less what is in transit out of it.
    """

    bank_fen: int
    owed_fen: dict[str, int]
    fee_fen: int
    vat_fen: int


def accounts_of(reader: Reader, participant: str) -> list[AccountView]:
    """List a participant's own accounts, and the escrows of the contracts that it buys."""
    names = [f"{kind}:{participant}" for kind in _PURSES]
    bought = reader.find(Contract, buyer=participant)
    names += [escrow(row.id) for row in bought if reader.get(Escrow, row.id) is not None]
    return [AccountView(name, name.split(":")[0], owed_fen(reader, name)) for name in names]


def statement(reader: Reader, actor: Actor, account: str) -> list[StatementLine]:
    """List the movements of an account, oldest first, for its owner and the staff.

    Raises:
        NotFoundError: there is no such account that concerns the actor (`account.unknown`).
    """
    own = {view.name for view in accounts_of(reader, actor.id)}
    if account not in own and not actor.may(*_STAFF):
        raise NotFoundError("account.unknown", "there is no such account")
    return [
        StatementLine(row.at, row.act_entry, row.act, -row.amount_fen, -row.balance_fen)
        for row in reader.find(Posting, account=account)
    ]


def escrow_of(reader: Reader, contract: str) -> EscrowView | None:
    """Return the money of a contract; None before it is funded."""
    row = reader.get(Escrow, contract)
    if row is None:
        return None
    return EscrowView(
        contract=row.id,
        funded_fen=row.funded_fen,
        captured_fen=row.captured_fen,
        fee_fen=row.fee_fen,
        vat_fen=row.vat_fen,
        refunded_fen=row.refunded_fen,
        released_fen=row.released_fen,
        left_fen=row.funded_fen - row.captured_fen - row.released_fen,
    )


def captures_of(reader: Reader, contract: str) -> list[CaptureView]:
    """List what a contract's questions cost, in the order of their capture."""
    views = [_capture_view(row) for row in reader.find(Capture, contract=contract)]
    return sorted(views, key=lambda view: (view.entry, view.question))


def capture_of(reader: Reader, question: str) -> CaptureView | None:
    """Return what a question cost; None if it was not answered."""
    row = reader.get(Capture, question)
    return None if row is None else _capture_view(row)


def payouts_of(reader: Reader, participant: str) -> list[PayoutView]:
    """List the payouts to a participant, latest first."""
    rows = reader.find(Payout, participant=participant)
    return sorted((_payout_view(reader, row) for row in rows), key=_newest)


def payouts_in(reader: Reader, state: PayoutState) -> list[PayoutView]:
    """List all payouts in one state, latest first: for the clearers."""
    rows = reader.find(Payout, state=state)
    return sorted((_payout_view(reader, row) for row in rows), key=_newest)


def payables(reader: Reader) -> list[AccountView]:
    """List what is ready to be paid out, by account: for the clearers."""
    rows = reader.find(Account, kind="Payable")
    return [AccountView(row.id, row.kind, -row.balance_fen) for row in rows if row.balance_fen]


def day_of(reader: Reader, day: str) -> DayView | None:
    """Return a settlement day; None if it was not closed."""
    row = reader.get(SettlementDay, day)
    if row is None:
        return None
    return DayView(row.id, row.lines, row.total_fen, row.complete, row.entry)


def position(reader: Reader) -> Position:
    """Add up where all money stands: the bank on one side, all that is owed or earned opposite."""
    owed = {
        kind: -sum(row.balance_fen for row in reader.find(Account, kind=kind)) for kind in _OWED
    }
    return Position(
        bank_fen=balance_fen(reader, CUSTODY) + balance_fen(reader, IN_TRANSIT),
        owed_fen=owed,
        fee_fen=owed_fen(reader, "Fee:Trade"),
        vat_fen=owed_fen(reader, "Tax:VAT"),
    )


def _newest(view: PayoutView) -> tuple[int, str]:
    return (-view.entry, view.id)


def _capture_view(row: Capture) -> CaptureView:
    return CaptureView(
        question=row.id,
        contract=row.contract,
        gross_fen=row.gross_fen,
        fee_fen=row.fee_fen,
        vat_fen=row.vat_fen,
        refunded_fen=row.refunded_fen,
        shortfall_fen=row.shortfall_fen,
        entry=row.entry,
    )


def _payout_view(reader: Reader, row: Payout) -> PayoutView:
    return PayoutView(
        id=row.id,
        participant=row.participant,
        participant_name=require(reader, Participant, row.participant).name,
        amount_fen=row.amount_fen,
        reference=row.reference,
        sender=row.sender,
        bank_reference=row.bank_reference,
        state=row.state,
        acts=row.lifecycle.acts(row.state),
        entry=row.entry,
    )
