"""Who takes part, and who decides it."""

import pytest

from exchange.actors import Role
from exchange.acts.kinds import table_of
from exchange.acts.participants import Participant, ParticipantKey
from exchange.acts.sealing import Custody
from exchange.context import Acting
from exchange.parties import acts as party_acts
from exchange.parties.service import Admit, Censure, Join, admit, join, reinstate, suspend
from ledger.signing import public_key_of
from tests.world import World


@pytest.fixture
def world() -> World:
    return World(table_of(party_acts.ACTS), party_acts.TABLES)


@pytest.fixture
def registrar(world: World) -> Acting:
    return world.enrol("登记机构", Role.REGISTRAR)


def test_the_operator_is_the_first_and_admits_the_staff(world: World, registrar: Acting) -> None:
    assert world.get(Participant, "operator").roles == ["operator"]
    row = world.get(Participant, registrar.participant)
    assert (row.state.value, row.roles) == ("admitted", ["registrar"])
    key = world.get(ParticipantKey, f"{registrar.participant}/k1")
    assert (key.custody, key.revoked, key.registered) == (True, None, 1)


def test_a_registrar_admits_to_the_roles_that_were_asked_for(
    world: World, registrar: Acting
) -> None:
    firm = world.join("甲公司", Role.SUPPLIER, Role.BUYER)
    assert world.refuses(
        "party.roles", registrar, admit, Admit(firm.participant, (Role.APPRAISER,))
    )
    assert world.refuses("party.roles", registrar, admit, Admit(firm.participant, ()))
    assert world.refuses("participant.unknown", registrar, admit, Admit("p-0", (Role.BUYER,)))
    world.do(registrar, admit, Admit(firm.participant, (Role.SUPPLIER,)))
    assert world.get(Participant, firm.participant).roles == ["supplier"]
    assert world.refuses(
        "participant.state", registrar, admit, Admit(firm.participant, (Role.SUPPLIER,))
    )


def test_a_registrar_makes_no_staff_and_a_firm_admits_nobody(
    world: World, registrar: Acting
) -> None:
    clearer = world.join("清算", Role.CLEARER)
    wish = Admit(clearer.participant, (Role.CLEARER,))
    assert world.refuses("party.roles", registrar, admit, wish)
    assert world.refuses("act.role", clearer, admit, wish)
    world.operate(admit, wish)


def test_nobody_asks_to_be_operator_or_node(world: World) -> None:
    for role in (Role.OPERATOR, Role.NODE):
        seed = world.ids.token(32)
        wish = Join("某", (role,), public_key_of(seed), custody=True)
        assert world.refuses("party.roles", Acting("p-x", Custody("k1", seed)), join, wish)


def test_a_suspended_participant_can_do_nothing_until_it_is_reinstated(
    world: World, registrar: Acting
) -> None:
    other = world.enrol("第二登记", Role.REGISTRAR)
    firm = world.enrol("甲公司", Role.BUYER)
    world.do(registrar, suspend, Censure(other.participant, "违规"))
    assert world.refuses("act.role", other, suspend, Censure(firm.participant, "x"))
    assert world.refuses("participant.state", registrar, suspend, Censure(other.participant, "x"))
    world.do(registrar, reinstate, Censure(other.participant, "改正"))
    world.do(other, suspend, Censure(firm.participant, "x"))
    assert world.refuses("party.self", registrar, suspend, Censure(registrar.participant, "x"))
    assert world.digest() == world.replay_digest()
