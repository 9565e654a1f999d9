"""`fdx node`: set up and run a domain node on the supplier's machine."""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from exchange.clock import Clock, clock_from
from exchange.errors import ExchangeError
from exchange.node.approval import approve
from exchange.node.assembly import open_assets, read_rules
from exchange.node.creating import (
    DEFAULT_LISTEN,
    DataWish,
    NodeWish,
    create_demo_node,
    create_node,
    rejects_of,
)
from exchange.node.demo.data import PARTS
from exchange.node.description import describe as describe_asset
from exchange.node.engine import EngineError
from exchange.node.explaining import explain
from exchange.node.intake import Intake, summary
from exchange.node.joining import Invitation, send_description
from exchange.node.joining import join as join_exchange
from exchange.node.serving import serve as serve_node
from exchange.node.settings import NodeSettings

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_CONFIG = click.option(
    "--config",
    required=True,
    type=click.Path(path_type=Path),
    help="The node's node.toml, as `fdx node init` wrote it.",
)
_CLOCK = click.option(
    "--clock",
    "clock_text",
    envvar="FDX_CLOCK",
    default="real",
    show_default=True,
    help="real, or virtual:START[@FILE] for demonstrations (FDX_CLOCK).",
)


@click.group()
def node() -> None:
    """Set up and run a domain node on the supplier's machine.

    \b
    A supplier's way:
      fdx node init      take in the data and draft a rule
      fdx node check     read in words what a buyer will and won't get
      fdx node join      register the node at an exchange
      fdx node describe  sign a description of each asset
      fdx node serve     answer questions

    Raw data stays in the node's directory; only answers that the rule allows come out.
    """  # noqa: D301 - click's mark for a block that is not to be wrapped


@node.command()
@click.option(
    "--data",
    "files",
    multiple=True,
    required=True,
    type=_FILE,
    help="CSV or Parquet; also .gz. Repeat for more tables.",
)
@click.option(
    "--dir",
    "directory",
    required=True,
    type=click.Path(path_type=Path),
    help="New directory of the node.",
)
@click.option("--name", required=True, help="The node's name, as others see it.")
@click.option("--asset", help="Code of the asset; made from the name if not given.")
@click.option(
    "--unit",
    help="Column of the first table that tells persons or things apart; rows if not given.",
)
@click.option(
    "--minimum-units",
    type=click.IntRange(2, 1_000_000),
    default=10,
    show_default=True,
    help="Smallest group that an answer shows.",
)
@click.option(
    "--text",
    "text_columns",
    multiple=True,
    help="Column to keep as text though it looks like numbers. Repeatable.",
)
@click.option(
    "--header/--no-header",
    default=None,
    help="Say whether the first line names the columns, if that is guessed wrong.",
)
@click.option("--listen", default=DEFAULT_LISTEN, show_default=True, help="HOST:PORT to serve on.")
def init(
    files: tuple[Path, ...],
    directory: Path,
    name: str,
    listen: str,
    **options: str | int | bool | tuple[str, ...] | None,
) -> None:
    """Take in files and make a node with a key, a configuration and a first rule.

    Encodings UTF-8 and GB18030, separators and headers are found out; DuckDB types the
    columns. Lines that do not fit are counted, named with their reasons and kept in a reject
    file beside the data. If a file cannot be used, nothing is left behind.
    """
    wish = NodeWish(directory, name, listen)
    data = DataWish(files=files, **options)  # type: ignore[arg-type]  # click has typed them
    with _told():
        intakes = create_node(wish, data, lambda line: click.echo(f"  {line}", err=True))
    for intake in intakes:
        _report(intake)
    for path in rejects_of(directory, intakes):
        click.echo(f"bad lines are kept in {path}")
    click.echo(f"made {directory}: edit its rules/, then run")
    click.echo(f"  fdx node check --config {directory / 'node.toml'}")


@node.command()
@click.option(
    "--part", required=True, type=click.Choice(list(PARTS)), help="Which supplier's share."
)
@click.option(
    "--dir",
    "directory",
    required=True,
    type=click.Path(path_type=Path),
    help="New directory of the node.",
)
@click.option("--name", required=True, help="The node's name, as others see it.")
@click.option("--listen", default=DEFAULT_LISTEN, show_default=True, help="HOST:PORT to serve on.")
def demo(part: str, directory: Path, name: str, listen: str) -> None:
    """Make a node with real, open data that a Python package carries, and its rule."""
    with _told():
        rows = create_demo_node(NodeWish(directory, name, listen), PARTS[part])
    for table, count in rows.items():
        click.echo(f"{table}: {count:,} rows")
    click.echo(f"made {directory}")


