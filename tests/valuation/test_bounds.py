from __future__ import annotations

import pickle

import pytest

from valuation.bounds import Bound, require_int, require_text
from valuation.errors import QualityError, ValuationError


@pytest.mark.parametrize("value", [1, 2, 3])
def test_integers_inside_the_bound_pass(value: int) -> None:
    require_int(QualityError, "x", value, Bound(1, 3))


@pytest.mark.parametrize("value", [0, 4, True, 2.0, "2", None])
def test_anything_else_is_refused_without_being_repeated(value: object) -> None:
    with pytest.raises(QualityError) as refusal:
        require_int(QualityError, "x", value, Bound(1, 3))
    assert (refusal.value.code, refusal.value.field) == ("quality.out_of_range", "x")
    assert str(refusal.value) == "x must be an integer from 1 to 3"


@pytest.mark.parametrize("value", ["a", "福建", "a b", "abcd"])
def test_printable_text_passes(value: str) -> None:
    require_text(QualityError, "x", value, 4)


@pytest.mark.parametrize(
    "value", ["", " ", " a", "a ", "abcde", "a\nb", "a\x00", "\ud800", "\u2028", "\u202e", 1, None]
)
def test_other_text_is_refused(value: object) -> None:
    with pytest.raises(QualityError) as refusal:
        require_text(QualityError, "x", value, 4)
    assert (refusal.value.code, refusal.value.field) == ("quality.bad_text", "x")


def test_refusals_survive_pickling() -> None:
    refusal = pickle.loads(pickle.dumps(ValuationError("a.b", "text", "field")))
    assert (refusal.code, refusal.text, refusal.field) == ("a.b", "text", "field")
