"""The story, step by step, through the exchange's own API (docs/story.md tells it)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from exchange.actors import Role
from exchange.clock import from_iso, iso
from exchange.demo.desk import Desk, Door
from exchange.demo.report import appraisal_report
from exchange.demo.stage import Stage
from exchange.errors import ExchangeError
from exchange.working_days import SHANGHAI

#: The node whose flights are bought, and what the buyer asks of them.
TRANSPORT = "transport"
#: The node that holds the visitor's own data, where there is one.
OWN = "own"
#: The node whose asset is applied for at the very end, so that a registrar finds work.
LATE = "health"
ANALYSES = ("delay-by-airline", "flights-by-destination")
PRICE_FEN = 12_800
QUESTIONS = 12
DAYS = 30
CLAIM_FEN = 12_800
REFUND_FEN = 5_000

_BY_AIRLINE = (
    "SELECT airlines.name, COUNT(*) AS flights, COUNT(DISTINCT tailnum) AS aircraft, "
    "AVG(dep_delay) AS mean_dep_delay, AVG(arr_delay) AS mean_arr_delay "
    "FROM flights JOIN airlines ON flights.carrier = airlines.carrier "
    "WHERE origin = 'JFK' AND month = 7 GROUP BY airlines.name"
)
_BY_DESTINATION = (
    "SELECT dest, COUNT(*) AS flights, SUM(distance) AS miles "
    "FROM flights WHERE month = 7 GROUP BY dest"
)
#: What a node must refuse, each by its shape.
REFUSED = {
    "question.raw_rows": "SELECT tailnum, dest FROM flights",
    "question.pins_unit": "SELECT COUNT(*) AS n FROM flights WHERE tailnum = 'N725MQ'",
    "question.column": "SELECT AVG(flight) AS n FROM flights",
    "question.unapproved": "SELECT COUNT(*) AS n FROM flights WHERE month = 7 AND hour = 5",
}
#: What the story promises: so many answers at least, and these refusals in this order.
ANSWERED = 2
REFUSALS = (*REFUSED, "grant.expired")


@dataclass(slots=True)
class Cast:
    """Who takes part, by role; `suppliers` by the name of their node."""

    registrar: Desk
    clearer: Desk
    buyer: Desk
    appraiser: Desk
    arbitrator: Desk
    suppliers: dict[str, Desk]
    spare_appraiser: Desk


@dataclass(slots=True)
class Outcome:
    """What happened, for the report at the end."""

    answered: int = 0
    refused: list[str] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    assets: dict[str, str] = field(default_factory=dict)
    listing: str = ""
    contract: str = ""
    grant: str = ""
    dispute: str = ""
    dispute_state: str = ""


SUPPLIERS = {
    "transport": ("supplier", "闽海交通数据有限公司"),
    "weather": ("weather", "八闽气象数据中心"),
    "health": ("health", "榕城健康数据研究院"),
}


def play(door: Door, stage: Stage) -> tuple[Cast, Outcome]:
    """Play the whole story and return who took part and what came of it."""
    outcome = Outcome()
    cast = _join(door, stage)
    _open_nodes(cast, stage)
    _register(cast, stage, outcome)
    outcome.listing = _list(cast, stage, TRANSPORT, outcome.assets[TRANSPORT], ANALYSES)
    _contract(cast, stage, outcome)
    disputed = _ask(cast, stage, outcome)
    _ask_own(cast, stage, outcome)
    _settle(cast, stage)
    _dispute(cast, stage, outcome, disputed)
    _expire(cast, stage, outcome)
    _leave_work(door, cast, stage, outcome)
    return cast, outcome


def _join(door: Door, stage: Stage) -> Cast:
    stage.tell("参与方入驻，各持一把密钥", "participants join, each with a key")
    registrar = door.sign_up("registrar", "福建数据登记机构（演示）", Role.REGISTRAR)
    clearer = door.sign_up("clearing", "清算中心（演示）", Role.CLEARER)
    stage.admit_staff(registrar.participant, Role.REGISTRAR)
    stage.admit_staff(clearer.participant, Role.CLEARER)
    suppliers = {
        node.name: door.sign_up(*SUPPLIERS.get(node.name, (node.name, node.name)), Role.SUPPLIER)
        for node in stage.nodes
    }
    buyer = door.sign_up("buyer", "海峡出行研究所", Role.BUYER)
    arbitrator = door.sign_up("arbitrator-1", "陈仲裁员（演示）", Role.ARBITRATOR)
    spare = door.sign_up("appraiser", "武夷资产评估所", Role.APPRAISER)
    appraiser = door.join_with_own_key("闽江资产评估所", Role.APPRAISER)
    roles = [(desk, Role.SUPPLIER) for desk in suppliers.values()]
    roles += [(buyer, Role.BUYER), (arbitrator, Role.ARBITRATOR)]
    roles += [(spare, Role.APPRAISER), (appraiser, Role.APPRAISER)]
    for desk, role in roles:
        _admit(registrar, desk, role)
    return Cast(registrar, clearer, buyer, appraiser, arbitrator, suppliers, spare)


def _admit(registrar: Desk, desk: Desk, role: Role) -> None:
    registrar.post(f"/participants/{desk.participant}/admission", {"roles": [role.value]})


def _open_nodes(cast: Cast, stage: Stage) -> None:
    stage.tell("域节点登记、绑定，在域内分析并描述数据", "nodes register and describe their data")
    for node in stage.nodes:
        supplier = cast.suppliers[node.name]
        node.join(supplier.participant)
        supplier.post(f"/nodes/{node.actor}/binding", {})
    # Each step is begun for all nodes before one is waited for: they are separate processes.
    for node in stage.nodes:
        node.describe()
    for node in stage.nodes:
        node.open()
    for node in stage.nodes:
        node.ready()


def _register(cast: Cast, stage: Stage, outcome: Outcome) -> None:
    stage.tell(
        "申请登记、受理、审核、公示十个工作日", "registration and ten working days of notice"
    )
    for node in stage.nodes:
        if node.name != LATE:
            outcome.assets[node.name] = _apply(cast.suppliers[node.name], node.actor)
    notice_ends = stage.now()
    for asset in outcome.assets.values():
        cast.registrar.post(f"/assets/{asset}/acceptance", {})
        cast.registrar.post(f"/assets/{asset}/review", {})
        ends = from_iso(cast.registrar.get(f"/assets/{asset}")["notice_ends_at"])
        notice_ends = max(notice_ends, ends)
    _pass(stage, notice_ends + timedelta(hours=9))
    stage.tell("公示期满，赋码发证", "notice over: codes and certificates")


def _apply(supplier: Desk, node: str) -> str:
    (described,) = supplier.get(f"/nodes/{node}/descriptions")
    body = {
        "node": node,
        "local": described["local"],
        "rights": ["holding", "operation"],
        "grade": "general",
        "statement": "公开数据集，来源与许可见说明；用于演示。",
    }
    return str(supplier.post("/assets", body)["key"])


def _list(cast: Cast, stage: Stage, node: str, asset: str, analyses: tuple[str, ...]) -> str:
    """Have an asset appraised and list it; return the listing."""
    stage.tell("评估（评估机构自持密钥签名）与挂牌", "appraisal, signed by an own key, and listing")
    supplier = cast.suppliers[node]
    wish = {"asset": asset, "appraiser": cast.appraiser.participant, "purpose": "trade"}
    appraisal = supplier.post("/appraisals", wish)["key"]
    today = stage.now().astimezone(SHANGHAI).date()
    report = appraisal_report(asset, today)
    cast.appraiser.act("appraisal.sign", {"appraisal": appraisal, "report": report})
    listing = {
        "asset": asset,
        "appraisal": appraisal,
        "topic": "transport" if node == TRANSPORT else "other",
        "analyses": list(analyses),
        "price_fen": PRICE_FEN,
        "days": 90,
    }
    return str(supplier.post("/listings", listing)["key"])


def _contract(cast: Cast, stage: Stage, outcome: Outcome) -> None:
    stage.tell("发布需求、撮合、签约、托管、授权", "request, match, contract, escrow, grant")
    title = "各航空公司准点率与目的地客流研究"
    request = cast.buyer.post("/requests", _request(stage, title, QUESTIONS))["key"]
    stage.sweep()
    terms = _offer(outcome.listing, QUESTIONS, request)
    outcome.grant = _deal(cast, TRANSPORT, terms, "BANK-2026-0001")
    outcome.contract = str(cast.buyer.get(f"/grants/{outcome.grant}")["contract"])


def _request(stage: Stage, title: str, questions: int) -> dict[str, Any]:
    return {
        "title": title,
        "detail": "需要按航空公司、目的地汇总的延误与航班量，用于出行研究。",
        "topic": "transport",
        "columns": ["dep_delay", "arr_delay"],
        "minimum_quality_ppm": 800_000,
        "budget_fen": PRICE_FEN * questions,
        "questions": questions,
        "days": DAYS,
        "until": iso(stage.now() + timedelta(days=60)),
    }


def _offer(
    listing: str,
    questions: int,
    request: str | None = None,
    analyses: tuple[str, ...] = ANALYSES,
) -> dict[str, Any]:
    return {
        "listing": listing,
        "analyses": list(analyses),
        "questions": questions,
        "days": DAYS,
        "request": request,
    }


def _deal(cast: Cast, node: str, terms: dict[str, Any], deposit: str) -> str:
    """Offer, accept, pay in, fund and grant; return the grant."""
    supplier, buyer = cast.suppliers[node], cast.buyer
    contract = buyer.post("/contracts", terms)["key"]
    supplier.post(f"/contracts/{contract}/acceptance", {})
    paid = {
        "reference": deposit,
        "participant": buyer.participant,
        "amount_fen": PRICE_FEN * terms["questions"],
    }
    cast.clearer.post("/deposits", paid)
    buyer.post(f"/contracts/{contract}/funding", {})
    return str(supplier.post(f"/contracts/{contract}/grant", {})["key"])


def _ask_own(cast: Cast, stage: Stage, outcome: Outcome) -> None:
    """List the visitor's own data and ask the first analysis that its rule approves."""
    if OWN not in outcome.assets:
        return
    asset = cast.suppliers[OWN].get(f"/assets/{outcome.assets[OWN]}")
    analysis = next((a for a in asset["description"]["analyses"] if not a["parameters"]), None)
    if analysis is None:
        stage.tell(
            "你自己的数据没有草拟出任何分析", "no analysis could be drafted for your own data"
        )
        return
    stage.tell("你自己的数据：挂牌、签约、提问", "your own data: listed, contracted, asked")
    analyses = (str(analysis["id"]),)
    listing = _list(cast, stage, OWN, asset["id"], analyses)
    grant = _deal(cast, OWN, _offer(listing, 3, analyses=analyses), "BANK-2026-0009")
    _follow(stage)
    reply = _question(cast.buyer, grant, "q-own", str(analysis["sql"]))
    outcome.answered += 1
    outcome.answers.append(reply["answer"])


