"""Actions about nodes and the registration of assets."""

from typing import Any

from marshmallow import fields

from exchange.actors import Role
from exchange.assets.description import MEMBERS
from exchange.assets.rules import MAX_TEXT, Grade, Right
from exchange.assets.service import (
    Apply,
    RegisterNode,
    Remark,
    accept,
    apply_for,
    bind_node,
    cancel,
    describe,
    dismiss,
    object_to,
    register_node,
    reject,
    resubmit,
    review,
    send_back,
)
from exchange.web.actions.table import Action, alone, schema
from exchange.web.fields import Choice, Id, Items, PublicKey, Text

_SUPPLIER = (Role.SUPPLIER,)
_REGISTRAR = (Role.REGISTRAR,)


def _whole(**body: Any) -> dict[str, Any]:
    return body


def _remark(field: str) -> Any:
    """Make a remark of the field that holds its text."""

    def wish(**given: str) -> Remark:
        return Remark(given["asset"], given[field])

    return wish


def _raw() -> fields.Raw:
    return fields.Raw(required=True, error_messages={"required": "field.required"}, allow_none=True)


_DESCRIPTION = {name: _raw() for name in MEMBERS}

ACTIONS = (
    Action(
        kind="node.register",
        title=("登记域节点", "Register a domain node"),
        path="/nodes",
        roles=None,
        service=register_node,
        wish=RegisterNode,
        schema=schema(
            "RegisterNode",
            name=Text(),
            supplier=Id(),
            url=Text(),
            key=Choice(("k1",)),
            public_key=PublicKey(required=True),
        ),
        own_key=True,
    ),
    Action(
        kind="node.bind",
        title=("绑定域节点", "Bind a domain node"),
        path="/nodes/<node>/binding",
        roles=_SUPPLIER,
        service=bind_node,
        wish=alone("node"),
        schema=schema("BindNode", node=Id()),
    ),
    Action(
        kind="asset.describe",
        title=("描述数据资产", "Describe an asset"),
        path="/nodes/descriptions",
        roles=(Role.NODE,),
        service=describe,
        wish=_whole,
        schema=schema("Describe", **_DESCRIPTION),
        own_key=True,
    ),
    Action(
        kind="asset.apply",
        title=("申请数据资产登记", "Apply for registration"),
        path="/assets",
        roles=_SUPPLIER,
        service=apply_for,
        wish=Apply,
        schema=schema(
            "Apply",
            node=Id(),
            local=Id(),
            rights=Items(Choice(tuple(Right)), len(Right)),
            grade=Choice(tuple(Grade)),
            statement=Text(MAX_TEXT, lines=True),
        ),
    ),
    Action(
        kind="asset.return",
        title=("退回补正", "Return an application"),
        path="/assets/<asset>/return",
        roles=_REGISTRAR,
        service=send_back,
        wish=_remark("remarks"),
        schema=schema("Return", asset=Id(), remarks=Text(MAX_TEXT, lines=True)),
    ),
    Action(
        kind="asset.resubmit",
        title=("补正后重新提交", "Hand in again"),
        path="/assets/<asset>/resubmission",
        roles=_SUPPLIER,
        service=resubmit,
        wish=_remark("statement"),
        schema=schema("Resubmit", asset=Id(), statement=Text(MAX_TEXT, lines=True)),
    ),
    Action(
        kind="asset.accept",
        title=("受理登记申请", "Accept an application"),
        path="/assets/<asset>/acceptance",
        roles=_REGISTRAR,
        service=accept,
        wish=alone("asset"),
        schema=schema("AcceptAsset", asset=Id()),
    ),
    Action(
        kind="asset.review",
        title=("审核通过并公示", "Pass on review and publish the notice"),
        path="/assets/<asset>/review",
        roles=_REGISTRAR,
        service=review,
        wish=alone("asset"),
        schema=schema("Review", asset=Id()),
    ),
    Action(
        kind="asset.object",
        title=("提出异议", "Object to a registration"),
        path="/assets/<asset>/objection",
        roles=(Role.SUPPLIER, Role.BUYER, Role.APPRAISER),
        service=object_to,
        wish=_remark("grounds"),
        schema=schema("Object", asset=Id(), grounds=Text(MAX_TEXT, lines=True)),
    ),
    Action(
        kind="asset.dismiss",
        title=("驳回异议", "Dismiss an objection"),
        path="/assets/<asset>/dismissal",
        roles=_REGISTRAR,
        service=dismiss,
        wish=_remark("reasons"),
        schema=schema("Dismiss", asset=Id(), reasons=Text(MAX_TEXT, lines=True)),
    ),
    Action(
        kind="asset.reject",
        title=("不予登记", "Refuse a registration"),
        path="/assets/<asset>/rejection",
        roles=_REGISTRAR,
        service=reject,
        wish=_remark("reasons"),
        schema=schema("Reject", asset=Id(), reasons=Text(MAX_TEXT, lines=True)),
    ),
    Action(
        kind="asset.cancel",
        title=("撤回或注销登记", "Withdraw or cancel a registration"),
        path="/assets/<asset>/cancellation",
        roles=_SUPPLIER,
        service=cancel,
        wish=alone("asset"),
        schema=schema("Cancel", asset=Id()),
    ),
)
