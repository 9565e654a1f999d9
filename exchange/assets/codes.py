"""Registration codes such as `FJ-2026-000001-7`: year, running number, check digit."""

import re


def check_digit(digits: str) -> str:
    """Return the check digit of a string of digits by ISO/IEC 7064, MOD 11,10.

    It catches every single wrong digit and nearly all swaps of neighbours.
    """
    assert re.fullmatch("[0-9]+", digits), "only digits are checked"
    product = 10
    for digit in digits:
        total = (product + int(digit)) % 10 or 10
        product = 2 * total % 11
    return str((11 - product) % 10)


def registration_code(year: int, number: int) -> str:
    """Write the code of the `number`-th asset registered in a year, counted from 1."""
    assert number > 0, "the first number of a year is 1"
    running = f"{number:06d}"
    return f"FJ-{year:04d}-{running}-{check_digit(f'{year:04d}{running}')}"
