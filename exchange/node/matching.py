"""Finding the approved analysis that a question is an instance of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from exchange.node.literals import value_of
from exchange.node.predicates import shape_of, values_in
from exchange.node.rule import Analysis, ParameterSpec
from exchange.protocol.codes import RefusalCode, RefusedError
from exchange.protocol.question import Aggregate, GroupKey, Literal, Output, Parameter, Question


@dataclass(frozen=True, slots=True)
class Template:
    """An approved analysis with its SQL lowered; its values may be parameters."""

    analysis: Analysis
    question: Question


@dataclass(frozen=True, slots=True)
class Approved:
    """A question that may run: the analysis it is an instance of, and the tree to render.

    The outputs are the template's, so that the buyer's own words never come back to it.
    """

    analysis: str
    question: Question


def match(question: Question, templates: Sequence[Template], allowed: Sequence[str]) -> Approved:
    """Find the analysis, among those the grant allows, that the question is an instance of.

    Raises:
        RefusedError: none has its shape, or a value lies outside what its parameter allows.
    """
    code = RefusalCode.UNAPPROVED
    for template in templates:
        if template.analysis.id not in allowed or not _same_shape(template.question, question):
            continue
        bound = _bind(template.question, question)
        if bound is None:
            continue
        if _all_allowed(template.analysis, bound):
            concrete = replace(question, outputs=template.question.outputs)
            return Approved(template.analysis.id, concrete)
        code = RefusalCode.PARAMETER
    raise RefusedError(code)


def _same_shape(template: Question, question: Question) -> bool:
    if template.where is None or question.where is None:
        alike = template.where is question.where
    else:
        alike = shape_of(template.where) == shape_of(question.where)
    return (
        alike
        and template.table == question.table
        and template.joins == question.joins
        and template.keys == question.keys
        and _nameless(template.outputs) == _nameless(question.outputs)
    )


def _nameless(outputs: tuple[Output, ...]) -> list[Output]:
    nameless: list[Output] = []
    for output in outputs:
        match output:
            case GroupKey(column, _):
                nameless.append(GroupKey(column, ""))
            case Aggregate(function, column, _):
                nameless.append(Aggregate(function, column, ""))
    return nameless


def _bind(template: Question, question: Question) -> dict[str, Literal] | None:
    """Pair the template's parameters with the question's literals; None if constants differ."""
    bound: dict[str, Literal] = {}
    pairs = zip(values_in(template.where), values_in(question.where), strict=True)
    for expected, given in pairs:
        assert isinstance(given, Literal), "a buyer's question has no parameters"
        if isinstance(expected, Parameter):
            if bound.setdefault(expected.name, given) != given:
                return None
        elif expected != given:
            return None
    return bound


def _all_allowed(analysis: Analysis, bound: dict[str, Literal]) -> bool:
    specs = {each.name: each for each in analysis.parameters}
    return all(allows(specs[name], given) for name, given in bound.items())


def allows(spec: ParameterSpec, given: Literal) -> bool:
    """Tell whether a literal may fill a parameter."""
    if given.type is not spec.type:
        return False
    if spec.values is not None:
        return given.text in spec.values
    assert spec.least is not None
    assert spec.most is not None
    least, value, most = (
        value_of(Literal(spec.type, text)) for text in (spec.least, given.text, spec.most)
    )
    return least <= value <= most  # type: ignore[operator]  # one type, by the line above
