"""Disputes: claim, reply, evidence checked anew, award."""

from dataclasses import dataclass

from flask import Blueprint, render_template

from exchange.actors import Actor, Role
from exchange.disputes.models import Dispute
from exchange.disputes.queries import DisputeView, Exhibit, dispute_of, exhibits
from exchange.settlement.queries import capture_of
from exchange.storage.store import Reader, require
from exchange.web import current
from exchange.web.pages.log_reads import CheckedEntry, checked_entry, name_of
from exchange.web.pages.menus import ActLink, offers
from exchange.web.pages.visitors import me
from ledger.encoding import b64

BLUEPRINT = Blueprint("disputes", __name__)


@dataclass(frozen=True, slots=True)
class Checked:
    """An exhibit, what checking it now showed, and whether the award cites it."""

    exhibit: Exhibit
    entry: CheckedEntry
    cited: bool


@BLUEPRINT.get("/disputes/<key>")
def dispute(key: str) -> str:
    """Show a dispute to its parties and its arbitrator, alike."""
    actor = me()
    with current.site().exchange.snapshot() as reader:
        view = dispute_of(reader, key, actor.id)
        return render_template(
            "dispute.html",
            dispute=view,
            names={
                who: name_of(reader, who)
                for who in (view.claimant, view.respondent, view.arbitrator or "")
            },
            cost=capture_of(reader, view.question),
            evidence=_evidence(reader, view, actor.id),
            links=_links(actor, view),
        )


@BLUEPRINT.get("/ops/disputes/<key>")
def case(key: str) -> str:
    """Show the operator the state of a dispute, without what the parties wrote."""
    actor = current.need_role(Role.OPERATOR, Role.AUDITOR)
    with current.site().exchange.snapshot() as reader:
        row = require(reader, Dispute, key)
        kinds = ("dispute.assign", "award.execute")
        return render_template(
            "case.html",
            case=row,
            names={who: name_of(reader, who) for who in (row.claimant, row.respondent)},
            arbitrator=None if row.arbitrator is None else name_of(reader, row.arbitrator),
            links=offers(actor, kinds, key, row.lifecycle.acts(row.state)),
        )


def _links(actor: Actor, view: DisputeView) -> list[ActLink]:
    possible = Dispute.lifecycle.acts(view.state)
    kinds = [
        kind
        for part, kind in (
            (view.respondent, "dispute.answer"),
            (view.arbitrator, "award.make"),
            (view.claimant, "dispute.withdraw"),
        )
        if part == actor.id
    ]
    return offers(actor, kinds, view.id, possible)


def _evidence(reader: Reader, view: DisputeView, viewer: str) -> list[Checked]:
    return [
        Checked(
            exhibit, checked_entry(reader, exhibit.index), b64(exhibit.leaf_hash) in view.evidence
        )
        for exhibit in exhibits(reader, view.id, viewer)
    ]
