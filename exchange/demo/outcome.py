"""What came of the demo, as one JSON object; its sums are the database's own."""

from typing import Any

from sqlalchemy import Connection, Table, func, select

from exchange.demo.story import ANSWERED, REFUSALS, Outcome
from exchange.demo.tampering import Tampering, examine, tamper
from exchange.demo.theatre import Theatre
from exchange.settlement.models import Account, Escrow, Posting
from exchange.storage.tables import Row
from ledger.encoding import b64


def report(theatre: Theatre, outcome: Outcome) -> dict[str, Any]:
    """Audit the demo, tamper with copies of it, and gather everything."""
    running = theatre.running
    database = theatre.folder / "exchange" / "exchange.db"
    log, checkpoint = running.exchange.log.verifier, running.last_signed.read()
    verified, audited = examine(database, log, checkpoint)
    tampering = tamper(database, log, checkpoint)
    with running.engine.connect() as connection:
        escrow = _escrow(connection, outcome.contract)
        balanced = _balanced(connection)
    return {
        "ledger": {
            "size": verified.size,
            "root": b64(verified.root),
            "verified": verified.ok,
        },
        "nodes": [{"name": n.name, "pid": n.pid, "rows": n.rows} for n in theatre.nodes],
        "queries": {"answered": outcome.answered, "refused": outcome.refused},
        "settlement": {"balanced": balanced, **escrow},
        "dispute": {"id": outcome.dispute, "state": outcome.dispute_state},
        "audit": {"ok": audited.ok, "rows": audited.rows},
        "tamper": _tampered(tampering),
        "history": {
            "simulated": True,
            "listings": theatre.history.listings,
            "contracts": theatre.history.contracts,
            "answered": theatre.history.answered,
        },
    }


def holds(told: dict[str, Any]) -> bool:
    """Tell whether everything that the story promises came true."""
    return bool(
        told["ledger"]["verified"]
        and told["audit"]["ok"]
        and told["settlement"]["balanced"]
        and told["tamper"]["detected"]
        and told["dispute"]["state"] == "executed"
        and told["queries"]["answered"] >= ANSWERED
        and told["queries"]["refused"] == list(REFUSALS)
    )


def _tampered(tampering: Tampering) -> dict[str, Any]:
    return {
        "detected": tampering.detected,
        "entry": tampering.ledger_named,
        "changed": tampering.changed,
        "row": tampering.row_named,
    }


def _escrow(connection: Connection, contract: str) -> dict[str, int]:
    table = Escrow.table()
    row = connection.execute(select(table).where(table.c.id == contract)).mappings().one()
    return {"captured_fen": row["captured_fen"], "refunded_fen": row["refunded_fen"]}


def _balanced(connection: Connection) -> bool:
    """Sum in SQL, apart from the code that posts: each act to zero, each account to its balance."""
    postings, accounts = _table(Posting), _table(Account)
    uneven = (
        select(postings.c.act_entry)
        .group_by(postings.c.act_entry)
        .having(func.sum(postings.c.amount_fen) != 0)
    )
    sums = (
        select(postings.c.account, func.sum(postings.c.amount_fen).label("total"))
        .group_by(postings.c.account)
        .subquery()
    )
    wrong = (
        select(accounts.c.id)
        .outerjoin(sums, sums.c.account == accounts.c.id)
        .where(func.coalesce(sums.c.total, 0) != accounts.c.balance_fen)
    )
    return not connection.execute(uneven).first() and not connection.execute(wrong).first()


def _table(model: type[Row]) -> Table:
    return model.table()
