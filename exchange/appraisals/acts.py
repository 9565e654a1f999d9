"""What the acts about appraisals do to the rows."""

from exchange.actors import Role
from exchange.acts.kinds import ActKind, Fact
from exchange.appraisals.models import Appraisal
from exchange.appraisals.ownership import (
    check_appraiser,
    check_registered,
    commission_of,
    commissioned,
)
from exchange.appraisals.rules import check_expiry, check_purpose, checked_report
from exchange.assets.ownership import own_asset
from exchange.clock import from_iso
from exchange.errors import ConflictError, InvalidError
from exchange.storage.deadlines import check_due
from exchange.storage.store import Writer, require
from ledger.encoding import b64


def _request(writer: Writer, fact: Fact) -> None:
    asset = own_asset(writer, fact.actor, str(fact.body["asset"]))
    check_registered(asset)
    appraiser, purpose = str(fact.body["appraiser"]), str(fact.body["purpose"])
    check_appraiser(writer, fact.actor, appraiser)
    check_purpose(purpose)
    writer.add(
        Appraisal(
            id=str(fact.body["appraisal"]),
            asset=asset.id,
            supplier=fact.actor,
            appraiser=appraiser,
            purpose=purpose,
            requested=fact.leaf_hash,
            requested_at=fact.received_at,
        )
    )


def _sign(writer: Writer, fact: Fact) -> None:
    appraisal = commissioned(writer, fact.actor, str(fact.body["appraisal"]))
    if fact.body["requested"] != b64(appraisal.requested):
        raise ConflictError("appraisal.requested", "the act names another request")
    report = checked_report(fact.body["report"], commission_of(writer, appraisal), fact.received_at)
    if fact.body["value_fen"] != report.value_fen:
        raise InvalidError("appraisal.value", "the value is not the report's")
    expires_at = from_iso(str(fact.body["expires_at"]))
    check_expiry(expires_at, report.assignment.valuation_date, fact.received_at)
    writer.advance(
        appraisal,
        fact.kind,
        due_at=expires_at,
        report=report.to_body(),
        value_fen=report.value_fen,
        expires_at=expires_at,
    )


def _decline(writer: Writer, fact: Fact) -> None:
    appraisal = commissioned(writer, fact.actor, str(fact.body["appraisal"]))
    writer.advance(appraisal, fact.kind, reasons=str(fact.body["reasons"]))


def _expire(writer: Writer, fact: Fact) -> None:
    appraisal = require(writer, Appraisal, str(fact.body["appraisal"]))
    appraisal.lifecycle.target(fact.kind, appraisal.state)
    check_due(writer, appraisal, fact.received_at)
    writer.advance(appraisal, fact.kind)


_SIGNED = ("appraisal", "requested", "report", "value_fen", "expires_at")

ACTS = (
    ActKind(
        "appraisal.request",
        (Role.SUPPLIER,),
        ("appraisal", "asset", "appraiser", "purpose"),
        _request,
    ),
    ActKind("appraisal.sign", (Role.APPRAISER,), _SIGNED, _sign),
    ActKind("appraisal.decline", (Role.APPRAISER,), ("appraisal", "reasons"), _decline),
    ActKind("appraisal.expire", (Role.OPERATOR,), ("appraisal",), _expire),
)

TABLES = (Appraisal,)