def _ask(cast: Cast, stage: Stage, outcome: Outcome) -> str:
    stage.tell("提问：两个获答，其余按形式被拒", "questions: two answered, others refused by shape")
    _follow(stage)
    for number, sql in enumerate((_BY_AIRLINE, _BY_DESTINATION)):
        reply = _question(cast.buyer, outcome.grant, f"q-story-{number}", sql)
        outcome.answered += 1
        outcome.answers.append(reply["answer"])
    for number, sql in enumerate(REFUSED.values()):
        reply = _question(cast.buyer, outcome.grant, f"q-refused-{number}", sql)
        outcome.refused.append(str(reply["code"]))
    return "q-story-1"


def _question(buyer: Desk, grant: str, question: str, sql: str) -> dict[str, Any]:
    return buyer.post("/questions", {"question": question, "grant": grant, "sql": sql})


def _settle(cast: Cast, stage: Stage) -> None:
    stage.tell("日终清算与出金", "the day is settled and the supplier paid")
    _pass(stage, _tomorrow(stage.now()))
    supplier = cast.suppliers[TRANSPORT]
    payable = _amount(supplier.get("/accounts"), "Payable")
    payout = {
        "participant": supplier.participant,
        "amount_fen": payable // 2,
        "reference": "PAY-2026-0001",
    }
    sent = cast.clearer.post("/payouts", payout)["key"]
    bank = {"bank_reference": "BANK-2026-0002"}
    cast.clearer.post(f"/payouts/{sent}/confirmation", bank)


