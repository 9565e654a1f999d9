"""Judging curve points, against arithmetic on both coordinates written only here."""

from ledger.points import is_canonical_point, is_small_order
from ledger.signing import public_key_of

P = 2**255 - 19
D = -121665 * pow(121666, P - 2, P) % P
IDENTITY = (0, 1)
Point = tuple[int, int]


def add(a: Point, b: Point) -> Point:
    (x1, y1), (x2, y2) = a, b
    k = D * x1 * x2 * y1 * y2
    x3 = (x1 * y2 + y1 * x2) * pow(1 + k, P - 2, P) % P
    return x3, (y1 * y2 + x1 * x2) * pow(1 - k, P - 2, P) % P


def times(n: int, point: Point) -> Point:
    result = IDENTITY
    while n:
        if n & 1:
            result = add(result, point)
        point, n = add(point, point), n >> 1
    return result


def encode(point: Point, *, over: bool = False, flip: bool = False) -> bytes:
    y = point[1] + (P if over else 0)
    return (y | ((point[0] & 1) ^ flip) << 255).to_bytes(32, "little")


def root_of_minus_one() -> int:
    return pow(2, (P - 1) // 4, P)


def decode(y: int) -> Point | None:
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    for candidate in (x, x * root_of_minus_one() % P):
        if candidate * candidate % P == x2:
            return candidate, y
    return None


ORDER = 2**252 + 27742317777372353535851937790883648493
BASE = decode(4 * pow(5, P - 2, P) % P)


def torsion() -> list[Point]:
    """The eight points whose order divides eight: what the group order leaves of other points."""
    found: list[Point] = []
    for y in range(2, 40):
        point = decode(y)
        if point is not None:
            rest = times(ORDER, point)
            found += [times(n, rest) for n in range(8)]
    return sorted(set(found))


TORSION = torsion()


def test_all_eight_points_of_small_order_are_known_in_every_spelling() -> None:
    assert len(TORSION) == 8
    spellings = {
        encode(point, over=over, flip=flip)
        for point in TORSION
        for over in (False, True)
        for flip in (False, True)
        if not over or point[1] < 19
    }
    # 5 values of y, of which 0 and 1 have a second spelling, each with both signs.
    assert len(spellings) == 14
    assert all(is_small_order(item) for item in spellings)


def test_a_point_of_mixed_order_is_not_of_small_order() -> None:
    assert BASE is not None
    assert times(ORDER, BASE) == IDENTITY
    for point in TORSION:
        assert not is_small_order(encode(add(BASE, point)))
        assert is_canonical_point(encode(add(BASE, point)))


def test_every_real_public_key_is_canonical_and_not_of_small_order() -> None:
    for n in range(50):
        public_key = public_key_of(n.to_bytes(32, "big"))
        assert is_canonical_point(public_key)
        assert not is_small_order(public_key)


def test_exactly_the_values_of_y_with_an_x_are_points() -> None:
    for y in range(60):
        assert is_canonical_point(y.to_bytes(32, "little")) == (decode(y) is not None)


def test_a_y_beyond_the_field_is_not_canonical() -> None:
    for excess in range(19):
        for sign in (0, 1 << 255):
            assert not is_canonical_point((P + excess | sign).to_bytes(32, "little"))
    assert is_canonical_point((P - 1).to_bytes(32, "little"))
