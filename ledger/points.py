"""Points of edwards25519, as far as public keys must be judged (RFC 8032 section 5.1)."""

_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
_SIGN_BIT = 1 << 255
_COFACTOR_DOUBLINGS = 3


def is_canonical_point(encoded: bytes) -> bool:
    """Tell whether 32 bytes are the canonical encoding of a curve point.

    The points with x = 0 and the sign bit set are not singled out: they have small order.
    """
    y = _y_coordinate(encoded)
    if y >= _P:
        return False
    # Euler's criterion: x exists when its square is zero or a quadratic residue.
    return pow(_x_squared(y), (_P - 1) // 2, _P) in {0, 1}


def is_small_order(encoded: bytes) -> bool:
    """Tell whether a point's order divides the cofactor eight.

    Doubling needs only y and the square of x, which the curve equation gives. A non-canonical y is
    reduced first, so that every spelling of such a point is recognised.
    """
    y = _y_coordinate(encoded) % _P
    for _ in range(_COFACTOR_DOUBLINGS):
        y = _double(y)
    return y == 1


def _y_coordinate(encoded: bytes) -> int:
    return int.from_bytes(encoded, "little") & (_SIGN_BIT - 1)


def _x_squared(y: int) -> int:
    return (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P


def _double(y: int) -> int:
    x2, y2 = _x_squared(y), y * y % _P
    return (y2 + x2) * pow(1 - _D * x2 * y2, -1, _P) % _P
