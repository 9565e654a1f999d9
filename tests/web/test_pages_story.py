"""The story through the pages alone: every act by filling in its form."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from exchange.actors import Role
from exchange.assets.service import assign_code, describe
from exchange.context import Acting
from exchange.disputes.models import Dispute
from exchange.disputes.states import DisputeState
from exchange.grants.models import Grant
from exchange.market.models import Contract
from exchange.market.states import ContractState
from exchange.web.site import Site
from exchange.working_days import SHANGHAI
from ledger.encoding import b64
from tests.assets.registration import description
from tests.grants.granting import Granting
from tests.web.browsing import browser_of
from tests.web.filling import done, page_of, send


class Cast:
    """One browser for everybody in the story."""

    def __init__(self, app: Flask, site: Site, story: Granting) -> None:
        self._app, self._site = app, site
        self.supplier = self.browser(story.supplier)
        self.buyer = self.browser(story.buyer)
        self.registrar = self.browser(story.registrar)
        self.second = self.browser(story.second)
        self.appraiser = self.browser(story.appraiser)
        self.clearer = self.browser(story.clearer)
        self.operator = self.browser(story.world.exchange.operator)

    def browser(self, acting: Acting) -> FlaskClient:
        """Open a browser that is logged in."""
        return browser_of(self._app, self._site, acting)


@pytest.fixture
def cast(app: Flask, site: Site, story: Granting) -> Cast:
    return Cast(app, site, story)


def _registered(cast: Cast, story: Granting) -> str:
    """Bring an asset from its application to its code."""
    story.world.do(story.node, describe, description(asset="weather", title_zh="机场气象"))
    place = done(
        send(
            cast.supplier,
            "/do/asset.apply",
            node=story.node.participant,
            local="weather",
            rights=["holding", "use"],
            grade="general",
            statement="依法采集。\n两行说明。",
        )
    )
    assert "依法采集。" in page_of(cast.registrar.get(place)).text
    assert done(send(cast.registrar, place, "/do/asset.accept")) == place
    assert done(send(cast.second, place, "/do/asset.review")) == place
    asset = place.rpartition("/")[2]
    ends_at = story.asset(asset).notice_ends_at
    assert ends_at is not None
    story.world.clock.advance_to(ends_at)
    story.world.operate(assign_code, asset)
    return asset


def _appraised(cast: Cast, story: Granting, asset: str) -> str:
    """Have an asset appraised by cost and by income."""
    place = done(
        send(
            cast.supplier,
            "/do/appraisal.request",
            asset=asset,
            appraiser=story.appraiser.participant,
            purpose="trade",
        )
    )
    day = story.world.clock.now().astimezone(SHANGHAI).date().isoformat()
    answer = send(
        cast.appraiser,
        f"{place}/sign",
        value_type="market",
        valuation_date=day,
        premises="持续使用\n公开市场",
        limits="仅供交易",
        construction_fen="8,000.00",
        operation_fen="1500",
        management_fen="500.5",
        return_ppm="12.5",
        quality_ppm="96.2",
        circulation_ppm="110",
        monopoly_ppm="10",
        risk_ppm="8",
        income_weight_ppm="40",
        income_fen="3000",
        income_years="5",
        share_ppm="60",
        discount_ppm="11",
    )
    assert done(answer) == place
    assert "成本法" in page_of(cast.supplier.get(place)).text
    return place.rpartition("/")[2]


def _listed(cast: Cast, story: Granting) -> str:
    asset = _registered(cast, story)
    return done(
        send(
            cast.supplier,
            "/do/listing.open",
            asset=asset,
            appraisal=_appraised(cast, story, asset),
            topic="weather",
            analyses=["delay-by-carrier"],
            price_fen="100.00",
            days="60",
        )
    )


def _contracted(cast: Cast, story: Granting) -> str:
    """Bring a contract from the buyer's request to its money."""
    listing = _listed(cast, story).rpartition("/")[2]
    wanted = done(
        send(
            cast.buyer,
            "/do/request.post",
            title="气象与延误",
            detail="按月统计。",
            topic="weather",
            columns="carrier\ndelay",
            minimum_quality_ppm="90",
            budget_fen="2000",
            questions="5",
            days="30",
            until=story.world.clock.now().date().replace(year=2026, month=12, day=1).isoformat(),
        )
    )
    assert done(send(cast.operator, wanted, "/do/match.propose")) == wanted
    assert listing in cast.buyer.get(wanted).get_data(as_text=True)
    request = wanted.rpartition("/")[2]
    contract = done(
        send(
            cast.buyer,
            f"/do/contract.offer?listing={listing}&request={request}",
            "/do/contract.offer",
            analyses=["delay-by-carrier"],
            questions="5",
            price_fen="",
            days="",
        )
    )
    assert done(send(cast.supplier, contract, "/do/contract.accept")) == contract
    deposit = send(
        cast.clearer,
        "/do/deposit.confirm",
        reference="CCB-900001",
        participant=story.buyer.participant,
        amount_fen="500",
    )
    assert done(deposit) == "/clearing"
    assert done(send(cast.buyer, contract, "/do/escrow.fund")) == contract
    return contract


