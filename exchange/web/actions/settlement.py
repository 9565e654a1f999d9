"""Actions about money."""

from exchange.actors import Role
from exchange.assets.rules import MAX_TEXT
from exchange.disputes.release import release
from exchange.market.rules import AMOUNT_LIMIT_FEN
from exchange.settlement.rules import REFERENCE_LENGTH
from exchange.settlement.service import (
    ConfirmDeposit,
    ConfirmPayout,
    FailPayout,
    SendPayout,
    close_day,
    confirm_deposit,
    confirm_payout,
    fail_payout,
    fund_escrow,
    send_payout,
)
from exchange.web.actions.table import Action, alone, schema
from exchange.web.fields import Fen, Id, Text

_CLEARER = (Role.CLEARER,)

ACTIONS = (
    Action(
        kind="deposit.confirm",
        title=("确认入金", "Confirm a deposit"),
        path="/deposits",
        roles=_CLEARER,
        service=confirm_deposit,
        wish=ConfirmDeposit,
        schema=schema(
            "ConfirmDeposit",
            reference=Text(REFERENCE_LENGTH),
            participant=Id(),
            amount_fen=Fen(1, AMOUNT_LIMIT_FEN),
        ),
    ),
    Action(
        kind="escrow.fund",
        title=("缴存合同款", "Pay into escrow"),
        path="/contracts/<contract>/funding",
        roles=(Role.BUYER,),
        service=fund_escrow,
        wish=alone("contract"),
        schema=schema("FundEscrow", contract=Id()),
    ),
    Action(
        kind="escrow.release",
        title=("退还余款并结束合同", "Release the rest of an escrow"),
        path="/contracts/<contract>/release",
        roles=(Role.OPERATOR,),
        service=release,
        wish=alone("contract"),
        schema=schema("ReleaseEscrow", contract=Id()),
    ),
    Action(
        kind="settlement.close",
        title=("日终清算", "Close a settlement day"),
        path="/settlement/days",
        roles=(Role.OPERATOR,),
        service=close_day,
        wish=alone("day"),
        schema=schema("CloseDay", day=Text(10)),
    ),
    Action(
        kind="payout.send",
        title=("发起出金", "Send a payout"),
        path="/payouts",
        roles=_CLEARER,
        service=send_payout,
        wish=SendPayout,
        schema=schema(
            "SendPayout",
            participant=Id(),
            amount_fen=Fen(1, AMOUNT_LIMIT_FEN),
            reference=Text(REFERENCE_LENGTH),
        ),
    ),
    Action(
        kind="payout.confirm",
        title=("确认出金到账", "Confirm a payout"),
        path="/payouts/<payout>/confirmation",
        roles=_CLEARER,
        service=confirm_payout,
        wish=ConfirmPayout,
        schema=schema("ConfirmPayout", payout=Id(), bank_reference=Text(REFERENCE_LENGTH)),
    ),
    Action(
        kind="payout.fail",
        title=("出金失败", "Record a failed payout"),
        path="/payouts/<payout>/failure",
        roles=_CLEARER,
        service=fail_payout,
        wish=FailPayout,
        schema=schema("FailPayout", payout=Id(), reasons=Text(MAX_TEXT, lines=True)),
    ),
)
