import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.encoding import b64
from ledger.errors import NoteError, WeakKeyError
from ledger.note import key_id
from ledger.signing import (
    Ed25519Signer,
    Ed25519Verifier,
    check_public_key,
    generate_private_key,
    parse_vkey,
    private_key_from_seed,
    public_key_of,
)

# RFC 8032 section 7.1, test 2.
SEED = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
PUBLIC = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
SIGNATURE = bytes.fromhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)
MESSAGE = b"\x72"
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
P = 2**255 - 19
NAME = "p1.demo.fdx.example/k1"
KEY = b64(b"\x01" + PUBLIC)
COSIGNER = b64(b"\x04" + PUBLIC)


def little(y: int) -> bytes:
    return y.to_bytes(32, "little")


WEAK = {
    "order 1": little(1),
    "order 1, sign set": little(1 | 1 << 255),
    "order 1, y + p": little(P + 1),
    "order 1, y + p, sign set": little(P + 1 | 1 << 255),
    "order 2": little(P - 1),
    "order 2, sign set": little(P - 1 | 1 << 255),
    "order 4": little(0),
    "order 4, other": little(1 << 255),
    "order 4, y + p": little(P),
    "order 4, y + p, other": little(P | 1 << 255),
    "order 8": bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    "order 8, b": bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"),
    "order 8, c": bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    "order 8, d": bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
    "not canonical": little(P + 3),
    "no point": little(2),
    "short": PUBLIC[:-1],
    "long": PUBLIC + b"\0",
    "empty": b"",
}


def test_signatures_are_those_of_rfc_8032() -> None:
    signer = Ed25519Signer(NAME, SEED)
    assert public_key_of(SEED) == signer.public_key == PUBLIC
    assert signer.sign(MESSAGE) == SIGNATURE
    assert signer.key_id == key_id(NAME, PUBLIC)
    assert Ed25519Verifier(NAME, PUBLIC).verify(MESSAGE, SIGNATURE)


def test_a_signer_takes_a_seed_or_a_private_key() -> None:
    assert Ed25519Signer(NAME, private_key_from_seed(SEED)).sign(MESSAGE) == SIGNATURE


def test_wrong_signatures_do_not_verify() -> None:
    verifier = Ed25519Verifier(NAME, PUBLIC)
    assert not verifier.verify(b"\x73", SIGNATURE)
    for place in range(64):
        changed = bytearray(SIGNATURE)
        changed[place] ^= 1
        assert not verifier.verify(MESSAGE, bytes(changed))
    for length in (0, 1, 32, 63):
        assert not verifier.verify(MESSAGE, SIGNATURE[:length])
    assert not verifier.verify(MESSAGE, SIGNATURE + b"\0")


def test_a_signature_cannot_be_respelled_by_adding_the_group_order() -> None:
    s = int.from_bytes(SIGNATURE[32:], "little") + GROUP_ORDER
    assert not Ed25519Verifier(NAME, PUBLIC).verify(MESSAGE, SIGNATURE[:32] + little(s))


def test_a_library_accepts_any_message_under_a_weak_key() -> None:
    """Why weak keys must be refused by us."""
    Ed25519PublicKey.from_public_bytes(little(1)).verify(little(1) + bytes(32), b"anything")


@pytest.mark.parametrize("public_key", WEAK.values(), ids=WEAK.keys())
def test_weak_keys_make_no_verifier(public_key: bytes) -> None:
    for refused in (check_public_key, lambda key: Ed25519Verifier(NAME, key)):
        with pytest.raises(WeakKeyError) as caught:
            refused(public_key)
        assert caught.value.code == "key.weak"


def test_a_verifier_key_round_trips() -> None:
    vkey = Ed25519Signer(NAME, SEED).verifier().vkey
    assert vkey == f"{NAME}+{key_id(NAME, PUBLIC).hex()}+{KEY}"
    verifier = parse_vkey(vkey)
    assert (verifier.name, verifier.public_key, verifier.vkey) == (NAME, PUBLIC, vkey)


GOOD = f"{NAME}+{key_id(NAME, PUBLIC).hex()}+"


@pytest.mark.parametrize(
    "text",
    [
        "",
        NAME,
        GOOD,
        f"{NAME}+{KEY}",
        f"{GOOD}{COSIGNER}",
        f"{GOOD}{b64(PUBLIC)}",
        f"{GOOD}{KEY}=",
        f"{GOOD}{KEY}\n",
        f" {GOOD}{KEY}",
        f"{NAME}+00000000+{KEY}",
        f"x{GOOD}{KEY}",
        f"{NAME}+{key_id(NAME, PUBLIC).hex().upper()}+{KEY}",
    ],
)
def test_malformed_verifier_keys_are_refused(text: str) -> None:
    with pytest.raises(NoteError) as caught:
        parse_vkey(text)
    assert caught.value.code == "note.vkey"


def test_a_weak_verifier_key_is_refused() -> None:
    weak = little(1)
    key = b64(b"\x01" + weak)
    with pytest.raises(WeakKeyError):
        parse_vkey(f"{NAME}+{key_id(NAME, weak).hex()}+{key}")


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b", "a\nb"])
def test_names_that_no_signature_line_can_carry_are_refused(name: str) -> None:
    for refused in (lambda n: Ed25519Signer(n, SEED), lambda n: Ed25519Verifier(n, PUBLIC)):
        with pytest.raises(NoteError) as caught:
            refused(name)
        assert caught.value.code == "note.name"


def test_new_keys_are_usable_and_differ() -> None:
    first, second = generate_private_key(), generate_private_key()
    assert len(first) == 32
    assert first != second
    check_public_key(public_key_of(first))


def test_a_seed_of_another_length_is_a_programming_error() -> None:
    with pytest.raises(AssertionError):
        private_key_from_seed(SEED[:-1])
