"""A world with an answered question, three arbitrators, and whatever a dispute needs."""

from __future__ import annotations

from exchange.actors import Role
from exchange.acts.kinds import ActKind
from exchange.acts.sealing import Custody
from exchange.context import Acting
from exchange.disputes import acts as dispute_acts
from exchange.disputes.models import Dispute
from exchange.disputes.service import Answer, Award, File, answer, assign, file, make_award
from exchange.storage.tables import Row
from ledger.encoding import b64
from tests.grants.granting import Granting

STATEMENT = "结果与公开数据不符。"


class Disputing(Granting):
    """The story from an answer on: the claim, the reply, the draw, the award."""

    def __init__(self, acts: tuple[ActKind, ...] = (), tables: tuple[type[Row], ...] = ()) -> None:
        super().__init__((*dispute_acts.ACTS, *acts), (*dispute_acts.TABLES, *tables))
        self.arbitrators = [
            self.world.enrol(name, Role.ARBITRATOR) for name in ("裁决人甲", "裁决人乙", "裁决人丙")
        ]

    def answered(self, question: str = "q-1") -> str:
        """Bring a question under a grant of its own to its answer and return its id."""
        self.ask(self.granted(), question)
        return question

    def filed(self, question: str = "q-1", claim_fen: int = 10_000) -> str:
        """Dispute an answered question and return the dispute's id."""
        return self.world.do(self.buyer, file, File(question, claim_fen, STATEMENT)).key

    def replied(self, claim_fen: int = 10_000) -> str:
        """Bring a new dispute about a new answer to the supplier's reply."""
        self.answered()
        dispute = self.filed(claim_fen=claim_fen)
        self.world.do(self.supplier, answer, Answer(dispute, "数据无误。"))
        return dispute

    def assigned(self, claim_fen: int = 10_000) -> str:
        """Bring a new dispute to its arbitrator."""
        dispute = self.replied(claim_fen)
        self.world.operate(assign, dispute)
        return dispute

    def awarded(self, refund_fen: int, claim_fen: int = 10_000) -> str:
        """Bring a new dispute to its award."""
        dispute = self.assigned(claim_fen)
        self.world.do(self.judge(dispute), make_award, self.award(dispute, refund_fen))
        return dispute

    def award(self, dispute: str, refund_fen: int) -> Award:
        """Return a wish to award, citing the answer's receipt."""
        receipt = self.question(self.dispute(dispute).question).receipt
        assert receipt is not None
        return Award(dispute, refund_fen, "回执与承诺不符。", (b64(receipt),))

    def judge(self, dispute: str) -> Acting:
        """Return the arbitrator that was drawn."""
        drawn = self.dispute(dispute).arbitrator
        (judge,) = [acting for acting in self.arbitrators if acting.participant == drawn]
        assert isinstance(judge.seal, Custody)
        return judge

    def dispute(self, key: str) -> Dispute:
        """Return the row of a dispute."""
        return self.world.get(Dispute, key)

    def money(self, dispute: str | None = None) -> tuple[int, ...]:
        """Return the fen of buyer, supplier, hold, net fee and VAT."""
        return (
            self.credit_fen(f"Available:{self.buyer.participant}"),
            self.credit_fen(f"Receivable:{self.supplier.participant}"),
            0 if dispute is None else self.credit_fen(f"Hold:{dispute}"),
            self.credit_fen("Fee:Trade"),
            self.credit_fen("Tax:VAT"),
        )