def _asked(cast: Cast, story: Granting) -> str:
    contract = _contracted(cast, story)
    grant = done(send(cast.supplier, contract, "/do/grant.issue"))
    question = done(
        send(
            cast.buyer,
            f"{grant}/ask",
            analysis="delay-by-carrier",
            **{"delay-by-carrier.month": "7"},
        )
    )
    assert "没有达到" not in page_of(cast.buyer.get(question)).text
    return question


def test_a_contract_is_made_and_paid_by_forms_alone(cast: Cast, story: Granting) -> None:
    key = _contracted(cast, story).rpartition("/")[2]

    contract = story.contract(key)
    assert contract.state is ContractState.FUNDED
    assert (contract.price_fen, contract.questions, contract.days) == (10_000, 5, 60)
    assert contract.request is not None


def test_an_answer_is_shown_with_its_proofs_and_charged_once(cast: Cast, story: Granting) -> None:
    place = _asked(cast, story)

    pages = [page_of(cast.buyer.get(place)) for _ in range(2)]
    seen_by_supplier = page_of(cast.supplier.get(place)).text

    grant = story.grant(story.question(place.rpartition("/")[2]).grant)
    assert grant.questions_left == 4
    for page in pages:
        assert "12.10" in page.text
        assert page.text.count("签名有效") == page.text.count("在册证明成立") == 2
    assert "12.10" not in seen_by_supplier
    assert "SELECT" not in seen_by_supplier


def test_a_dispute_goes_to_its_award_by_forms_alone(
    cast: Cast, story: Granting, app: Flask, site: Site
) -> None:
    judge = story.world.enrol("裁决人甲", Role.ARBITRATOR)
    question = _asked(cast, story)
    key = question.rpartition("/")[2]
    place = done(
        send(
            cast.buyer,
            f"/do/dispute.file?question={key}",
            "/do/dispute.file",
            claim_fen="80",
            statement="结果与公开数据不符。",
        )
    )
    dispute = place.rpartition("/")[2]
    answer = f"/do/dispute.answer?dispute={dispute}"
    assert done(send(cast.supplier, answer, "/do/dispute.answer", statement="数据无误。")) == place
    case = f"/ops/disputes/{dispute}"
    assert done(send(cast.operator, case, "/do/dispute.assign")) == case
    receipt = story.question(key).receipt
    assert receipt is not None
    award = send(
        browser_of(app, site, judge),
        f"/do/award.make?dispute={dispute}",
        "/do/award.make",
        refund_fen="30.5",
        reasons="部分成立。",
        evidence=[b64(receipt)],
    )
    assert done(award) == place
    assert done(send(cast.operator, case, "/do/award.execute")) == case

    row = story.world.get(Dispute, dispute)
    page = page_of(cast.supplier.get(place))
    assert (row.state, row.award_fen) == (DisputeState.EXECUTED, 3_050)
    assert "裁决引用" in page.text
    assert "部分成立。" in page.text


def test_a_refused_question_is_told_and_costs_nothing(cast: Cast, story: Granting) -> None:
    contract = _contracted(cast, story)
    place = done(send(cast.supplier, contract, "/do/grant.issue"))
    story.partner.refusal = "question.raw_rows"

    question = done(send(cast.buyer, f"{place}/ask", sql="SELECT * FROM flights"))

    grant = story.world.get(Grant, place.rpartition("/")[2])
    assert "question.raw_rows" in page_of(cast.buyer.get(question)).text
    assert (grant.questions_left, grant.reserved_fen) == (5, 0)
    assert story.world.get(Contract, grant.contract).state is ContractState.FUNDED
