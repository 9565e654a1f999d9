"""The words of the pages: each has its English, none is left over, and codes have words too."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import exchange
from exchange.bootstrap import KINDS
from exchange.lifecycle import Lifecycle
from exchange.storage.tables import Staged
from exchange.web.actions import ACTIONS
from exchange.web.pages.charts import bars_of
from exchange.web.pages.log_reads import Tally, page_of
from exchange.web.pages.marks import SIMULATED
from exchange.web.pages.questions import filled, literal_of
from exchange.web.pages.rendering import percent
from exchange.web.pages.reports import REPORT
from exchange.web.words import ENGLISH
from exchange.web.words.terms import TERMS
from tests.web.reading import HAN

ROOT = Path(exchange.__file__).parent
CALL = re.compile(r'\bt\(\s*(?:"([^"]*)"|\'([^\']*)\')')
PLACE = re.compile(r"\{([a-z]+)\}")
TERM = re.compile(r'term\("([a-z_.]+[a-z])"\)')


def _templates() -> list[Path]:
    return sorted((ROOT.parent / "templates").rglob("*.html"))


def _in_templates() -> set[str]:
    found = [match for path in _templates() for match in CALL.findall(path.read_text("utf-8"))]
    return {first or second for first, second in found}


def _in_code() -> set[str]:
    nodes = [
        node
        for path in (ROOT / "web" / "pages").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
    ]
    texts = {node.value for node in nodes if isinstance(node, ast.Constant)}
    return {text for text in texts if isinstance(text, str) and HAN.search(text)} - {
        "中文",
        SIMULATED,
    }


def test_every_text_has_its_english_and_none_is_left_over() -> None:
    assert _in_templates() | _in_code() == set(ENGLISH)


def test_english_holds_the_same_places_and_no_chinese() -> None:
    assert {
        chinese: english
        for chinese, english in ENGLISH.items()
        if sorted(PLACE.findall(chinese)) != sorted(PLACE.findall(english)) or HAN.search(english)
    } == {}


def test_templates_speak_through_the_table_alone() -> None:
    spoken = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
    left = {
        path.name: HAN.findall(spoken.sub("", path.read_text("utf-8"))) for path in _templates()
    }

    assert {name: found for name, found in left.items() if found} == {}


def test_every_state_act_and_field_has_words() -> None:
    def below(kind: type[Staged]) -> list[type[Staged]]:
        return [kind, *(each for child in kind.__subclasses__() for each in below(child))]

    cycles = [vars(kind)["lifecycle"] for kind in below(Staged) if "lifecycle" in vars(kind)]
    states = [
        f"state.{cycle.name}.{state.value}"
        for cycle in cycles
        if isinstance(cycle, Lifecycle) and not cycle.name.startswith("test")
        for state in type(cycle.initial)
    ]
    fields = [
        f"field.{name}"
        for schema in (*(a.schema for a in ACTIONS.values() if not a.own_key), REPORT)
        for name in schema().fields
    ]
    acts = [f"act.{kind}" for kind in KINDS]
    named = [code for path in _templates() for code in TERM.findall(path.read_text("utf-8"))]
    known = [name for name in (*states, *fields, *acts, *named) if name in TERMS]

    assert known == [*states, *fields, *acts, *named]


def test_words_for_codes_stand_in_both_languages() -> None:
    assert {code for code, (zh, en) in TERMS.items() if not zh or not en or HAN.search(en)} == set()


@pytest.mark.parametrize(
    ("ppm", "written"),
    [(None, "—"), (0, "0.0%"), (1_000_000, "100.0%"), (962_499, "96.2%"), (3_000_000, "300.0%")],
)
def test_parts_per_million_are_written_as_percent(ppm: int | None, written: str) -> None:
    assert percent(ppm) == written


@pytest.mark.parametrize(
    ("kind", "value", "written"),
    [
        ("text", "O'Hare", "'O''Hare'"),
        ("integer", "12", "12"),
        ("integer", "12; DROP", None),
        ("integer", "1e5", None),
        ("decimal", "-1.50", "-1.50"),
        ("date", "2013-01-31", "DATE '2013-01-31'"),
        ("boolean", "True", "TRUE"),
        ("boolean", "1", None),
        ("text", "", None),
        ("text", "a\nb", None),
    ],
)
def test_a_parameter_becomes_a_literal_of_its_type(
    kind: str, value: str, written: str | None
) -> None:
    assert literal_of(kind, value) == written


def test_an_analysis_is_filled_in_and_its_other_colons_stay() -> None:
    analysis = {
        "id": "a",
        "sql": "SELECT CAST(x AS TEXT), ':month' FROM t WHERE m = :month AND c = :carrier",
        "parameters": [
            {"name": "month", "type": "integer"},
            {"name": "carrier", "type": "text"},
        ],
    }
    typed = {"a.month": "7", "a.carrier": "U:month"}

    assert filled(analysis, typed) == (  # type: ignore[arg-type]
        "SELECT CAST(x AS TEXT), ':month' FROM t WHERE m = 7 AND c = 'U:month'"
    )


def test_bars_cover_every_day_between_the_first_and_the_last() -> None:
    bars = bars_of({"2026-03-01": Tally(4, 1), "2026-03-03": Tally(2, 2)})

    assert [(bar.label, bar.tally, bar.height, bar.simulated_height) for bar in bars] == [
        ("2026-03-01", Tally(4, 1), 150, 37),
        ("2026-03-02", Tally(0, 0), 0, 0),
        ("2026-03-03", Tally(2, 2), 75, 75),
    ]
    assert bars_of({}) == []
    weeks = bars_of({"2026-01-01": Tally(1), "2026-04-01": Tally(1)})
    assert [sum(bar.tally.total for bar in weeks), len(weeks)] == [2, 13]
    assert all(bar.x + bar.width <= 640 for bar in weeks)


@pytest.mark.parametrize(
    ("wanted", "page"), [(None, 1), ("2", 2), ("0", 1), ("99", 3), ("-1", 1), ("x", 1), ("²", 1)]
)
def test_a_page_number_leads_to_a_page_that_there_is(wanted: str | None, page: int) -> None:
    found = page_of(51, wanted, 25)

    assert (found.page, found.last, found.total) == (page, 3, 51)
