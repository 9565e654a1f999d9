"""One good request for every route of the API, about the things of the scene."""

from __future__ import annotations

from typing import Any

from exchange.appraisals.models import Appraisal
from exchange.working_days import SHANGHAI
from tests.grants.granting import SQL
from tests.steps import ANALYSIS
from tests.web.scene import Market
from valuation.appraisal.cost import ReplacementCost
from valuation.appraisal.report import Assignment, Purpose, ValueType, draw_up

Body = dict[str, Any] | None


def requests_of(market: Market) -> dict[str, tuple[str, Body]]:
    """Return endpoint → (path below /api/v1, JSON body or None for a read)."""
    return {
        **_about_people(market),
        **_about_assets(market),
        **_about_deals(market),
        **_about_money(market),
        **_about_questions(market),
    }


def _about_people(market: Market) -> dict[str, tuple[str, Body]]:
    joined, supplier = market.joined.participant, market.supplier.participant
    return {
        "api_sessions.list_open": ("/sessions", None),
        "api_participants.list_all": ("/participants", None),
        "api_participants.show": (f"/participants/{supplier}", None),
        "api_participants.show_me": ("/participants/me", None),
        "api_acts.party_admit": (f"/participants/{joined}/admission", {"roles": ["buyer"]}),
        "api_acts.party_suspend": (f"/participants/{supplier}/suspension", {"reason": "x"}),
        "api_acts.party_reinstate": (f"/participants/{supplier}/reinstatement", {"reason": "x"}),
        "api_ledger.show": ("/ledger/entries/0", None),
    }


def _about_assets(market: Market) -> dict[str, tuple[str, Body]]:
    things, node = market.things, market.node.participant
    text = "说明如下。"

    def asset(state: str, act: str) -> str:
        return f"/assets/{things[f'asset {state}']}/{act}"

    application = {
        "node": node,
        "local": "fresh",
        "rights": ["use"],
        "grade": "general",
        "statement": text,
    }
    report = _report(market)
    asked = f"/appraisals/{things['appraisal asked']}"
    return {
        "api_assets.registered_assets": ("/assets", None),
        "api_assets.own_assets": ("/assets/mine", None),
        "api_assets.notices": ("/assets/notices", None),
        "api_assets.registration_queue": ("/assets/queue", None),
        "api_assets.asset": (f"/assets/{things['asset applied']}", None),
        "api_assets.papers": (asset("registered", "papers"), None),
        "api_assets.certificate": (
            f"/certificates/{market.asset(things['asset registered']).code}",
            None,
        ),
        "api_assets.own_nodes": ("/nodes/mine", None),
        "api_assets.node": (f"/nodes/{node}", None),
        "api_assets.descriptions": (f"/nodes/{node}/descriptions", None),
        "api_acts.node_bind": (f"/nodes/{market.free_node.participant}/binding", {}),
        "api_acts.asset_apply": ("/assets", application),
        "api_acts.asset_return": (asset("applied", "return"), {"remarks": text}),
        "api_acts.asset_resubmit": (asset("returned", "resubmission"), {"statement": text}),
        "api_acts.asset_accept": (asset("applied", "acceptance"), {}),
        "api_acts.asset_review": (asset("accepted", "review"), {}),
        "api_acts.asset_object": (asset("noticed", "objection"), {"grounds": text}),
        "api_acts.asset_dismiss": (asset("frozen", "dismissal"), {"reasons": text}),
        "api_acts.asset_reject": (asset("applied", "rejection"), {"reasons": text}),
        "api_acts.asset_cancel": (asset("applied", "cancellation"), {}),
        "api_market.own_appraisals": ("/appraisals", None),
        "api_market.appraisal": (asked, None),
        "api_acts.appraisal_request": (
            "/appraisals",
            {
                "asset": things["asset registered"],
                "appraiser": market.appraiser.participant,
                "purpose": "trade",
            },
        ),
        "api_acts.appraisal_sign": (f"{asked}/signature", {"report": report}),
        "api_acts.appraisal_decline": (f"{asked}/refusal", {"reasons": text}),
    }


def _report(market: Market) -> dict[str, Any]:
    today = market.world.clock.now().astimezone(SHANGHAI).date()
    asked = market.world.get(Appraisal, market.things["appraisal asked"])
    return draw_up(
        Assignment(asked.asset, Purpose.TRADE, ValueType.MARKET, today, ("持续使用",), ("交易",)),
        [(ReplacementCost(100_000, 700_000, 100_000, 50_000, 50_000, 1_260_000), 1_000_000)],
    ).to_body()


