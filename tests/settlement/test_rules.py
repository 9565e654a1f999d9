from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.errors import ConflictError, ExchangeError, ForbiddenError
from exchange.settlement.rules import (
    FOUR_EYES_FEN,
    Rates,
    Split,
    check_amount,
    check_ended,
    check_four_eyes,
    check_reference,
    end_of_day,
    split_of_capture,
    split_of_refund,
    split_of_refunds,
    split_of_total,
)

AMOUNTS = st.integers(1, 10**9)
RATES = st.builds(Rates, fee_ppm=st.integers(0, 300_000), vat_ppm=st.integers(0, 200_000))


def nearest(value: Fraction) -> int:
    """Round a value that is not negative to the nearest integer, ties up."""
    return floor(value + Fraction(1, 2))


def exact_split(total_fen: int, rates: Rates) -> tuple[int, int]:
    """Compute fee and VAT of a total with fractions."""
    fee = nearest(Fraction(total_fen) * Fraction(rates.fee_ppm, 10**6))
    rate = Fraction(rates.vat_ppm, 10**6)
    return fee, nearest(fee * rate / (1 + rate))


def test_a_known_split() -> None:
    split = split_of_total(50_000, Rates(30_000, 60_000))

    assert split == Split(gross_fen=50_000, fee_fen=1_500, vat_fen=85)
    assert (split.supplier_fen, split.net_fee_fen) == (48_500, 1_415)


@given(AMOUNTS, RATES)
def test_a_total_is_split_to_the_nearest_fen(total_fen: int, rates: Rates) -> None:
    split = split_of_total(total_fen, rates)

    assert (split.fee_fen, split.vat_fen) == exact_split(total_fen, rates)
    assert split.supplier_fen + split.net_fee_fen + split.vat_fen == total_fen


@given(st.lists(AMOUNTS, min_size=1, max_size=30), RATES)
def test_any_number_of_captures_costs_what_one_of_their_sum_does(
    amounts_fen: list[int], rates: Rates
) -> None:
    total, splits = 0, []
    for amount_fen in amounts_fen:
        splits.append(split_of_capture(total, amount_fen, rates))
        total += amount_fen

    fee_fen, vat_fen = exact_split(total, rates)
    assert sum(split.fee_fen for split in splits) == fee_fen
    assert sum(split.vat_fen for split in splits) == vat_fen
    assert [split.gross_fen for split in splits] == amounts_fen
    assert min(min(s.supplier_fen, s.net_fee_fen, s.vat_fen) for s in splits) >= 0


def test_a_fee_per_capture_would_have_lost_what_the_running_total_keeps() -> None:
    rates = Rates(30_000, 0)
    splits = [split_of_capture(10 * count, 10, rates) for count in range(100)]

    assert sum(split.fee_fen for split in splits) == 30
    assert sum(split_of_total(10, rates).fee_fen for _ in range(100)) == 0


@given(AMOUNTS, RATES, st.lists(st.integers(0, 10**9), max_size=8))
def test_refunds_go_back_by_the_stored_split_and_never_turn_back(
    gross_fen: int, rates: Rates, cuts: list[int]
) -> None:
    captured = split_of_capture(12_345, gross_fen, rates)
    marks = [0, *sorted(min(cut, gross_fen) for cut in cuts), gross_fen]
    parts = [split_of_refund(captured, a, b - a) for a, b in pairwise(marks)]

    assert sum(part.gross_fen for part in parts) == captured.gross_fen
    assert sum(part.fee_fen for part in parts) == captured.fee_fen
    assert sum(part.vat_fen for part in parts) == captured.vat_fen
    assert min(min(p.supplier_fen, p.net_fee_fen, p.vat_fen) for p in parts) >= 0
    for mark in marks:
        fee = nearest(Fraction(mark * captured.fee_fen, captured.gross_fen))
        assert split_of_refunds(captured, mark).fee_fen == fee


@pytest.mark.parametrize("amount_fen", [0, -1, 10**13 + 1])
def test_amounts_are_positive_and_limited(amount_fen: int) -> None:
    check_amount(1)
    check_amount(10**13)
    with pytest.raises(ExchangeError) as caught:
        check_amount(amount_fen)
    assert (caught.value.code, caught.value.fields) == ("amount.range", {"amount_fen": "range"})


@pytest.mark.parametrize("reference", ["", "a b", "a\n", "é", "银行", "x" * 65, "a\x00"])
def test_references_are_short_printable_and_without_spaces(reference: str) -> None:
    for good in ("CCB/2026-03-02#1", "!", "~" * 64):
        check_reference(good, "reference")
    with pytest.raises(ExchangeError) as caught:
        check_reference(reference, "reference")
    assert (caught.value.code, caught.value.fields) == ("reference.form", {"reference": "form"})


def test_a_large_payout_takes_two_clearers() -> None:
    check_four_eyes(FOUR_EYES_FEN - 1, "p-1", "p-1")
    check_four_eyes(FOUR_EYES_FEN, "p-1", "p-2")
    with pytest.raises(ForbiddenError) as caught:
        check_four_eyes(FOUR_EYES_FEN, "p-1", "p-1")
    assert caught.value.code == "payout.four_eyes"


def test_a_day_ends_at_midnight_in_shanghai() -> None:
    assert end_of_day("2026-03-02") == datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
    check_ended("2026-03-02", datetime(2026, 3, 2, 16, 0, tzinfo=UTC))
    with pytest.raises(ConflictError) as caught:
        check_ended("2026-03-02", datetime(2026, 3, 2, 15, 59, 59, 999_000, tzinfo=UTC))
    assert caught.value.code == "day.open"


@pytest.mark.parametrize(
    "day", ["", "20260302", "2026-W10-1", "2026-02-30", "2026-3-2", "9999-12-31"]
)
def test_only_days_are_days(day: str) -> None:
    with pytest.raises(ExchangeError) as caught:
        end_of_day(day)
    assert caught.value.code == "day.form"
