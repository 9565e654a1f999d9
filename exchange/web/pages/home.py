"""The first page, the rules, the statistics and the API in words."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, render_template
from flask_smorest import Api

from exchange.assets.queries import public_notices
from exchange.market.queries import open_listings, open_requests, tariff_now
from exchange.settlement.queries import position
from exchange.settlement.rules import FOUR_EYES_FEN
from exchange.web import current
from exchange.web.pages import log_reads
from exchange.web.pages.charts import bars_of

BLUEPRINT = Blueprint("home", __name__)

_LATEST = 6


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API as the page shows it."""

    method: str
    path: str
    summary: str
    fields: tuple[str, ...]


@BLUEPRINT.get("/")
def home() -> str:
    """Show what this is, what happened so far, and where to begin."""
    with current.site().exchange.snapshot() as reader:
        return render_template(
            "home.html",
            counts=log_reads.counts(),
            head=log_reads.head(),
            listings=open_listings(reader)[:_LATEST],
            requests=open_requests(reader)[:_LATEST],
            notices=public_notices(reader)[:_LATEST],
            simulated=log_reads.has_simulated(),
        )


@BLUEPRINT.get("/rules")
def rules() -> str:
    """Show the rules in words, with the tariff in force."""
    with current.site().exchange.snapshot() as reader:
        return render_template("rules.html", tariff=tariff_now(reader), four_eyes_fen=FOUR_EYES_FEN)


@BLUEPRINT.get("/stats")
def stats() -> str:
    """Show counts and charts, all computed from ledger and books now."""
    with current.site().exchange.snapshot() as reader:
        money = position(reader)
    deals, answers = log_reads.days_of("contract.accept"), log_reads.days_of("answer.receipt")
    return render_template(
        "stats.html",
        counts=log_reads.counts(),
        money=money,
        deals=deals,
        answers=answers,
        deal_bars=bars_of(deals),
        answer_bars=bars_of(answers),
    )


@BLUEPRINT.get("/api")
def api() -> str:
    """Show the API from its own OpenAPI document."""
    extension = current_app.extensions["flask-smorest"]
    document = _document(extension)
    return render_template("api.html", operations=operations(document), info=document["info"])


def operations(document: dict[str, Any]) -> list[Operation]:
    """List the operations of an OpenAPI document, by path and method."""
    schemas = document.get("components", {}).get("schemas", {})
    return [
        Operation(method.upper(), path, str(each.get("summary", "")), _inputs(each, schemas))
        for path, methods in sorted(document["paths"].items())
        for method, each in sorted(methods.items())
        if isinstance(each, dict) and "responses" in each
    ]


def _inputs(operation: dict[str, Any], schemas: dict[str, Any]) -> tuple[str, ...]:
    names = [str(item["name"]) for item in operation.get("parameters", []) if "name" in item]
    content = operation.get("requestBody", {}).get("content", {})
    for body in content.values():
        reference = str(body.get("schema", {}).get("$ref", ""))
        names += schemas.get(reference.rpartition("/")[2], {}).get("properties", {})
    return tuple(dict.fromkeys(names))


def _document(extension: Any) -> dict[str, Any]:
    api: Api = extension["apis"][""]["ext_obj"]
    document: dict[str, Any] = api.spec.to_dict()
    return document
