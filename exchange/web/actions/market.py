"""Actions about tariffs, listings, requests and contracts."""

from typing import Any

from exchange.actors import Role
from exchange.assets.rules import MAX_TEXT
from exchange.market.rules import (
    AMOUNT_LIMIT_FEN,
    COLUMN_LENGTH,
    COLUMNS_LIMIT,
    DAYS_LIMIT,
    FEE_LIMIT_PPM,
    PPM,
    QUESTIONS_LIMIT,
    VAT_LIMIT_PPM,
    Needs,
    Topic,
)
from exchange.market.service import (
    DeclineContract,
    OfferContract,
    OpenListing,
    PostRequest,
    SetTariff,
    accept_contract,
    close_listing,
    decline_contract,
    offer_contract,
    open_listing,
    post_request,
    propose_matches,
    set_tariff,
    withdraw_request,
)
from exchange.web.actions.table import Action, alone, schema
from exchange.web.fields import Choice, Fen, Id, Items, Moment, Text, Whole

_SUPPLIER, _BUYER, _OPERATOR = (Role.SUPPLIER,), (Role.BUYER,), (Role.OPERATOR,)
_MOST_ANALYSES = 50
_NEEDS = ("columns", "minimum_quality_ppm", "budget_fen", "questions", "days")


def _request(**given: Any) -> PostRequest:
    needs = Needs(**{name: given.pop(name) for name in _NEEDS})
    return PostRequest(needs=needs, **given)


ACTIONS = (
    Action(
        kind="tariff.set",
        title=("设定费率", "Set the tariff"),
        path="/tariffs",
        roles=_OPERATOR,
        service=set_tariff,
        wish=SetTariff,
        schema=schema(
            "SetTariff", fee_ppm=Whole(0, FEE_LIMIT_PPM), vat_ppm=Whole(0, VAT_LIMIT_PPM)
        ),
    ),
    Action(
        kind="listing.open",
        title=("挂牌", "Open a listing"),
        path="/listings",
        roles=_SUPPLIER,
        service=open_listing,
        wish=OpenListing,
        schema=schema(
            "OpenListing",
            asset=Id(),
            appraisal=Id(),
            topic=Choice(tuple(Topic)),
            analyses=Items(Id(), _MOST_ANALYSES),
            price_fen=Fen(1, AMOUNT_LIMIT_FEN),
            days=Whole(1, DAYS_LIMIT),
        ),
    ),
    Action(
        kind="listing.close",
        title=("下架", "Close a listing"),
        path="/listings/<listing>/closing",
        roles=_SUPPLIER,
        service=close_listing,
        wish=alone("listing"),
        schema=schema("CloseListing", listing=Id()),
    ),
    Action(
        kind="request.post",
        title=("发布需求", "Post a request"),
        path="/requests",
        roles=_BUYER,
        service=post_request,
        wish=_request,
        schema=schema(
            "PostRequest",
            title=Text(),
            detail=Text(MAX_TEXT, lines=True),
            topic=Choice(tuple(Topic)),
            columns=Items(Text(COLUMN_LENGTH), COLUMNS_LIMIT, least=0),
            minimum_quality_ppm=Whole(0, PPM),
            budget_fen=Fen(1, AMOUNT_LIMIT_FEN),
            questions=Whole(1, QUESTIONS_LIMIT),
            days=Whole(1, DAYS_LIMIT),
            until=Moment(required=True),
        ),
    ),
    Action(
        kind="request.withdraw",
        title=("撤回需求", "Withdraw a request"),
        path="/requests/<request>/withdrawal",
        roles=_BUYER,
        service=withdraw_request,
        wish=alone("request"),
        schema=schema("WithdrawRequest", request=Id()),
    ),
    Action(
        kind="match.propose",
        title=("生成匹配", "Propose matches"),
        path="/requests/<request>/matches",
        roles=_OPERATOR,
        service=propose_matches,
        wish=alone("request"),
        schema=schema("ProposeMatches", request=Id()),
    ),
    Action(
        kind="contract.offer",
        title=("发出要约", "Offer a contract"),
        path="/contracts",
        roles=_BUYER,
        service=offer_contract,
        wish=OfferContract,
        schema=schema(
            "OfferContract",
            listing=Id(),
            analyses=Items(Id(), _MOST_ANALYSES),
            questions=Whole(1, QUESTIONS_LIMIT),
            price_fen=Fen(1, AMOUNT_LIMIT_FEN, required=False, allow_none=True),
            days=Whole(1, DAYS_LIMIT, required=False, allow_none=True),
            request=Id(required=False, allow_none=True),
        ),
    ),
    Action(
        kind="contract.accept",
        title=("承诺签约", "Accept a contract"),
        path="/contracts/<contract>/acceptance",
        roles=_SUPPLIER,
        service=accept_contract,
        wish=alone("contract"),
        schema=schema("AcceptContract", contract=Id()),
    ),
    Action(
        kind="contract.decline",
        title=("拒绝要约", "Decline a contract"),
        path="/contracts/<contract>/refusal",
        roles=_SUPPLIER,
        service=decline_contract,
        wish=DeclineContract,
        schema=schema("DeclineContract", contract=Id(), reasons=Text(MAX_TEXT, lines=True)),
    ),
)
