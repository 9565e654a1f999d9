"""Grants and questions: what may be asked, asking it, and the answer fetched from the node now."""

import re
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from werkzeug.datastructures import MultiDict

from exchange.actors import Actor
from exchange.assets.models import Asset
from exchange.assets.queries import node_of
from exchange.disputes.queries import DisputeView, disputes_of
from exchange.errors import ExchangeError, InvalidError
from exchange.grants.asking import Asked
from exchange.grants.queries import GrantView, QuestionView, grant_of, question_of, questions_of
from exchange.grants.service import Reserve
from exchange.grants.states import QuestionState
from exchange.ids import new_id
from exchange.settlement.queries import capture_of
from exchange.storage.store import Reader, require
from exchange.web import current
from exchange.web.asking_here import ask_here, fetch_answer
from exchange.web.errors import Problem, problem_of
from exchange.web.pages.forms import Choice, FormField
from exchange.web.pages.log_reads import CheckedEntry, checked_leaf
from exchange.web.pages.menus import offers
from exchange.web.pages.places import see_other
from exchange.web.pages.rendering import t, term
from exchange.web.pages.visitors import me
from exchange.web.pages.ways_back import way_to
from exchange.web.security import check_csrf

BLUEPRINT = Blueprint("questions", __name__)

#: A parameter's place; quoted texts match too, without a name, so that they stay as they are.
_PLACE = re.compile(r"'(?:[^']|'')*'|(?<![:\w]):([A-Za-z_]\w*)", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,9})?", re.ASCII)
_PLAIN = {"integer", "decimal"}
_QUOTED = {"text": "'{}'", "date": "DATE '{}'", "timestamp": "TIMESTAMP '{}'"}


@dataclass(frozen=True, slots=True)
class Template:
    """An approved analysis as the query page offers it, with the fields of its parameters."""

    body: dict[str, Any]
    fields: tuple[FormField, ...]
    chosen: bool


@BLUEPRINT.get("/grants/<key>")
def grant(key: str) -> str:
    """Show a grant to its parties, with the questions asked under it."""
    actor = me()
    with current.site().exchange.snapshot() as reader:
        view = grant_of(reader, key, actor.id)
        kinds = ("grant.revoke",) if actor.id == view.supplier else ()
        return render_template(
            "grant.html",
            grant=view,
            asset_page=way_to(reader, actor, "asset", view.asset),
            node=node_of(reader, view.node),
            analyses=_analyses(reader, view),
            questions=questions_of(reader, key, actor.id),
            mine=actor.id == view.buyer,
            links=offers(actor, kinds if view.state == "active" else (), key),
        )


@BLUEPRINT.get("/grants/<key>/ask")
def ask_form(key: str) -> str:
    """Let the buyer choose an approved analysis, or type SQL; says what a question costs."""
    return _ask_page(key, request.args, None)


@BLUEPRINT.post("/grants/<key>/ask")
def ask_now(key: str) -> Response:
    """Ask a question and go to its page; a refusal by the node is told there too."""
    check_csrf()
    actor = me()
    question = request.form.get("question", "")
    try:
        with current.site().exchange.snapshot() as reader:
            sql = _sql(_analyses(reader, grant_of(reader, key, actor.id)))
        ask_here(Reserve(question, key, sql))
    except ExchangeError as error:
        problem = problem_of(error)
        return make_response(_ask_page(key, request.form, problem), problem.status)
    return see_other(f"/questions/{question}")


@BLUEPRINT.get("/questions/<key>")
def question(key: str) -> str:
    """Show a question; its buyer sees the answer, fetched from the node's journal now."""
    actor = me()
    with current.site().exchange.snapshot() as reader:
        view = question_of(reader, key, actor.id)
        granted = grant_of(reader, view.grant, actor.id)
        asset_page = way_to(reader, actor, "asset", granted.asset)
        cost = capture_of(reader, key)
        ticket = checked_leaf(reader, view.ticket)
        receipt = None if view.receipt is None else checked_leaf(reader, view.receipt)
        disputes = [one for one in disputes_of(reader, actor.id) if one.question == key]
    answer, problem = _fetched(actor, view)
    return render_template(
        "question.html",
        question=view,
        grant=granted,
        asset_page=asset_page,
        cost=cost,
        proofs=_proofs(ticket, receipt),
        answer=answer,
        problem=problem,
        disputes=disputes,
        links=_dispute_links(actor, view, disputes),
    )


def _dispute_links(actor: Actor, view: QuestionView, disputes: list[DisputeView]) -> list[Any]:
    answered = view.state is QuestionState.ANSWERED and actor.id == view.buyer
    over = all(one.state in {"executed", "withdrawn"} for one in disputes)
    return offers(actor, ("dispute.file",) if answered and over else (), question=view.id)


