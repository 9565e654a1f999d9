"""Appraisals: asked for, signed with a value that anybody recomputes, declined, expired."""

from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.actors import Role
from exchange.acts.ledger_tables import Payload
from exchange.appraisals import acts as appraisal_acts
from exchange.appraisals.models import Appraisal
from exchange.appraisals.service import (
    TIMED,
    Decline,
    RequestAppraisal,
    Sign,
    decline,
    expire,
    request_appraisal,
    sign,
)
from exchange.appraisals.states import AppraisalState
from exchange.assets.service import cancel
from exchange.context import Acting
from exchange.parties.service import Admit, Censure, admit, suspend
from ledger.encoding import b64
from tests.assets.registration import Registry, forge, forged
from valuation.appraisal.cost import ReplacementCost, UtilityCost
from valuation.appraisal.income import IncomeForecast, Timing
from valuation.appraisal.report import Assignment, Purpose, ValueType, draw_up

YEAR_END = datetime(2027, 3, 15, 16, tzinfo=UTC)


@dataclass(frozen=True)
class Office:
    """A registered asset, an appraiser, and the request between them."""

    registry: Registry
    asset: str
    appraiser: Acting
    appraisal: str

    def row(self) -> Appraisal:
        return self.registry.world.get(Appraisal, self.appraisal)


@pytest.fixture
def office() -> Office:
    return open_office()


def open_office() -> Office:
    registry = Registry(appraisal_acts.ACTS, appraisal_acts.TABLES)
    asset = registry.registered()
    appraiser = registry.world.enrol("海峡资产评估所", Role.APPRAISER)
    wish = RequestAppraisal(asset, appraiser.participant, "trade")
    recorded = registry.world.do(registry.supplier, request_appraisal, wish)
    return Office(registry, asset, appraiser, recorded.key)


def assignment(subject: str, **changes: Any) -> Assignment:
    given: dict[str, Any] = {
        "subject": subject,
        "purpose": Purpose.TRADE,
        "value_type": ValueType.MARKET,
        "valuation_date": date(2026, 3, 16),
        "premises": ("公开市场",),
        "limits": ("仅供本次交易使用",),
    }
    return Assignment(**{**given, **changes})


def report(subject: str, **changes: Any) -> dict[str, Any]:
    """Return a report by two methods: replacement cost and income, half and half."""
    methods = (
        (ReplacementCost(1_000_00, 80_000_00, 5_000_00, 4_000_00, 0, 1_400_000), 500_000),
        (IncomeForecast((30_000_00, 40_000_00), 600_000, 100_000, Timing.YEAR_END), 500_000),
    )
    return draw_up(assignment(subject, **changes), methods).to_body()


def test_a_supplier_asks_an_appraiser_for_the_value_of_its_asset(office: Office) -> None:
    row = office.row()
    assert row.values() == {
        "id": office.appraisal,
        "entry": len(office.registry.world.leaves()) - 1,
        "asset": office.asset,
        "supplier": office.registry.supplier.participant,
        "appraiser": office.appraiser.participant,
        "purpose": "trade",
        "requested": row.requested,
        "requested_at": office.registry.world.clock.now(),
        "report": None,
        "value_fen": None,
        "expires_at": None,
        "reasons": None,
        "state": AppraisalState.REQUESTED,
    }
    assert office.registry.world.replay_digest() == office.registry.world.digest()


def test_requests_need_an_own_registered_asset_and_an_outside_appraiser(office: Office) -> None:
    registry, world = office.registry, office.registry.world
    appraiser = office.appraiser.participant
    good = RequestAppraisal(office.asset, appraiser, "trade")
    suspended = world.enrol("停业评估所", Role.APPRAISER)
    world.operate(suspend, Censure(suspended.participant, "演练"))
    assert world.refuses("asset.unknown", registry.rival, request_appraisal, good)
    assert world.refuses("act.role", registry.buyer, request_appraisal, good)
    for code, wish in (
        ("asset.unknown", RequestAppraisal("asset-0", appraiser, "trade")),
        ("appraiser.unknown", RequestAppraisal(office.asset, "p-nobody", "trade")),
        ("appraiser.unknown", RequestAppraisal(office.asset, suspended.participant, "trade")),
        (
            "appraiser.unknown",
            RequestAppraisal(office.asset, registry.buyer.participant, "trade"),
        ),
        ("appraisal.purpose", RequestAppraisal(office.asset, appraiser, "fun")),
    ):
        assert world.refuses(code, registry.supplier, request_appraisal, wish)
        body = {"appraisal": "a-1", "asset": wish.asset, "appraiser": wish.appraiser}
        lie = forge("appraisal.request", {**body, "purpose": wish.purpose})
        assert world.refuses(code, registry.supplier, forged, lie)
    world.do(registry.supplier, cancel, office.asset)
    assert world.refuses("asset.state", registry.supplier, request_appraisal, good)


