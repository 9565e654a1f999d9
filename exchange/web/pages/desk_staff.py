"""The desks of those who judge and run: registrars, appraisers, arbitrators, the operator."""

from datetime import datetime

from exchange.actors import Actor
from exchange.acts.participants import ParticipantState
from exchange.appraisals.queries import appraisals_for_appraiser
from exchange.appraisals.states import AppraisalState
from exchange.assets.queries import public_notices, registered_assets, registration_queue
from exchange.clock import from_ms, to_ms
from exchange.disputes.queries import disputes_in, disputes_of
from exchange.disputes.states import DisputeState
from exchange.market.queries import contracts_in, open_requests
from exchange.market.states import ContractState
from exchange.parties.queries import participants
from exchange.storage.store import Reader
from exchange.storage.tables import Deadline
from exchange.web.pages.desk_items import Desk, Item, Section, Task, by_deadline, dispute_items
from exchange.web.pages.log_reads import overdue
from exchange.web.pages.rendering import term, title_text

_QUEUE = {"applied": "受理登记申请", "accepted": "审核并公示", "frozen": "裁断异议"}


def registrar(reader: Reader) -> Desk:
    """Lay out a registrar's desk."""
    tasks = [
        Task(
            _QUEUE[view.state.value],
            title_text(view),
            f"/assets/{view.id}",
            view.accept_by if view.state == "applied" else None,
        )
        for view in registration_queue(reader)
    ]
    tasks += [
        Task("准入参与方", view.name, f"/suppliers/{view.id}")
        for view in participants(reader, ParticipantState.JOINED)
        if "node" not in view.asked
    ]
    notices = tuple(
        Item(
            title_text(view),
            f"/assets/{view.id}",
            f"asset.{view.state.value}",
            view.supplier_name,
            at=view.notice_ends_at,
        )
        for view in public_notices(reader)
    )
    registered = tuple(
        Item(
            title_text(view),
            f"/assets/{view.id}",
            "asset.registered",
            view.code or "",
            at=view.coded_at,
        )
        for view in reversed(registered_assets(reader))
    )
    return Desk(
        by_deadline(tasks),
        (
            Section("公示中的资产", notices, "没有公示中的资产。"),
            Section("已登记的资产", registered, "还没有登记的资产。"),
        ),
    )


def appraiser(reader: Reader, actor: Actor) -> Desk:
    """Lay out an appraiser's desk."""
    views = appraisals_for_appraiser(reader, actor.id)
    tasks = [
        Task("出具评估报告", view.asset, f"/appraisals/{view.id}")
        for view in views
        if view.state is AppraisalState.REQUESTED
    ]
    items = tuple(
        Item(
            view.asset,
            f"/appraisals/{view.id}",
            f"appraisal.{view.state.value}",
            term(f"purpose.{view.purpose}"),
            view.value_fen,
            view.requested_at,
        )
        for view in views
    )
    return Desk(by_deadline(tasks), (Section("我的评估", items, "还没有评估委托。"),))


def arbitrator(reader: Reader, actor: Actor) -> Desk:
    """Lay out an arbitrator's desk."""
    views = [view for view in disputes_of(reader, actor.id) if view.arbitrator == actor.id]
    tasks = [
        Task("作出裁决", view.id, f"/disputes/{view.id}")
        for view in views
        if view.state is DisputeState.ASSIGNED
    ]
    return Desk(
        by_deadline(tasks), (Section("我的案件", dispute_items(views), "还没有指派给你的案件。"),)
    )


def ops(reader: Reader, now: datetime) -> Desk:
    """Lay out the operator's desk; jobs do most of what waits here by themselves."""
    waiting = (
        (DisputeState.ANSWERED, "抽签指定裁决人"),
        (DisputeState.UNANSWERED, "抽签指定裁决人"),
    )
    tasks = [
        Task(what, key, f"/ops/disputes/{key}")
        for state, what in (*waiting, (DisputeState.AWARDED, "执行裁决"))
        for key in disputes_in(reader, state)
    ]
    tasks += [
        Task("生成匹配", view.title, f"/requests/{view.id}", view.until)
        for view in open_requests(reader)
        if view.funnel is None
    ]
    tasks += [
        Task("准入参与方", view.name, f"/suppliers/{view.id}")
        for view in participants(reader, ParticipantState.JOINED)
        if "node" not in view.asked
    ]
    late = tuple(
        Item(row.subject, "/ledger", "", term(f"act.{row.act}"), at=from_ms(row.due_ms))
        for row in _late(reader, now)
    )
    funded = tuple(
        Item(
            title_text(view),
            f"/contracts/{view.id}",
            "contract.funded",
            view.buyer_name,
            view.amount_fen,
        )
        for view in contracts_in(reader, ContractState.FUNDED)
    )
    return Desk(
        by_deadline(tasks),
        (
            Section("已到期、等待自动处理", late, "没有过期未处理的期限。"),
            Section("履行中的合同", funded, "没有履行中的合同。"),
        ),
    )


def _late(reader: Reader, now: datetime) -> list[Deadline]:
    return [row for key in overdue(to_ms(now)) if (row := reader.get(Deadline, key)) is not None]
