"""Claims and awards of any size against fractions: nobody gains or loses a fen on the way."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.disputes.service import Answer, answer, assign, execute, make_award, withdraw
from tests.disputes.disputing import Disputing


def half_up(value: Fraction) -> int:
    """Round a non-negative fraction, ties upward."""
    return int(value + Fraction(1, 2))


@st.composite
def rulings(draw: st.DrawFn) -> tuple[int, int, int]:
    """Draw a price, a claim up to it, and a refund up to the claim."""
    price = draw(st.integers(1, 10_000))
    claim = draw(st.integers(1, price))
    return price, claim, draw(st.integers(0, claim))


@settings(max_examples=30)
@given(rulings())
def test_a_refund_goes_back_in_the_proportions_of_the_capture(
    ruling: tuple[int, int, int],
) -> None:
    price, claim, refund = ruling
    fee = half_up(Fraction(price * 3, 100))
    vat = half_up(Fraction(fee * 6, 106))
    back = half_up(Fraction(refund * fee, price))
    back_vat = half_up(Fraction(back * vat, fee)) if fee else 0
    held = claim - half_up(Fraction(claim * fee, price))

    story = Disputing()
    story.ask(story.granted(price_fen=price))
    dispute = story.filed(claim_fen=claim)
    assert story.money(dispute) == (0, price - fee - held, held, fee - vat, vat)
    story.world.do(story.supplier, answer, Answer(dispute, "数据无误。"))
    story.world.operate(assign, dispute)
    story.world.do(story.judge(dispute), make_award, story.award(dispute, refund))
    story.world.operate(execute, dispute)
    assert story.money(dispute) == (
        refund,
        price - fee - (refund - back),
        0,
        fee - vat - (back - back_vat),
        vat - back_vat,
    )
    assert story.world.replay_digest() == story.world.digest()


@settings(max_examples=15)
@given(rulings(), st.integers(0, 10_000))
def test_refunds_in_steps_never_pass_what_was_captured(
    ruling: tuple[int, int, int], more: int
) -> None:
    price, claim, refund = ruling
    story = Disputing()
    story.ask(story.granted(price_fen=price))
    rest, dispute = price - refund, ""
    for claimed, awarded in ((claim, refund), (rest, min(more, rest))):
        if claimed == 0:
            continue
        dispute = story.filed(claim_fen=claimed)
        story.world.do(story.supplier, answer, Answer(dispute, "x"))
        story.world.operate(assign, dispute)
        story.world.do(story.judge(dispute), make_award, story.award(dispute, awarded))
        story.world.operate(execute, dispute)
    total = refund + min(more, rest)
    fee = half_up(Fraction(price * 3, 100))
    back = half_up(Fraction(total * fee, price))
    buyer, supplier, hold, net_fee, vat = story.money(dispute)
    assert (buyer, hold) == (total, 0)
    assert supplier == price - fee - (total - back)
    assert net_fee + vat == fee - back


@settings(max_examples=10)
@given(rulings())
def test_a_withdrawn_claim_leaves_no_trace_in_the_money(ruling: tuple[int, int, int]) -> None:
    price, claim, _ = ruling
    story = Disputing()
    story.ask(story.granted(price_fen=price))
    before = story.money()
    dispute = story.filed(claim_fen=claim)
    story.world.do(story.buyer, withdraw, dispute)
    assert story.money(dispute) == before