def test_nobody_appraises_its_own_asset() -> None:
    registry = Registry(appraisal_acts.ACTS, appraisal_acts.TABLES)
    world = registry.world
    both = (Role.SUPPLIER, Role.APPRAISER)
    registry.supplier = world.join("两栖评估公司", *both)
    world.operate(admit, Admit(registry.supplier.participant, both))
    registry.node = registry.new_node("n-both", registry.supplier)
    registry.bind_and_describe()
    wish = RequestAppraisal(registry.registered(), registry.supplier.participant, "trade")
    assert world.refuses("appraisal.self", registry.supplier, request_appraisal, wish)


def oracle_fen() -> int:
    """Compute the value of `report` with fractions alone."""
    cost = Fraction(90_000_00) * Fraction(14, 10)
    income = Fraction(6, 10) * (
        Fraction(30_000_00) / Fraction(11, 10) + Fraction(40_000_00) / Fraction(11, 10) ** 2
    )
    rounded = [int(part + Fraction(1, 2)) for part in (cost, income)]
    return int(Fraction(sum(rounded), 2) + Fraction(1, 2))


@pytest.mark.parametrize("named_by", ["id", "code"])
def test_a_signed_report_carries_its_value_for_a_year(office: Office, named_by: str) -> None:
    world = office.registry.world
    subject = office.asset if named_by == "id" else office.registry.asset(office.asset).code
    assert subject is not None
    body = report(subject)
    world.do(office.appraiser, sign, Sign(office.appraisal, body))
    row = office.row()
    assert (row.state, row.report, row.value_fen, row.expires_at) == (
        AppraisalState.SIGNED,
        body,
        oracle_fen(),
        YEAR_END,
    )
    assert b64(row.requested).encode() in world.leaves()[-1]
    assert world.replay_digest() == world.digest()


@settings(max_examples=25)
@given(
    cost_fen=st.integers(1, 10**12),
    share_ppm=st.integers(1, 999_999),
    quality_ppm=st.integers(1, 1_000_000),
    adjustment_ppm=st.integers(1, 5_000_000),
)
def test_every_signed_value_is_the_one_that_fractions_give(
    cost_fen: int, share_ppm: int, quality_ppm: int, adjustment_ppm: int
) -> None:
    office = open_office()
    methods = (
        (ReplacementCost(0, cost_fen, 0, 0, 0, adjustment_ppm), share_ppm),
        (
            UtilityCost(cost_fen, 0, 0, 0, quality_ppm, 1_000_000, 0, 0),
            1_000_000 - share_ppm,
        ),
    )
    body = draw_up(assignment(office.asset), methods).to_body()
    office.registry.world.do(office.appraiser, sign, Sign(office.appraisal, body))

    def rounded(value: Fraction) -> int:
        return int(value + Fraction(1, 2))

    values = [rounded(Fraction(cost_fen * ppm, 10**6)) for ppm in (adjustment_ppm, quality_ppm)]
    weighed = values[0] * share_ppm + values[1] * (10**6 - share_ppm)
    assert office.row().value_fen == rounded(Fraction(weighed, 10**6))


def tampered(body: dict[str, Any], *path: str | int, to: object) -> dict[str, Any]:
    """Return a report with one member changed."""
    copied = deepcopy(body)
    *way, last = path
    place: Any = copied
    for step in way:
        place = place[step]
    place[last] = to
    return copied


def test_a_report_that_does_not_follow_from_its_inputs_is_refused(office: Office) -> None:
    world, good = office.registry.world, report(office.asset)
    lies = [
        tampered(good, "reconciliation", "value_fen", to=good["reconciliation"]["value_fen"] + 1),
        tampered(good, "methods", 0, "inputs", "direct_fen", to=1),
        tampered(good, "methods", 0, "weight_ppm", to=400_000),
        tampered(good, "methods", to=[]),
        tampered(good, "format", to="fdx-appraisal/v0"),
        tampered(good, "assignment", "premises", to=[]),
        {**good, "surprise": 1},
        {},
    ]
    for lie in lies:
        assert world.refuses(
            "appraisal.report", office.appraiser, sign, Sign(office.appraisal, lie)
        )
        decision = forge("appraisal.sign", signed(office, report=lie))
        assert world.refuses("appraisal.report", office.appraiser, forged, decision)


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "asset-of-somebody-else"},
        {"purpose": Purpose.PLEDGE},
        {"valuation_date": date(2026, 3, 18)},  # tomorrow
        {"valuation_date": date(2025, 3, 16)},  # ran out last night
    ],
)
def test_a_report_about_something_else_is_refused(office: Office, changes: dict[str, Any]) -> None:
    other = report(**{"subject": office.asset, **changes})
    wish = Sign(office.appraisal, other)
    assert office.registry.world.refuses("appraisal.report", office.appraiser, sign, wish)
    lie = forge("appraisal.sign", signed(office, report=other))
    assert office.registry.world.refuses("appraisal.report", office.appraiser, forged, lie)


