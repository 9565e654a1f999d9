"""Deciding about appraisals: who is asked, what may be signed, how long it holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exchange.actors import Role
from exchange.acts.unit_of_work import Decision, Service, UnitOfWork
from exchange.appraisals.models import Appraisal
from exchange.appraisals.ownership import (
    check_appraiser,
    check_registered,
    commission_of,
    commissioned,
)
from exchange.appraisals.rules import check_expiry, check_purpose, checked_report, validity_end
from exchange.appraisals.states import APPRAISAL
from exchange.assets.ownership import own_asset
from exchange.assets.rules import checked_text
from exchange.clock import iso
from exchange.storage.deadlines import check_due
from ledger.encoding import b64


@dataclass(frozen=True, slots=True)
class RequestAppraisal:
    """A wish to have a registered asset appraised; `purpose` is one of the valuation's."""

    asset: str
    appraiser: str
    purpose: str


@dataclass(frozen=True, slots=True)
class Sign:
    """An appraiser's wish to sign; `report` is the body of a valuation report."""

    appraisal: str
    report: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Decline:
    """An appraiser's wish not to appraise, and why."""

    appraisal: str
    reasons: str


def request_appraisal(uow: UnitOfWork, wish: RequestAppraisal) -> Decision:
    """Ask an appraiser for the value of one's own registered asset.

    Raises:
        NotFoundError: the asset is not the actor's, or there is no such appraiser.
        ConflictError: the asset is not registered.
        ForbiddenError: the appraiser is the supplier itself.
        InvalidError: the purpose is unknown.
    """
    uow.need_role(Role.SUPPLIER)
    asset = own_asset(uow.reader, uow.actor.id, wish.asset)
    check_registered(asset)
    check_appraiser(uow.reader, uow.actor.id, wish.appraiser)
    check_purpose(wish.purpose)
    appraisal = uow.new_id("appraisal")
    body = {
        "appraisal": appraisal,
        "asset": asset.id,
        "appraiser": wish.appraiser,
        "purpose": wish.purpose,
    }
    return Decision("appraisal.request", body, appraisal)


def sign(uow: UnitOfWork, wish: Sign) -> Decision:
    """Sign a report whose every figure follows from its inputs; it holds a year from its date.

    Raises:
        NotFoundError: nobody asked the actor for this appraisal.
        ConflictError: it is signed or declined already.
        InvalidError: the report cannot be recomputed, is about something else, or has run out.
    """
    uow.need_role(Role.APPRAISER)
    appraisal = commissioned(uow.reader, uow.actor.id, wish.appraisal)
    APPRAISAL.target("appraisal.sign", appraisal.state)
    report = checked_report(wish.report, commission_of(uow.reader, appraisal), uow.now)
    expires_at = validity_end(report.assignment.valuation_date)
    check_expiry(expires_at, report.assignment.valuation_date, uow.now)
    body = {
        "appraisal": appraisal.id,
        "requested": b64(appraisal.requested),
        "report": report.to_body(),
        "value_fen": report.value_fen,
        "expires_at": iso(expires_at),
    }
    return Decision("appraisal.sign", body, appraisal.id)


def decline(uow: UnitOfWork, wish: Decline) -> Decision:
    """Decline a request, with reasons.

    Raises:
        NotFoundError: nobody asked the actor for this appraisal.
        InvalidError: no reasons are given.
    """
    uow.need_role(Role.APPRAISER)
    appraisal = commissioned(uow.reader, uow.actor.id, wish.appraisal)
    reasons = uow.commit(checked_text("appraisal.reasons", "reasons", wish.reasons))
    body = {"appraisal": appraisal.id, "reasons": reasons.id}
    return Decision("appraisal.decline", body, appraisal.id, (reasons,))


def expire(uow: UnitOfWork, wish: str) -> Decision:
    """End an appraisal whose year is over.

    Raises:
        ConflictError: it still holds (`deadline.early`), or is not signed.
    """
    uow.need_role(Role.OPERATOR)
    appraisal = uow.require(Appraisal, wish)
    APPRAISAL.target("appraisal.expire", appraisal.state)
    check_due(uow.reader, appraisal, uow.now)
    return Decision("appraisal.expire", {"appraisal": appraisal.id}, appraisal.id)


#: Which service does the act of a timer.
TIMED: dict[str, Service[str]] = {"appraisal.expire": expire}
