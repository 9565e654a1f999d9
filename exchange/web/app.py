"""Making the Flask app of a site."""

from pathlib import Path

from flask import Flask
from flask_smorest import Api

import exchange
from exchange.web import current
from exchange.web.api import BLUEPRINTS as API_BLUEPRINTS
from exchange.web.errors import register_errors
from exchange.web.ledger import BLUEPRINT as LEDGER
from exchange.web.openapi import API_OPTIONS, describe_field
from exchange.web.pages import BLUEPRINTS as PAGE_BLUEPRINTS
from exchange.web.security import protect
from exchange.web.site import Site

#: Largest request body in bytes: room for an act of the greatest size in JSON.
MAX_BODY = 64 * 1024

_PACKAGE = Path(exchange.__file__).parent


def create_app(site: Site) -> Flask:
    """Return the app that serves a site: pages, the JSON API, and the ledger's files."""
    app = Flask(
        __name__,
        template_folder=str(_templates()),
        static_folder=str(_PACKAGE / "static"),
        static_url_path="/static",
    )
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY, MAX_FORM_MEMORY_SIZE=MAX_BODY, **API_OPTIONS)
    current.keep_site(app.extensions, site)
    protect(app)
    api = Api(app)
    api.ma_plugin.converter.add_attribute_function(describe_field)
    for blueprint in API_BLUEPRINTS:
        api.register_blueprint(blueprint)
    app.register_blueprint(LEDGER)
    for page in PAGE_BLUEPRINTS:
        app.register_blueprint(page)
    register_errors(app)
    return app


def _templates() -> Path:
    """Return the templates of a checkout, or those that a wheel carries."""
    inside = _PACKAGE / "_templates"
    return inside if inside.is_dir() else _PACKAGE.parent / "templates"
