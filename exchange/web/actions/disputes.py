"""Actions about disputes."""

from exchange.actors import Role
from exchange.disputes.rules import MAX_EVIDENCE, MAX_TEXT
from exchange.disputes.service import (
    Answer,
    Award,
    File,
    answer,
    assign,
    execute,
    file,
    make_award,
    withdraw,
)
from exchange.market.rules import AMOUNT_LIMIT_FEN
from exchange.web.actions.table import Action, alone, schema
from exchange.web.fields import Fen, Id, Items, Text

_OPERATOR, _BUYER = (Role.OPERATOR,), (Role.BUYER,)
_DIGEST_LENGTH = 44

ACTIONS = (
    Action(
        kind="dispute.file",
        title=("提起争议", "File a dispute"),
        path="/disputes",
        roles=_BUYER,
        service=file,
        wish=File,
        schema=schema(
            "FileDispute",
            question=Id(),
            claim_fen=Fen(1, AMOUNT_LIMIT_FEN),
            statement=Text(MAX_TEXT, lines=True),
        ),
    ),
    Action(
        kind="dispute.answer",
        title=("答辩", "Answer a claim"),
        path="/disputes/<dispute>/answer",
        roles=(Role.SUPPLIER,),
        service=answer,
        wish=Answer,
        schema=schema("AnswerDispute", dispute=Id(), statement=Text(MAX_TEXT, lines=True)),
    ),
    Action(
        kind="dispute.withdraw",
        title=("撤回争议", "Withdraw a claim"),
        path="/disputes/<dispute>/withdrawal",
        roles=_BUYER,
        service=withdraw,
        wish=alone("dispute"),
        schema=schema("WithdrawDispute", dispute=Id()),
    ),
    Action(
        kind="dispute.assign",
        title=("抽签指定裁决人", "Draw an arbitrator"),
        path="/disputes/<dispute>/assignment",
        roles=_OPERATOR,
        service=assign,
        wish=alone("dispute"),
        schema=schema("AssignDispute", dispute=Id()),
    ),
    Action(
        kind="award.make",
        title=("作出裁决", "Make an award"),
        path="/disputes/<dispute>/award",
        roles=(Role.ARBITRATOR,),
        service=make_award,
        wish=Award,
        schema=schema(
            "MakeAward",
            dispute=Id(),
            refund_fen=Fen(0, AMOUNT_LIMIT_FEN),
            reasons=Text(MAX_TEXT, lines=True),
            evidence=Items(Text(_DIGEST_LENGTH, least=_DIGEST_LENGTH), MAX_EVIDENCE),
        ),
    ),
    Action(
        kind="award.execute",
        title=("执行裁决", "Execute an award"),
        path="/disputes/<dispute>/execution",
        roles=_OPERATOR,
        service=execute,
        wish=alone("dispute"),
        schema=schema("ExecuteAward", dispute=Id()),
    ),
)
