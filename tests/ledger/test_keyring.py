from collections.abc import Callable
from typing import Any

import pytest

from ledger.act import Act, Pin, SignedAct, key_name, parse_act_note
from ledger.encoding import b64
from ledger.errors import KeyStateError, LedgerError, WeakKeyError
from ledger.keyring import KeyRecord, Keyring
from ledger.note import Note, Signature, sign_note
from ledger.signing import Ed25519Signer

ORIGIN = "demo.fdx.example/ledger"
HASH = bytes(range(32))


def signer(actor: str, key: str = "k1", seed: int = 1) -> Ed25519Signer:
    return Ed25519Signer(key_name(ORIGIN, actor, key), seed.to_bytes(32, "big"))


A, B, C = signer("a", seed=1), signer("b", seed=2), signer("c", seed=3)


def signed(act: Act, *signers: Ed25519Signer) -> SignedAct:
    return parse_act_note(sign_note(act.text(), *signers))


def act(
    actor: str, kind: str = "order.place", seq: int = 2, body: dict[str, Any] | None = None
) -> Act:
    prev = None if seq == 1 else HASH
    return Act(ORIGIN, actor, seq, kind, prev, Pin(), body or {})


def registration(
    actor: str, by: Ed25519Signer, kind: str = "key.register", **body: Any
) -> SignedAct:
    values = {"key": "k1", "public_key": b64(by.public_key)} | body
    return signed(act(actor, kind, 1, values), by)


def revocation(actor: str, by: Ed25519Signer, key: str = "k1") -> SignedAct:
    return signed(act(actor, "key.revoke", body={"key": key}), by)


@pytest.fixture
def keyring() -> Keyring:
    """Actor a registered at 0, b at 1."""
    ring = Keyring(ORIGIN)
    ring.fold(0, registration("a", A))
    ring.fold(1, registration("b", B, "node.register"))
    return ring


RECORD_A = KeyRecord(A.name, "a", "k1", A.public_key, 0)
RECORD_B = KeyRecord(B.name, "b", "k1", B.public_key, 1)


def refused(keyring: Keyring, index: int, act: SignedAct) -> str:
    """Return the code of a refusal by check and by fold, after which nothing has changed."""
    before = keyring.records
    codes = set()
    for ask in (keyring.check, keyring.fold):
        with pytest.raises(LedgerError) as caught:
            ask(index, act)
        codes.add(caught.value.code)
    assert keyring.records == before
    (code,) = codes
    return code


def test_a_first_act_registers_its_own_key(keyring: Keyring) -> None:
    assert keyring.records == (RECORD_A, RECORD_B)
    assert keyring.find("a", "k1") == RECORD_A
    assert keyring.find("a", "k2") is None


def test_checking_changes_nothing(keyring: Keyring) -> None:
    assert keyring.check(2, registration("c", C)).public_key == C.public_key
    assert keyring.records == (RECORD_A, RECORD_B)


def test_later_acts_are_signed_by_a_key_of_the_actor(keyring: Keyring) -> None:
    assert keyring.fold(2, signed(act("a"), A)) == RECORD_A
    assert keyring.check(2, signed(act("b"), B)) == RECORD_B
    assert keyring.records == (RECORD_A, RECORD_B)


def test_acts_under_other_keys_are_refused(keyring: Keyring) -> None:
    assert refused(keyring, 2, signed(act("a"), B)) == "key.unknown"
    assert refused(keyring, 2, signed(act("c"), C)) == "key.unknown"
    assert refused(keyring, 2, signed(act("a"), signer("a", "k2", 1))) == "key.unknown"
    assert refused(keyring, 2, signed(act("a"), signer("a", "k1", 9))) == "key.signature"


def test_two_signatures_are_refused(keyring: Keyring) -> None:
    assert refused(keyring, 2, signed(act("a"), A, B)) == "key.signatures"
    assert refused(keyring, 2, signed(act("a"), A, A)) == "key.signatures"


def test_a_key_id_alone_proves_nothing(keyring: Keyring) -> None:
    """Four bytes can be made to collide; the signature must verify under the registered key."""
    forger = signer("a", "k1", 9)
    text = act("a").text()
    note = Note(text, (Signature(A.name, A.key_id, forger.sign(text.encode())),))
    assert refused(keyring, 2, SignedAct(act("a"), note, "")) == "key.signature"
    right = Note(text, (Signature(A.name, b"\0\0\0\0", A.sign(text.encode())),))
    assert refused(keyring, 2, SignedAct(act("a"), right, "")) == "key.signature"


def test_a_changed_text_is_refused(keyring: Keyring) -> None:
    note = Note(act("a", seq=3).text(), signed(act("a"), A).note.signatures)
    assert refused(keyring, 2, SignedAct(act("a", seq=3), note, "")) == "key.signature"


def test_a_key_is_unknown_before_its_registration(keyring: Keyring) -> None:
    """The full keyring still answers for a place in the middle."""
    assert refused(keyring, 1, signed(act("b"), B)) == "key.unknown"
    assert refused(keyring, 0, signed(act("a"), A)) == "key.unknown"


