"""Tables of the settlement: accounts, postings, escrows, captures, bank movements, payouts.

Amounts are integer fen. In accounts and postings a debit is positive and a credit negative;
everywhere else amounts are plain and never negative.
"""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field

from exchange.lifecycle import Lifecycle
from exchange.settlement.states import PAYOUT, PayoutState
from exchange.storage.columns import State, UtcTime
from exchange.storage.tables import Recorded, Staged


class Account(Recorded, table=True):
    """An account and its balance; the key is its name, such as `Available:p-k3q7v2m5x6za`.

    Custody holds what the bank holds and is never in credit; all others are what the
    exchange owes, earned, or has on its way out, and are never in debit.
    """

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint(
            "CASE WHEN id = 'Bank:Custody' THEN balance_fen ELSE -balance_fen END >= 0",
            name="account_floor",
        ),
    )

    kind: str = Field(max_length=16, index=True, description="first part of the name")
    owner: str = Field(max_length=64, index=True, description="second part of the name")
    balance_fen: int = Field(sa_type=BigInteger, description="debit +, credit -")
    last: str = Field(max_length=32, description="key of the last posting")


class Posting(Recorded, table=True):
    """One line of the journal; the key is `<entry, 12 digits>/<line, 3 digits>`.

    `previous` chains the postings of one account, so that a balance can be told as of any
    moment without adding all of them up.
    """

    __tablename__ = "posting"
    __table_args__ = (CheckConstraint("amount_fen <> 0", name="posting_amount"),)

    act_entry: int = Field(sa_type=BigInteger, index=True, description="index of the causing act")
    act: str = Field(max_length=64, description="kind of the causing act")
    at: datetime = Field(sa_type=UtcTime, description="when the act was received")
    account: str = Field(max_length=100, index=True)
    amount_fen: int = Field(sa_type=BigInteger, description="debit +, credit -")
    balance_fen: int = Field(sa_type=BigInteger, description="of the account after this line")
    previous: str | None = Field(default=None, max_length=32, description="of the same account")


class Escrow(Recorded, table=True):
    """The money of one contract; the key is the contract's.

    What is left is funded - captured - released. Fee (with VAT) and VAT are running totals
    on the captured total.
    """

    __tablename__ = "escrow"
    __table_args__ = (
        CheckConstraint("captured_fen >= 0 AND released_fen >= 0", name="escrow_parts"),
        CheckConstraint("captured_fen + released_fen <= funded_fen", name="escrow_left"),
        CheckConstraint(
            "vat_fen >= 0 AND vat_fen <= fee_fen AND fee_fen <= captured_fen", name="escrow_split"
        ),
        CheckConstraint(
            "refunded_fen >= 0 AND refunded_fen <= captured_fen", name="escrow_refunds"
        ),
    )

    funded_fen: int = Field(sa_type=BigInteger)
    captured_fen: int = Field(default=0, sa_type=BigInteger)
    fee_fen: int = Field(default=0, sa_type=BigInteger, description="VAT included")
    vat_fen: int = Field(default=0, sa_type=BigInteger)
    refunded_fen: int = Field(default=0, sa_type=BigInteger, description="of what was captured")
    released_fen: int = Field(default=0, sa_type=BigInteger, description="back to the buyer")


class Capture(Recorded, table=True):
    """What one answered question cost and how it was split; the key is the question's.

    Refunds go back by this split. `shortfall_fen` is the part of awarded refunds that the
    supplier could not cover.
    """

    __tablename__ = "capture"
    __table_args__ = (
        CheckConstraint("gross_fen > 0 AND vat_fen >= 0", name="capture_gross"),
        CheckConstraint("vat_fen <= fee_fen AND fee_fen <= gross_fen", name="capture_split"),
        CheckConstraint("refunded_fen >= 0 AND refunded_fen <= gross_fen", name="capture_refunds"),
        CheckConstraint(
            "shortfall_fen >= 0 AND shortfall_fen <= refunded_fen", name="capture_shortfall"
        ),
    )

    contract: str = Field(max_length=64, index=True)
    gross_fen: int = Field(sa_type=BigInteger)
    fee_fen: int = Field(sa_type=BigInteger, description="VAT included")
    vat_fen: int = Field(sa_type=BigInteger)
    refunded_fen: int = Field(default=0, sa_type=BigInteger, description="gross, as awarded")
    shortfall_fen: int = Field(default=0, sa_type=BigInteger)


class BankMovement(Recorded, table=True):
    """A movement that the bank confirmed; the key is the bank's reference, used once."""

    __tablename__ = "bank_movement"
    __table_args__ = (CheckConstraint("amount_fen > 0", name="movement_amount"),)

    act: str = Field(max_length=64, description="deposit.confirm or payout.confirm")
    participant: str = Field(max_length=64, index=True)
    amount_fen: int = Field(sa_type=BigInteger)


class SettlementDay(Recorded, table=True):
    """A day whose receivables were closed; the key is the date in Asia/Shanghai."""

    __tablename__ = "settlement_day"

    lines: int = Field(description="participants settled")
    total_fen: int = Field(sa_type=BigInteger)
    complete: bool = Field(description="False while more lines than one act holds remain")


class Payout(Staged, table=True):
    """Money on its way to a participant's bank account."""

    __tablename__ = "payout"
    __table_args__ = (CheckConstraint("amount_fen > 0", name="payout_amount"),)
    lifecycle: ClassVar[Lifecycle] = PAYOUT

    participant: str = Field(max_length=64, index=True)
    amount_fen: int = Field(sa_type=BigInteger)
    reference: str = Field(max_length=64, index=True, description="our instruction's, used once")
    sender: str = Field(max_length=64, description="clearer who sent it")
    bank_reference: str | None = Field(default=None, max_length=64)
    reasons: str | None = Field(default=None, max_length=44, description="commitment, if failed")
    state: PayoutState = Field(default=PayoutState.SENT, sa_type=State(PayoutState), index=True)
