"""What is shown of appraisals, and to whom."""

from datetime import UTC, date, datetime, timedelta

import pytest

from exchange.actors import Actor, Role
from exchange.acts.participants import actor_of
from exchange.appraisals import acts as appraisal_acts
from exchange.appraisals.queries import (
    AppraisalView,
    appraisal_of,
    appraisals_for_appraiser,
    appraisals_for_supplier,
    reasons_of,
    valid_appraisals,
)
from exchange.appraisals.service import (
    Decline,
    RequestAppraisal,
    Sign,
    decline,
    request_appraisal,
    sign,
)
from exchange.appraisals.states import AppraisalState
from exchange.context import Acting
from exchange.errors import NotFoundError
from tests.assets.registration import Registry
from valuation.appraisal.cost import ReplacementCost
from valuation.appraisal.report import Assignment, Purpose, ValueType, draw_up

YEAR_END = datetime(2027, 3, 15, 16, tzinfo=UTC)


class Office:
    """A registered asset with one appraisal signed and a later one declined."""

    def __init__(self) -> None:
        self.registry = Registry(appraisal_acts.ACTS, appraisal_acts.TABLES)
        world = self.registry.world
        self.asset = self.registry.registered()
        self.appraiser = world.enrol("海峡资产评估所", Role.APPRAISER)
        self.signed = self.request()
        self.requested_at = world.clock.now()
        self.report = draw_up(
            Assignment(
                self.asset,
                Purpose.TRADE,
                ValueType.MARKET,
                date(2026, 3, 16),
                ("公开市场",),
                ("仅供本次交易使用",),
            ),
            [(ReplacementCost(0, 90_000_00, 0, 0, 0, 1_400_000), 1_000_000)],
        ).to_body()
        world.do(self.appraiser, sign, Sign(self.signed, self.report))
        self.entry = len(world.leaves()) - 1
        world.advance(days=1)
        self.declined = self.request()
        world.do(self.appraiser, decline, Decline(self.declined, "存在利益冲突。"))

    def request(self) -> str:
        wish = RequestAppraisal(self.asset, self.appraiser.participant, "trade")
        return self.registry.world.do(self.registry.supplier, request_appraisal, wish).key

    def actor(self, acting: Acting) -> Actor:
        with self.registry.world.backend.snapshot() as reader:
            return actor_of(reader, acting.participant)


@pytest.fixture
def office() -> Office:
    return Office()


def test_an_appraisal_is_shown_to_its_parties_and_the_staff(office: Office) -> None:
    registry = office.registry
    with registry.world.backend.snapshot() as reader:
        view = appraisal_of(reader, office.actor(registry.supplier), office.signed)
        for acting in (office.appraiser, registry.registrar, registry.world.exchange.operator):
            assert appraisal_of(reader, office.actor(acting), office.signed) == view
        for stranger in (registry.rival, registry.buyer):
            with pytest.raises(NotFoundError) as caught:
                appraisal_of(reader, office.actor(stranger), office.signed)
            assert caught.value.code == "appraisal.unknown"
    assert view == AppraisalView(
        id=office.signed,
        asset=office.asset,
        supplier=registry.supplier.participant,
        appraiser=office.appraiser.participant,
        appraiser_name="海峡资产评估所",
        purpose="trade",
        state=AppraisalState.SIGNED,
        acts=("appraisal.expire",),
        requested_at=office.requested_at,
        report=office.report,
        value_fen=126_000_00,
        expires_at=YEAR_END,
        entry=office.entry,
    )


def test_reasons_are_shown_where_there_are_any(office: Office) -> None:
    registry = office.registry
    supplier = office.actor(registry.supplier)
    with registry.world.backend.snapshot() as reader:
        assert reasons_of(reader, supplier, office.declined) == "存在利益冲突。"
        assert reasons_of(reader, supplier, office.signed) is None
        with pytest.raises(NotFoundError):
            reasons_of(reader, office.actor(registry.buyer), office.declined)


def test_lists_are_latest_first_and_validity_ends_with_the_year(office: Office) -> None:
    registry = office.registry
    with registry.world.backend.snapshot() as reader:
        lists = [
            [view.id for view in appraisals_for_supplier(reader, registry.supplier.participant)],
            [view.id for view in appraisals_for_appraiser(reader, office.appraiser.participant)],
        ]
        assert lists == [[office.declined, office.signed]] * 2
        assert appraisals_for_supplier(reader, registry.rival.participant) == []
        last = YEAR_END - timedelta(milliseconds=1)
        assert [view.id for view in valid_appraisals(reader, office.asset, last)] == [office.signed]
        assert valid_appraisals(reader, office.asset, YEAR_END) == []