def _amount(accounts: Sequence[Mapping[str, Any]], kind: str) -> int:
    return next(int(account["amount_fen"]) for account in accounts if account["kind"] == kind)


def _dispute(cast: Cast, stage: Stage, outcome: Outcome, question: str) -> None:
    stage.tell("争议、答辩、抽签、裁决、执行", "dispute, answer, draw, award, execution")
    claim = {
        "question": question,
        "claim_fen": CLAIM_FEN,
        "statement": "部分目的地没有出现在结果中，申请退款。",
    }
    dispute = cast.buyer.post("/disputes", claim)["key"]
    statement = {"statement": "未达到最少飞机数的目的地依规则不出现，规则在挂牌时已公开。"}
    cast.suppliers[TRANSPORT].post(f"/disputes/{dispute}/answer", statement)
    stage.sweep()
    receipt = cast.buyer.get(f"/questions/{question}")["receipt"]
    award = {
        "refund_fen": REFUND_FEN,
        "reasons": "规则已公开，但挂牌说明未提示小单元格的比例，酌定部分退款。",
        "evidence": [receipt],
    }
    cast.arbitrator.post(f"/disputes/{dispute}/award", award)
    stage.sweep()
    outcome.dispute = dispute
    outcome.dispute_state = str(cast.buyer.get(f"/disputes/{dispute}")["state"])


