"""The supply side: describing, registering, having appraised, listing, and the staff's part in it."""

import hashlib
from datetime import date
from typing import Any

from exchange.appraisals.models import Appraisal
from exchange.appraisals.service import RequestAppraisal, Sign, request_appraisal, sign
from exchange.appraisals.states import AppraisalState
from exchange.assets.models import Asset
from exchange.assets.service import Apply, accept, apply_for, describe, review
from exchange.assets.states import AssetState
from exchange.context import Acting
from exchange.market.models import Listing
from exchange.market.rules import Topic
from exchange.market.service import OpenListing, open_listing
from exchange.simulation.chance import Chance
from exchange.simulation.scenario import Scenario
from exchange.simulation.world import World
from exchange.working_days import SHANGHAI, is_working_day
from ledger.encoding import b64
from valuation.appraisal.cost import ReplacementCost
from valuation.appraisal.report import Assignment, Purpose, ValueType, draw_up

_SUBJECTS = (
    "航班准点",
    "气象观测",
    "港口吞吐",
    "用电负荷",
    "药品流通",
    "企业注册",
    "公交客流",
    "海洋养殖",
)
_TERM_DAYS = 60


class Supply:
    """What suppliers, registrars and appraisers do on one day."""

    def __init__(self, world: World, scenario: Scenario, seed: int) -> None:
        self._world = world
        self._scenario = scenario
        self._campaigns = Chance(seed, "campaigns")
        self._prices = Chance(seed, "prices")
        self._plans = {
            supplier: (
                self._campaigns.between(0, scenario.days * 2 // 3),
                self._campaigns.between(1, scenario.assets_each),
            )
            for supplier in world.suppliers
        }

    def live_a_day(self, day: int) -> None:
        """Let everybody on the supply side do what waits for them."""
        for supplier, (begin, count) in self._plans.items():
            if begin == day:
                for number in range(count):
                    self._apply(self._world.suppliers[supplier], number)
        today = self._world.clock.now().astimezone(SHANGHAI).date()
        if is_working_day(today):
            self._review()
        self._appraise(today)
        self._list()

    def _apply(self, supplier: Acting, number: int) -> None:
        node = self._world.node_of[supplier.participant]
        subject = self._campaigns.choice(_SUBJECTS)
        local = f"asset-{number + 1}"
        self._world.do(node, describe, _description(local, subject, node.participant))
        wish = Apply(
            node.participant, local, ("holding", "operation"), "general", "来源合法，模拟申明。"
        )
        self._world.do(supplier, apply_for, wish)

    def _review(self) -> None:
        first, second = self._world.registrars
        for state, registrar, service in (
            (AssetState.ACCEPTED, second, review),
            (AssetState.APPLIED, first, accept),
        ):
            for asset in self._found(Asset, state=state):
                self._world.do(registrar, service, asset.id)

    def _appraise(self, today: date) -> None:
        for asset in self._found(Asset, state=AssetState.REGISTERED):
            if not self._found(Appraisal, asset=asset.id):
                appraiser = self._campaigns.choice(self._world.appraisers).participant
                wish = RequestAppraisal(asset.id, appraiser, "trade")
                self._world.do(self._world.suppliers[asset.supplier], request_appraisal, wish)
        appraisers = {acting.participant: acting for acting in self._world.appraisers}
        for appraisal in self._found(Appraisal, state=AppraisalState.REQUESTED):
            cost_fen = self._prices.log_normal(50_000_000, 800_000)
            report = draw_up(
                Assignment(
                    appraisal.asset,
                    Purpose.TRADE,
                    ValueType.MARKET,
                    today,
                    ("模拟",),
                    ("仅供仿真",),
                ),
                [
                    (
                        ReplacementCost(cost_fen // 5, cost_fen, cost_fen // 4, 0, 0, 1_000_000),
                        1_000_000,
                    )
                ],
            )
            wish_to_sign = Sign(appraisal.id, report.to_body())
            self._world.do(appraisers[appraisal.appraiser], sign, wish_to_sign)

    def _list(self) -> None:
        for appraisal in self._found(Appraisal, state=AppraisalState.SIGNED):
            if self._found(Listing, asset=appraisal.asset):
                continue
            price_fen = self._prices.log_normal(
                self._scenario.price_fen_median, self._scenario.price_log_sd_ppm
            )
            topic = self._campaigns.choice(tuple(Topic)).value
            wish = OpenListing(
                appraisal.asset, appraisal.id, topic, ("count",), price_fen, _TERM_DAYS
            )
            self._world.do(self._world.suppliers[appraisal.supplier], open_listing, wish)

    def _found(self, model: Any, **index: Any) -> list[Any]:
        with self._world.exchange.snapshot() as reader:
            return list(reader.find(model, **index))


def _description(local: str, subject: str, node: str) -> dict[str, Any]:
    digest = b64(hashlib.sha256(f"{node}/{local}".encode()).digest())
    return {
        "asset": local,
        "title_zh": f"【模拟】{subject}数据",
        "title_en": "[simulated] data",
        "tables": [
            {
                "name": "records",
                "columns": [
                    {"name": "unit", "type": "text", "role": "hidden"},
                    {"name": "area", "type": "text", "role": "dimension"},
                    {"name": "amount", "type": "decimal", "role": "measure"},
                ],
            }
        ],
        "unit": {"kind": "column", "table": "records", "column": "unit"},
        "minimum_units": 10,
        "rows_class": "10^5–10^6",
        "quality": {
            "overall_ppm": 950_000,
            "grade": "A",
            "indicators": {
                "conformity": 950_000,
                "completeness": 950_000,
                "accuracy": None,
                "consistency": 950_000,
                "timeliness": 950_000,
                "accessibility": None,
            },
        },
        "rule": digest,
        "analyses": [
            {
                "id": "count",
                "title_zh": "分地区计数",
                "title_en": "Count by area",
                "sql": "SELECT area, COUNT(*) AS n FROM records GROUP BY area",
                "parameters": [],
            }
        ],
        "commitment": digest,
        "period": None,
        "source": "模拟 simulated",
    }
