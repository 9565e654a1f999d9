"""Assets and their appraisals."""

from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.datastructures import MultiDict

from exchange.actors import Actor, Role
from exchange.appraisals.queries import (
    AppraisalView,
    appraisal_of,
    appraisals_for_supplier,
    reasons_of,
)
from exchange.appraisals.service import Sign, sign
from exchange.assets.queries import AssetView, asset_of, papers_of
from exchange.errors import ExchangeError, InvalidError, NotFoundError
from exchange.market.queries import listings_of_asset
from exchange.web import current
from exchange.web.pages.forms import Form, fields_of, read, refused
from exchange.web.pages.menus import ActLink, offers
from exchange.web.pages.places import after
from exchange.web.pages.rendering import t
from exchange.web.pages.reports import REPORT, load_report, report_body
from exchange.web.pages.visitors import me
from exchange.web.security import check_csrf
from valuation.errors import ValuationError

BLUEPRINT = Blueprint("assets", __name__)

_STAFF = (Role.REGISTRAR, Role.OPERATOR, Role.AUDITOR)
_OF_HOLDER = ("asset.resubmit", "appraisal.request", "listing.open", "asset.cancel")
_OF_REGISTRAR = (
    "asset.accept",
    "asset.review",
    "asset.dismiss",
    "asset.return",
    "asset.reject",
)
#: Acts for which a registered asset is needed, though they do not change it.
_OF_REGISTERED = ("appraisal.request", "listing.open")


@BLUEPRINT.get("/assets/<key>")
def asset(key: str) -> str:
    """Show an asset on its way to registration, or registered."""
    actor = current.actor()
    with current.site().exchange.snapshot() as reader:
        view = asset_of(reader, actor, key)
        concerned = actor is not None and (actor.id == view.supplier or actor.may(*_STAFF))
        papers = papers_of(reader, actor, key) if actor is not None and concerned else None
        own = actor is not None and actor.id == view.supplier
        return render_template(
            "asset.html",
            asset=view,
            papers=papers,
            listings=listings_of_asset(reader, key),
            appraisals=[
                one
                for one in (appraisals_for_supplier(reader, view.supplier) if own else [])
                if one.asset == key
            ],
            links=_links(actor, view, own=own),
        )


def _links(actor: Actor | None, view: AssetView, *, own: bool) -> list[ActLink]:
    registered = _OF_REGISTERED if view.state == "registered" else ()
    if own:
        return offers(actor, _OF_HOLDER, view.id, (*view.acts, *registered), asset=view.id)
    staff = offers(actor, _OF_REGISTRAR, view.id, view.acts)
    return [*staff, *offers(actor, ("asset.object",), view.id, view.acts)]


@BLUEPRINT.get("/appraisals/<key>")
def appraisal(key: str) -> str:
    """Show an appraisal to its parties and the staff."""
    view, seen = _appraisal(key)
    with current.site().exchange.snapshot() as reader:
        reasons = reasons_of(reader, me(), key)
    kinds = ("appraisal.sign", "appraisal.decline") if me().id == view.appraiser else ()
    return render_template(
        "appraisal.html",
        appraisal=view,
        asset=seen,
        reasons=reasons,
        links=offers(me(), kinds, key, view.acts),
    )


@BLUEPRINT.get("/appraisals/<key>/sign")
def sign_form(key: str) -> str:
    """Ask an appraiser for what goes into the report; its figures follow from that."""
    current.need_role(Role.APPRAISER)
    return _sign_page(key, _sign_form(key, MultiDict()))


@BLUEPRINT.post("/appraisals/<key>/sign")
def sign_report(key: str) -> Response:
    """Draw a report up from the inputs, and sign it."""
    check_csrf()
    current.need_role(Role.APPRAISER)
    view, _ = _appraisal(key)
    try:
        report = _report(view)
        recorded = current.perform(sign, Sign(key, report))
    except ExchangeError as error:
        form, status = refused(_sign_form(key, request.form), error)
        return make_response(_sign_page(key, form), status)
    return after(recorded)


def _report(view: AppraisalView) -> dict[str, object]:
    given = load_report(read(REPORT, request.form))
    try:
        return report_body(view.asset, view.purpose, given)
    except ValuationError as error:
        field = error.field.rpartition(".")[2] if error.field else "report"
        raise InvalidError("appraisal.report", error.text, {field: "field.range"}) from error


def _appraisal(key: str) -> tuple[AppraisalView, AssetView | None]:
    with current.site().exchange.snapshot() as reader:
        view = appraisal_of(reader, me(), key)
        try:
            return view, asset_of(reader, me(), view.asset)
        except NotFoundError:
            return view, None


def _sign_form(key: str, typed: "MultiDict[str, str]") -> Form:
    fields = fields_of(REPORT, typed, {})
    return Form(f"/appraisals/{key}/sign", fields, t("计算并签署"), back=f"/appraisals/{key}")


def _sign_page(key: str, form: Form) -> str:
    view, seen = _appraisal(key)
    return render_template("appraisal_sign.html", appraisal=view, asset=seen, form=form)
