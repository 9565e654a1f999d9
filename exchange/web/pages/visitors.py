"""What every page knows of its visitor: name, desks, and the act just done."""

from flask import request

from exchange.actors import Actor
from exchange.acts.participants import Participant
from exchange.web import current
from exchange.web.pages.log_reads import Line, line_of

#: The desk of each role, by role; an auditor reads the operator's.
DESKS = {
    "supplier": "supplier",
    "buyer": "buyer",
    "registrar": "registrar",
    "appraiser": "appraiser",
    "arbitrator": "arbitrator",
    "clearer": "clearing",
    "operator": "ops",
    "auditor": "ops",
}


def me() -> Actor:
    """Return who is logged in.

    Raises:
        ExchangeError: nobody is (`session.missing`).
    """
    current.logged_in()
    actor = current.actor()
    assert actor is not None, "somebody is logged in"
    return actor


def my_name() -> str:
    """Return the name of who is logged in; empty for nobody."""
    actor = current.actor()
    if actor is None:
        return ""
    with current.site().exchange.snapshot() as reader:
        row = reader.get(Participant, actor.id)
        return actor.id if row is None else row.name


def my_desks() -> list[str]:
    """List the desks of who is logged in, in the order of the roles."""
    actor = current.actor()
    roles = frozenset() if actor is None else actor.roles
    return list(dict.fromkeys(desk for role, desk in DESKS.items() if role in roles))


def just_done() -> Line | None:
    """Return the entry that `?entry=` names, if the visitor is who made it."""
    actor, wanted = current.actor(), request.args.get("entry", "")
    if actor is None or not (wanted.isascii() and wanted.isdigit()):
        return None
    with current.site().exchange.snapshot() as reader:
        line = line_of(reader, int(wanted))
    return line if line is not None and line.actor == actor.id else None
