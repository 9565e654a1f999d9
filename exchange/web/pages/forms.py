"""Forms made from the schemas of the actions: what is asked, and how what was typed is read."""

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any

from marshmallow import fields as base
from werkzeug.datastructures import MultiDict

from exchange.clock import iso
from exchange.errors import ExchangeError
from exchange.web import fields as inputs
from exchange.web.errors import problem_of
from exchange.web.pages.rendering import term
from exchange.web.words.terms import TERMS
from exchange.working_days import SHANGHAI

_YUAN = re.compile(r"¥?([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,13})(?:\.([0-9]{1,2}))?", re.ASCII)
_PERCENT = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,4}))?\s*%?", re.ASCII)
_FEN, _PPM = "_fen", "_ppm"


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose; `more` is a second line that explains it."""

    value: str
    text: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class FormField:
    """One field as a template shows it.

    `kind` is an HTML input type, or `select`, `checks`, `radios`, `long`, `code`, `hidden`.
    """

    name: str
    label: str
    kind: str
    required: bool = True
    value: str = ""
    values: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    hint: str = ""
    fault: str = ""
    unit: str = ""
    most: int | None = None
    numeric: bool = False
    autocomplete: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A form: where it goes, what it asks, and why it was turned down the last time.

    `fixed` names the fields that it does not ask, separated by spaces; `grave` marks an act
    that takes something away.
    """

    action: str
    fields: tuple[FormField, ...]
    button: str
    back: str = ""
    refusal: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)
    fixed: str = ""
    grave: bool = False

    def turned_down(self, refusal: str, faults: Mapping[str, str]) -> "Form":
        """Return the form with the refusal, and each fault beside its field."""
        marked = tuple(replace(item, fault=faults.get(item.name, "")) for item in self.fields)
        return replace(self, fields=marked, refusal=refusal, faults=dict(faults))


Options = Mapping[str, tuple[Choice, ...]]


def fields_of(
    schema: type[inputs.WishSchema],
    typed: "MultiDict[str, str]",
    options: Options,
    fixed: Collection[str] = (),
    autocomplete: Mapping[str, str] = MappingProxyType({}),
) -> tuple[FormField, ...]:
    """Return the fields of a schema with what was typed in them.

    `options` are the choices of fields that name things; `fixed` names are not asked;
    `autocomplete` are HTML's tokens for what a browser may fill in.
    """
    return tuple(
        FormField(name, name, "hidden", value=typed.get(name, ""))
        if name in fixed
        else replace(_field(name, item, typed, options), autocomplete=autocomplete.get(name, ""))
        for name, item in schema().fields.items()
    )


def refused(form: Form, error: ExchangeError) -> tuple[Form, int]:
    """Return the form with a refusal in the reader's language, and the refusal's status."""
    problem = problem_of(error)
    return form.turned_down(problem.detail, problem.errors), problem.status


def read(schema: type[inputs.WishSchema], typed: "MultiDict[str, str]") -> dict[str, Any]:
    """Turn what a form sent into what the schema reads; what is left empty is left out.

    Amounts are typed in yuan and rates in percent; what can't be read goes on as typed, so
    that the schema refuses it.
    """
    data: dict[str, Any] = {}
    for name, item in schema().fields.items():
        sent = [value for value in typed.getlist(name) if value.strip()]
        if isinstance(item, inputs.Items):
            data[name] = _items(sent)
        elif sent:
            data[name] = _reader(name, item)(sent[0])
    return {
        name: value for name, value in data.items() if value != [] or schema().fields[name].required
    }


def _field(
    name: str, item: base.Field[Any], typed: "MultiDict[str, str]", options: Options
) -> FormField:
    made = FormField(
        name=name,
        label=term(f"field.{name}"),
        kind="text",
        required=item.required,
        value=typed.get(name, ""),
        values=tuple(typed.getlist(name)),
        hint=term(f"hint.{name}") if f"hint.{name}" in TERMS else "",
    )
    if isinstance(item, inputs.Items):
        return _list(made, item, options)
    if name in options:
        return replace(made, kind="select", choices=options[name])
    if isinstance(item, inputs.Choice | inputs.Of):
        values = item.values if isinstance(item, inputs.Choice) else tuple(item.members)
        return replace(made, kind="select", choices=_terms(name, values))
    if isinstance(item, inputs.Text):
        return replace(made, kind="long" if item.lines else "text", most=item.most)
    if isinstance(item, inputs.Whole):
        return replace(made, numeric=True, unit=_unit(name))
    return replace(made, kind=_KINDS.get(type(item), "text"))


_KINDS: dict[type[Any], str] = {
    inputs.Moment: "date",
    inputs.Document: "code",
    inputs.Secret: "password",
}


def _list(made: FormField, item: inputs.Items, options: Options) -> FormField:
    inner = item.inner
    if made.name in options:
        return replace(made, kind="checks", choices=options[made.name])
    if isinstance(inner, inputs.Choice | inputs.Of):
        values = inner.values if isinstance(inner, inputs.Choice) else tuple(inner.members)
        return replace(made, kind="checks", choices=_terms(made.name, values))
    return replace(made, kind="long", value="\n".join(made.values))


def _terms(name: str, values: tuple[str, ...]) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            value,
            term(f"{name}.{value}"),
            term(f"more.{name}.{value}") if f"more.{name}.{value}" in TERMS else "",
        )
        for value in values
    )


def _unit(name: str) -> str:
    if name.endswith(_FEN):
        return term("unit.yuan")
    if name.endswith(_PPM):
        return "%"
    return term(f"unit.{name}") if f"unit.{name}" in TERMS else ""


def _items(sent: list[str]) -> list[str]:
    if len(sent) != 1:
        return sent
    return [line.strip() for line in sent[0].splitlines() if line.strip()]


def _reader(name: str, item: base.Field[Any]) -> Callable[[str], Any]:
    if isinstance(item, inputs.Whole) and name.endswith(_FEN):
        return _fen
    if isinstance(item, inputs.Whole) and name.endswith(_PPM):
        return _ppm
    if isinstance(item, inputs.Moment):
        return _end_of_day
    return _document if isinstance(item, inputs.Document) else str


def _fen(text: str) -> int | str:
    match = _YUAN.fullmatch(text.strip())
    if match is None:
        return text
    return int(match[1].replace(",", "")) * 100 + int((match[2] or "").ljust(2, "0"))


def _ppm(text: str) -> int | str:
    match = _PERCENT.fullmatch(text.strip())
    return text if match is None else int(match[1]) * 10_000 + int((match[2] or "").ljust(4, "0"))


def _end_of_day(text: str) -> str:
    """Read a day as its end in Asia/Shanghai, in the form of act bodies."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return text
    return iso(datetime.combine(day + timedelta(days=1), time(), SHANGHAI))


def _document(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
