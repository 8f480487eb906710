"""The `wes-biomarkers` command: finds the subcommand and turns errors into messages and exit codes."""

from __future__ import annotations

import json
import os
import select
import sys
import traceback
from itertools import pairwise
from typing import Any

import click

from wes_biomarkers import __version__
from wes_biomarkers.cli.options import HELP, LazyGroup
from wes_biomarkers.errors import (
    EXIT_INPUT,
    EXIT_INTERRUPTED,
    EXIT_OK,
    ContractError,
    Fault,
    InputError,
    ToolError,
    WesError,
)

#: Subcommand, which is also its module below wes_biomarkers.cli, and its one-line help. Imported when called.
COMMANDS: dict[str, str] = {
    "run": "The whole workflow, from a samplesheet to tables and a report.",
    "check": "Validate inputs alone and list every fault.",
    "doctor": "What is installed, what is missing and how to get it.",
    "reference": "Make or verify a reference bundle.",
    "feature": "One biomarker from files, as a JSON record.",
    "cohort": "Cohort tables from result folders.",
    "import": "Trial data and studies of other systems, as our tables.",
    "export": "A cohort in the files of another system.",
    "associate": "Does a feature go with response, survival or toxicity?",
    "query": "Ask a cohort in SQL.",
    "serve": "Look at a cohort in a web browser.",
    "report": "One self-contained HTML page about a cohort.",
    "simulate": "A trial with known truth.",
    "validate": "Compare results with the truth of a simulated trial.",
    "schema": "The data dictionary.",
}

#: Modules of the commands whose name is a word of Python.
_MODULES = {"import": "imports", "export": "exports"}

#: Called by the pipeline only.
HIDDEN_COMMANDS = ("task",)

#: Refusals of the operating system that a user mends, with their rule and remedy.
_PATH_FAULTS: dict[type[OSError], tuple[str, str]] = {
    PermissionError: ("no permission", "Choose a place you may read and write."),
    FileNotFoundError: ("no such file or folder", "Check the path."),
    IsADirectoryError: ("is a folder, not a file", "Give a file's own path."),
    NotADirectoryError: ("is not a folder", "Check the path."),
}


class _Commands(LazyGroup):
    """The top level: ends quietly when the reader of stdout has seen enough (`| head`)."""

    package = "wes_biomarkers.cli"
    summaries = COMMANDS
    modules = _MODULES
    unlisted = HIDDEN_COMMANDS

    def invoke(self, ctx: click.Context) -> Any:
        """Run the subcommand."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            if not _stdout_is_closed():
                raise ToolError("a program ended before it had read all it was given") from error
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return EXIT_OK


def _stdout_is_closed() -> bool:
    """Whether stdout is a pipe that nobody reads any more."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))


@click.group(cls=_Commands, context_settings=HELP)
@click.version_option(__version__, prog_name="wes-biomarkers")
@click.option(
    "--error-format", type=click.Choice(["text", "json"]), default="text", help="How errors are printed."
)
@click.option("--quiet", is_flag=True, help="Only warnings and errors on stderr.")
@click.pass_context
def cli(ctx: click.Context, error_format: str, quiet: bool) -> None:
    """Whole-exome biomarkers of tumour-blood pairs, joined to response, toxicity and survival."""
    ctx.obj = {"error_format": error_format, "quiet": quiet}


def _report(error: dict[str, Any], as_json: bool) -> int:
    """Print an error on stderr; returns its exit code."""
    if as_json:
        click.echo(json.dumps(error, indent=2), err=True)
    else:
        click.echo(f"{error['error']}: {error['message']}", err=True)
    return int(error["exit_code"])


def _from_system(error: OSError) -> WesError:
    """What the operating system refused, as an error of ours: a wrong path is the user's to mend."""
    for kind, (rule, remedy) in _PATH_FAULTS.items():
        if isinstance(error, kind):
            return InputError(
                [Fault(rule, remedy, file=None if error.filename is None else str(error.filename))]
            )
    place = "" if error.filename is None else f"{error.filename}: "
    return ToolError(f"{place}{error.strerror or error}. Check the disk and the path.")


def _from_bug(error: Exception) -> WesError:
    """An error nobody foresaw: its kind and place, without its message, which may hold a patient's data."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{os.path.basename(frame.filename)}:{frame.lineno}"
    return ContractError(
        f"unforeseen {type(error).__name__} at {place}: a bug of ours, please report it. "
        "WES_BIOMARKERS_DEBUG=1 shows all of it, patient data included."
    )


def _run(words: list[str], as_json: bool) -> int:
    try:
        code = cli.main(args=words, prog_name="wes-biomarkers", standalone_mode=False)
    except WesError as error:
        return _report(error.as_dict(), as_json)
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return EXIT_INTERRUPTED
    except click.ClickException as error:
        if as_json:
            message = error.format_message()
            return _report({"error": "UsageError", "exit_code": EXIT_INPUT, "message": message}, True)
        error.show()
        return EXIT_INPUT
    except OSError as error:
        return _report(_from_system(error).as_dict(), as_json)
    except Exception as error:
        if os.environ.get("WES_BIOMARKERS_DEBUG"):
            raise
        return _report(_from_bug(error).as_dict(), as_json)
    return code if isinstance(code, int) else EXIT_OK


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with the code of the interface."""
    words = sys.argv[1:] if arguments is None else arguments
    as_json = "--error-format=json" in words or ("--error-format", "json") in pairwise(words)
    sys.exit(_run(words, as_json))


if __name__ == "__main__":
    main()
