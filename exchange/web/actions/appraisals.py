"""Actions about appraisals."""

from exchange.actors import Role
from exchange.appraisals.service import (
    Decline,
    RequestAppraisal,
    Sign,
    decline,
    request_appraisal,
    sign,
)
from exchange.assets.rules import MAX_TEXT
from exchange.web.actions.table import Action, schema
from exchange.web.fields import Choice, Document, Id, Text
from valuation.appraisal.report import Purpose

_APPRAISER = (Role.APPRAISER,)

ACTIONS = (
    Action(
        kind="appraisal.request",
        title=("委托评估", "Ask for an appraisal"),
        path="/appraisals",
        roles=(Role.SUPPLIER,),
        service=request_appraisal,
        wish=RequestAppraisal,
        schema=schema(
            "RequestAppraisal", asset=Id(), appraiser=Id(), purpose=Choice(tuple(Purpose))
        ),
    ),
    Action(
        kind="appraisal.sign",
        title=("签署评估报告", "Sign an appraisal report"),
        path="/appraisals/<appraisal>/signature",
        roles=_APPRAISER,
        service=sign,
        wish=Sign,
        schema=schema("SignAppraisal", appraisal=Id(), report=Document(required=True)),
    ),
    Action(
        kind="appraisal.decline",
        title=("谢绝委托", "Decline an appraisal"),
        path="/appraisals/<appraisal>/refusal",
        roles=_APPRAISER,
        service=decline,
        wish=Decline,
        schema=schema("DeclineAppraisal", appraisal=Id(), reasons=Text(MAX_TEXT, lines=True)),
    ),
)
