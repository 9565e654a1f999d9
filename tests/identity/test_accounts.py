"""Accounts: who knows the password has the key; a sign-up is whole or leaves nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from exchange.actors import Role
from exchange.acts.participants import Participant, ParticipantKey
from exchange.acts.sealing import Custody
from exchange.acts.sequencer import Command, Recorded
from exchange.context import Acting
from exchange.errors import ConflictError, ExchangeError, InvalidError, UnavailableError
from exchange.identity.accounts import Accounts, Credentials, SignUp, sign_up
from exchange.identity.key_login import LoginError
from exchange.identity.models import LoginAccount
from exchange.identity.passwords import Passwords
from exchange.ids import SeededIds
from exchange.parties.service import Join, join
from ledger.signing import public_key_of
from tests.world import World

GOOD = Credentials("harbour", "tide tables and buoys")
WISH = SignUp(GOOD, "海港数据有限公司", (Role.SUPPLIER,))
SEED = bytes(range(32))


def _accounts(engine: Engine) -> list[tuple[object, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(LoginAccount.table().select())]


def test_the_password_opens_the_key(accounts: Accounts) -> None:
    accounts.open(GOOD, "p-one", Custody("k1", SEED))

    holder = accounts.log_in(GOOD)

    assert (holder.participant, holder.account) == ("p-one", "harbour")
    assert holder.seal == Custody("k1", SEED)
    assert accounts.of("p-one") == ["harbour"]


def test_an_account_may_have_no_key_in_custody(accounts: Accounts) -> None:
    accounts.open(GOOD, "p-one", None)

    assert accounts.log_in(GOOD).seal is None


@pytest.mark.parametrize(
    "wrong",
    [
        Credentials("harbour", "tide tables and bells"),
        Credentials("harbour", ""),
        Credentials("nobody", GOOD.password),
        Credentials("HARBOUR", GOOD.password),
    ],
)
def test_unknown_users_and_wrong_passwords_look_alike(
    accounts: Accounts, wrong: Credentials
) -> None:
    accounts.open(GOOD, "p-one", Custody("k1", SEED))

    with pytest.raises(LoginError) as refusal:
        accounts.log_in(wrong)

    assert (refusal.value.code, refusal.value.text) == ("login.failed", "the log-in failed")


def test_nobody_costs_one_verification_too() -> None:
    passwords = Passwords(SeededIds(b"p"))

    assert passwords.matches(GOOD.password, None) is False
    assert passwords.matches(GOOD.password, passwords.record(GOOD.password)) is True
    assert passwords.record("a" * 12).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_one_password_however_it_is_composed(accounts: Accounts) -> None:
    accounts.open(replace(GOOD, password="caf\u00e9 au lait noir"), "p-one", None)

    assert accounts.log_in(replace(GOOD, password="cafe\u0301 au lait noir")).account == "harbour"


@pytest.mark.parametrize(
    "password",
    ["", "short", "aaaaaaaaaaaaaaaa", "abcabcabcabcabc", "my harbour is my own", "x" * 300],
)
def test_a_weak_password_is_refused(accounts: Accounts, engine: Engine, password: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        accounts.open(replace(GOOD, password=password), "p-one", None)

    assert refusal.value.code == "password.weak"
    assert refusal.value.fields == {"password": "password.weak"}
    assert _accounts(engine) == []


@pytest.mark.parametrize(
    "name", ["", "ab", "Harbour", "1abc", "har bour", "港口公司", "a" * 33, "abc\n"]
)
def test_an_unfit_user_name_is_refused(accounts: Accounts, engine: Engine, name: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        accounts.open(replace(GOOD, username=name), "p-one", None)

    assert refusal.value.fields == {"username": "account.name"}
    assert _accounts(engine) == []


def test_signing_up_registers_a_key_in_custody(accounts: Accounts, world: World) -> None:
    holder, recorded = sign_up(accounts, world.exchange, WISH)

    assert recorded.kind == "key.register"
    assert recorded.key == holder.participant
    assert world.get(Participant, holder.participant).name == "海港数据有限公司"
    key = world.get(ParticipantKey, f"{holder.participant}/k1")
    assert key.custody is True
    assert isinstance(holder.seal, Custody)
    assert key.public_key == public_key_of(holder.seal.seed)
    assert accounts.log_in(GOOD) == holder


def test_a_taken_user_name_is_refused_and_nothing_changes(
    accounts: Accounts, world: World, engine: Engine
) -> None:
    sign_up(accounts, world.exchange, WISH)
    before = (_accounts(engine), world.digest(), world.leaves())

    for again in (WISH, replace(WISH, credentials=replace(GOOD, password="other words here"))):
        with pytest.raises(ConflictError) as refusal:
            sign_up(accounts, world.exchange, again)
        assert refusal.value.code == "account.taken"

    assert (_accounts(engine), world.digest(), world.leaves()) == before


def test_a_refused_registration_frees_the_user_name(
    accounts: Accounts, world: World, engine: Engine
) -> None:
    before = (world.digest(), world.leaves())

    with pytest.raises(InvalidError):
        sign_up(accounts, world.exchange, replace(WISH, roles=(Role.OPERATOR,)))

    assert _accounts(engine) == []
    assert (world.digest(), world.leaves()) == before
    sign_up(accounts, world.exchange, WISH)


def test_after_a_crash_before_the_act_the_same_person_goes_on(
    accounts: Accounts, world: World, engine: Engine
) -> None:
    def dies(_: Command) -> Recorded:
        raise UnavailableError("ledger.fault", "the process died here")

    with pytest.raises(UnavailableError):
        sign_up(accounts, replace(world.exchange, submit=dies), WISH)
    (begun,) = _accounts(engine)
    stranger = replace(WISH, credentials=replace(GOOD, password="other words here"))
    with pytest.raises(ConflictError):
        sign_up(accounts, world.exchange, stranger)
    assert _accounts(engine) == [begun]

    holder, _ = sign_up(accounts, world.exchange, WISH)

    assert _accounts(engine) == [begun]
    assert accounts.log_in(GOOD) == holder


def test_after_a_crash_behind_the_act_the_account_is_there(
    accounts: Accounts, world: World
) -> None:
    def answers_late(command: Command) -> Recorded:
        world.submit(command)
        raise UnavailableError("ledger.fault", "the answer was lost")

    with pytest.raises(UnavailableError):
        sign_up(accounts, replace(world.exchange, submit=answers_late), WISH)

    holder = accounts.log_in(GOOD)
    assert world.get(Participant, holder.participant).asked == ["supplier"]


def test_a_twin_that_comes_second_leaves_the_first_ones_account(
    accounts: Accounts, world: World
) -> None:
    def twin_is_faster(command: Command) -> Recorded:
        holder = accounts.log_in(GOOD)
        assert holder.seal is not None
        wish = Join("twin", (Role.BUYER,), public_key_of(holder.seal.seed), custody=True)
        world.do(Acting(holder.participant, holder.seal), join, wish)
        return world.submit(command)

    with pytest.raises(ExchangeError):
        sign_up(accounts, replace(world.exchange, submit=twin_is_faster), WISH)

    assert accounts.log_in(GOOD).account == "harbour"


def test_a_closed_account_opens_nothing(accounts: Accounts) -> None:
    accounts.open(GOOD, "p-one", Custody("k1", SEED))

    accounts.close("harbour")

    with pytest.raises(LoginError):
        accounts.log_in(GOOD)
    assert "tide tables" not in repr(GOOD)
