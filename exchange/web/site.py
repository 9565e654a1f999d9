"""What the web is given: an exchange that somebody else built, and the front door's own parts."""

from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy import Engine

from exchange.acts.last_signed import LastSigned
from exchange.clock import Clock
from exchange.context import Exchange
from exchange.grants.nodes import Nodes
from exchange.identity.accounts import Accounts
from exchange.identity.passwords import Passwords
from exchange.identity.store import IdentityStore
from exchange.identity.throttle import Limits
from exchange.ids import Ids


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account that a demonstration shows to everybody, password included."""

    role: str
    username: str
    password: str


@dataclass(frozen=True)
class Site:
    """Everything that requests share.

    `real_clock` and `ids` serve sessions and limits and are never the simulation's;
    `last_signed` is only read here: its checkpoint is the one that the site publishes.
    `demo` shows `demo_accounts` to everybody; `secure` says that browsers come by https.
    """

    exchange: Exchange
    engine: Engine
    real_clock: Clock
    ids: Ids
    nodes: Nodes
    last_signed: LastSigned
    demo: bool = False
    demo_accounts: tuple[DemoAccount, ...] = ()
    secure: bool = False
    limits: Limits = field(default_factory=Limits)

    @cached_property
    def identity(self) -> IdentityStore:
        """The front door's rows."""
        return IdentityStore(self.engine, self.real_clock, self.ids)

    @cached_property
    def accounts(self) -> Accounts:
        """The user names and passwords."""
        return Accounts(self.identity, Passwords(self.ids))
