"""What several commands share: options, checks of values, output, and groups imported when used."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from wes_biomarkers.contracts.samplesheet import TUMOR_SPECIMENS

if TYPE_CHECKING:
    from wes_biomarkers.contracts.record import Record

HELP: dict[str, list[str]] = {"help_option_names": ["-h", "--help"]}


def finite(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """The value, or values, unless one is no number or without end."""
    for number in value if isinstance(value, tuple) else (value,):
        if number is not None and not math.isfinite(number):
            raise click.BadParameter(f"{number} is not a finite number.", context, parameter)
    return value


def vcf_sample_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds --tumor and --normal, columns of a VCF, to a command."""
    for name, whose in (("normal", "Normal's"), ("tumor", "Tumour's")):
        text = f"{whose} column in the VCF [##{name}_sample, or by name]."
        command = click.option(f"--{name}", metavar="SAMPLE", help=text)(command)
    return command


def id_options(
    patient: str = "the tumour's column", pair: str = "<tumor>_vs_<normal>", of: str = "record"
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Adds --patient-id and --pair-id to a command; `patient` and `pair` say what stands without them."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        """The command with both options."""
        command = click.option("--pair-id", help=f"Pair of the {of} [{pair}].")(command)
        return click.option("--patient-id", help=f"Patient of the {of} [{patient}].")(command)

    return add


#: Adds --specimen, what the tumour was sampled from, to a command.
specimen_option = click.option(
    "--specimen",
    type=click.Choice(TUMOR_SPECIMENS),
    default="tissue",
    show_default=True,
    help="Plasma and urine are flagged.",
)


def put_records(out: str | None, records: Record | Sequence[Record]) -> None:
    """Write what --out asks for: records to its file, or to stdout where it is absent or `-`."""
    from wes_biomarkers.io.records import records_json, write_records

    if out in (None, "-"):
        click.echo(records_json(records), nl=False)
    else:
        write_records(str(out), records)


class LazyGroup(click.Group):
    """A group that imports a command's module only when it is used (keeps --help fast).

    Args:
        package: the package its modules lie in, each with a `command`.
        summaries: name of each command -> its line of help, in the order of the documentation; a module has
            the command's name with `_` for `-`, unless `modules` names another.
        modules: modules of the commands whose name is a word of Python.
        unlisted: further commands, called by the pipeline only.
    """

    package: str = ""
    summaries: Mapping[str, str] = {}
    modules: Mapping[str, str] = {}
    unlisted: tuple[str, ...] = ()

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands in the order of the documentation."""
        return list(self.summaries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name not in self.summaries and cmd_name not in self.unlisted:
            return None
        name = self.modules.get(cmd_name, cmd_name.replace("-", "_"))
        module = importlib.import_module(f"{self.package}.{name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.summaries.items()))
