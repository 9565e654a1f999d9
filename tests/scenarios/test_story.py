"""The whole story, through the API, on three stores: one ledger, one digest."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from exchange.demo.story import CLAIM_FEN, PRICE_FEN, QUESTIONS, REFUND_FEN
from exchange.disputes.models import Dispute
from exchange.grants.models import Grant, Question
from exchange.grants.states import GrantState, QuestionState
from exchange.market.models import Contract
from exchange.market.states import ContractState
from exchange.migrations.upgrade import upgrade
from exchange.settlement.models import Account, Escrow
from exchange.storage.engine import open_engine, sqlite_url
from exchange.storage.sql import SqlBackend
from exchange.storage.write_behind import MemoryBackend
from tests.scenarios.house import House, open_house


@contextmanager
def opened(folder: Path, prepared: Path, url: str | None) -> Iterator[House]:
    folder.mkdir()
    if url is None:
        with open_house(folder, prepared, MemoryBackend()) as house:
            yield house
        return
    engine = open_engine(url)
    upgrade(engine)
    with open_house(folder, prepared, SqlBackend(engine)) as house:
        yield house
    engine.dispose()


def check_told(house: House) -> None:
    """Look at the rows that the story must have left, each by itself."""
    _, outcome = house.play()
    assert outcome.answered == 2
    assert outcome.refused == [
        "question.raw_rows",
        "question.pins_unit",
        "question.column",
        "question.unapproved",
        "grant.expired",
    ]
    with house.exchange.snapshot() as reader:
        contract = reader.get(Contract, outcome.contract)
        escrow = reader.get(Escrow, outcome.contract)
        grant = reader.get(Grant, outcome.grant)
        dispute = reader.get(Dispute, outcome.dispute)
        available = reader.find(Account, kind="Available")
        questions = reader.find(Question, grant=outcome.grant)
    assert contract is not None
    assert contract.state is ContractState.CLOSED
    assert escrow is not None
    funded = PRICE_FEN * QUESTIONS
    captured = 2 * PRICE_FEN
    assert (escrow.funded_fen, escrow.captured_fen) == (funded, captured)
    assert (escrow.refunded_fen, escrow.released_fen) == (REFUND_FEN, funded - captured)
    assert grant is not None
    assert (grant.state, grant.questions_left) == (GrantState.EXPIRED, QUESTIONS - 2)
    assert dispute is not None
    assert (dispute.claim_fen, dispute.award_fen) == (CLAIM_FEN, REFUND_FEN)
    # The buyer paid in everything, used two questions and got a part of one back.
    assert [-row.balance_fen for row in available if row.owner == contract.buyer] == [
        funded - captured + REFUND_FEN
    ]
    ends = [row.state for row in questions]
    assert ends.count(QuestionState.ANSWERED) == 2
    assert ends.count(QuestionState.REFUSED) == 4


def test_the_story_ends_alike_on_memory_sqlite_and_postgresql(
    tmp_path: Path, prepared_nodes: Path, postgres_url: str
) -> None:
    stores = {
        "memory": None,
        "sqlite": sqlite_url(tmp_path / "exchange.db"),
        "postgresql": postgres_url,
    }
    told: dict[str, tuple[bytes, str]] = {}
    for name, url in stores.items():
        with opened(tmp_path / name, prepared_nodes, url) as house:
            check_told(house)
            report = house.audit()
            assert (report.ledger.faults, report.findings) == ((), ()), name
            told[name] = (house.digest(), house.last_signed.read())
    assert told["sqlite"] == told["memory"]
    assert told["postgresql"] == told["memory"]
