"""The story's steps through the real services: from a registered asset to a funded contract."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from exchange.actors import Role
from exchange.acts.kinds import ActKind
from exchange.acts.sequencer import Sequencer
from exchange.appraisals import acts as appraisal_acts
from exchange.appraisals.service import RequestAppraisal, Sign, request_appraisal
from exchange.appraisals.service import sign as sign_appraisal
from exchange.context import Acting
from exchange.market import acts as market_acts
from exchange.market.models import Contract
from exchange.market.rules import Needs
from exchange.market.service import (
    OfferContract,
    OpenListing,
    PostRequest,
    SetTariff,
    accept_contract,
    offer_contract,
    open_listing,
    post_request,
    set_tariff,
)
from exchange.settlement import acts as settlement_acts
from exchange.settlement.guards import balanced
from exchange.settlement.service import ConfirmDeposit, confirm_deposit, fund_escrow
from exchange.storage.tables import Row
from exchange.working_days import SHANGHAI
from tests.assets.registration import Registry
from valuation.appraisal.cost import ReplacementCost
from valuation.appraisal.report import Assignment, Purpose, ValueType, draw_up

ANALYSIS = "delay-by-carrier"
RATES = SetTariff(fee_ppm=30_000, vat_ppm=60_000)


class Trade(Registry):
    """A world with a registered, appraised asset, a tariff, and everybody whom a trade needs."""

    def __init__(
        self,
        acts: tuple[ActKind, ...] = (),
        tables: tuple[type[Row], ...] = (),
        rates: SetTariff | None = RATES,
    ) -> None:
        super().__init__(
            (*appraisal_acts.ACTS, *market_acts.ACTS, *settlement_acts.ACTS, *acts),
            (*appraisal_acts.TABLES, *market_acts.TABLES, *settlement_acts.TABLES, *tables),
        )
        self.world.sequencer = Sequencer(
            self.world.backend,
            kinds=self.world.kinds,
            log=self.world.log,
            last_signed=self.world.last_signed,
            clock=self.world.clock,
            ids=self.world.ids,
            guards=(balanced,),
        )
        self.appraiser = self.world.enrol("闽中资产评估所", Role.APPRAISER)
        self.clearer = self.world.enrol("清算员甲", Role.CLEARER)
        self.second_clearer = self.world.enrol("清算员乙", Role.CLEARER)
        if rates is not None:
            self.world.operate(set_tariff, rates)
        self.registered_asset = self.registered()
        self.appraisal = self.appraised(self.registered_asset)
        self._payments = 0

    def commissioned(self, asset: str) -> str:
        """Ask the appraiser for the value of an asset."""
        wish = RequestAppraisal(asset, self.appraiser.participant, Purpose.TRADE.value)
        return self.world.do(self.supplier, request_appraisal, wish).key

    def appraised(self, asset: str) -> str:
        """Have an asset appraised today, at its replacement cost."""
        appraisal = self.commissioned(asset)
        today = self.world.clock.now().astimezone(SHANGHAI).date()
        report = draw_up(
            Assignment(asset, Purpose.TRADE, ValueType.MARKET, today, ("持续使用",), ("仅供交易",)),
            [(ReplacementCost(100_000, 700_000, 100_000, 50_000, 50_000, 1_260_000), 1_000_000)],
        )
        self.world.do(self.appraiser, sign_appraisal, Sign(appraisal, report.to_body()))
        return appraisal

    def offer_of_analyses(self, **changes: Any) -> OpenListing:
        """Return a wish to list the registered asset."""
        wish: dict[str, Any] = {
            "asset": self.registered_asset,
            "appraisal": self.appraisal,
            "topic": "transport",
            "analyses": (ANALYSIS,),
            "price_fen": 10_000,
            "days": 90,
        }
        return OpenListing(**{**wish, **changes})

    def listed(self, **changes: Any) -> str:
        """List the registered asset and return the listing's id."""
        return self.world.do(self.supplier, open_listing, self.offer_of_analyses(**changes)).key

    def search(self, **changes: Any) -> PostRequest:
        """Return a wish to look for what the asset has; `changes` may be of the needs too."""
        needs: dict[str, Any] = {
            "columns": ("carrier", "delay"),
            "minimum_quality_ppm": 900_000,
            "budget_fen": 100_000,
            "questions": 5,
            "days": 30,
        }
        needs = {name: changes.pop(name, value) for name, value in needs.items()}
        wish: dict[str, Any] = {
            "title": "航班延误研究",
            "detail": "需要各航司的月度延误统计。",
            "topic": "transport",
            "needs": Needs(**needs),
            "until": self.world.clock.now() + timedelta(days=30),
        }
        return PostRequest(**{**wish, **changes})

    def requested(self, **changes: Any) -> str:
        """Post the buyer's request and return its id."""
        return self.world.do(self.buyer, post_request, self.search(**changes)).key

    def offered(self, listing: str, **changes: Any) -> str:
        """Let the buyer offer a contract of five questions and return its id."""
        wish: dict[str, Any] = {"listing": listing, "analyses": (ANALYSIS,), "questions": 5}
        return self.world.do(self.buyer, offer_contract, OfferContract(**{**wish, **changes})).key

    def signed(self, **changes: Any) -> str:
        """Bring a contract on a new listing to both parties' acts and return its id.

        `price_fen` is the listing's; the other `changes` are of the offer.
        """
        price_fen = changes.pop("price_fen", 10_000)
        contract = self.offered(self.listed(price_fen=price_fen), **changes)
        self.world.do(self.supplier, accept_contract, contract)
        return contract

    def funded(self, **changes: Any) -> str:
        """Bring a contract to its money in escrow and return its id."""
        contract = self.signed(**changes)
        self.pay_in(self.buyer, self.contract(contract).amount_fen)
        self.world.do(self.buyer, fund_escrow, contract)
        return contract

    def pay_in(self, payer: Acting, amount_fen: int) -> None:
        """Let the clearer confirm a deposit of a participant."""
        self._payments += 1
        wish = ConfirmDeposit(f"CCB-{self._payments:06d}", payer.participant, amount_fen)
        self.world.do(self.clearer, confirm_deposit, wish)

    def contract(self, key: str) -> Contract:
        """Return the row of a contract."""
        return self.world.get(Contract, key)
