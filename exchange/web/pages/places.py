"""Where a thing's page is, by the act that was done about it."""

from flask import Response, make_response, redirect

from exchange.acts.sequencer import Recorded

_PLACES = {
    "key": "/account",
    "party": "/suppliers/{}",
    "node": "/supplier",
    "asset": "/assets/{}",
    "appraisal": "/appraisals/{}",
    "listing": "/products/{}",
    "request": "/requests/{}",
    "match": "/requests/{}",
    "contract": "/contracts/{}",
    "escrow": "/contracts/{}",
    "grant": "/grants/{}",
    "question": "/questions/{}",
    "dispute": "/disputes/{}",
    "award": "/disputes/{}",
    "tariff": "/rules",
    "deposit": "/clearing",
    "payout": "/clearing",
    "settlement": "/ops",
}


def place_of(kind: str, key: str) -> str:
    """Return the path of the page about the subject of an act."""
    return _PLACES.get(kind.split(".", maxsplit=1)[0], "/").format(key)


def see_other(path: str) -> Response:
    """Send the reader on to another page (303), so that reloading repeats nothing."""
    return make_response(redirect(path, 303))


def after(recorded: Recorded, place: str | None = None) -> Response:
    """Send somebody who has just acted to the thing's page, which names the entry.

    `place` is that page's path; None takes the one of the act's kind.
    """
    path = place_of(recorded.kind, recorded.key) if place is None else place
    return see_other(f"{path}?entry={recorded.index}")
