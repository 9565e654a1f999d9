import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.assets.codes import check_digit, registration_code


@pytest.mark.parametrize(
    ("digits", "check"),
    [
        ("0794", "5"),  # the example of ISO/IEC 7064 itself
        ("79462", "3"),
        ("13669597", "6"),  # a German VAT number, which uses the same system
        ("3339200596", "1"),  # a Croatian OIB
        ("3657426180", "9"),  # a German tax number
    ],
)
def test_check_digits_are_those_of_iso_7064_mod_11_10(digits: str, check: str) -> None:
    assert check_digit(digits) == check


def remainder(digits: str) -> int:
    """Follow ISO/IEC 7064 from the other side: a valid string leaves 1."""
    product = 10
    for digit in digits[:-1]:
        total = (product + int(digit)) % 10
        product = (20 if total == 0 else 2 * total) % 11
    return (product + int(digits[-1])) % 10


@given(st.integers(2022, 2099), st.integers(1, 999_999), st.data())
def test_every_wrong_digit_is_caught(year: int, number: int, data: st.DataObject) -> None:
    code = registration_code(year, number)
    digits = code[2:].replace("-", "")
    assert remainder(digits) == 1
    place = data.draw(st.integers(0, len(digits) - 1))
    wrong = data.draw(st.sampled_from([d for d in "0123456789" if d != digits[place]]))
    assert remainder(digits[:place] + wrong + digits[place + 1 :]) != 1


def test_a_code_shows_year_number_and_check_digit() -> None:
    assert [registration_code(2026, 1), registration_code(2026, 1_234_567)] == [
        "FJ-2026-000001-7",
        f"FJ-2026-1234567-{check_digit('20261234567')}",
    ]
