from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from exchange.actors import Role
from exchange.acts.ledger_tables import LedgerCheckpoint, LedgerHead, Payload
from exchange.clock import from_ms, iso
from exchange.disputes.models import Dispute
from exchange.disputes.rules import ranked
from exchange.disputes.service import (
    Answer,
    Award,
    File,
    answer,
    assign,
    default,
    execute,
    file,
    make_award,
    withdraw,
)
from exchange.disputes.states import DisputeState
from exchange.parties.service import Censure, suspend
from exchange.settlement.models import Capture
from exchange.settlement.service import SendPayout, close_day, send_payout
from exchange.storage.tables import Deadline
from exchange.working_days import SHANGHAI
from ledger.checkpoint import open_checkpoint
from ledger.encoding import b64
from tests.assets.registration import forge, forged
from tests.disputes.disputing import STATEMENT, Disputing

# Of ¥100.00 the supplier has 9,700 fen, the exchange 283, the tax office 17.
SUPPLIER_FEN, FEE_FEN, VAT_FEN = 9_700, 283, 17


@pytest.fixture
def story() -> Disputing:
    return Disputing()


# Filing


def test_a_claim_holds_the_suppliers_part(story: Disputing) -> None:
    question = story.answered()
    assert story.money() == (0, SUPPLIER_FEN, 0, FEE_FEN, VAT_FEN)
    recorded = story.world.do(story.buyer, file, File(question, 10_000, STATEMENT))
    row, now = story.dispute(recorded.key), story.world.clock.now()
    assert row == Dispute(
        id=recorded.key,
        entry=recorded.index,
        question=question,
        contract=story.question().contract,
        claimant=story.buyer.participant,
        respondent=story.supplier.participant,
        claim_fen=10_000,
        held_fen=SUPPLIER_FEN,
        filed_at=now,
        answer_by=now + timedelta(days=7),
        statement=row.statement,
        evidence=[],
    )
    assert story.world.get(Payload, row.statement).text == STATEMENT
    assert not any(STATEMENT.encode() in leaf for leaf in story.world.leaves())
    deadline = story.world.get(Deadline, f"dispute:{row.id}")
    assert (from_ms(deadline.due_ms), deadline.act) == (row.answer_by, "dispute.default")
    assert story.money(row.id) == (0, 0, SUPPLIER_FEN, FEE_FEN, VAT_FEN)
    assert story.world.replay_digest() == story.world.digest()


def test_a_claim_of_a_part_holds_the_suppliers_part_of_it(story: Disputing) -> None:
    story.answered()
    dispute = story.filed(claim_fen=3_333)
    assert story.dispute(dispute).held_fen == 3_333 - 100
    assert story.money(dispute) == (0, SUPPLIER_FEN - 3_233, 3_233, FEE_FEN, VAT_FEN)


def test_what_the_supplier_lacks_is_not_invented(story: Disputing) -> None:
    story.answered()
    pay_out(story, SUPPLIER_FEN - 10)
    dispute = story.filed()
    assert story.dispute(dispute).held_fen == 10
    assert story.money(dispute) == (0, 0, 10, FEE_FEN, VAT_FEN)


def pay_out(story: Disputing, amount_fen: int) -> None:
    """Close the day and send so much of the supplier's money to its bank."""
    day = story.world.clock.now().astimezone(SHANGHAI).date().isoformat()
    story.world.advance(days=1)
    story.world.operate(close_day, day)
    wish = SendPayout(story.supplier.participant, amount_fen, "PAY-1")
    story.world.do(story.clearer, send_payout, wish)


def test_only_ones_own_answer_is_disputed(story: Disputing) -> None:
    question = story.answered()
    stranger = story.world.enrol("乙公司", Role.BUYER)
    refuses, wish = story.world.refuses, File(question, 1, STATEMENT)
    assert refuses("act.role", story.supplier, file, wish)
    assert refuses("question.unknown", stranger, file, wish)
    assert refuses("question.unknown", story.buyer, file, File("q-none", 1, STATEMENT))


def test_a_question_without_an_answer_is_not_disputed(story: Disputing) -> None:
    grant = story.granted()
    story.reserved(grant)
    assert story.world.refuses("question.state", story.buyer, file, File("q-1", 1, STATEMENT))
    story.partner.refusal = "question.shape"
    story.ask(grant, "q-2")
    assert story.world.refuses("question.state", story.buyer, file, File("q-2", 1, STATEMENT))


