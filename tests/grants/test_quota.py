"""Any order of questions, answers, refusals and voids against a ledger kept by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.errors import ExchangeError
from exchange.grants.service import (
    Issue,
    Reserve,
    Revoke,
    Void,
    issue,
    receive_answer,
    receive_refusal,
    reserve,
    revoke,
    void,
)
from tests.grants.bodies import receipt
from tests.grants.granting import SQL, Granting


@dataclass
class Books:
    """What a clerk with a pencil would write down."""

    price: int
    questions: int
    open: list[str] = field(default_factory=list)
    answered: int = 0

    @property
    def left(self) -> int:
        return self.questions - self.answered - len(self.open)

    def fee(self) -> int:
        """3 % of all captured, rounded half up at the end only."""
        return int(Fraction(self.answered * self.price * 3, 100) + Fraction(1, 2))


STEPS = st.lists(st.sampled_from(["ask", "answer", "refuse", "void"]), min_size=1, max_size=25)


@settings(max_examples=25)
@given(st.integers(1, 9_999), st.integers(1, 4), STEPS)
def test_quota_and_money_follow_every_order_of_events(
    price: int, questions: int, steps: list[str]
) -> None:
    story = Granting()
    grant = story.granted(price_fen=price, questions=questions)
    books = Books(price, questions)
    for number, step in enumerate(steps):
        play(story, books, grant, step, f"q-{number}")
        contract = story.grant(grant).contract
        escrow = story.credit_fen(f"Escrow:{contract}")
        assert story.left(grant) == (books.left, len(books.open) * price)
        assert escrow == (questions - books.answered) * price
        earned = story.credit_fen(f"Receivable:{story.supplier.participant}")
        assert earned == books.answered * price - books.fee()
    assert story.world.replay_digest() == story.world.digest()


def play(story: Granting, books: Books, grant: str, step: str, question: str) -> None:
    """Do one step at the exchange and in the clerk's books."""
    if step == "ask":
        if books.left:
            story.reserved(grant, question)
            books.open.append(question)
        else:
            wish = Reserve(question, grant, SQL)
            assert story.world.refuses("grant.questions", story.buyer, reserve, wish)
        return
    if not books.open:
        return
    ended = books.open.pop(0)
    body = receipt(story, ended)
    if step == "answer":
        story.world.do(story.node, receive_answer, body)
        books.answered += 1
    elif step == "refuse":
        said = {name: body[name] for name in ("question", "grant", "ticket")}
        story.world.do(story.node, receive_refusal, {**said, "code": "question.shape"})
    else:
        story.world.operate(void, Void(ended, "node.busy"))


REISSUE = st.lists(st.sampled_from(["ask", "answer", "reissue"]), min_size=1, max_size=15)
USED_UP = {"grant.questions", "grant.revoked", "grant.state", "contract.questions"}


@settings(max_examples=10)
@given(REISSUE)
def test_reissued_grants_never_exceed_what_the_contract_bought(steps: list[str]) -> None:
    story = Granting()
    grant = story.granted(questions=3)
    contract, answered, refused = story.grant(grant).contract, 0, []
    for number, step in enumerate(steps):
        try:
            if step == "reissue":
                story.world.do(story.supplier, revoke, Revoke(grant, "x"))
                grant = story.world.do(story.supplier, issue, Issue(contract)).key
            elif step == "ask":
                story.reserved(grant, f"q-{number}")
            else:
                story.ask(grant, f"q-{number}")
                answered += 1
        except ExchangeError as refusal:
            refused.append(refusal.code)
        assert answered <= 3
        assert story.credit_fen(f"Escrow:{contract}") == (3 - answered) * 10_000
    assert set(refused) <= USED_UP
    assert story.world.replay_digest() == story.world.digest()
