"""The demand side: requests, contracts, questions, disputes, and the staff's part in it."""

from datetime import timedelta
from typing import Any

from exchange.disputes.models import Dispute
from exchange.disputes.service import Answer, Award, File, answer, file, make_award
from exchange.disputes.states import DisputeState
from exchange.grants.asking import ask
from exchange.grants.models import Grant, Question
from exchange.grants.service import Issue, Reserve, issue
from exchange.grants.states import GrantState
from exchange.ids import new_id
from exchange.market.models import Contract, Listing, Match
from exchange.market.rules import Needs
from exchange.market.service import (
    OfferContract,
    PostRequest,
    accept_contract,
    offer_contract,
    post_request,
    propose_matches,
)
from exchange.market.states import ContractState, ListingState
from exchange.money import PPM, share
from exchange.settlement.service import ConfirmDeposit, confirm_deposit, fund_escrow
from exchange.simulation.chance import Chance
from exchange.simulation.scenario import Scenario
from exchange.simulation.world import World
from ledger.encoding import b64

_TERM_DAYS = 30
_REQUEST_DAYS = 30


class Demand:
    """What buyers do on one day, and what suppliers, clearers and arbitrators do about it."""

    def __init__(self, world: World, scenario: Scenario, seed: int) -> None:
        self._world = world
        self._scenario = scenario
        self._wants = Chance(seed, "wants")
        self._values = Chance(seed, "values")
        self._questions = Chance(seed, "questions")
        self._quarrels = Chance(seed, "quarrels")

    def live_a_day(self) -> None:
        """Let everybody on the demand side do what waits for them."""
        self._decide_disputes()
        self._ask()
        self._issue_grants()
        self._sign_contracts()
        self._want()

    def _want(self) -> None:
        listings = self._found(Listing, state=ListingState.OPEN)
        if not listings:
            return
        for buyer, acting in self._world.buyers.items():
            if not self._wants.happens(self._scenario.request_ppm):
                continue
            topic = self._wants.choice(listings).topic
            questions = self._wants.between(1, self._scenario.questions_most)
            value_fen = self._values.log_normal(
                share(self._scenario.price_fen_median, self._scenario.value_over_price_ppm),
                self._scenario.price_log_sd_ppm,
            )
            needs = Needs(("area",), PPM // 2, value_fen * questions, questions, _TERM_DAYS)
            until = self._world.clock.now() + timedelta(days=_REQUEST_DAYS)
            wish = PostRequest("【模拟】数据需求", "模拟需求说明。", topic, needs, until)
            request = self._world.do(acting, post_request, wish).key
            self._world.exchange.operate(propose_matches, request)
            self._offer(buyer, request, questions)

    def _offer(self, buyer: str, request: str, questions: int) -> None:
        matches = self._found(Match, request=request)
        if not matches:
            return
        best = max(matches, key=lambda match: (match.score, match.id))
        wish = OfferContract(best.listing, ("count",), questions, None, _TERM_DAYS, request)
        self._world.do(self._world.buyers[buyer], offer_contract, wish)

    def _sign_contracts(self) -> None:
        for contract in self._found(Contract, state=ContractState.OFFERED):
            supplier = self._world.suppliers.get(contract.supplier)
            if supplier is not None:
                self._world.do(supplier, accept_contract, contract.id)
        # A signed contract waits one day for its money, so it is funded on the day itself.
        for contract in self._found(Contract, state=ContractState.SIGNED):
            buyer = self._world.buyers.get(contract.buyer)
            if buyer is not None:
                reference = new_id(self._world.ids, "bank")
                deposit = ConfirmDeposit(reference, contract.buyer, contract.amount_fen)
                self._world.do(self._world.clearers[0], confirm_deposit, deposit)
                self._world.do(buyer, fund_escrow, contract.id)

    def _issue_grants(self) -> None:
        for contract in self._found(Contract, state=ContractState.FUNDED):
            supplier = self._world.suppliers.get(contract.supplier)
            if supplier is not None and not self._found(Grant, contract=contract.id):
                self._world.do(supplier, issue, Issue(contract.id))

    def _ask(self) -> None:
        for grant in self._found(Grant, state=GrantState.ACTIVE):
            buyer = self._world.buyers.get(grant.buyer)
            wanted = self._questions.happens(self._scenario.ask_ppm)
            if buyer is None or not wanted or grant.questions_left == 0:
                continue
            question = new_id(self._world.ids, "q")
            sql = "SELECT area, COUNT(*) AS n FROM records GROUP BY area"
            ask(self._world.exchange, buyer, self._world.nodes, Reserve(question, grant.id, sql))
            if self._quarrels.happens(self._scenario.dispute_ppm):
                claim_fen = max(1, grant.price_fen // 2)
                self._world.do(buyer, file, File(question, claim_fen, "模拟争议。"))

    def _decide_disputes(self) -> None:
        for dispute in self._found(Dispute, state=DisputeState.ASSIGNED):
            question = self._one(Question, dispute.question)
            refund_fen = self._quarrels.between(0, dispute.claim_fen)
            evidence = (b64(question.receipt),)
            wish = Award(dispute.id, refund_fen, "模拟裁决理由。", evidence)
            self._world.do(self._world.arbitrators[dispute.arbitrator], make_award, wish)
        for dispute in self._found(Dispute, state=DisputeState.FILED):
            supplier = self._world.suppliers.get(dispute.respondent)
            if supplier is not None:
                self._world.do(supplier, answer, Answer(dispute.id, "模拟答辩。"))

    def _found(self, model: Any, **index: Any) -> list[Any]:
        with self._world.exchange.snapshot() as reader:
            return list(reader.find(model, **index))

    def _one(self, model: Any, key: str) -> Any:
        with self._world.exchange.snapshot() as reader:
            return reader.get(model, key)
