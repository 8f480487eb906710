"""What several commands share: checks of option values, and groups whose commands are imported when used."""

from __future__ import annotations

import importlib
import math
from collections.abc import Mapping

import click

HELP: dict[str, list[str]] = {"help_option_names": ["-h", "--help"]}


def finite(context: click.Context, parameter: click.Parameter, value: float | None) -> float | None:
    """The value, unless it is no number or without end."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter(f"{value} is not a finite number.", context, parameter)
    return value


class LazyGroup(click.Group):
    """A group that imports a command's module only when it is used (keeps --help fast).

    Args:
        package: the package its modules lie in, each with a `command`.
        summaries: name of each command -> its line of help, in the order of the documentation; a module has
            the command's name with `_` for `-`.
        unlisted: further commands, called by the pipeline only.
    """

    package: str = ""
    summaries: Mapping[str, str] = {}
    unlisted: tuple[str, ...] = ()

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands in the order of the documentation."""
        return list(self.summaries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in self.summaries and cmd_name not in self.unlisted:
            return None
        module = importlib.import_module(f"{self.package}.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.summaries.items()))
