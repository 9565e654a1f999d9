"""The site's pages: rendered on the server, usable without any script."""

from exchange.web.pages import (
    accounts,
    assets,
    catalog,
    dealing,
    desks,
    disputes,
    doing,
    home,
    log,
    questions,
    statements,
)
from exchange.web.pages.rendering import register_words

BLUEPRINTS = (
    home.BLUEPRINT,
    catalog.BLUEPRINT,
    log.BLUEPRINT,
    accounts.BLUEPRINT,
    desks.BLUEPRINT,
    assets.BLUEPRINT,
    dealing.BLUEPRINT,
    questions.BLUEPRINT,
    disputes.BLUEPRINT,
    statements.BLUEPRINT,
    doing.BLUEPRINT,
)

register_words(home.BLUEPRINT)
