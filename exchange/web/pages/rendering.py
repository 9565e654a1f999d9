"""What templates can say: words in the reader's language, money, times, digests, the visitor."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, request
from flask.blueprints import BlueprintSetupState
from markupsafe import Markup, escape

from exchange.money import yuan
from exchange.web import current
from exchange.web.pages.marks import is_simulated
from exchange.web.pages.visitors import just_done, my_desks, my_name
from exchange.web.security import csrf_token
from exchange.web.texts import text_of
from exchange.web.words import english, term_of
from exchange.web.words.terms import TERMS
from exchange.working_days import SHANGHAI
from ledger.encoding import b64

_HAN = re.compile(r"[\u3400-\u9fff]")
_PPM_PER_TENTH = 1_000

#: How a state looks: done well, waiting for somebody, gone wrong; all others are simply over.
_TONES = {
    "good": {
        "asset.registered",
        "appraisal.signed",
        "listing.open",
        "request.open",
        "contract.funded",
        "grant.active",
        "question.answered",
        "dispute.executed",
        "payout.paid",
        "node.bound",
        "participant.admitted",
    },
    "wait": {
        "asset.applied",
        "asset.accepted",
        "asset.notice",
        "asset.returned",
        "asset.frozen",
        "appraisal.requested",
        "contract.offered",
        "contract.signed",
        "question.reserved",
        "dispute.filed",
        "dispute.answered",
        "dispute.unanswered",
        "dispute.assigned",
        "dispute.awarded",
        "payout.sent",
        "node.unbound",
        "participant.joined",
    },
    "bad": {
        "asset.rejected",
        "appraisal.declined",
        "contract.declined",
        "grant.revoked",
        "question.refused",
        "question.voided",
        "payout.failed",
        "participant.suspended",
    },
}


def t(chinese: str, **values: object) -> str:
    """Return a text of the pages in the reader's language, with `{name}` places filled."""
    text = chinese if current.language() == "zh" else english(chinese)
    if any(isinstance(value, Markup) for value in values.values()):
        return escape(text).format(**values)
    return text.format(**values) if values else text


def term(code: str) -> str:
    """Return the word for a code, such as `asset.notice` or `role.buyer`."""
    return term_of(code, current.language())


def title_of(thing: Any) -> Markup:
    """Return the title of a thing in the reader's language, marked where it has it in none."""
    chinese, inner = _member(thing, "title_zh"), _member(thing, "title_en")
    if not chinese and not inner:
        return Markup("<span>{}</span>").format(_member(thing, "title") or "")
    if current.language() == "en" and inner:
        return escape(inner)
    return escape(chinese) if current.language() == "zh" else chinese_text(chinese)


def title_text(thing: Any) -> str:
    """Return the title of a thing in the reader's language, as plain text."""
    chinese, inner = _member(thing, "title_zh"), _member(thing, "title_en")
    return inner if current.language() == "en" and inner else chinese


def chinese_text(text: str) -> Markup:
    """Mark a text that is Chinese whatever the reader's language is."""
    if current.language() == "zh" or not is_chinese(text):
        return escape(text)
    return Markup('<span lang="zh-CN">{}</span>').format(text)


def is_chinese(text: str) -> bool:
    """Tell whether a text holds Han characters."""
    return _HAN.search(text) is not None


def when(moment: datetime | None) -> Markup:
    """Write a moment in Chinese standard time."""
    if moment is None:
        return Markup("—")
    local = moment.astimezone(SHANGHAI)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        moment.isoformat(timespec="milliseconds"),
        local.strftime("%Y-%m-%d %H:%M:%S UTC+8"),
        local.strftime("%Y-%m-%d %H:%M"),
    )


def percent(parts_ppm: int | None) -> str:
    """Write parts per million as a percentage with one decimal, cut; a dash for None."""
    if parts_ppm is None:
        return "—"
    return f"{parts_ppm // (10 * _PPM_PER_TENTH)}.{parts_ppm // _PPM_PER_TENTH % 10}%"


def digest(value: bytes | str | None) -> Markup:
    """Write a digest in base64 so that it can be copied whole."""
    if value is None:
        return Markup("—")
    text = b64(value) if isinstance(value, bytes) else value
    return Markup('<span class="hash">{}</span>').format(text)


def refusal(code: str) -> str:
    """Return the sentence for an error code in the reader's language; the code where it has none."""
    return text_of(code, current.language(), code)


def tone_of(state: str) -> str:
    """Return how a state looks: `good`, `wait`, `bad` or `over`."""
    return next((tone for tone, states in _TONES.items() if state in states), "over")


def address_with(**changes: str | int | None) -> str:
    """Return the present page's address with other query parameters; None takes one away."""
    kept: dict[str, str] = {**request.args.to_dict(), **_texts(changes)}
    for name in [name for name, value in changes.items() if value is None]:
        kept.pop(name, None)
    return f"{request.path}?{urlencode(kept)}" if kept else request.path


def other_language() -> dict[str, str]:
    """Return the other language: its code for `lang`, its name, and this page's address in it."""
    code, name = ("en", "English") if current.language() == "zh" else ("zh", "中文")
    return {"code": "en" if code == "en" else "zh-CN", "name": name, "url": address_with(lang=code)}


def register_words(blueprint: Blueprint) -> None:
    """Give all templates of the app these words."""
    blueprint.record_once(_fill)


def _fill(setup: BlueprintSetupState) -> None:
    app = setup.app
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        t=t,
        term=term,
        title_of=title_of,
        chinese_text=chinese_text,
        is_chinese=is_chinese,
        language=current.language,
        visitor=current.actor,
        session=current.session,
        csrf_token=csrf_token,
        other_language=other_language,
        address_with=address_with,
        is_simulated=is_simulated,
        tone_of=tone_of,
        refusal=refusal,
        has_term=TERMS.__contains__,
        my_name=my_name,
        my_desks=my_desks,
        just_done=just_done,
        demo_accounts=lambda: current.site().demo_accounts,
        is_demo=lambda: current.site().demo,
        now=_now,
    )
    app.jinja_env.filters.update(
        yuan=yuan, when=when, percent=percent, digest=digest, words=_words, number=_number
    )


def _now() -> datetime:
    return current.site().exchange.clock.now()


def _words(codes: Iterable[str], group: str) -> str:
    """Join the words of several codes of one group."""
    return ("、" if current.language() == "zh" else ", ").join(
        term(f"{group}.{code}") for code in codes
    )


def _number(value: int) -> str:
    return f"{value:,}"


def _texts(changes: dict[str, str | int | None]) -> dict[str, str]:
    return {name: str(value) for name, value in changes.items() if value is not None}


def _member(thing: Any, name: str) -> str:
    value = thing.get(name) if isinstance(thing, dict) else getattr(thing, name, None)
    return value if isinstance(value, str) else ""
