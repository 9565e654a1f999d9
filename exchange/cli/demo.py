"""`fdx demo`: the whole story on real data, then the site."""

import json
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from exchange.demo.doors import ApiDoor
from exchange.demo.outcome import holds, report
from exchange.demo.stage import Stage
from exchange.demo.story import play
from exchange.demo.theatre import PASSWORD, Theatre, Wish, open_theatre
from exchange.errors import ExchangeError
from exchange.ids import SystemIds
from exchange.jobs.scheduler import start_jobs
from exchange.money import yuan
from exchange.protocol.http import HttpPeer
from exchange.working_days import SHANGHAI

FIRST_PORT = 8000
#: Days that can pass at once: two digits.
_DIGITS = 2
_REQUEST_TIMEOUT_S = 60.0


@click.command()
@click.option("--headless", is_flag=True, help="Play the story, report, and end; no site stays.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on standard output.")
@click.option(
    "--keep",
    type=click.Path(path_type=Path),
    help="Leave the files in this new folder: exchange/ and nodes/NAME/.",
)
@click.option(
    "--data",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Add your own CSV or Parquet as a fourth node.",
)
@click.option("--port", type=int, default=FIRST_PORT, show_default=True, help="First port to try.")
def demo(
    headless: bool,  # noqa: FBT001 - a flag of the command line
    as_json: bool,  # noqa: FBT001 - a flag of the command line
    keep: Path | None,
    data: Path | None,
    port: int,
) -> None:
    """Play the whole story on real, open data: US flights and weather of 2013, cytology.

    The exchange runs here and its three domain nodes in processes of their own; the market's
    past is simulated and marked so. Ctrl-C ends everything. Exit code 1 says that something
    the story promises did not come true.
    """
    # Requests are shown by nobody here; what goes wrong is.
    logging.basicConfig(level=logging.WARNING)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    tell = _teller()
    begun = time.monotonic()
    told: dict[str, Any] | None = None
    try:
        with open_theatre(Wish(keep, data, 0 if headless else port), tell) as theatre:
            peer = theatre.url.replace("localhost", "127.0.0.1")
            door = ApiDoor(
                lambda: HttpPeer(peer, _REQUEST_TIMEOUT_S),
                theatre.running.exchange.log.verifier,
                SystemIds(),
                PASSWORD,
            )
            _, outcome = play(door, theatre.stage)
            tell("核对账本、逐行审计、篡改副本", "verify, audit every row, tamper with copies")
            told = report(theatre, outcome)
            told["seconds"] = round(time.monotonic() - begun, 1)
            _show(told, as_json=as_json)
            if not headless:
                _stay(theatre)
    except ExchangeError as error:
        raise click.ClickException(f"{error.text} ({error.code})") from error
    except KeyboardInterrupt:
        # Once the story is told, Ctrl-C is how its site is meant to end.
        click.echo("ended", err=True)
        if told is None:
            sys.exit(130)
    sys.exit(0 if holds(told) else 1)


def _teller() -> Callable[[str, str], None]:
    begun = time.monotonic()

    def tell(zh: str, en: str) -> None:
        click.echo(f"{time.monotonic() - begun:5.1f} s  {zh} · {en}", err=True)

    return tell


def _show(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    ledger, settlement = told["ledger"], told["settlement"]
    lines = (
        f"ledger    {ledger['size']} entries, root {ledger['root']}, verified: {ledger['verified']}",
        *(f"node      {n['name']}: {n['rows']:,} rows, process {n['pid']}" for n in told["nodes"]),
        f"queries   {told['queries']['answered']} answered, refused: "
        + ", ".join(told["queries"]["refused"]),
        (
            f"money     captured {yuan(settlement['captured_fen'])}, refunded "
            f"{yuan(settlement['refunded_fen'])}, balanced: {settlement['balanced']}"
        ),
        f"dispute   {told['dispute']['state']}",
        f"audit     {told['audit']['rows']} rows follow from the ledger: {told['audit']['ok']}",
        (
            f"tamper    entry {told['tamper']['changed']} and one balance were changed in copies; "
            f"named: entry {told['tamper']['entry']}, {told['tamper']['row']}"
        ),
    )
    click.echo("\n".join(lines))


def _stay(theatre: Theatre) -> None:
    """Leave the site open, with the operator's jobs running, until Ctrl-C."""
    click.echo(f"\n{theatre.url}   (Ctrl-C ends everything)")
    click.echo("This is a simulation on real, foreign, open data. Accounts to try:")
    for account in theatre.accounts:
        click.echo(f"  {account.role:>10}  {account.username} / {account.password}")
    click.echo(f"A node of yours joins with: --clock '{theatre.clock}'")
    scheduler = start_jobs(theatre.jobs)
    try:
        if sys.stdin.isatty():
            click.echo(
                "Type a number of days and Enter to let time pass (a notice takes about 15)."
            )
            let_time_pass(theatre.stage, sys.stdin)
        threading.Event().wait()
    finally:
        scheduler.shutdown()


def let_time_pass(stage: Stage, lines: Iterable[str]) -> None:
    """Move the demo's clock by the days that each line names, and do what is due by then."""
    for line in lines:
        days = line.strip()
        if not days.isdecimal() or len(days) > _DIGITS:
            click.echo("a number of days, from 0 to 99")
            continue
        stage.advance_to(stage.now() + timedelta(days=int(days)))
        stage.sweep()
        click.echo(f"it is {stage.now().astimezone(SHANGHAI):%Y-%m-%d %H:%M} (UTC+8)")
