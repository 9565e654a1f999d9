"""Rules: read strictly, checked against themselves, one digest for one meaning."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from exchange.node.approval import approve
from exchange.node.explaining import explain
from exchange.node.rule import Check
from exchange.node.rule_file import RuleError, parse_rule, read_rule
from exchange.protocol.question import Column, Function
from ledger.canonical import decode, encode
from tests.node.scene import RULE


def edited(before: str, after: str) -> bytes:
    """Change one place of the test rule."""
    assert RULE.count(before) >= 1
    return RULE.replace(before, after, 1).encode()


def test_a_rule_is_read_whole() -> None:
    rule = parse_rule(RULE.encode())
    assert (rule.asset, rule.version, rule.namespace, rule.minimum_units) == (
        "trips",
        1,
        "riders",
        3,
    )
    assert rule.unit == Column("trips", "rider")
    assert rule.functions == tuple(Function)
    assert [column.name for column in rule.tables[1].columns] == ["line", "label"]
    assert [analysis.id for analysis in rule.analyses] == ["by-city", "by-label", "dear"]
    assert rule.quality[0].check is Check.BETWEEN
    assert parse_rule(edited("minimum_units = 3\n", "")).minimum_units == 10


def test_a_decimal_may_have_sixteen_places() -> None:
    rule = parse_rule(edited("scale = 2", "scale = 16"))
    assert [column.scale for column in rule.tables[0].columns if column.scale] == [16]


def test_the_digest_is_that_of_the_canonical_json() -> None:
    rule = parse_rule(RULE.encode())
    body = encode(rule.to_body())
    assert decode(body) == rule.to_body()
    assert rule.sha256() == hashlib.sha256(body).digest()


def test_spelling_does_not_change_the_digest_and_meaning_does() -> None:
    digest = parse_rule(RULE.encode()).sha256()
    assert parse_rule(b"# a comment\n" + RULE.encode()).sha256() == digest
    assert parse_rule(edited("minimum_units = 3", "minimum_units = 4")).sha256() != digest
    assert parse_rule(edited('role = "filter"', 'role = "hidden"')).sha256() != digest
    assert parse_rule(edited("least = 1, most = 4", "least = 1, most = 3")).sha256() != digest


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        ('asset = "trips"', 'asset = "no spaces"', "asset"),
        ('asset = "trips"', "", "asset: is missing"),
        ("version = 1", 'version = "1"', "version"),
        ("version = 1", "version = true", "version"),
        ("version = 1", "version = 1\nsurprise = 2", "surprise: is not known here"),
        ('unit = "trips.rider"', 'unit = "rider"', "table.column"),
        ("minimum_units = 3", "minimum_units = 0", "minimum_units"),
        ('"count_units"', '"max"', "functions"),
        ('type = "text"', 'type = "blob"', "type"),
        ('role = "hidden"', 'role = "public"', "role"),
        ('role = "hidden" }', 'role = "hidden", scale = 2 }', "scale"),
        ("scale = 2", "scale = 17", "scale"),
        ('file = "trips.parquet"', 'file = "../trips.parquet"', "file"),
        ('file = "trips.parquet"', 'file = "/etc/passwd"', "file"),
        ('name = "trips"', "name = 'a\"b'", "name"),
        ("from = 2026-01-01", "from = 2027-01-01", "to"),
        ("least = 1, most = 4", "values = [1], most = 4", "excludes"),
        ("least = 1, most = 4", "least = 1", "most: is missing"),
        ('values = ["1.5", "2.5"]', 'values = ["cheap"]', "is no decimal"),
        ('indicator = "accuracy"', 'indicator = "beauty"', "indicator"),
        ('check = "between"', 'check = "guess"', "check"),
        ("[[joins]]", "[[joins]]\n]", "not TOML"),
    ],
)
def test_a_faulty_rule_is_refused_by_its_place(before: str, after: str, where: str) -> None:
    with pytest.raises(RuleError, match=where):
        parse_rule(edited(before, after))


def test_a_missing_and_an_endless_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="cannot be read"):
        read_rule(tmp_path / "none.toml")
    (tmp_path / "long.toml").write_bytes(b"#" * 300_000)
    with pytest.raises(RuleError, match="at most"):
        read_rule(tmp_path / "long.toml")
    (tmp_path / "latin.toml").write_bytes("# \xe9".encode("latin-1"))
    with pytest.raises(RuleError, match="UTF-8"):
        read_rule(tmp_path / "latin.toml")


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ('unit = "trips.rider"', 'unit = "trips.city"', "must be hidden or a join_key"),
        ('unit = "trips.rider"', 'unit = "trips.nobody"', "unit: no column"),
        ('unit = "trips.rider"', 'unit = "lines.line"', "must stand in the first table"),
        ('unit = "trips.rider"', 'unit = "row"', "count_units needs a unit column"),
        (
            '"city", type = "text", role = "dimension"',
            '"city", type = "text", role = "measure"',
            "a measure is",
        ),
        ('scale = 2, role = "measure"', 'scale = 2, role = "dimension"', "too fine to group by"),
        ('name = "stops"', 'name = "FARE"', "named twice"),
        ('id = "by-label"', 'id = "by-city"', "analysis by-city is named twice"),
        ('left = "trips.line"', 'left = "trips.rider"', "is the privacy unit"),
        ('left = "trips.line"', 'left = "trips.secret"', "unknown or hidden"),
        ('left = "trips.line"', 'left = "lines.line"', "with itself"),
        ('right = "lines.line"', 'right = "trips.city"', "must stand in another table"),
        ("SUM(fare)", "MAX(fare)", "question.function"),
        ("SUM(fare)", "SUM(secret)", "question.column"),
        (
            "SUM(fare) AS fares FROM trips GROUP BY city",
            "SUM(fare) AS fares FROM lines",
            "question.column",
        ),
        (":fare AND", "1.5 AND", "parameter fare is not used"),
        (":fare AND", ":price AND", "question.shape"),
        ('type = "integer", least = 1, most = 4', 'type = "text", values = ["1"]', "is text"),
        ("least = 1, most = 4", "least = 4, most = 1", "least above most"),
        (
            '"line", type = "integer", least = 1, most = 4',
            '"fare", type = "decimal", values = [1]',
            "named twice",
        ),
        ('column = "trips.fare"', 'column = "trips.price"', "quality check fare-plausible"),
        ("values = [0, 100]", "values = [0]", "another number of values"),
        ("values = [0, 100]", 'values = ["low", "high"]', "is no decimal"),
    ],
)
def test_a_rule_that_contradicts_itself_is_refused(before: str, after: str, fault: str) -> None:
    rule = parse_rule(edited(before, after))
    with pytest.raises(RuleError, match=fault):
        approve(rule)


def test_every_contradiction_is_named_at_once() -> None:
    text = RULE.replace("SUM(fare)", "MAX(fare)").replace(
        'unit = "trips.rider"', 'unit = "trips.x"'
    )
    with pytest.raises(RuleError) as caught:
        approve(parse_rule(text.encode()))
    assert caught.value.text.count("\n- ") >= 1
    assert "unit: no column trips.x" in caught.value.text
    assert "analysis by-city" in caught.value.text


def test_a_text_parameter_needs_a_list() -> None:
    rule = parse_rule(RULE.encode())
    first, second, third = rule.analyses
    city = replace(second.parameters[0], values=None, least="a", most="z")
    loose = replace(second, parameters=(city, *second.parameters[1:]))
    with pytest.raises(RuleError, match="needs values"):
        approve(replace(rule, analyses=(first, loose, third)))


def test_a_rule_is_explained_in_words() -> None:
    policy = approve(parse_rule(RULE.encode()))
    words = "\n".join(explain(policy, 500))
    for part in (
        "The privacy unit is trips.rider",
        "fewer than 3 different units",
        "At most 500 questions",
        "not differential privacy",
        "- by-label: By line / 按线路",
        ":city is one of 福州, 厦门, 泉州",
        ":line lies from 1 to 4",
        "fare (measure)",
    ):
        assert part in words
    assert "secret" not in words
    empty = approve(replace(policy.rule, analyses=(), unit=None, functions=(Function.COUNT,)))
    assert "a buyer gets nothing at all" in "\n".join(explain(empty, 1))