@node.command()
@_CONFIG
def check(config: Path) -> None:
    """Say in words what a buyer will and won't get; refuse a rule that contradicts itself."""
    with _told():
        settings = NodeSettings.from_toml(config)
        policies = [approve(rule) for rule in read_rules(settings)]
        with _scratch(settings) as work:
            for asset in open_assets(settings, work).values():
                asset.engine.close()
    for policy in policies:
        click.echo("\n".join(explain(policy, settings.limits.questions)))
        click.echo(f"rule {policy.digest.hex()}; the data fits it\n")


@node.command()
@_CONFIG
@click.option("--exchange", "url", required=True, help="URL of the exchange.")
@click.option(
    "--supplier", required=True, help="Participant id of the supplier that the node speaks for."
)
@click.option(
    "--issuer",
    "issuers",
    multiple=True,
    help="Who else may grant besides the supplier. Repeatable.",
)
@click.option(
    "--log-key",
    "vkey",
    help="The log's key (vkey), learned elsewhere; else the exchange's word is taken once.",
)
def join(config: Path, url: str, supplier: str, issuers: tuple[str, ...], vkey: str | None) -> None:
    """Register the node at an exchange, by an act that the node itself signs.

    The log's key is pinned from now on: compare it with what the exchange publishes.
    The supplier then binds the node on its own page.
    """
    with _told():
        settings = NodeSettings.from_toml(config)
        membership, index = join_exchange(settings, Invitation(url, supplier, issuers, vkey))
    click.echo(f"{settings.actor} joined {membership.origin} as entry {index}")
    click.echo(f"log key pinned: {membership.verifier.vkey}")


@node.command()
@_CONFIG
@click.option("--asset", "only", help="Describe this asset alone.")
@_CLOCK
def describe(config: Path, only: str | None, clock_text: str) -> None:
    """Measure the data inside the domain and send a signed description of each asset."""
    with _told():
        clock, settings = _clock(clock_text), NodeSettings.from_toml(config)
        with _scratch(settings) as work:
            assets = open_assets(settings, work, lambda name: click.echo(f"  {name}", err=True))
            if only is not None and only not in assets:
                raise click.UsageError(f"no asset {only}; the node has {', '.join(assets)}")
            bodies = [describe_asset(each) for name, each in assets.items() if only in {None, name}]
            for asset in assets.values():
                asset.engine.close()
        for body in bodies:
            recorded = send_description(settings, body, clock)
            click.echo(f"{body['asset']} described as entry {recorded.index}")


@node.command()
@_CONFIG
@_CLOCK
def serve(config: Path, clock_text: str) -> None:
    """Answer questions until Ctrl-C.

    \b
    POST /v1/questions     a question with its ticket; the answer comes with a signed receipt
    GET  /v1/health        how far the log is followed, which walls stand
    GET  /v1/descriptions  what the node says about its assets
    """  # noqa: D301 - click's mark for a block that is not to be wrapped
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    with _told():
        clock, settings = _clock(clock_text), NodeSettings.from_toml(config)
        serve_node(settings, clock, lambda url: click.echo(f"{settings.name} on {url}"))


def _clock(text: str) -> Clock:
    try:
        return clock_from(text)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _report(intake: Intake) -> None:
    form = intake.form
    read = (
        "Parquet"
        if form is None
        else f"{form.encoding}, {'header' if form.header else 'no header'}"
    )
    click.echo(f"{intake.table}: {intake.rows:,} rows, {len(intake.columns)} columns ({read})")
    for column in intake.columns:
        click.echo(f"  {column.name}: {column.type}, {column.distinct:,} different values")
    if intake.missing:
        click.echo(f"  {intake.missing:,} empty cells (also NA, NULL, NaN) count as missing")
    if intake.faults:
        click.echo(f"  {len(intake.faults):,} bad lines: {summary(intake.faults)}")


@contextmanager
def _scratch(settings: NodeSettings) -> Iterator[Path]:
    """Lend a directory inside the domain that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=".work-", dir=settings.directory) as path:
        yield Path(path)


@contextmanager
def _told() -> Iterator[None]:
    """Say what is wrong in a sentence and end with status 1; tracebacks are for bugs."""
    try:
        yield
    except ExchangeError as error:
        raise click.ClickException(f"{error.text} ({error.code})") from error
    except EngineError as error:
        raise click.ClickException(f"the data could not be measured: {error}") from error
