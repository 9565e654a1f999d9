"""One's own money: accounts and every movement on them."""

from flask import Blueprint, render_template, request

from exchange.settlement.queries import accounts_of, payouts_of, statement
from exchange.web import current
from exchange.web.pages.visitors import me

BLUEPRINT = Blueprint("statements", __name__)


@BLUEPRINT.get("/statement")
def accounts() -> str:
    """Show one's own accounts, and the movements of the one that `?account=` names.

    Raises:
        NotFoundError: the account is another's, or there is none.
    """
    actor = me()
    with current.site().exchange.snapshot() as reader:
        views = accounts_of(reader, actor.id)
        chosen = request.args.get("account") or views[0].name
        return render_template(
            "statement.html",
            accounts=views,
            chosen=chosen,
            lines=statement(reader, actor, chosen),
            payouts=payouts_of(reader, actor.id),
        )