def test_an_act_for_another_log_is_refused(keyring: Keyring) -> None:
    other = Act("other.example/ledger", "a", 2, "order.place", HASH)
    assert refused(keyring, 2, signed(other, A)) == "key.origin"


@pytest.mark.parametrize(
    ("registering", "code"),
    [
        (registration("a", C), "key.actor"),
        (registration("a", signer("a", "k2", 5), key="k2"), "key.actor"),
        (registration("c", signer("c", seed=1)), "key.used"),
        (registration("c", C, public_key=b64(B.public_key)), "key.used"),
        (registration("c", C, public_key=b64(signer("c", seed=8).public_key)), "key.signature"),
        (registration("c", signer("c", "k2", 3)), "key.signature"),
        (registration("c", signer("d", "k1", 3)), "key.signature"),
        (registration("c", C, key="K1"), "key.body"),
        (registration("c", C, key=""), "key.body"),
        (registration("c", C, key="k 1"), "key.body"),
        (registration("c", C, key=1), "key.body"),
        (registration("c", C, key=None), "key.body"),
        (registration("c", C, public_key=None), "key.body"),
        (registration("c", C, public_key=7), "key.body"),
        (registration("c", C, public_key=b64(C.public_key[:-1])), "key.body"),
        (registration("c", C, public_key=b64(C.public_key).rstrip("=")), "key.body"),
        (signed(act("c", "key.register", 1), C), "key.body"),
        (registration("c", C, public_key=b64(b"\1" + bytes(31))), "key.weak"),
        (registration("c", C, public_key=b64(b"\2" + bytes(31))), "key.weak"),
        (signed(act("c", "key.register", 2, {"key": "k1"}), C), "key.first"),
        (signed(act("a", "key.register", 2, {"key": "k2"}), A), "key.first"),
    ],
)
def test_bad_registrations_are_refused(keyring: Keyring, registering: SignedAct, code: str) -> None:
    assert refused(keyring, 2, registering) == code


def test_a_weak_key_is_its_own_kind_of_error(keyring: Keyring) -> None:
    with pytest.raises(WeakKeyError):
        keyring.check(2, registration("c", C, public_key=b64(b"\1" + bytes(31))))


def test_a_revoked_key_signs_its_revocation_and_nothing_after(keyring: Keyring) -> None:
    assert keyring.fold(5, revocation("a", A)) == RECORD_A
    assert keyring.find("a", "k1") == KeyRecord(A.name, "a", "k1", A.public_key, 0, 5)
    assert refused(keyring, 6, signed(act("a"), A)) == "key.revoked"
    assert refused(keyring, 6, revocation("a", A)) == "key.revoked"
    assert keyring.check(6, signed(act("b"), B)) == RECORD_B
    assert keyring.check(4, signed(act("a"), A)).revoked_at == 5
    assert refused(keyring, 7, registration("a", A)) == "key.actor"
    assert refused(keyring, 7, registration("c", signer("c", seed=1))) == "key.used"


def test_only_an_own_valid_key_can_be_revoked(keyring: Keyring) -> None:
    assert refused(keyring, 2, revocation("a", A, "k2")) == "key.unknown"
    assert refused(keyring, 2, revocation("a", A, "../b/k1")) == "key.body"
    assert refused(keyring, 2, signed(act("a", "key.revoke", body={}), A)) == "key.body"
    assert refused(keyring, 2, revocation("a", B)) == "key.unknown"


def test_a_keyring_restarts_from_its_records(keyring: Keyring) -> None:
    keyring.fold(5, revocation("a", A))
    again = Keyring(ORIGIN, keyring.records)
    assert again.records == keyring.records
    assert refused(again, 6, signed(act("a"), A)) == "key.revoked"
    assert refused(again, 6, registration("c", signer("c", seed=1))) == "key.used"
    assert again.check(6, signed(act("b"), B)) == RECORD_B


def test_a_copied_keyring_is_independent(keyring: Keyring) -> None:
    twin = keyring.copy()
    twin.fold(2, registration("c", C))
    twin.fold(3, revocation("b", B))
    assert keyring.records == (RECORD_A, RECORD_B)
    assert keyring.check(4, signed(act("b"), B)) == RECORD_B
    assert keyring.check(4, registration("c", C)).actor == "c"


def test_a_keyring_is_a_function_of_the_prefix(grown_log: Callable[[int, int], Any]) -> None:
    log = grown_log(5, 60)
    acts = [parse_act_note(leaf.decode().partition("\n")[2]) for leaf in log.leaves]
    once = Keyring(log.origin)
    for index, item in enumerate(acts):
        once.fold(index, item)
    for cut in (1, 17, 40):
        first = Keyring(log.origin)
        for index, item in enumerate(acts[:cut]):
            first.fold(index, item)
        second = Keyring(log.origin, first.records)
        for index, item in enumerate(acts[cut:], cut):
            second.fold(index, item)
        assert second.records == once.records


def test_errors_are_of_the_key_kind(keyring: Keyring) -> None:
    with pytest.raises(KeyStateError):
        keyring.check(2, signed(act("c"), C))