def test_an_answer_is_disputed_within_thirty_days(story: Disputing) -> None:
    question = story.answered()
    story.world.advance(days=30, milliseconds=1)
    late = File(question, 1, STATEMENT)
    assert story.world.refuses("dispute.late", story.buyer, file, late)
    story = Disputing()
    question = story.answered()
    story.world.advance(days=30)
    story.filed(question)


@pytest.mark.parametrize("claim_fen", [-1, 0, 10_001])
def test_a_claim_is_what_the_question_cost_or_less(story: Disputing, claim_fen: int) -> None:
    wish = File(story.answered(), claim_fen, STATEMENT)
    assert story.world.refuses("dispute.claim", story.buyer, file, wish)


def test_a_claim_has_a_statement(story: Disputing) -> None:
    question = story.answered()
    for text in (" ", "x" * 10_001):
        assert story.world.refuses("text.length", story.buyer, file, File(question, 1, text))


def test_one_dispute_at_a_time_is_open_about_an_answer(story: Disputing) -> None:
    question = story.answered()
    first = story.filed(question)
    again = File(question, 1, STATEMENT)
    assert story.world.refuses("dispute.open", story.buyer, file, again)
    story.world.do(story.buyer, withdraw, first)
    story.filed(question)


def test_what_was_refunded_is_not_claimed_again(story: Disputing) -> None:
    dispute = story.awarded(4_000)
    story.world.operate(execute, dispute)
    wish = File("q-1", 6_001, STATEMENT)
    assert story.world.refuses("dispute.claim", story.buyer, file, wish)
    story.filed(claim_fen=6_000)


def claim(story: Disputing, **changes: Any) -> dict[str, Any]:
    """Return the body of an honest claim, with some members changed."""
    body = {
        "dispute": "dispute-forged",
        "question": "q-1",
        "contract": story.question().contract,
        "claim_fen": 10_000,
        "held_fen": SUPPLIER_FEN,
        "statement": b64(b"s" * 32),
        "answer_by": iso(story.world.clock.now() + timedelta(days=7)),
    }
    return {**body, **changes}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"claim_fen": 0}, "dispute.mismatch"),
        ({"claim_fen": 10_001}, "refund.range"),
        ({"held_fen": SUPPLIER_FEN + 1}, "dispute.mismatch"),
        ({"held_fen": SUPPLIER_FEN - 1}, "dispute.mismatch"),
        ({"contract": "contract-other"}, "dispute.mismatch"),
        ({"answer_by": "2126-01-01T00:00:00.000Z"}, "dispute.mismatch"),
    ],
)
def test_the_ledger_takes_no_claim_that_does_not_fit(
    story: Disputing, changes: dict[str, Any], code: str
) -> None:
    story.answered()
    wish = forge("dispute.file", claim(story, **changes))
    assert story.world.refuses(code, story.buyer, forged, wish)


def test_the_ledger_takes_no_claim_out_of_order(story: Disputing) -> None:
    story.answered()
    stranger = story.world.enrol("乙公司", Role.BUYER)
    refuses = story.world.refuses
    assert refuses("question.unknown", stranger, forged, forge("dispute.file", claim(story)))
    story.reserved(story.question().grant, "q-2")
    wish = forge("dispute.file", {**claim(story), "question": "q-2"})
    assert refuses("question.state", story.buyer, forged, wish)
    story.filed()
    assert refuses("dispute.open", story.buyer, forged, forge("dispute.file", claim(story)))
    story.world.advance(days=31)
    assert refuses("dispute.late", story.buyer, forged, forge("dispute.file", claim(story)))


# Answering and default


