from exchange.ids import SeededIds, SystemIds, new_id


def test_a_seeded_stream_repeats_and_never_gives_the_same_bytes_twice() -> None:
    first, second = SeededIds(b"seed"), SeededIds(b"seed")
    tokens = [first.token(16) for _ in range(100)]
    assert tokens == [second.token(16) for _ in range(100)]
    assert len(set(tokens)) == 100
    assert SeededIds(b"other").token(16) != tokens[0]


def test_identifiers_are_prefix_and_twelve_letters() -> None:
    prefix, letters = new_id(SystemIds(), "asset").split("-")
    assert prefix == "asset"
    assert len(letters) == 12
    assert set(letters) <= set("abcdefghijklmnopqrstuvwxyz234567")
