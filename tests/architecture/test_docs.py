from __future__ import annotations

import ast
from pathlib import Path

import click
import pytest

from exchange.actors import Role
from exchange.bootstrap import KINDS, TIMED
from exchange.cli.main import main
from ledger.keyring import REVOKING_KIND
from tests.architecture.error_codes import raised_codes, sources
from tests.architecture.files import ROOT
from tests.architecture.glossary import GLOSSARY, Term, read_terms, term_faults
from tests.architecture.product_codes import (
    field_codes,
    ledger_codes,
    lifecycles,
    node_codes,
    raised,
    site_codes,
    tool_codes,
)
from tests.architecture.protocol_tables import (
    BLOCKS,
    SENTENCES,
    block_names,
    pages,
    render,
    sentences,
    words_of,
)
from tests.architecture.source_values import Sources
from tests.architecture.used_names import (
    differences,
    kinds_decided,
    lifecycles_made,
    settings_used,
    unknown_mentions,
    wrong_calls,
)

PROSE = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

# What is written with a dot in prose and is neither act nor code.
OTHER = {
    "ticket.leaf",
    "ticket.proof",
    "head.seq",
    "head.prev",
    "head.seen",
    "table.column",
    "node.failed",
}


def _page_with(block: str) -> Path:
    (page,) = [page for page in pages() if block in block_names(page.read_text("utf-8"))]
    return page


def _planted(source: str, path: str = "exchange/planted.py") -> Sources:
    return Sources({path: ast.parse(source)})


def test_every_block_stands_on_exactly_one_page() -> None:
    found = [name for page in pages() for name in block_names(page.read_text("utf-8"))]

    assert sorted(found) == sorted(BLOCKS)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_the_tables_say_what_the_code_says(page: Path) -> None:
    text = page.read_text("utf-8")

    assert render(text, BLOCKS) == text, "run `make docs`"


@pytest.mark.parametrize("block", sorted(BLOCKS))
def test_a_line_taken_out_of_a_table_is_found(block: str) -> None:
    text = _page_with(block).read_text("utf-8")
    lines = text.splitlines(keepends=True)
    (end,) = [place for place, line in enumerate(lines) if line == f"<!-- end of {block} -->\n"]
    planted = "".join([*lines[: end - 2], *lines[end - 1 :]])

    assert render(planted, BLOCKS) != planted
    assert render(planted, BLOCKS) == render(text, BLOCKS)


def test_a_line_put_into_a_table_is_found() -> None:
    text = _page_with("roles").read_text("utf-8")
    planted = text.replace("\n\n<!-- end of roles -->", "\n| `broker` |\n\n<!-- end of roles -->")

    assert planted != text
    assert render(planted, BLOCKS) == render(text, BLOCKS)


def test_a_block_that_nobody_makes_is_found() -> None:
    with pytest.raises(KeyError):
        render("<!-- made by: make docs (planted) -->\n<!-- end of planted -->", BLOCKS)


def test_every_name_has_its_sentence_and_every_sentence_its_name() -> None:
    used = {
        "roles": {role.value for role in Role},
        "acts": set(KINDS),
        "lifecycles": {one.name for one in lifecycles()},
        "settings": settings_used(sources("exchange")),
    }
    told = sentences()

    assert set(told) == set(used), SENTENCES.name
    assert {name: differences(used[name], set(told[name])) for name in used} == {
        name: [] for name in used
    }


def test_a_name_without_sentence_and_a_sentence_without_name_are_found() -> None:
    assert differences({"a.b", "c.d"}, {"c.d", "e.f"}) == [
        "a.b: used and not listed",
        "e.f: listed and not used",
    ]


def test_every_setting_is_found_by_its_whole_name() -> None:
    parsed = _planted('a = env.get("FDX_PLANTED")\nb = "set FDX_OTHER first"\n')

    assert settings_used(parsed) == {"FDX_PLANTED"}


def test_every_kind_of_act_is_decided_by_a_service_and_listed() -> None:
    decided, hidden = kinds_decided(sources("exchange"))

    assert hidden == []
    assert differences(decided, set(KINDS)) == []


def test_planted_decisions_are_found() -> None:
    parsed = _planted(
        'KIND = "a.b"\n'
        "def one(): return Decision(KIND, {}, '')\n"
        "def two(kind): return Decision(kind, {}, '')\n"
        "def three(): return two('c.d')\n"
        "def four(x): return Decision(x.kind, {}, '')\n"
    )

    assert kinds_decided(parsed) == ({"a.b", "c.d"}, ["exchange/planted.py:5: x.kind"])


