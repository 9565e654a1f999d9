"""A market with one thing in every state that an act begins from, and somebody in every role."""

from __future__ import annotations

from typing import Any

from exchange.actors import Role
from exchange.acts.ledger_tables import LedgerEntry
from exchange.appraisals.service import RequestAppraisal, request_appraisal
from exchange.assets.service import Remark, accept, describe, object_to, review, send_back
from exchange.context import Acting
from exchange.disputes import acts as dispute_acts
from exchange.disputes.rules import GRANT_WITHIN
from exchange.disputes.service import Answer, Award, File, answer, assign, file, make_award
from exchange.settlement.rules import end_of_day
from exchange.settlement.service import SendPayout, close_day, send_payout
from exchange.working_days import SHANGHAI
from ledger.encoding import b64
from tests.assets.registration import description
from tests.grants.granting import Granting


class Market(Granting):
    """What the access matrix asks about: `things` names each by what it is and its state.

    Everything is between `supplier` and `buyer`; `rival` and `stranger` have the same roles
    and no part in it.
    """

    def __init__(self) -> None:
        super().__init__(dispute_acts.ACTS, dispute_acts.TABLES)
        world = self.world
        self.stranger = world.enrol("无关买方", Role.BUYER)
        self.other_appraiser = world.enrol("另一评估所", Role.APPRAISER)
        self.arbitrator = world.enrol("裁决人", Role.ARBITRATOR)
        self.auditor = world.enrol("审计员", Role.AUDITOR)
        self.joined = world.join("尚未准入者", Role.BUYER, Role.SUPPLIER)
        self.free_node = self.new_node("n-free", self.supplier)
        self.things: dict[str, str] = {}
        self._assets()
        self._deals()
        self._disputes()
        self._money()
        self._offers()

    def _asset(self, state: str, *steps: tuple[Acting, Any, Any]) -> None:
        self.world.do(self.node, describe, description(asset=state))
        asset = self.applied(local=state)
        for acting, service, wish in steps:
            self.world.do(acting, service, wish(asset))
        self.things[f"asset {state}"] = asset

    def _assets(self) -> None:
        self.world.do(self.node, describe, description(asset="fresh"))
        passed = (self.registrar, accept, str), (self.second, review, str)
        self._asset("applied")
        self._asset("returned", (self.registrar, send_back, lambda key: Remark(key, "请补正")))
        self._asset("accepted", passed[0])
        self._asset("noticed", *passed)
        self._asset("frozen", *passed, (self.buyer, object_to, lambda key: Remark(key, "异议")))
        self.things["asset registered"] = self.registered_asset
        wish = RequestAppraisal(self.registered_asset, self.appraiser.participant, "trade")
        self.things["appraisal asked"] = self.world.do(self.supplier, request_appraisal, wish).key

    def _deals(self) -> None:
        self.things["listing"] = self.listed()
        self.things["request"] = self.requested()
        self.pay_in(self.buyer, 1_000_000)
        self.things["funded"] = self.funded()
        self.things["grant"] = self.granted()
        self.things["contract"] = self.grant(self.things["grant"]).contract
        for question in ("q-clear", "q-filed", "q-answered", "q-judged", "q-awarded"):
            self.ask(self.things["grant"], question)

    def _disputes(self) -> None:
        world = self.world
        for state in ("filed", "answered", "judged", "awarded"):
            wish = File(f"q-{state}", 5_000, "结果与公开数据不符")
            dispute = self.things[f"dispute {state}"] = world.do(self.buyer, file, wish).key
            if state != "filed":
                self._answer(dispute)
            if state in {"judged", "awarded"}:
                world.operate(assign, dispute)
        # Has no interest in anything that is still to be drawn for.
        world.enrol("另一裁决人", Role.ARBITRATOR)
        award = Award(self.things["dispute awarded"], 1_000, "部分退款", (self.exhibit(),))
        world.do(self.arbitrator, make_award, award)

    def _answer(self, dispute: str) -> None:
        self.world.do(self.supplier, answer, Answer(dispute, "数据口径不同"))
        self.world.join("路人", Role.BUYER)  # one more checkpoint, to draw by

    def _money(self) -> None:
        day = self.world.clock.now().astimezone(SHANGHAI).date().isoformat()
        self.world.clock.advance_to(end_of_day(day) + GRANT_WITHIN)
        self.world.operate(close_day, day)
        self.things["day"] = day
        for number in (1, 2):
            wish = SendPayout(self.supplier.participant, 100, f"OUT-{number}")
            self.things["payout"] = self.world.do(self.clearer, send_payout, wish).key

    def _offers(self) -> None:
        """Make what soon runs out, last."""
        self.things["offered"] = self.offered(self.things["listing"])
        self.things["signed"] = self.signed()

    def exhibit(self) -> str:
        """Return the leaf hash of an act in base64."""
        return b64(self.world.get(LedgerEntry, 3).leaf_hash)

    def visitors(self) -> dict[str, Acting | None]:
        """Name everybody who may come by, the anonymous visitor first."""
        return {
            "nobody": None,
            "joined": self.joined,
            "supplier": self.supplier,
            "rival": self.rival,
            "buyer": self.buyer,
            "stranger": self.stranger,
            "appraiser": self.appraiser,
            "other_appraiser": self.other_appraiser,
            "arbitrator": self.arbitrator,
            "registrar": self.registrar,
            "clearer": self.second_clearer,
            "operator": self.world.exchange.operator,
            "auditor": self.auditor,
            "node": self.node,
        }
