from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import pytest

from valuation.appraisal.body import first_difference, read, to_body
from valuation.errors import ReportError


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Leaf:
    on: date
    colour: Colour


@dataclass(frozen=True, slots=True)
class Tree:
    name: str
    size: int
    leaf: Leaf
    leaves: tuple[Leaf, ...]
    numbers: tuple[int, ...]


LEAF = Leaf(date(2026, 1, 2), Colour.RED)
TREE = Tree("福", 7, LEAF, (LEAF, LEAF), (3, 1))
LEAF_BODY = {"on": "2026-01-02", "colour": "red"}
BODY: dict[str, Any] = {
    "name": "福",
    "size": 7,
    "leaf": LEAF_BODY,
    "leaves": [LEAF_BODY, LEAF_BODY],
    "numbers": [3, 1],
}


def test_a_value_goes_to_its_body_and_back() -> None:
    assert to_body(TREE) == BODY
    assert read(Tree, BODY, "tree") == TREE


@pytest.mark.parametrize("value", [1.5, True, None, b"x"])
def test_bodies_hold_integers_and_strings_only(value: object) -> None:
    with pytest.raises(AssertionError):
        to_body((value,))


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"name": 1}, "tree.name"),
        ({"size": "7"}, "tree.size"),
        ({"size": 7.0}, "tree.size"),
        ({"size": True}, "tree.size"),
        ({"size": None}, "tree.size"),
        ({"leaf": []}, "tree.leaf"),
        ({"leaf": {"on": "2026-01-02"}}, "tree.leaf"),
        ({"leaf": {**LEAF_BODY, "more": 1}}, "tree.leaf"),
        ({"leaf": {**LEAF_BODY, "on": 20260102}}, "tree.leaf.on"),
        ({"leaf": {**LEAF_BODY, "on": "20260102"}}, "tree.leaf.on"),
        ({"leaf": {**LEAF_BODY, "on": "2026-W01-5"}}, "tree.leaf.on"),
        ({"leaf": {**LEAF_BODY, "on": "2026-02-30"}}, "tree.leaf.on"),
        ({"leaf": {**LEAF_BODY, "on": "2026-01-02T00:00"}}, "tree.leaf.on"),
        ({"leaf": {**LEAF_BODY, "colour": "blue"}}, "tree.leaf.colour"),
        ({"leaf": {**LEAF_BODY, "colour": ["red"]}}, "tree.leaf.colour"),
        ({"leaves": {}}, "tree.leaves"),
        ({"leaves": [LEAF_BODY, 1]}, "tree.leaves[1]"),
        ({"numbers": [1, 2, "3"]}, "tree.numbers[2]"),
        ({"other": 1}, "tree"),
    ],
)
def test_any_other_form_is_refused_by_path(change: dict[str, Any], where: str) -> None:
    with pytest.raises(ReportError) as refusal:
        read(Tree, {**BODY, **change}, "tree")
    assert (refusal.value.code, refusal.value.field) == ("report.malformed", where)


@pytest.mark.parametrize("body", [None, [], "x", {1: 2}, {}])
def test_what_is_no_dictionary_of_the_fields_is_refused(body: object) -> None:
    with pytest.raises(ReportError) as refusal:
        read(Tree, body, "tree")
    assert (refusal.value.code, refusal.value.field) == ("report.malformed", "tree")


@pytest.mark.parametrize(
    ("other", "where"),
    [
        ({"a": [1, {"b": "x"}]}, None),
        ({"a": [1, {"b": "y"}]}, "r.a[1].b"),
        ({"a": [True, {"b": "x"}]}, "r.a[0]"),
        ({"a": [1.0, {"b": "x"}]}, "r.a[0]"),
        ({"a": [1]}, "r.a"),
        ({"a": [1, {"b": "x", "c": 1}]}, "r.a[1]"),
        ([], "r"),
    ],
)
def test_the_first_difference_is_named(other: object, where: str | None) -> None:
    assert first_difference({"a": [1, {"b": "x"}]}, other, "r") == where