def test_every_lifecycle_is_listed_and_pulled_by_acts_that_exist() -> None:
    listed = lifecycles()
    acts = {arrow.act for one in listed for arrow in one.transitions}
    timers = {timer.act for one in listed for timer in one.timers}

    assert differences(lifecycles_made(sources("exchange")), {one.name for one in listed}) == []
    assert sorted(acts - set(KINDS)) == []
    assert differences(set(TIMED), timers) == []


def test_no_code_of_an_error_is_hidden_from_the_list() -> None:
    assert raised()[1] == []
    assert ledger_codes()[1] == []


def test_every_code_that_the_site_answers_has_words_in_both_languages() -> None:
    codes = [*(one.code for one in site_codes()), *field_codes()]

    assert [code for code in codes if "" in words_of(code)] == []


PLANTED_ERRORS = """
CODE = "planted.constant"
class PlantedError(InvalidError):
    def __init__(self, text):
        super().__init__("planted.fixed", text)
class InvalidError(ExchangeError):
    def __init__(self, code, text):
        super().__init__(Kind.INVALID, code, text)
class LaterError(ExchangeError):
    def __init__(self):
        super().__init__(Kind.CONFLICT, "planted.later", "")
def check(code):
    raise InvalidError(code, "text")
def one():
    check("planted.passed")
    raise InvalidError(CODE, "text")
def two(name):
    raise InvalidError(f"planted.{name}", "text")
def three():
    raise PlantedError("text")
def four():
    raise LaterError
def five():
    raise ExchangeError(Kind.FORBIDDEN, "planted.a" if one() else "planted.b", "text")
"""


def test_planted_codes_are_found_with_their_kinds() -> None:
    found, hidden = raised_codes(_planted(PLANTED_ERRORS), {})

    assert [(one.kind, one.code) for one in found] == [
        ("CONFLICT", "planted.later"),
        ("FORBIDDEN", "planted.a"),
        ("FORBIDDEN", "planted.b"),
        ("INVALID", "planted.constant"),
        ("INVALID", "planted.fixed"),
        ("INVALID", "planted.passed"),
    ]
    assert hidden == ["exchange/planted.py:18: f'planted.{name}'"]


def test_a_file_may_state_what_it_puts_together_at_run_time() -> None:
    stated = {"exchange/planted.py": frozenset({("INVALID", "planted.stated")})}
    source = "def two(name):\n    raise ExchangeError(Kind.INVALID, f'planted.{name}', '')\n"
    found, hidden = raised_codes(_planted(source), stated)

    assert ([one.code for one in found], hidden) == (["planted.stated"], [])


@pytest.mark.parametrize("page", PROSE, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_prose_names_only_what_there_is(page: Path) -> None:
    site = {one.code for one in site_codes()}
    codes = {*site, *field_codes(), *tool_codes(), *ledger_codes()[0], *node_codes()}
    text = page.read_text("utf-8")

    assert unknown_mentions(text, {*KINDS, REVOKING_KIND, *codes, *OTHER}) == []
    assert wrong_calls(text, main) == []


def test_planted_mentions_are_found() -> None:
    text = "`asset.sell` and `asset.apply`, `node.toml`; see `a.b.c`, `x.y z`"

    assert unknown_mentions(text, set(KINDS)) == ["asset.sell"]


@click.group()
def planted() -> None:
    pass


@planted.command()
@click.option("--known")
def act(known: str) -> None:
    raise AssertionError(known)


def test_planted_calls_of_commands_are_found() -> None:
    text = (
        "`fdx act --known=1`, `fdx act --other`, `fdx sell`, `fdx COMMAND`\n```sh\nfdx buy # x\n```"
    )

    assert wrong_calls(text, planted) == [
        "fdx act --other: fdx act takes no --other",
        "fdx buy: there is no such command",
        "fdx sell: there is no such command",
    ]


def test_the_glossary_tells_many_terms_and_each_is_in_the_code() -> None:
    terms = read_terms(GLOSSARY.read_text("utf-8"))

    assert len(terms) >= 80
    assert list(term_faults(terms)) == []


def test_planted_terms_are_found() -> None:
    terms = [
        Term("甲", "exchange", ("Exchange",), ("exchange/context.py",)),
        Term("甲", "exchange", ("Exchange",), ("exchange/context.py",)),
        Term("乙", "broker", ("Broker",), ("exchange/context.py",)),
        Term("丙", "broker", (), ("exchange/context.py",)),
        Term("丁", "broker", ("x",), ("exchange/broker.py",)),
    ]

    assert list(term_faults(terms)) == [
        "甲: told twice",
        "乙: `Broker` is not in exchange/context.py",
        "丙: names nothing in the code",
        "丁: there is no exchange/broker.py",
        "丁: `x` is not in exchange/broker.py",
    ]
