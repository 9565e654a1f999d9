"""The description: what the exchange takes, with nothing in it that tells small things."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from exchange.assets.description import check_description
from exchange.errors import InvalidError
from exchange.node.approval import approve
from exchange.node.description import coarse_ppm, describe, magnitude
from exchange.node.gate import Asset
from exchange.node.rule_file import parse_rule
from ledger.canonical import encode
from ledger.encoding import b64
from tests.node.scene import CANARY, CANARY_COLUMN, RULE, make_asset


def test_a_description_has_the_form_that_the_exchange_takes(trip_asset: Asset) -> None:
    body = describe(trip_asset)
    check_description(body)
    assert {name: body[name] for name in body if name not in {"tables", "analyses"}} == {
        "asset": "trips",
        "title_zh": "行程",
        "title_en": "Trips",
        "unit": {"kind": "column", "table": "trips", "column": "rider"},
        "minimum_units": 3,
        "rows_class": "10^2–10^3",
        "quality": {
            "overall_ppm": 1_000_000,
            "grade": "A",
            "indicators": {
                "conformity": None,
                "completeness": 1_000_000,
                "accuracy": 1_000_000,
                "consistency": None,
                "timeliness": None,
                "accessibility": None,
            },
        },
        "rule": b64(trip_asset.policy.digest),
        "commitment": b64(trip_asset.vault.commitment),
        "period": {"from": "2026-01-01", "to": "2026-01-31"},
        "source": "made for tests",
    }
    assert [column["name"] for column in body["tables"][0]["columns"]] == [
        *("city", "line", "day", "night", "left_at", "fare", "stops")
    ]
    assert body["tables"][1]["columns"][0] == {
        "name": "line",
        "type": "integer",
        "role": "join_key",
        "null_ppm": 0,
    }
    assert [analysis["id"] for analysis in body["analyses"]] == ["by-city", "by-label", "dear"]


def test_nothing_hidden_is_described(trip_asset: Asset) -> None:
    text = encode(describe(trip_asset)).decode()
    for hidden in (CANARY, CANARY_COLUMN, "secret", "parquet", "162"):
        assert hidden not in text


@pytest.mark.parametrize(
    ("rows", "words"),
    [(0, "10^0–10^1"), (9, "10^0–10^1"), (10, "10^1–10^2"), (336_776, "10^5–10^6")],
)
def test_rows_are_told_by_magnitude(rows: int, words: str) -> None:
    assert magnitude(rows) == words


@pytest.mark.parametrize(
    ("assessed", "missing", "told"),
    [
        (162, 0, 0),
        (162, 1, 0),
        (1_000_000, 9, 0),
        (1_000_000, 28_001, 28_000),
    ],
)
def test_fewer_than_the_minimum_make_no_difference(assessed: int, missing: int, told: int) -> None:
    rule = parse_rule(RULE.encode())
    assert coarse_ppm(missing * 1_000_000 // assessed, assessed, rule) == told


def test_every_kind_of_check_counts(trip_files: Path, tmp_path: Path) -> None:
    checks = """
[[quality]]
id = "known-city"
indicator = "conformity"
column = "trips.city"
check = "one_of"
values = ["福州", "厦门"]

[[quality]]
id = "known-line"
indicator = "consistency"
column = "trips.line"
check = "references"
values = ["lines.line"]

[[quality]]
id = "one-label"
indicator = "accessibility"
column = "lines.label"
check = "unique"

[[quality]]
id = "rider-there"
indicator = "timeliness"
column = "trips.rider"
check = "not_null"
"""
    rule = parse_rule((RULE + checks).encode())
    for name in ("trips.parquet", "lines.parquet"):
        (tmp_path / name).write_bytes((trip_files / name).read_bytes())
    asset = make_asset(rule, tmp_path)
    quality = describe(asset)["quality"]
    asset.engine.close()
    # 40 of 161 cities are not in the list, 248,447 ppm; in steps of 3 of 161, which is
    # 18,634 ppm, that makes 242,242; the ratio is then rounded to 1,000 ppm.
    assert quality["indicators"] == {
        "conformity": 758_000,
        "completeness": 1_000_000,
        "accuracy": 1_000_000,
        "consistency": 1_000_000,
        "timeliness": 1_000_000,
        "accessibility": 1_000_000,
    }


def test_a_description_that_no_act_can_hold_is_refused(trip_asset: Asset) -> None:
    rule = trip_asset.policy.rule
    many = tuple(replace(rule.analyses[0], id=f"a-{n}") for n in range(200))
    policy = approve(replace(rule, analyses=many))
    with pytest.raises(InvalidError) as caught:
        describe(replace(trip_asset, policy=policy))
    assert caught.value.code == "node.description"
