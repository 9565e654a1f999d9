"""`fdx operator`: the operator's own way onto the site."""

import os

import click

from exchange.acts.sealing import Custody
from exchange.bootstrap import read_secrets
from exchange.cli.serve import open_or_exit, settings_or_exit
from exchange.clock import SystemClock
from exchange.errors import ExchangeError
from exchange.identity.accounts import Accounts, Credentials
from exchange.identity.passwords import Passwords
from exchange.identity.store import IdentityStore
from exchange.ids import SystemIds


@click.command()
@click.option("--username", default="operator", show_default=True, help="User name on the site.")
@click.password_option(help="At least 12 characters; asked for if not given.")
def operator(username: str, password: str) -> None:
    """Open an account with which the operator logs in to the site.

    A new exchange has an operator but nobody who may admit others: run this once before
    `fdx serve`, log in, and admit the first registrar when it has joined. On SQLite the
    exchange must not be running meanwhile. The settings are those of `fdx serve`.
    """
    settings = settings_or_exit(dict(os.environ))
    running = open_or_exit(settings)
    try:
        ids = SystemIds()
        accounts = Accounts(IdentityStore(running.engine, SystemClock(), ids), Passwords(ids))
        seal = Custody("k1", read_secrets(settings.data).operator)
        accounts.open(Credentials(username, password), running.exchange.operator.participant, seal)
    except ExchangeError as error:
        raise click.ClickException(f"{error.text} ({error.code})") from error
    finally:
        running.close()
    click.echo(f"the operator can log in as {username}")
