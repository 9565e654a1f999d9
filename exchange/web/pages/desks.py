"""One desk for each role: what waits for whom until when, what is theirs, what they can do now."""

from contextlib import AbstractContextManager

from flask import Blueprint, render_template

from exchange.actors import Actor, Role
from exchange.storage.store import Reader
from exchange.web import current
from exchange.web.pages import desk_money, desk_staff, desk_trade
from exchange.web.pages.desk_items import Desk
from exchange.web.pages.menus import offers

BLUEPRINT = Blueprint("desks", __name__)


@BLUEPRINT.get("/supplier")
def supplier() -> str:
    """Show a supplier's desk."""
    actor = current.need_role(Role.SUPPLIER)
    with _reader() as reader:
        return _page("supplier", desk_trade.supplier(reader, actor), actor, _SUPPLIER)


@BLUEPRINT.get("/buyer")
def buyer() -> str:
    """Show a buyer's desk."""
    actor = current.need_role(Role.BUYER)
    with _reader() as reader:
        return _page("buyer", desk_trade.buyer(reader, actor), actor, ("request.post",))


@BLUEPRINT.get("/registrar")
def registrar() -> str:
    """Show a registrar's desk."""
    actor = current.need_role(Role.REGISTRAR)
    with _reader() as reader:
        return _page("registrar", desk_staff.registrar(reader), actor, ())


@BLUEPRINT.get("/appraiser")
def appraiser() -> str:
    """Show an appraiser's desk."""
    actor = current.need_role(Role.APPRAISER)
    with _reader() as reader:
        return _page("appraiser", desk_staff.appraiser(reader, actor), actor, ())


@BLUEPRINT.get("/arbitrator")
def arbitrator() -> str:
    """Show an arbitrator's desk."""
    actor = current.need_role(Role.ARBITRATOR)
    with _reader() as reader:
        return _page("arbitrator", desk_staff.arbitrator(reader, actor), actor, ())


@BLUEPRINT.get("/clearing")
def clearing() -> str:
    """Show a clearer's desk."""
    actor = current.need_role(Role.CLEARER)
    with _reader() as reader:
        desk = desk_money.clearing(reader)
        return _page("clearing", desk, actor, ("deposit.confirm", "payout.send"))


@BLUEPRINT.get("/ops")
def ops() -> str:
    """Show the operator's desk, to the auditor too."""
    actor = current.need_role(Role.OPERATOR, Role.AUDITOR)
    with _reader() as reader:
        desk = desk_staff.ops(reader, current.site().exchange.clock.now())
        return _page("ops", desk, actor, ("settlement.close", "tariff.set"))


_SUPPLIER = ("asset.apply", "appraisal.request", "listing.open")


def _reader() -> AbstractContextManager[Reader]:
    return current.site().exchange.snapshot()


def _page(name: str, desk: Desk, actor: Actor, kinds: tuple[str, ...]) -> str:
    return render_template("desk.html", name=name, desk=desk, links=offers(actor, kinds))
