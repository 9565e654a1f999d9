"""Who may do what at the API: one declaration for each route, spelt out for each visitor.

401 is nobody, 403 a role that may not, 404 a thing that isn't the visitor's, 409 a rule that
stands against this visitor alone.
"""

from __future__ import annotations

VISITORS = (
    "nobody",
    "joined",
    "supplier",
    "rival",
    "buyer",
    "stranger",
    "appraiser",
    "other_appraiser",
    "arbitrator",
    "registrar",
    "clearer",
    "operator",
    "auditor",
    "node",
)

Cells = dict[str, int]


def _cells(otherwise: int, **some: int) -> Cells:
    assert set(some) <= set(VISITORS)
    return {name: 401 if name == "nobody" else otherwise for name in VISITORS} | some


def _act(*may: str, **some: int) -> Cells:
    """An act of these visitors alone; `some` are turned away later than by their role."""
    return _cells(403, **dict.fromkeys(may, 201), **some)


def _view(*may: str, **some: int) -> Cells:
    """A thing that these visitors may see, and that looks like nothing to others."""
    return _cells(404, **dict.fromkeys(may, 200), **some)


def _desk(*may: str) -> Cells:
    """A list that a role works through."""
    return _cells(403, **dict.fromkeys(may, 200))


ANYBODY = _cells(200, nobody=200)
LOGGED_IN = _cells(200)

#: Routes of logging in, of signing up and of drafts, which have tests of their own.
OPEN = {
    "api-docs.openapi_json",
    "api_sessions.open_by_password",
    "api_sessions.make_challenge",
    "api_sessions.open_by_key",
    "api_sessions.close",
    "api_participants.sign_up",
    "api_acts.draft",
    "api_acts.submit",
}

_MARKET_STAFF = ("registrar", "clearer", "operator", "auditor")
_REGISTRY_STAFF = ("registrar", "operator", "auditor")
_MONEY_STAFF = ("clearer", "operator", "auditor")
_PARTIES = ("supplier", "buyer")

TABLE: dict[str, Cells] = {
    "api_sessions.list_open": LOGGED_IN,
    "api_participants.list_all": ANYBODY,
    "api_participants.show": ANYBODY,
    "api_participants.show_me": LOGGED_IN,
    "api_acts.party_admit": _act("registrar", "operator"),
    "api_acts.party_suspend": _act("registrar", "operator"),
    "api_acts.party_reinstate": _act(registrar=409, operator=409),  # it isn't suspended
    "api_ledger.show": ANYBODY,
    "api_assets.registered_assets": ANYBODY,
    "api_assets.own_assets": LOGGED_IN,
    "api_assets.notices": ANYBODY,
    "api_assets.registration_queue": _desk(*_REGISTRY_STAFF),
    "api_assets.asset": _view("supplier", *_REGISTRY_STAFF, nobody=404),
    "api_assets.papers": _view("supplier", *_REGISTRY_STAFF),
    "api_assets.certificate": ANYBODY,
    "api_assets.own_nodes": LOGGED_IN,
    "api_assets.node": ANYBODY,
    "api_assets.descriptions": ANYBODY,
    "api_acts.node_bind": _act("supplier", rival=404),
    "api_acts.asset_apply": _act("supplier", rival=404),
    "api_acts.asset_return": _act("registrar"),
    "api_acts.asset_resubmit": _act("supplier", rival=404),
    "api_acts.asset_accept": _act("registrar"),
    "api_acts.asset_review": _act("registrar"),
    "api_acts.asset_object": _act("rival", "buyer", "stranger", "appraiser", "other_appraiser"),
    "api_acts.asset_dismiss": _act("registrar"),
    "api_acts.asset_reject": _act("registrar"),
    "api_acts.asset_cancel": _act("supplier", rival=404),
    "api_market.own_appraisals": LOGGED_IN,
    "api_market.appraisal": _view("supplier", "appraiser", *_REGISTRY_STAFF),
    "api_acts.appraisal_request": _act("supplier", rival=404),
    "api_acts.appraisal_sign": _act("appraiser", other_appraiser=404),
    "api_acts.appraisal_decline": _act("appraiser", other_appraiser=404),
    "api_market.catalogue": ANYBODY,
    "api_market.own_listings": LOGGED_IN,
    "api_market.listing": ANYBODY,
    "api_market.tariff": ANYBODY,
    "api_market.open_requests": ANYBODY,
    "api_market.own_requests": LOGGED_IN,
    "api_market.request": ANYBODY,
    "api_market.request_detail": LOGGED_IN,
    "api_market.matches": ANYBODY,
    "api_market.own_contracts": LOGGED_IN,
    "api_market.contract": _view(*_PARTIES, *_MARKET_STAFF),
    "api_acts.tariff_set": _act("operator"),
    "api_acts.listing_open": _act("supplier", rival=404),
    "api_acts.listing_close": _act("supplier", rival=404),
    "api_acts.request_post": _act("buyer", "stranger"),
    "api_acts.request_withdraw": _act("buyer", stranger=404),
    "api_acts.match_propose": _act("operator"),
    "api_acts.contract_offer": _act("buyer", "stranger"),
    "api_acts.contract_accept": _act("supplier", rival=404),
    "api_acts.contract_decline": _act("supplier", rival=404),
    "api_settlement.own_accounts": LOGGED_IN,
    "api_settlement.statement": _view("supplier", *_MONEY_STAFF),
    "api_settlement.escrow": _view(*_PARTIES, *_MARKET_STAFF),
    "api_settlement.captures": _view(*_PARTIES, *_MARKET_STAFF),
    "api_settlement.own_payouts": LOGGED_IN,
    "api_settlement.sent_payouts": _desk(*_MONEY_STAFF),
    "api_settlement.payables": _desk(*_MONEY_STAFF),
    "api_settlement.position": _desk(*_MONEY_STAFF),
    "api_settlement.closed_day": ANYBODY,
    "api_acts.deposit_confirm": _act("clearer"),
    "api_acts.escrow_fund": _act("buyer", stranger=404),
    "api_acts.escrow_release": _act("operator"),
    "api_acts.settlement_close": _act("operator"),
    "api_acts.payout_send": _act("clearer"),
    "api_acts.payout_confirm": _act("clearer"),
    "api_acts.payout_fail": _act("clearer"),
    "api_grants.own_grants": LOGGED_IN,
    "api_grants.grants_of_contract": _view(*_PARTIES, *_MARKET_STAFF),
    "api_grants.grant": _view(*_PARTIES),
    "api_grants.questions": _view(*_PARTIES),
    "api_grants.question": _view(*_PARTIES),
    "api_grants.answer": _view("buyer", supplier=409),  # who may see the question, not its text
    "api_grants.ask": _act("buyer", stranger=409),  # question ids are public, and taken
    "api_acts.grant_issue": _act("supplier", rival=404),
    "api_acts.grant_revoke": _act("supplier", rival=404),
    "api_disputes.own_disputes": LOGGED_IN,
    "api_disputes.dispute": _view(*_PARTIES, "arbitrator"),
    "api_disputes.exhibits": _view(*_PARTIES, "arbitrator"),
    "api_acts.dispute_file": _act("buyer", stranger=404),
    "api_acts.dispute_answer": _act("supplier", rival=404),
    "api_acts.dispute_withdraw": _act("buyer", stranger=404),
    "api_acts.dispute_assign": _act("operator"),
    "api_acts.award_make": _act("arbitrator"),
    "api_acts.award_execute": _act("operator"),
}
