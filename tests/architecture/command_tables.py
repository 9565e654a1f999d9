"""The command line as tables, read from click's own description of it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from exchange.cli.main import main


def walk(command: click.Command, path: str = "fdx") -> Iterator[tuple[str, click.Command]]:
    """Yield every command that does something, with the words that call it, in order."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    context = click.Context(command, info_name=path)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None, f"{path} lists {name} and has none"
        yield from walk(found, f"{path} {name}")


def commands(root: click.Command = main) -> list[str]:
    """Write a section for each command: how it is called, what it does, its options."""
    lines: list[str] = []
    for path, command in walk(root):
        lines += [f"### `{_usage(path, command)}`", "", _first_sentence(command), ""]
        rows = [row for row in map(_row, command.params) if row is not None]
        if rows:
            lines += ["| option | default | meaning |", "| --- | --- | --- |"]
            lines += ["| " + " | ".join(row) + " |" for row in rows]
            lines.append("")
    return lines[:-1]


def _usage(path: str, command: click.Command) -> str:
    context = click.Context(command, info_name=path)
    pieces = [
        one for one in command.collect_usage_pieces(context) if one != command.options_metavar
    ]
    return " ".join([path, *pieces])


def _first_sentence(command: click.Command) -> str:
    """Return the first paragraph of a command's help on one line."""
    return " ".join(inspect.cleandoc(command.help or "").partition("\n\n")[0].split())


def _row(parameter: click.Parameter) -> tuple[str, str, str] | None:
    if not isinstance(parameter, click.Option) or parameter.name == "help":
        return None
    names = " / ".join([*parameter.opts, *parameter.secondary_opts])
    value = "" if parameter.is_flag else f" {parameter.type.name.upper()}"
    if isinstance(parameter.type, click.Choice):
        value = " " + "\\|".join(map(str, parameter.type.choices))
    default = "required" if parameter.required else _default(parameter)
    return f"`{names}{value}`", default, (parameter.help or "").replace("|", "\\|")


def _default(parameter: click.Option) -> str:
    given = parameter.to_info_dict()["default"]
    return "" if given is None or given is False or given == () else f"`{given}`"