def _fetched(actor: Actor, view: QuestionView) -> tuple[Asked | None, Problem | None]:
    """Fetch an answered question's answer for its buyer; a node that is down is told, not hidden."""
    if view.state is not QuestionState.ANSWERED or actor.id != view.buyer or view.sql is None:
        return None, None
    try:
        return fetch_answer(view.id), None
    except ExchangeError as error:
        return None, problem_of(error)


def _proofs(*entries: CheckedEntry | None) -> list[CheckedEntry]:
    return [entry for entry in entries if entry is not None]


def _ask_page(key: str, typed: "MultiDict[str, str]", problem: Problem | None) -> str:
    actor = me()
    with current.site().exchange.snapshot() as reader:
        view = grant_of(reader, key, actor.id)
        analyses = _analyses(reader, view)
        node = node_of(reader, view.node)
    faults = {} if problem is None else problem.errors
    return render_template(
        "ask.html",
        grant=view,
        node=node,
        mine=actor.id == view.buyer,
        templates=[_template(body, typed, faults) for body in analyses],
        sql=FormField(
            "sql",
            t("SQL 查询"),
            "code",
            value=typed.get("sql", ""),
            hint=t("只有与某个已批准分析同形的查询会被回答；其余按形状拒绝，不收费。"),
            fault=faults.get("sql", ""),
            most=16_384,
        ),
        problem=problem,
        question=_fresh_id(typed, problem),
    )


def _fresh_id(typed: "MultiDict[str, str]", problem: Problem | None) -> str:
    """Return the id to ask under: the one that was refused before it became a question, or new."""
    kept = typed.get("question", "")
    if problem is not None and problem.status == 422 and kept:  # noqa: PLR2004 - invalid input
        return kept
    return new_id(current.site().ids, "q")


def _analyses(reader: Reader, view: GrantView) -> list[dict[str, Any]]:
    described = require(reader, Asset, view.asset).description["analyses"]
    return [analysis for analysis in described if analysis["id"] in view.analyses]


def _template(
    body: dict[str, Any], typed: "MultiDict[str, str]", faults: dict[str, str]
) -> Template:
    return Template(
        body,
        tuple(_parameter(body["id"], each, typed, faults) for each in body["parameters"]),
        typed.get("analysis") == body["id"],
    )


def _parameter(
    analysis: str, each: dict[str, Any], typed: "MultiDict[str, str]", faults: dict[str, str]
) -> FormField:
    name = f"{analysis}.{each['name']}"
    values = each.get("values") or ()
    least, most = each.get("least"), each.get("most")
    span = t("从 {least} 到 {most}", least=least, most=most) if least is not None else ""
    return FormField(
        name=name,
        label=str(each["name"]),
        kind="select" if values else "text",
        value=typed.get(name, ""),
        choices=tuple(Choice(str(value), str(value)) for value in values),
        hint=span or term(f"type.{each['type']}"),
        fault=faults.get(name, ""),
        numeric=each["type"] in _PLAIN,
    )


def _sql(analyses: list[dict[str, Any]]) -> str:
    """Return the text to ask: what was typed, or a chosen analysis with its parameters filled in.

    Raises:
        InvalidError: the analysis is not of this grant, or a parameter lacks a value.
    """
    wanted = request.form.get("analysis", "")
    if not wanted:
        return request.form.get("sql", "").replace("\r\n", "\n").strip()
    for analysis in analyses:
        if analysis["id"] == wanted:
            return filled(analysis, request.form)
    raise InvalidError("request.fields", "no such analysis", {"analysis": "field.choice"})


def filled(analysis: dict[str, Any], typed: "MultiDict[str, str]") -> str:
    """Write an analysis's SQL with literals in the places of its parameters.

    Raises:
        InvalidError: a value is missing or is not of its parameter's type.
    """
    types = {str(each["name"]): str(each["type"]) for each in analysis["parameters"]}
    faults: dict[str, str] = {}

    def literal(match: re.Match[str]) -> str:
        name = match[1]
        if name not in types:
            return match[0]
        value = typed.get(f"{analysis['id']}.{name}", "").strip()
        written = literal_of(types[name], value)
        if written is None:
            faults[f"{analysis['id']}.{name}"] = "field.invalid" if value else "field.required"
            return match[0]
        return written

    sql = _PLACE.sub(literal, str(analysis["sql"]).strip())
    if faults:
        raise InvalidError("request.fields", "some parameters are wrong", faults)
    return sql


def literal_of(type_name: str, value: str) -> str | None:
    """Write a typed value as an SQL literal; None if it is not of that type or empty."""
    if not value or not value.isprintable():
        return None
    if type_name in _PLAIN:
        return value if _NUMBER.fullmatch(value) else None
    if type_name == "boolean":
        return value.upper() if value.lower() in {"true", "false"} else None
    return _QUOTED[type_name].format(value.replace("'", "''"))
