"""What pages and the API show about appraisals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from exchange.actors import Actor, Role
from exchange.acts.ledger_tables import Payload
from exchange.acts.participants import Participant
from exchange.appraisals.models import Appraisal
from exchange.appraisals.states import AppraisalState
from exchange.errors import NotFoundError
from exchange.storage.store import Reader, require

_STAFF = (Role.REGISTRAR, Role.OPERATOR, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class AppraisalView:
    """An appraisal; report, value and expiry are None until it is signed."""

    id: str
    asset: str
    supplier: str
    appraiser: str
    appraiser_name: str
    purpose: str
    state: AppraisalState
    acts: tuple[str, ...]
    requested_at: datetime
    report: dict[str, Any] | None
    value_fen: int | None
    expires_at: datetime | None
    entry: int


def appraisal_of(reader: Reader, actor: Actor, key: str) -> AppraisalView:
    """Return an appraisal for its two parties and the staff.

    Raises:
        NotFoundError: there is none that concerns the actor (`appraisal.unknown`).
    """
    return _view(reader, _concerning(reader, actor, key))


def reasons_of(reader: Reader, actor: Actor, key: str) -> str | None:
    """Return why an appraisal was declined; None if it was not, or the text is erased.

    Raises:
        NotFoundError: there is none that concerns the actor (`appraisal.unknown`).
    """
    commitment = _concerning(reader, actor, key).reasons
    payload = None if commitment is None else reader.get(Payload, commitment)
    return None if payload is None else payload.text


def appraisals_for_supplier(reader: Reader, supplier: str) -> list[AppraisalView]:
    """List what a supplier has asked for, latest first."""
    return _views(reader, reader.find(Appraisal, supplier=supplier))


def appraisals_for_appraiser(reader: Reader, appraiser: str) -> list[AppraisalView]:
    """List what an appraiser was asked for, latest first."""
    return _views(reader, reader.find(Appraisal, appraiser=appraiser))


def valid_appraisals(reader: Reader, asset: str, at: datetime) -> list[AppraisalView]:
    """List the signed appraisals of an asset that hold at a moment, latest first."""
    rows = reader.find(Appraisal, asset=asset)
    return _views(reader, [row for row in rows if is_valid(row, at)])


def is_valid(row: Appraisal, at: datetime) -> bool:
    """Tell whether an appraisal is signed and holds at a moment, swept or not."""
    return row.state is AppraisalState.SIGNED and row.expires_at is not None and at < row.expires_at


def _concerning(reader: Reader, actor: Actor, key: str) -> Appraisal:
    row = require(reader, Appraisal, key)
    if actor.id not in (row.supplier, row.appraiser) and not actor.may(*_STAFF):
        raise NotFoundError("appraisal.unknown", "there is no such appraisal")
    return row


def _views(reader: Reader, rows: Iterable[Appraisal]) -> list[AppraisalView]:
    latest_first = sorted(rows, key=lambda row: row.requested_at, reverse=True)
    return [_view(reader, row) for row in latest_first]


def _view(reader: Reader, row: Appraisal) -> AppraisalView:
    return AppraisalView(
        id=row.id,
        asset=row.asset,
        supplier=row.supplier,
        appraiser=row.appraiser,
        appraiser_name=require(reader, Participant, row.appraiser).name,
        purpose=row.purpose,
        state=row.state,
        acts=row.lifecycle.acts(row.state),
        requested_at=row.requested_at,
        report=row.report,
        value_fen=row.value_fen,
        expires_at=row.expires_at,
        entry=row.entry,
    )
