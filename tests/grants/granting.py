"""A world with a funded contract of five questions at 100 yuan each, and a node that answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from exchange.acts.kinds import ActKind
from exchange.acts.sequencer import Recorded
from exchange.context import Acting
from exchange.errors import ExchangeError
from exchange.grants import acts as grant_acts
from exchange.grants.asking import Asked, ask
from exchange.grants.models import Grant, Question
from exchange.grants.nodes import Nodes
from exchange.grants.service import Issue, Reserve, issue, reserve
from exchange.settlement.models import Account
from exchange.storage.tables import Row
from ledger.act import parse_act_note
from ledger.entry import parse_entry
from tests.grants.partner import Partner
from tests.steps import Trade

SQL = "SELECT carrier, AVG(delay) FROM flights GROUP BY carrier"
PRICE_FEN = 10_000


class Granting(Trade):
    """The story from a funded contract on: its grant, its questions, its node."""

    def __init__(self, acts: tuple[ActKind, ...] = (), tables: tuple[type[Row], ...] = ()) -> None:
        super().__init__((*grant_acts.ACTS, *acts), (*grant_acts.TABLES, *tables))
        self.partner = Partner(self.node, self.world.log)

    def granted(self, **changes: int) -> str:
        """Bring a contract to its grant and return the grant's id."""
        return self.world.do(self.supplier, issue, Issue(self.funded(**changes))).key

    def reserved(self, grant: str, question: str = "q-1") -> Recorded:
        """Reserve one question."""
        return self.world.do(self.buyer, reserve, Reserve(question, grant, SQL))

    def ask(
        self,
        grant: str,
        question: str = "q-1",
        *,
        sql: str = SQL,
        nodes: Nodes | None = None,
        acting: Acting | None = None,
    ) -> Asked:
        """Ask one question from reservation to answer."""
        return ask(
            self.world.exchange,
            acting or self.buyer,
            nodes or self.partner,
            Reserve(question, grant, sql),
        )

    def grant(self, key: str) -> Grant:
        """Return the row of a grant."""
        return self.world.get(Grant, key)

    def question(self, key: str = "q-1") -> Question:
        """Return the row of a question."""
        return self.world.get(Question, key)

    def credit_fen(self, account: str) -> int:
        """Return what stands to the credit of an account; 0 if it was never used."""
        with self.world.backend.snapshot() as reader:
            row = reader.get(Account, account)
            return 0 if row is None else -row.balance_fen

    def left(self, grant: str) -> tuple[int, int]:
        """Return the questions left under a grant, and the fen reserved by open ones."""
        row = self.grant(grant)
        return row.questions_left, row.reserved_fen


def kinds(story: Granting) -> list[str]:
    """List the kinds of the log's last acts, from the first reservation on."""
    found = [parse_act_note(parse_entry(leaf).act_note).act.kind for leaf in story.world.leaves()]
    return found[found.index("question.reserve") :]


def untouched(story: Granting, grant: str) -> bool:
    """Tell whether quota and money stand as before the first question."""
    row = story.grant(grant)
    return (
        story.left(grant) == (row.questions, 0)
        and story.credit_fen(f"Escrow:{row.contract}") == row.questions * PRICE_FEN
        and story.credit_fen(f"Receivable:{row.supplier}") == 0
    )


def failed(code: str, attempt: Callable[[], object]) -> bool:
    """Tell whether an attempt fails with this code."""
    with pytest.raises(ExchangeError) as caught:
        attempt()
    assert caught.value.code == code
    return True