def _expire(cast: Cast, stage: Stage, outcome: Outcome) -> None:
    stage.tell("授权到期，余款退回", "the grant expires and the rest returns")
    expires = from_iso(cast.buyer.get(f"/grants/{outcome.grant}")["expires_at"])
    _pass(stage, expires + timedelta(hours=1))
    try:
        _question(cast.buyer, outcome.grant, "q-late", _BY_DESTINATION)
    except ExchangeError as refusal:
        outcome.refused.append(refusal.code)


def _leave_work(door: Door, cast: Cast, stage: Stage, outcome: Outcome) -> None:
    """Leave something to do for whoever clicks through the roles afterwards.

    Who has judged between two parties is not drawn for them again, so a second arbitrator joins.
    """
    stage.tell("为各角色留下待办事项", "something is left to do for each role")
    for node in stage.nodes:
        if node.name == LATE:
            outcome.assets[LATE] = _apply(cast.suppliers[LATE], node.actor)
    if "weather" in outcome.assets:
        wish = {
            "asset": outcome.assets["weather"],
            "appraiser": cast.spare_appraiser.participant,
            "purpose": "trade",
        }
        cast.suppliers["weather"].post("/appraisals", wish)
    cast.buyer.post("/requests", _request(stage, "夏季各时段延误研究", 6))
    arbitrator = door.sign_up("arbitrator", "林仲裁员（演示）", Role.ARBITRATOR)
    _admit(cast.registrar, arbitrator, Role.ARBITRATOR)
    open_grant = _deal(cast, TRANSPORT, _offer(outcome.listing, 6), "BANK-2026-0003")
    _follow(stage)
    _question(cast.buyer, open_grant, "q-open", _BY_AIRLINE)
    claim = {
        "question": "q-open",
        "claim_fen": CLAIM_FEN,
        "statement": "平均延误的口径与说明不符。",
    }
    dispute = cast.buyer.post("/disputes", claim)["key"]
    reply = {"statement": "口径在规则中已写明：提前到达计为负数。"}
    cast.suppliers[TRANSPORT].post(f"/disputes/{dispute}/answer", reply)
    stage.sweep()
    cast.buyer.post("/contracts", _offer(outcome.listing, 3))


def _pass(stage: Stage, moment: datetime) -> None:
    stage.advance_to(moment)
    stage.sweep()
    _follow(stage)


def _follow(stage: Stage) -> None:
    for node in stage.nodes:
        node.follow()


def _tomorrow(now: datetime) -> datetime:
    midnight = (now.astimezone(SHANGHAI) + timedelta(days=1)).replace(hour=9, minute=0)
    return midnight.astimezone(now.tzinfo)
