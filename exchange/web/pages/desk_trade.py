"""The desks of those who trade: suppliers and buyers."""

from collections.abc import Iterable

from exchange.actors import Actor
from exchange.appraisals.queries import AppraisalView, appraisals_for_supplier
from exchange.assets.queries import AssetView, NodeView, assets_of, nodes_of
from exchange.assets.states import AssetState
from exchange.disputes.queries import disputes_of
from exchange.disputes.states import DisputeState
from exchange.grants.queries import GrantView, grants_of_buyer, grants_of_supplier
from exchange.grants.states import GrantState
from exchange.market.queries import (
    ContractView,
    ListingView,
    RequestView,
    contracts_by,
    listings_by,
    matches_of,
    requests_by,
)
from exchange.market.states import ContractState, RequestState
from exchange.storage.store import Reader
from exchange.web.pages.desk_items import Desk, Item, Section, Task, by_deadline, dispute_items
from exchange.web.pages.rendering import t, title_text


def supplier(reader: Reader, actor: Actor) -> Desk:
    """Lay out a supplier's desk."""
    nodes, assets = nodes_of(reader, actor.id), assets_of(reader, actor.id)
    contracts = [view for view in contracts_by(reader, actor.id) if view.supplier == actor.id]
    grants, disputes = grants_of_supplier(reader, actor.id), disputes_of(reader, actor.id)
    tasks = [Task("绑定域节点", n.name, f"/do/node.bind?node={n.id}") for n in nodes if not n.bound]
    tasks += [
        Task("补正登记申请", title_text(view), f"/assets/{view.id}")
        for view in assets
        if view.state is AssetState.RETURNED
    ]
    tasks += _to_do_on_contracts(contracts, {grant.contract for grant in grants})
    tasks += [
        Task("答辩", view.id, f"/disputes/{view.id}", view.answer_by)
        for view in disputes
        if view.state is DisputeState.FILED and view.respondent == actor.id
    ]
    listings, appraisals = listings_by(reader, actor.id), appraisals_for_supplier(reader, actor.id)
    none_yet = "还没有申请登记。先用 fdx node join 接入域节点，再描述数据。"
    sections = (
        Section("我的资产", _assets(assets), none_yet),
        Section("域节点", _nodes(nodes), "还没有域节点接入。"),
        Section("评估", _appraisals(appraisals), "还没有委托评估。"),
        Section("挂牌", _listings(listings), "还没有挂牌。"),
        Section("合同", _contracts(contracts, of_supplier=True), "还没有合同。"),
        Section("已签发的授权", _grants(grants), "还没有签发授权。"),
        Section("争议", dispute_items(disputes), "没有争议。"),
    )
    return Desk(by_deadline(tasks), sections)


def _to_do_on_contracts(contracts: Iterable[ContractView], granted: set[str]) -> list[Task]:
    """List the offers to answer, and the funded contracts that never had a grant."""
    tasks = []
    for view in contracts:
        place = f"/contracts/{view.id}"
        if view.state is ContractState.OFFERED:
            tasks.append(Task("答复要约", title_text(view), place, view.due_at))
        elif view.state is ContractState.FUNDED and view.id not in granted:
            tasks.append(Task("签发查询授权", title_text(view), place))
    return tasks


def buyer(reader: Reader, actor: Actor) -> Desk:
    """Lay out a buyer's desk."""
    requests = requests_by(reader, actor.id)
    contracts = [view for view in contracts_by(reader, actor.id) if view.buyer == actor.id]
    grants, disputes = grants_of_buyer(reader, actor.id), disputes_of(reader, actor.id)
    tasks = [
        Task("缴存合同款", title_text(view), f"/contracts/{view.id}", view.due_at)
        for view in contracts
        if view.state is ContractState.SIGNED
    ]
    tasks += [
        Task("可以提问", title_text(view), f"/grants/{view.id}/ask", view.expires_at)
        for view in grants
        if view.state is GrantState.ACTIVE and view.questions_left
    ]
    tasks += [
        Task("查看匹配", view.title, f"/requests/{view.id}", view.until)
        for view in requests
        if view.state is RequestState.OPEN and matches_of(reader, view.id)
    ]
    sections = (
        Section("我的需求", _requests(requests), "还没有发布需求。"),
        Section("合同", _contracts(contracts, of_supplier=False), "还没有合同。"),
        Section("我的授权", _grants(grants), "还没有得到授权。"),
        Section("争议", dispute_items(disputes), "没有争议。"),
    )
    return Desk(by_deadline(tasks), sections)


def _assets(assets: Iterable[AssetView]) -> tuple[Item, ...]:
    return tuple(
        Item(
            title_text(view),
            f"/assets/{view.id}",
            f"asset.{view.state.value}",
            view.code or "",
            at=view.applied_at,
        )
        for view in assets
    )


def _appraisals(appraisals: Iterable[AppraisalView]) -> tuple[Item, ...]:
    return tuple(
        Item(
            view.appraiser_name,
            f"/appraisals/{view.id}",
            f"appraisal.{view.state.value}",
            amount_fen=view.value_fen,
            at=view.requested_at,
        )
        for view in appraisals
    )


def _listings(listings: Iterable[ListingView]) -> tuple[Item, ...]:
    return tuple(
        Item(
            title_text(view),
            f"/products/{view.id}",
            f"listing.{view.state.value}",
            amount_fen=view.price_fen,
        )
        for view in listings
    )


def _requests(requests: Iterable[RequestView]) -> tuple[Item, ...]:
    return tuple(
        Item(
            view.title,
            f"/requests/{view.id}",
            f"request.{view.state.value}",
            amount_fen=view.needs.budget_fen,
            at=view.until,
        )
        for view in requests
    )


def _nodes(nodes: Iterable[NodeView]) -> tuple[Item, ...]:
    return tuple(
        Item(
            node.name,
            f"/suppliers/{node.id}",
            "node.bound" if node.bound else "node.unbound",
            node.url,
        )
        for node in nodes
    )


def _contracts(contracts: Iterable[ContractView], *, of_supplier: bool) -> tuple[Item, ...]:
    return tuple(
        Item(
            title_text(view),
            f"/contracts/{view.id}",
            f"contract.{view.state.value}",
            view.buyer_name if of_supplier else view.supplier_name,
            view.amount_fen,
            view.due_at,
        )
        for view in contracts
    )


def _grants(grants: Iterable[GrantView]) -> tuple[Item, ...]:
    return tuple(
        Item(
            title_text(view),
            f"/grants/{view.id}",
            f"grant.{view.state.value}",
            t("余 {left} / {all} 次", left=view.questions_left, all=view.questions),
            view.price_fen,
            view.expires_at,
        )
        for view in grants
    )
