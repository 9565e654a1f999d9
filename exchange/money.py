"""Integer arithmetic of money: fen, parts per million, rounding half up."""

PPM = 1_000_000


def half_up(numerator: int, denominator: int) -> int:
    """Divide and round to the nearest integer, ties away from zero.

    Args:
        numerator: any integer.
        denominator: a positive integer.
    """
    assert denominator > 0
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return magnitude if numerator >= 0 else -magnitude


def share(amount_fen: int, part_ppm: int) -> int:
    """Return a part of an amount in fen, rounded half up."""
    return half_up(amount_fen * part_ppm, PPM)


def tax_within(gross_fen: int, rate_ppm: int) -> int:
    """Return the tax that a tax-inclusive amount holds: gross · r / (1 + r), half up."""
    return half_up(gross_fen * rate_ppm, PPM + rate_ppm)


def yuan(amount_fen: int) -> str:
    """Write fen as yuan with two decimals and thousands separators, `¥1,280.00`."""
    sign = "-" if amount_fen < 0 else ""
    whole, cents = divmod(abs(amount_fen), 100)
    return f"{sign}¥{whole:,}.{cents:02d}"