def test_the_supplier_answers_within_seven_days(story: Disputing) -> None:
    story.answered()
    dispute = story.filed()
    refuses, wish = story.world.refuses, Answer(dispute, "数据无误。")
    assert refuses("act.role", story.buyer, answer, wish)
    assert refuses("dispute.unknown", story.rival, answer, wish)
    assert refuses("dispute.unknown", story.supplier, answer, Answer("dispute-none", "x"))
    assert refuses("text.length", story.supplier, answer, Answer(dispute, ""))
    story.world.advance(days=7, milliseconds=-1)
    story.world.do(story.supplier, answer, wish)
    row = story.dispute(dispute)
    assert row.state is DisputeState.ANSWERED
    assert row.answer is not None
    assert story.world.get(Payload, row.answer).text == "数据无误。"
    assert refuses("dispute.state", story.supplier, answer, wish)
    assert story.world.replay_digest() == story.world.digest()


def test_a_late_answer_does_not_count_even_before_the_default(story: Disputing) -> None:
    story.answered()
    dispute = story.filed()
    story.world.advance(days=7)
    wish = Answer(dispute, "数据无误。")
    assert story.world.refuses("dispute.late", story.supplier, answer, wish)
    body = {"dispute": dispute, "statement": b64(b"s" * 32)}
    forgery = forge("dispute.answer", body)
    assert story.world.refuses("dispute.late", story.supplier, forged, forgery)
    assert story.world.refuses("dispute.unknown", story.rival, forged, forgery)


def test_silence_goes_on_without_an_answer(story: Disputing) -> None:
    story.answered()
    dispute, operator = story.filed(), story.world.exchange.operator
    story.world.advance(days=7, milliseconds=-1)
    early = forge("dispute.default", {"dispute": dispute})
    assert story.world.refuses("act.role", story.buyer, default, dispute)
    assert story.world.refuses("deadline.early", operator, default, dispute)
    assert story.world.refuses("deadline.early", operator, forged, early)
    story.world.advance(milliseconds=1)
    story.world.operate(default, dispute)
    assert story.dispute(dispute).state is DisputeState.UNANSWERED
    assert story.world.refuses("dispute.state", operator, default, dispute)
    story.world.operate(assign, dispute)
    assert story.world.replay_digest() == story.world.digest()


# The draw


def test_the_draw_can_be_repeated_from_the_ledger_alone(story: Disputing) -> None:
    dispute = story.replied()
    closed = story.dispute(dispute).entry
    story.pay_in(story.buyer, 1)
    story.pay_in(story.buyer, 1)
    story.world.operate(assign, dispute)
    row = story.dispute(dispute)
    drawn = row.drawn
    assert drawn is not None
    everybody = sorted(acting.participant for acting in story.arbitrators)
    assert drawn["from"] == everybody
    with story.world.backend.snapshot() as reader:
        first = reader.get(LedgerCheckpoint, closed + 1)
        head = reader.get(LedgerHead, 1)
    assert first is not None
    assert head is not None
    assert head.size > closed + 3
    root = open_checkpoint(first.note, story.world.log.verifier).root
    assert drawn["seed"] == b64(root)
    assert row.arbitrator == ranked(root, dispute, everybody)[0]
    assert story.world.replay_digest() == story.world.digest()


def test_a_draw_waits_for_the_pleadings_and_happens_once(story: Disputing) -> None:
    story.answered()
    dispute, operator = story.filed(), story.world.exchange.operator
    assert story.world.refuses("act.role", story.buyer, assign, dispute)
    assert story.world.refuses("dispute.unknown", operator, assign, "dispute-none")
    assert story.world.refuses("dispute.state", operator, assign, dispute)
    story.world.do(story.supplier, answer, Answer(dispute, "数据无误。"))
    story.world.operate(assign, dispute)
    assert story.world.refuses("dispute.state", operator, assign, dispute)


def test_without_a_disinterested_arbitrator_nobody_is_drawn(story: Disputing) -> None:
    dispute = story.replied()
    for acting in story.arbitrators:
        story.world.operate(suspend, Censure(acting.participant, "停职"))
    operator = story.world.exchange.operator
    assert story.world.refuses("dispute.nobody", operator, assign, dispute)


def test_a_draw_before_its_checkpoint_is_stored_waits(story: Disputing) -> None:
    dispute = story.replied()
    with story.world.backend.batch() as tables:
        head = tables.get(LedgerHead, 1)
        assert head is not None
        tables.update(story.dispute(dispute), {"entry": head.size})
    operator = story.world.exchange.operator
    assert story.world.refuses("dispute.seed", operator, assign, dispute)


