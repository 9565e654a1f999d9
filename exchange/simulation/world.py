"""The stage of a simulation: an exchange on a virtual clock, and its cast."""

from dataclasses import dataclass, field

from exchange.actors import Role
from exchange.acts.last_signed import LastSigned
from exchange.acts.sealing import Custody
from exchange.acts.sequencer import Backend, Recorded
from exchange.acts.unit_of_work import Service, W
from exchange.assets.service import RegisterNode, bind_node, register_node
from exchange.bootstrap import Secrets, Surroundings, assemble, begin, inline
from exchange.clock import VirtualClock
from exchange.context import Acting, Exchange
from exchange.ids import Ids, new_id
from exchange.parties.service import Admit, Join, admit, join
from exchange.simulation.nodes import SimulatedNode, SimulatedNodes
from exchange.simulation.scenario import Scenario
from ledger.signing import public_key_of


@dataclass(slots=True)
class World:
    """An exchange and everybody who acts in it; lists are in the order of joining."""

    exchange: Exchange
    clock: VirtualClock
    ids: Ids
    nodes: SimulatedNodes
    registrars: list[Acting] = field(default_factory=list)
    clearers: list[Acting] = field(default_factory=list)
    appraisers: list[Acting] = field(default_factory=list)
    arbitrators: dict[str, Acting] = field(default_factory=dict)
    suppliers: dict[str, Acting] = field(default_factory=dict)
    buyers: dict[str, Acting] = field(default_factory=dict)
    node_of: dict[str, Acting] = field(default_factory=dict)

    def do(self, acting: Acting, service: Service[W], wish: W) -> Recorded:
        """Do one act."""
        return self.exchange.perform(acting, service, wish)

    def enrol(self, name: str, role: Role) -> Acting:
        """Let somebody join with a fresh key and be admitted to a role."""
        seed = self.ids.token(32)
        acting = Acting(new_id(self.ids, "p"), Custody("k1", seed))
        self.do(acting, join, Join(name, (role,), public_key_of(seed), custody=True))
        self.exchange.operate(admit, Admit(acting.participant, (role,)))
        return acting

    def add_node(self, supplier: Acting, name: str) -> None:
        """Give a supplier a simulated domain node."""
        seed = self.ids.token(32)
        acting = Acting(new_id(self.ids, "n"), Custody("k1", seed))
        url = f"http://127.0.0.1/{acting.participant}"
        wish = RegisterNode(name, supplier.participant, url, public_key_of(seed), "k1")
        self.do(acting, register_node, wish)
        self.do(supplier, bind_node, acting.participant)
        self.nodes.add(url, SimulatedNode(acting.participant, seed))
        self.node_of[supplier.participant] = acting


def open_world(
    scenario: Scenario,
    origin: str,
    secrets: Secrets,
    store: tuple[Backend, LastSigned],
    ids: Ids,
) -> World:
    """Begin an exchange at the scenario's start, with its staff and all its participants."""
    clock = VirtualClock(scenario.start)
    exchange = assemble(origin, secrets, Surroundings(*store, clock, ids), inline)
    begin(exchange, secrets.operator)
    world = World(exchange, clock, ids, SimulatedNodes(origin, ids))
    world.registrars = [world.enrol(f"模拟登记审核员 {n}", Role.REGISTRAR) for n in (1, 2)]
    world.clearers = [world.enrol(f"模拟清算员 {n}", Role.CLEARER) for n in (1, 2)]
    world.appraisers = [
        world.enrol(f"模拟评估机构 {n}", Role.APPRAISER) for n in range(1, scenario.appraisers + 1)
    ]
    for number in range(1, scenario.arbitrators + 1):
        arbitrator = world.enrol(f"模拟仲裁员 {number}", Role.ARBITRATOR)
        world.arbitrators[arbitrator.participant] = arbitrator
    for number in range(1, scenario.suppliers + 1):
        supplier = world.enrol(f"模拟供方 {number}", Role.SUPPLIER)
        world.suppliers[supplier.participant] = supplier
        world.add_node(supplier, f"模拟节点 {number}")
    for number in range(1, scenario.buyers + 1):
        buyer = world.enrol(f"模拟需方 {number}", Role.BUYER)
        world.buyers[buyer.participant] = buyer
    return world