def _about_deals(market: Market) -> dict[str, tuple[str, Body]]:
    things = market.things
    listing, request = things["listing"], things["request"]
    search = {
        "title": "延误研究",
        "detail": "需要各航司统计",
        "topic": "transport",
        "columns": ["carrier"],
        "minimum_quality_ppm": 900_000,
        "budget_fen": 100_000,
        "questions": 5,
        "days": 30,
        "until": "2026-05-01T09:00",
    }
    return {
        "api_market.catalogue": ("/listings?q=航班&topic=transport", None),
        "api_market.own_listings": ("/listings/mine", None),
        "api_market.listing": (f"/listings/{listing}", None),
        "api_market.tariff": ("/tariffs/current", None),
        "api_market.open_requests": ("/requests", None),
        "api_market.own_requests": ("/requests/mine", None),
        "api_market.request": (f"/requests/{request}", None),
        "api_market.request_detail": (f"/requests/{request}/detail", None),
        "api_market.matches": (f"/requests/{request}/matches", None),
        "api_market.own_contracts": ("/contracts", None),
        "api_market.contract": (f"/contracts/{things['contract']}", None),
        "api_acts.tariff_set": ("/tariffs", {"fee_ppm": 20_000, "vat_ppm": 60_000}),
        "api_acts.listing_open": (
            "/listings",
            {
                "asset": things["asset registered"],
                "appraisal": market.appraisal,
                "topic": "transport",
                "analyses": [ANALYSIS],
                "price_fen": 10_000,
                "days": 90,
            },
        ),
        "api_acts.listing_close": (f"/listings/{listing}/closing", {}),
        "api_acts.request_post": ("/requests", search),
        "api_acts.request_withdraw": (f"/requests/{request}/withdrawal", {}),
        "api_acts.match_propose": (f"/requests/{request}/matches", {}),
        "api_acts.contract_offer": (
            "/contracts",
            {"listing": listing, "analyses": [ANALYSIS], "questions": 1},
        ),
        "api_acts.contract_accept": (f"/contracts/{things['offered']}/acceptance", {}),
        "api_acts.contract_decline": (
            f"/contracts/{things['offered']}/refusal",
            {"reasons": "价格不合"},
        ),
    }


def _about_money(market: Market) -> dict[str, tuple[str, Body]]:
    things, supplier = market.things, market.supplier.participant
    payout = {"participant": supplier, "amount_fen": 100, "reference": "OUT-3"}
    return {
        "api_settlement.own_accounts": ("/accounts", None),
        "api_settlement.statement": (f"/accounts/Receivable:{supplier}/statement", None),
        "api_settlement.escrow": (f"/contracts/{things['contract']}/escrow", None),
        "api_settlement.captures": (f"/contracts/{things['contract']}/captures", None),
        "api_settlement.own_payouts": ("/payouts", None),
        "api_settlement.sent_payouts": ("/payouts/sent", None),
        "api_settlement.payables": ("/payables", None),
        "api_settlement.position": ("/settlement/position", None),
        "api_settlement.closed_day": (f"/settlement/days/{things['day']}", None),
        "api_acts.deposit_confirm": (
            "/deposits",
            {"reference": "B-9", "participant": market.buyer.participant, "amount_fen": 100},
        ),
        "api_acts.escrow_fund": (f"/contracts/{things['signed']}/funding", {}),
        "api_acts.escrow_release": (f"/contracts/{things['funded']}/release", {}),
        "api_acts.settlement_close": ("/settlement/days", {"day": "2026-03-16"}),
        "api_acts.payout_send": ("/payouts", payout),
        "api_acts.payout_confirm": (
            f"/payouts/{things['payout']}/confirmation",
            {"bank_reference": "B-10"},
        ),
        "api_acts.payout_fail": (f"/payouts/{things['payout']}/failure", {"reasons": "退汇"}),
    }


def _about_questions(market: Market) -> dict[str, tuple[str, Body]]:
    things, text = market.things, "理由如下。"
    grant, judged = things["grant"], things["dispute judged"]
    award = {"refund_fen": 100, "reasons": text, "evidence": [market.exhibit()]}
    return {
        "api_grants.own_grants": ("/grants", None),
        "api_grants.grants_of_contract": (f"/contracts/{things['contract']}/grants", None),
        "api_grants.grant": (f"/grants/{grant}", None),
        "api_grants.questions": (f"/grants/{grant}/questions", None),
        "api_grants.question": ("/questions/q-clear", None),
        "api_grants.answer": ("/questions/q-clear/answer", None),
        "api_grants.ask": ("/questions", {"question": "q-clear", "grant": grant, "sql": SQL}),
        "api_acts.grant_issue": (f"/contracts/{things['funded']}/grant", {}),
        "api_acts.grant_revoke": (f"/grants/{grant}/revocation", {"reasons": text}),
        "api_disputes.own_disputes": ("/disputes", None),
        "api_disputes.dispute": (f"/disputes/{judged}", None),
        "api_disputes.exhibits": (f"/disputes/{judged}/exhibits", None),
        "api_acts.dispute_file": (
            "/disputes",
            {"question": "q-clear", "claim_fen": 100, "statement": text},
        ),
        "api_acts.dispute_answer": (
            f"/disputes/{things['dispute filed']}/answer",
            {"statement": text},
        ),
        "api_acts.dispute_withdraw": (f"/disputes/{things['dispute filed']}/withdrawal", {}),
        "api_acts.dispute_assign": (f"/disputes/{things['dispute answered']}/assignment", {}),
        "api_acts.award_make": (f"/disputes/{judged}/award", award),
        "api_acts.award_execute": (f"/disputes/{things['dispute awarded']}/execution", {}),
    }
