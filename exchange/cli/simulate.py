"""`fdx simulate`: let agents trade and say what came of it."""

import json
import sys
from dataclasses import asdict

import click

from exchange.cli.ledger import progress
from exchange.errors import ExchangeError
from exchange.money import yuan
from exchange.simulation.run import simulate as run
from exchange.simulation.scenario import load


@click.command()
@click.argument("scenario", default="quarter")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same ledger.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def simulate(scenario: str, seed: int, as_json: bool) -> None:  # noqa: FBT001
    """Run SCENARIO, a TOML file or the name of one that comes with fdx (`quarter`).

    Suppliers, buyers, appraisers and arbitrators act through the same services as people do,
    on a virtual clock. The summary ends with the ledger's root.
    """
    try:
        plan = load(scenario)
    except ExchangeError as error:
        raise click.UsageError(error.text) from error
    with progress(plan.days, "days") as step:
        summary = run(plan, seed, progress=step)
    told = asdict(summary)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    told["captured_fen"] = f"{summary.captured_fen} ({yuan(summary.captured_fen)})"
    for name, value in told.items():
        click.echo(f"{name:>26}  {value}", file=sys.stdout)
