"""Coming in: by password, by key, or as somebody new; each within limits."""

from dataclasses import dataclass

from exchange.acts.sequencer import Recorded
from exchange.identity import key_login
from exchange.identity.accounts import Credentials, SignUp, sign_up
from exchange.identity.key_login import Challenge, LoginError
from exchange.identity.sessions import Holder, Opened, open_session
from exchange.identity.throttle import Limit, give_back, take
from exchange.web import current
from exchange.web.site import DemoAccount


@dataclass(frozen=True, slots=True)
class SignedUp:
    """Somebody new: the registration in the ledger, and the session opened for them."""

    recorded: Recorded
    opened: Opened


def sign_in(credentials: Credentials) -> Opened:
    """Open a session by user name and password; what succeeds leaves the limits as they were.

    Raises:
        LoginError: the log-in failed; why is nobody's business.
        ExhaustedError: too many tries for this user name or from this address (`rate.login`).
    """
    site = current.site()
    account = f"account:{credentials.username}"
    _limit_address(site.limits.login_by_address)
    take(site.identity, site.limits.login_by_account, account)
    holder = site.accounts.log_in(credentials)
    give_back(site.identity, site.limits.login_by_account, account)
    _forgive_address(site.limits.login_by_address)
    return _open(holder)


def sign_in_shown(shown: DemoAccount) -> Opened:
    """Open a session of an account whose password the site shows: there is nothing to guess.

    Raises:
        LoginError: the account is not there.
    """
    accounts = current.site().accounts
    return _open(accounts.log_in(Credentials(shown.username, shown.password)))


def sign_in_by_key(participant: str, note: str) -> Opened:
    """Open a session by a signed challenge.

    Raises:
        LoginError: the log-in failed.
        ExhaustedError: too many tries (`rate.login`).
    """
    site = current.site()
    _limit_address(site.limits.login_by_address)
    with site.exchange.snapshot() as reader:
        holder = key_login.accept(site.identity, reader, site.exchange.log.origin, note)
    if holder.participant != participant:
        raise LoginError
    _forgive_address(site.limits.login_by_address)
    return _open(holder)


def challenge(participant: str) -> Challenge:
    """Make the challenge that a participant is to sign.

    Raises:
        LoginError: nobody can have this name.
        ExhaustedError: too many tries (`rate.draft`).
    """
    site = current.site()
    _limit_address(site.limits.draft)
    return key_login.challenge(site.identity, site.exchange.log.origin, participant)


def sign_up_here(wish: SignUp) -> SignedUp:
    """Register somebody new with a key in custody, and log them in.

    Raises:
        ExchangeError: the wish was refused; nothing stays of it.
    """
    site = current.site()
    _limit_address(site.limits.sign_up)
    holder, recorded = sign_up(site.accounts, site.exchange, wish)
    return SignedUp(recorded, _open(holder))


def limit_drafts() -> None:
    """Take one draft from the limit of this address.

    Raises:
        ExhaustedError: there were too many (`rate.draft`).
    """
    _limit_address(current.site().limits.draft)


def _limit_address(limit: Limit) -> None:
    take(current.site().identity, limit, f"address:{current.address()}")


def _forgive_address(limit: Limit) -> None:
    give_back(current.site().identity, limit, f"address:{current.address()}")


def _open(holder: Holder) -> Opened:
    before = current.session()
    replaced = None if before is None else before.id
    opened = open_session(current.site().identity, holder, replaced)
    current.become(opened.session)
    return opened