@pytest.mark.parametrize("fault", ["loser", "party", "order", "empty", "twice", "member", "role"])
def test_the_ledger_takes_no_draw_that_was_bent(story: Disputing, fault: str) -> None:
    dispute = story.replied()
    seed, everybody = b"s" * 32, sorted(acting.participant for acting in story.arbitrators)
    best = ranked(seed, dispute, everybody)
    arbitrator, candidates, drawn = best[0], list(everybody), {"seed": b64(seed)}
    if fault == "loser":
        arbitrator = best[1]
    elif fault == "party":
        candidates = sorted([*everybody, story.supplier.participant])
        arbitrator = ranked(seed, dispute, candidates)[0]
    elif fault == "order":
        candidates = candidates[::-1]
    elif fault == "empty":
        candidates = []
    elif fault == "twice":
        candidates = sorted([*candidates, best[0]])
    elif fault == "member":
        drawn["more"] = "x"
    else:
        arbitrator = story.appraiser.participant
        candidates = [arbitrator]
    body = {
        "dispute": dispute,
        "arbitrator": arbitrator,
        "drawn": {**drawn, "from": candidates},
    }
    operator, wish = story.world.exchange.operator, forge("dispute.assign", body)
    assert story.world.refuses("dispute.mismatch", operator, forged, wish)


# The award


def test_only_the_drawn_arbitrator_decides_and_only_once(story: Disputing) -> None:
    dispute = story.assigned()
    judge, wish = story.judge(dispute), story.award(dispute, 4_000)
    others = [acting for acting in story.arbitrators if acting is not judge]
    assert len(others) == 2
    forgery = forge(
        "award.make",
        {"dispute": dispute, "refund_fen": 1, "reasons": "r", "evidence": list(wish.evidence)},
    )
    for other in others:
        assert story.world.refuses("dispute.unknown", other, make_award, wish)
        assert story.world.refuses("dispute.unknown", other, forged, forgery)
    assert story.world.refuses("act.role", story.buyer, make_award, wish)
    story.world.do(judge, make_award, wish)
    row = story.dispute(dispute)
    assert (row.state, row.award_fen) == (DisputeState.AWARDED, 4_000)
    assert row.evidence == list(wish.evidence)
    assert row.reasons is not None
    assert story.world.get(Payload, row.reasons).text == wish.reasons
    assert story.world.refuses("dispute.state", judge, make_award, wish)
    assert story.world.replay_digest() == story.world.digest()


@pytest.mark.parametrize("refund_fen", [-1, 10_001])
def test_an_award_is_zero_up_to_the_claim(story: Disputing, refund_fen: int) -> None:
    dispute = story.assigned()
    judge, wish = story.judge(dispute), story.award(dispute, refund_fen)
    assert story.world.refuses("award.refund", judge, make_award, wish)
    body = {
        "dispute": dispute,
        "refund_fen": refund_fen,
        "reasons": "r",
        "evidence": list(wish.evidence),
    }
    assert story.world.refuses("dispute.mismatch", judge, forged, forge("award.make", body))


def test_an_award_has_reasons(story: Disputing) -> None:
    dispute = story.assigned()
    wish = Award(dispute, 1, " ", story.award(dispute, 1).evidence)
    assert story.world.refuses("text.length", story.judge(dispute), make_award, wish)


def test_an_award_cites_what_the_ledger_holds(story: Disputing) -> None:
    dispute = story.assigned()
    (receipt,) = story.award(dispute, 1).evidence
    judge = story.judge(dispute)
    wrong: list[tuple[str, ...]] = [
        (),
        (b64(b"x" * 32),),
        (receipt, receipt),
        ("not base64",),
        (receipt[:-1],),
        tuple(b64(bytes([n]) * 32) for n in range(51)),
    ]
    for evidence in wrong:
        wish = Award(dispute, 1, "理由", evidence)
        assert story.world.refuses("award.evidence", judge, make_award, wish)
    for cited in ([], [receipt, receipt]):
        body = {"dispute": dispute, "refund_fen": 1, "reasons": "r", "evidence": cited}
        assert story.world.refuses("dispute.mismatch", judge, forged, forge("award.make", body))


# Execution


