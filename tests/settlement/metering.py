"""Acts that stand in for those of higher features, so that a trade's money can move by acts."""

from __future__ import annotations

from exchange.actors import Role
from exchange.acts.kinds import ActKind, Fact
from exchange.acts.unit_of_work import Decision
from exchange.settlement.books import capture, hold, refund
from exchange.storage.store import Writer
from tests.assets.registration import forged
from tests.steps import Trade


def _capture(writer: Writer, fact: Fact) -> None:
    body = fact.body
    capture(writer, fact, str(body["contract"]), int(body["gross_fen"]), str(body["question"]))


def _hold(writer: Writer, fact: Fact) -> None:
    hold(writer, fact, "d-1", str(fact.body["supplier"]), int(fact.body["amount_fen"]))


def _refund(writer: Writer, fact: Fact) -> None:
    refund(writer, fact, "d-1", str(fact.body["question"]), int(fact.body["refund_fen"]))


METERING = (
    ActKind("meter.capture", (Role.OPERATOR,), ("contract", "gross_fen", "question"), _capture),
    ActKind("meter.hold", (Role.OPERATOR,), ("supplier", "amount_fen"), _hold),
    ActKind("meter.refund", (Role.OPERATOR,), ("question", "refund_fen"), _refund),
)


class MeteredTrade(Trade):
    """A trade in which the operator says what questions cost."""

    def __init__(self) -> None:
        super().__init__(METERING)

    def capture(self, contract: str, gross_fen: int, question: str) -> None:
        """Capture a question's fee."""
        body = {"contract": contract, "gross_fen": gross_fen, "question": question}
        self.world.operate(forged, Decision("meter.capture", body, question))

    def hold(self, amount_fen: int) -> None:
        """Hold some of the supplier's money back."""
        body = {"supplier": self.supplier.participant, "amount_fen": amount_fen}
        self.world.operate(forged, Decision("meter.hold", body, "d-1"))

    def refund(self, question: str, refund_fen: int) -> None:
        """Give some of a question's fee back."""
        body = {"question": question, "refund_fen": refund_fen}
        self.world.operate(forged, Decision("meter.refund", body, question))
