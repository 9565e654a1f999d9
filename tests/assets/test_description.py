import copy
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.assets.description import analysis_ids, check_description
from exchange.errors import InvalidError
from ledger.encoding import b64
from tests.assets.registration import description


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return a description with one member set; `path` is dotted, list places are numbers."""
    body = copy.deepcopy(description())
    *way, last = path.split(".")
    place: Any = body
    for step in way:
        place = place[int(step)] if step.isdigit() else place[step]
    place[int(last) if last.isdigit() else last] = value
    return body


@pytest.mark.parametrize(
    "body",
    [
        description(),
        description(unit={"kind": "row"}, period=None, analyses=[]),
        description(quality={"overall_ppm": None, "grade": None, "indicators": {}}),
        description(minimum_units=2),
    ],
)
def test_well_formed_descriptions_pass(body: dict[str, Any]) -> None:
    check_description(body)


def test_analyses_are_listed_in_order() -> None:
    first = description()["analyses"][0]
    body = description(analyses=[{**first, "id": "z"}, {**first, "id": "a"}])
    assert analysis_ids(body) == ("z", "a")


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("asset", "a/b", "asset"),
        ("asset", "", "asset"),
        ("asset", "x" * 65, "asset"),
        ("title_zh", "", "title_zh"),
        ("title_en", "x" * 201, "title_en"),
        ("title_en", "a\x00b", "title_en"),
        ("tables", [], "tables"),
        ("tables", {}, "tables"),
        ("tables.0.columns", [], "tables[0].columns"),
        ("tables.0.columns.0.type", "blob", "tables[0].columns[0].type"),
        ("tables.0.columns.0.role", "secret", "tables[0].columns[0].role"),
        ("tables.0.columns.0.role", ["measure"], "tables[0].columns[0].role"),
        ("tables.0.columns.1.null_ppm", 1_000_001, "tables[0].columns[1].null_ppm"),
        ("tables.0.columns.1.null_ppm", True, "tables[0].columns[1].null_ppm"),
        ("tables.0.columns.1.name", "CARRIER", "tables[0].columns"),
        ("tables.0.columns.1.sample", ["AA"], "tables[0].columns[1].sample"),
        ("tables.0.rows", 336_776, "tables[0].rows"),
        ("unit", None, "unit"),
        ("unit.kind", "person", "unit.kind"),
        ("unit", {"kind": "row", "table": "flights"}, "unit.table"),
        ("unit", {"kind": "column", "table": "flights"}, "unit.column"),
        ("minimum_units", 1, "minimum_units"),
        ("minimum_units", "10", "minimum_units"),
        ("rows_class", 336_776, "rows_class"),
        ("quality.overall_ppm", -1, "quality.overall_ppm"),
        ("quality.grade", "E", "quality.grade"),
        ("quality.indicators.beauty", 1, "quality.indicators.beauty"),
        ("quality.indicators.completeness", 0.5, "quality.indicators.completeness"),
        ("quality.counts", {}, "quality.counts"),
        ("rule", b64(b"r" * 31), "rule"),
        ("commitment", "c" * 44, "commitment"),
        ("analyses.0.id", "a b", "analyses[0].id"),
        ("analyses.0.sql", "", "analyses[0].sql"),
        ("analyses.0.answer", 1, "analyses[0].answer"),
        ("analyses.0.parameters", None, "analyses[0].parameters"),
        ("analyses.0.parameters.0.type", "any", "analyses[0].parameters[0].type"),
        ("period.from", "2014-01-01", "period.to"),
        ("period.to", "20131231", "period.to"),
        ("period.to", "2013-W01-1", "period.to"),
        ("period.to", "2013-02-30", "period.to"),
        ("source", "", "source"),
        ("surprise", 1, "surprise"),
    ],
)
def test_each_fault_is_refused_by_name(path: str, value: Any, field: str) -> None:
    with pytest.raises(InvalidError) as caught:
        check_description(changed(path, value))
    assert (caught.value.code, caught.value.fields) == ("asset.description", {field: "invalid"})


@pytest.mark.parametrize("member", sorted(description()))
def test_no_member_may_be_missing(member: str) -> None:
    body = description()
    del body[member]
    with pytest.raises(InvalidError):
        check_description(body)


def test_one_analysis_is_not_named_twice() -> None:
    first = description()["analyses"][0]
    with pytest.raises(InvalidError) as caught:
        check_description(description(analyses=[first, first]))
    assert caught.value.fields == {"analyses": "invalid"}


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.sampled_from(sorted(description())), JUNK)
def test_junk_is_refused_and_nothing_else_happens(member: str, junk: Any) -> None:
    with suppress(InvalidError):
        check_description(description(**{member: junk}))