def test_an_award_of_everything_puts_everybody_back(story: Disputing) -> None:
    dispute = story.awarded(10_000)
    story.world.operate(execute, dispute)
    assert story.dispute(dispute).state is DisputeState.EXECUTED
    assert story.money(dispute) == (10_000, 0, 0, 0, 0)
    assert story.world.get(Capture, "q-1").shortfall_fen == 0
    assert story.world.replay_digest() == story.world.digest()


def test_an_award_of_nothing_frees_the_supplier(story: Disputing) -> None:
    dispute = story.awarded(0)
    story.world.operate(execute, dispute)
    assert story.money(dispute) == (0, SUPPLIER_FEN, 0, FEE_FEN, VAT_FEN)


def test_a_part_goes_back_by_the_stored_split_and_the_rest_of_the_hold_too(
    story: Disputing,
) -> None:
    dispute = story.awarded(4_000, claim_fen=6_000)
    assert story.money(dispute) == (0, SUPPLIER_FEN - 5_820, 5_820, FEE_FEN, VAT_FEN)
    story.world.operate(execute, dispute)
    # 4,000 of 10,000: fee 300 → 120, of which VAT 17 → 7.
    assert story.money(dispute) == (4_000, SUPPLIER_FEN - 3_880, 0, FEE_FEN - 113, VAT_FEN - 7)
    assert story.world.get(Capture, "q-1").refunded_fen == 4_000


def test_an_award_is_executed_once_by_the_operator(story: Disputing) -> None:
    dispute = story.awarded(4_000)
    operator = story.world.exchange.operator
    assert story.world.refuses("act.role", story.buyer, execute, dispute)
    assert story.world.refuses("dispute.unknown", operator, execute, "dispute-none")
    story.world.operate(execute, dispute)
    assert story.world.refuses("dispute.state", operator, execute, dispute)
    story = Disputing()
    dispute = story.assigned()
    operator = story.world.exchange.operator
    assert story.world.refuses("dispute.state", operator, execute, dispute)


def test_the_ledger_executes_no_other_lines_than_the_awards(story: Disputing) -> None:
    dispute = story.awarded(4_000)
    operator = story.world.exchange.operator
    lines = [
        {"account": f"Hold:{dispute}", "amount_fen": 4_000},
        {"account": f"Available:{story.buyer.participant}", "amount_fen": -4_000},
    ]
    wish = forge("award.execute", {"dispute": dispute, "lines": lines})
    assert story.world.refuses("dispute.mismatch", operator, forged, wish)


def test_a_shortfall_is_recorded_and_the_fee_comes_back_all_the_same(story: Disputing) -> None:
    story.answered()
    pay_out(story, SUPPLIER_FEN - 10)
    dispute = story.filed()
    story.world.do(story.supplier, answer, Answer(dispute, "数据无误。"))
    story.world.operate(assign, dispute)
    story.world.do(story.judge(dispute), make_award, story.award(dispute, 10_000))
    story.world.operate(execute, dispute)
    assert story.money(dispute) == (310, 0, 0, 0, 0)
    row = story.world.get(Capture, "q-1")
    assert (row.refunded_fen, row.shortfall_fen) == (10_000, SUPPLIER_FEN - 10)
    assert story.world.replay_digest() == story.world.digest()


# Withdrawing


def test_a_claim_is_withdrawn_until_it_is_decided(story: Disputing) -> None:
    story.answered()
    dispute = story.filed()
    stranger = story.world.enrol("乙公司", Role.BUYER)
    refuses = story.world.refuses
    assert refuses("act.role", story.supplier, withdraw, dispute)
    assert refuses("dispute.unknown", stranger, withdraw, dispute)
    forgery = forge("dispute.withdraw", {"dispute": dispute})
    assert refuses("dispute.unknown", stranger, forged, forgery)
    story.world.do(story.buyer, withdraw, dispute)
    assert story.dispute(dispute).state is DisputeState.WITHDRAWN
    assert story.money(dispute) == (0, SUPPLIER_FEN, 0, FEE_FEN, VAT_FEN)
    assert refuses("dispute.state", story.buyer, withdraw, dispute)
    assert story.world.replay_digest() == story.world.digest()


def test_an_award_is_not_escaped_by_withdrawing(story: Disputing) -> None:
    dispute = story.awarded(1)
    assert story.world.refuses("dispute.state", story.buyer, withdraw, dispute)
