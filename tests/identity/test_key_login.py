"""A log-in by key: the right key, the right exchange, once, in time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from exchange.actors import Role
from exchange.acts.sealing import Custody
from exchange.clock import VirtualClock
from exchange.context import Acting
from exchange.identity.key_login import Challenge, LoginError, accept, challenge, login_text
from exchange.identity.sessions import Holder
from exchange.identity.store import IdentityStore
from ledger.act import key_name
from ledger.note import sign_note
from ledger.signing import Ed25519Signer, private_key_from_seed
from tests.world import ORIGIN, World


@pytest.fixture
def buyer(world: World) -> Acting:
    return world.join("买方", Role.BUYER)


def _signer(acting: Acting, label: str = "k1", origin: str = ORIGIN) -> Ed25519Signer:
    assert isinstance(acting.seal, Custody)
    name = key_name(origin, acting.participant, label)
    return Ed25519Signer(name, private_key_from_seed(acting.seal.seed))


def _accept(store: IdentityStore, world: World, note: str) -> Holder:
    with world.exchange.snapshot() as reader:
        return accept(store, reader, ORIGIN, note)


def test_the_text_is_the_documented_one(store: IdentityStore, buyer: Acting) -> None:
    made = challenge(store, ORIGIN, buyer.participant)

    assert made.text == f"fdx-login/v1\n{ORIGIN}\n{buyer.participant}\n{made.nonce}\n"
    assert made.text == login_text(ORIGIN, buyer.participant, made.nonce)


def test_the_signed_challenge_logs_in_once(
    store: IdentityStore, world: World, buyer: Acting
) -> None:
    note = sign_note(challenge(store, ORIGIN, buyer.participant).text, _signer(buyer))

    assert _accept(store, world, note) == Holder(buyer.participant, None, None)
    with pytest.raises(LoginError):
        _accept(store, world, note)


def test_it_serves_two_minutes(
    store: IdentityStore, world: World, clock: VirtualClock, buyer: Acting
) -> None:
    note = sign_note(challenge(store, ORIGIN, buyer.participant).text, _signer(buyer))
    clock.advance(timedelta(minutes=2))

    with pytest.raises(LoginError):
        _accept(store, world, note)


def test_wrong_notes_are_refused_and_spend_nothing(
    store: IdentityStore, world: World, buyer: Acting
) -> None:
    other = world.join("他人", Role.BUYER)
    made: Challenge = challenge(store, ORIGIN, buyer.participant)
    text, signer = made.text, _signer(buyer)
    forged = f"{text}\n" + sign_note(text, _signer(other)).split("\n\n")[1].replace(
        other.participant, buyer.participant
    )
    wrong = [
        "",
        "no note",
        text,
        sign_note(text, _signer(other)),
        sign_note(text, _signer(buyer, "k2")),
        sign_note(text, signer, _signer(other)),
        forged,
        sign_note(login_text("other.example/ledger", buyer.participant, made.nonce), signer),
        sign_note(login_text(ORIGIN, other.participant, made.nonce), _signer(other)),
        sign_note(login_text(ORIGIN, buyer.participant, "AAAA"), signer),
        sign_note(text.replace("fdx-login", "fdx-act"), signer),
        sign_note(text + "more\n", signer),
    ]

    for note in wrong:
        with pytest.raises(LoginError):
            _accept(store, world, note)

    assert _accept(store, world, sign_note(text, signer)).participant == buyer.participant


def test_a_stranger_gets_a_challenge_that_nothing_answers(
    store: IdentityStore, world: World
) -> None:
    made = challenge(store, ORIGIN, "p-nobody")
    ghost = Acting("p-nobody", Custody("k1", bytes(range(32))))

    with pytest.raises(LoginError):
        _accept(store, world, sign_note(made.text, _signer(ghost)))


@pytest.mark.parametrize("name", ["", "P", "a b", "a\nb", "x" * 65, "名"])
def test_nobody_can_have_an_unfit_name(store: IdentityStore, name: str) -> None:
    with pytest.raises(LoginError):
        challenge(store, ORIGIN, name)