def signed(office: Office, **changes: Any) -> dict[str, Any]:
    """Return the body of an honest `appraisal.sign`, with some members changed."""
    body = {
        "appraisal": office.appraisal,
        "requested": b64(office.row().requested),
        "report": report(office.asset),
        "value_fen": oracle_fen(),
        "expires_at": "2027-03-15T16:00:00.000Z",
    }
    return {**body, **changes}


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("appraisal.value", {"value_fen": oracle_fen() + 1}),
        ("appraisal.requested", {"requested": b64(bytes(32))}),
        ("appraisal.report", {"expires_at": "2027-03-15T16:00:00.001Z"}),
        ("appraisal.unknown", {"appraisal": "appraisal-0"}),
    ],
)
def test_signed_figures_are_checked_again_whoever_decided(
    office: Office, code: str, changes: dict[str, Any]
) -> None:
    lie = forge("appraisal.sign", signed(office, **changes))
    assert office.registry.world.refuses(code, office.appraiser, forged, lie)


def test_only_the_appraiser_that_was_asked_signs_and_once(office: Office) -> None:
    world, wish = office.registry.world, Sign(office.appraisal, report(office.asset))
    rival = world.enrol("别家评估所", Role.APPRAISER)
    assert world.refuses("appraisal.unknown", rival, sign, wish)
    assert world.refuses("appraisal.unknown", rival, decline, Decline(office.appraisal, "忙"))
    assert world.refuses("act.role", office.registry.supplier, sign, wish)
    assert world.refuses(
        "appraisal.unknown", office.appraiser, sign, Sign("appraisal-0", wish.report)
    )
    world.do(office.appraiser, sign, wish)
    assert world.refuses("appraisal.state", office.appraiser, sign, wish)
    assert world.refuses(
        "appraisal.state", office.appraiser, decline, Decline(office.appraisal, "忙")
    )


def test_an_appraiser_declines_with_reasons(office: Office) -> None:
    world = office.registry.world
    assert world.refuses(
        "appraisal.reasons", office.appraiser, decline, Decline(office.appraisal, " ")
    )
    supplier = office.registry.supplier
    assert world.refuses("act.role", supplier, decline, Decline(office.appraisal, "忙"))
    world.do(office.appraiser, decline, Decline(office.appraisal, "存在利益冲突。"))
    row = office.row()
    assert row.reasons is not None
    assert (row.state, world.get(Payload, row.reasons).text) == (
        AppraisalState.DECLINED,
        "存在利益冲突。",
    )
    wish = Sign(office.appraisal, report(office.asset))
    assert world.refuses("appraisal.state", office.appraiser, sign, wish)
    assert world.refuses("appraisal.state", world.exchange.operator, expire, office.appraisal)
    assert world.replay_digest() == world.digest()


def test_an_appraisal_expires_after_its_year_and_not_before(office: Office) -> None:
    world, operator = office.registry.world, office.registry.world.exchange.operator
    assert world.refuses("appraisal.state", operator, expire, office.appraisal)
    world.do(office.appraiser, sign, Sign(office.appraisal, report(office.asset)))
    world.clock.advance_to(YEAR_END - timedelta(milliseconds=1))
    assert world.refuses("deadline.early", operator, expire, office.appraisal)
    lie = forge("appraisal.expire", {"appraisal": office.appraisal})
    assert world.refuses("deadline.early", operator, forged, lie)
    world.advance(milliseconds=1)
    assert world.refuses("act.role", office.appraiser, expire, office.appraisal)
    assert world.refuses("appraisal.unknown", operator, expire, "appraisal-0")
    world.operate(TIMED["appraisal.expire"], office.appraisal)
    assert office.row().state is AppraisalState.EXPIRED
    assert world.refuses("appraisal.state", operator, expire, office.appraisal)
    assert world.replay_digest() == world.digest()
