"""Accounts: a user name and a password that open a participant's key in custody."""

import re
from dataclasses import dataclass, field

from sqlalchemy.exc import IntegrityError

from exchange.actors import Role
from exchange.acts.participants import Participant
from exchange.acts.sealing import Custody
from exchange.acts.sequencer import Recorded
from exchange.context import Acting, Exchange
from exchange.errors import ConflictError, ExchangeError, InvalidError, Kind
from exchange.identity.custody import unwrap, wrap
from exchange.identity.key_login import LoginError
from exchange.identity.models import LoginAccount
from exchange.identity.passwords import Passwords, check_new
from exchange.identity.sessions import Holder
from exchange.identity.store import IdentityStore
from exchange.ids import new_id
from exchange.parties.service import Join, join
from ledger.signing import public_key_of

_USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,31}")
_FIRST_KEY = "k1"


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user name and a password, as somebody typed them."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignUp:
    """A wish to become a participant whose key the exchange keeps."""

    credentials: Credentials
    name: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Accounts:
    """Opens accounts and checks who comes back."""

    store: IdentityStore
    passwords: Passwords

    def log_in(self, credentials: Credentials) -> Holder:
        """Return the holder whose password this is, its seed unwrapped.

        An unknown user name and a wrong password look alike and take the same time.

        Raises:
            LoginError: the log-in failed.
        """
        row = self._row(credentials.username)
        if not self.passwords.matches(credentials.password, None if row is None else row.password):
            raise LoginError
        assert row is not None, "nobody's password matches"
        return self._holder(row, credentials.password)

    def open(self, credentials: Credentials, participant: str, seal: Custody | None) -> None:
        """Open an account for a participant.

        Raises:
            InvalidError: the user name or the password can't serve.
            ConflictError: the user name is taken (`account.taken`).
        """
        _check_username(credentials.username)
        check_new(credentials.password, credentials.username)
        salt = self.store.ids.token(16)
        key = self.passwords.wrapping_key(credentials.password, salt)
        row = LoginAccount(
            id=credentials.username,
            participant=participant,
            password=self.passwords.record(credentials.password),
            key=_FIRST_KEY if seal is None else seal.label,
            salt=salt,
            wrapped_seed=None
            if seal is None
            else wrap(self.store.ids, key, seal.seed, _place(credentials.username)),
            created_ms=self.store.now_ms(),
        )
        try:
            with self.store.writing() as tables:
                tables.insert(row)
        except IntegrityError as error:
            raise ConflictError("account.taken", "the user name is taken") from error

    def close(self, username: str) -> None:
        """Delete an account; its participant and what it did stay in the ledger."""
        with self.store.writing() as tables:
            row = tables.get(LoginAccount, username)
            if row is not None:
                tables.delete(row)

    def of(self, participant: str) -> list[str]:
        """List the user names that act for a participant."""
        with self.store.reading() as tables:
            return [row.id for row in tables.find(LoginAccount, participant=participant)]

    def _row(self, username: str) -> LoginAccount | None:
        with self.store.reading() as tables:
            return tables.get(LoginAccount, username)

    def _holder(self, row: LoginAccount, password: str) -> Holder:
        if row.wrapped_seed is None:
            return Holder(row.participant, row.id, None)
        key = self.passwords.wrapping_key(password, row.salt)
        seed = unwrap(key, row.wrapped_seed, _place(row.id))
        return Holder(row.participant, row.id, Custody(row.key, seed))


def sign_up(accounts: Accounts, exchange: Exchange, wish: SignUp) -> tuple[Holder, Recorded]:
    """Make a participant with a fresh key in custody, and the account that opens it.

    The account is written first and holds the key. If the process dies before the act stands
    in the ledger, the same person signs up again with the same password and goes on with the
    same key; if the act is refused, the user name is free again.

    Raises:
        ConflictError: the user name is taken (`account.taken`).
        InvalidError: something about the wish is wrong; nothing stays of it.
    """
    holder = _begun(accounts, exchange, wish)
    assert holder.seal is not None, "a key in custody was just made"
    body = Join(wish.name, wish.roles, public_key_of(holder.seal.seed), custody=True)
    try:
        recorded = exchange.perform(Acting(holder.participant, holder.seal), join, body)
    except ExchangeError as refusal:
        # A twin of this request may have been first, and its account must stay.
        if refusal.kind is not Kind.UNAVAILABLE and not _joined(exchange, holder.participant):
            accounts.close(wish.credentials.username)
        raise
    return holder, recorded


def _begun(accounts: Accounts, exchange: Exchange, wish: SignUp) -> Holder:
    ids = accounts.store.ids
    seal = Custody(_FIRST_KEY, ids.token(32))
    participant = new_id(ids, "p")
    try:
        accounts.open(wish.credentials, participant, seal)
    except ConflictError:
        return _unfinished(accounts, exchange, wish)
    return Holder(participant, wish.credentials.username, seal)


def _unfinished(accounts: Accounts, exchange: Exchange, wish: SignUp) -> Holder:
    taken = ConflictError("account.taken", "the user name is taken")
    try:
        holder = accounts.log_in(wish.credentials)
    except LoginError as error:
        raise taken from error
    if holder.seal is None or _joined(exchange, holder.participant):
        raise taken
    return holder


def _joined(exchange: Exchange, participant: str) -> bool:
    with exchange.snapshot() as reader:
        return reader.get(Participant, participant) is not None


def _check_username(username: str) -> None:
    if not _USERNAME.fullmatch(username):
        raise InvalidError(
            "account.name",
            "a user name has 3 to 32 lower-case letters, digits, dots, hyphens or underscores",
            {"username": "account.name"},
        )


def _place(username: str) -> str:
    return f"fdx-account/v1\n{username}"
