"""Who may see which page: one declaration for each page, spelt out for each visitor."""

from __future__ import annotations

from exchange.web.actions import ACTIONS
from tests.web.access import ANYBODY, LOGGED_IN, VISITORS, Cells
from tests.web.scene import Market

#: The roles of the scene's visitors, where they have any.
ROLES = {
    "supplier": "supplier",
    "rival": "supplier",
    "buyer": "buyer",
    "stranger": "buyer",
    "appraiser": "appraiser",
    "other_appraiser": "appraiser",
    "arbitrator": "arbitrator",
    "registrar": "registrar",
    "clearer": "clearer",
    "operator": "operator",
    "auditor": "auditor",
    "node": "node",
}


def _cells(otherwise: int, *may: str) -> Cells:
    cells = dict.fromkeys(VISITORS, otherwise) | dict.fromkeys(may, 200)
    return {**cells, "nobody": 401}


def _desk(*roles: str) -> Cells:
    return _cells(403, *(name for name, role in ROLES.items() if role in roles))


_REGISTRY_STAFF = ("registrar", "operator", "auditor")
_MARKET_STAFF = ("registrar", "clearer", "operator", "auditor")
_PARTIES = ("supplier", "buyer")

#: Endpoint → who sees it.
TABLE: dict[str, Cells] = {
    "home.home": ANYBODY,
    "home.rules": ANYBODY,
    "home.stats": ANYBODY,
    "home.api": ANYBODY,
    "catalog.catalog": ANYBODY,
    "catalog.product": ANYBODY,
    "catalog.demands": ANYBODY,
    "catalog.supplier": ANYBODY,
    "log.ledger": ANYBODY,
    "log.entry": ANYBODY,
    "log.proof": ANYBODY,
    "log.leaf": ANYBODY,
    "log.verify_form": ANYBODY,
    "log.verify": ANYBODY,
    "accounts.login_form": ANYBODY,
    "accounts.join_form": ANYBODY,
    "accounts.switch_form": ANYBODY,
    "accounts.account": LOGGED_IN,
    "desks.supplier": _desk("supplier"),
    "desks.buyer": _desk("buyer"),
    "desks.registrar": _desk("registrar"),
    "desks.appraiser": _desk("appraiser"),
    "desks.arbitrator": _desk("arbitrator"),
    "desks.clearing": _desk("clearer"),
    "desks.ops": _desk("operator", "auditor"),
    "assets.asset": {**_cells(404, "supplier", *_REGISTRY_STAFF), "nobody": 404},
    "assets.appraisal": _cells(404, "supplier", "appraiser", *_REGISTRY_STAFF),
    "assets.sign_form": {**_desk("appraiser"), "other_appraiser": 404},
    "dealing.request_page": ANYBODY,
    "dealing.contract": _cells(404, *_PARTIES, *_MARKET_STAFF),
    "dealing.payout": _cells(404, "supplier", "clearer", "auditor"),
    "questions.grant": _cells(404, *_PARTIES),
    "questions.ask_form": _cells(404, *_PARTIES),
    "questions.question": _cells(404, *_PARTIES),
    "disputes.dispute": _cells(404, *_PARTIES, "arbitrator"),
    "disputes.case": _desk("operator", "auditor"),
    "statements.accounts": LOGGED_IN,
}


def form_cells(kind: str) -> Cells:
    """Return who sees the form of an act: those with one of its roles."""
    roles = ACTIONS[kind].roles
    assert roles is not None
    return _desk(*(role.value for role in roles))


def paths_of(market: Market) -> dict[str, str]:
    """Return the address of one page for every endpoint of the table."""
    things, supplier = market.things, market.supplier.participant
    code = market.asset(things["asset registered"]).code
    return {
        "home.home": "/",
        "home.rules": "/rules",
        "home.stats": "/stats",
        "home.api": "/api",
        "catalog.catalog": "/catalog?q=carrier&topic=transport&sort=cheapest&page=1",
        "catalog.product": f"/products/{things['listing']}",
        "catalog.demands": "/demands",
        "catalog.supplier": f"/suppliers/{supplier}",
        "log.ledger": "/ledger?page=2",
        "log.entry": "/ledger/entries/12",
        "log.proof": "/ledger/entries/12.tlog-proof",
        "log.leaf": "/ledger/entries/12.leaf",
        "log.verify_form": "/verify",
        "log.verify": f"/verify/{code}",
        "accounts.login_form": "/login?next=/buyer",
        "accounts.join_form": "/join",
        "accounts.switch_form": "/switch",
        "accounts.account": "/account",
        "desks.supplier": "/supplier",
        "desks.buyer": "/buyer",
        "desks.registrar": "/registrar",
        "desks.appraiser": "/appraiser",
        "desks.arbitrator": "/arbitrator",
        "desks.clearing": "/clearing",
        "desks.ops": "/ops",
        "assets.asset": f"/assets/{things['asset applied']}",
        "assets.appraisal": f"/appraisals/{things['appraisal asked']}",
        "assets.sign_form": f"/appraisals/{things['appraisal asked']}/sign",
        "dealing.request_page": f"/requests/{things['request']}",
        "dealing.contract": f"/contracts/{things['contract']}",
        "dealing.payout": f"/payouts/{things['payout']}",
        "questions.grant": f"/grants/{things['grant']}",
        "questions.ask_form": f"/grants/{things['grant']}/ask",
        "questions.question": "/questions/q-clear",
        "disputes.dispute": f"/disputes/{things['dispute awarded']}",
        "disputes.case": f"/ops/disputes/{things['dispute judged']}",
        "statements.accounts": "/statement",
    }
