"""`wes-biomarkers export`: a cohort in the files of another system."""

from __future__ import annotations

import click

from wes_biomarkers.cli.options import HELP, LazyGroup

#: System, which is also its module here, and its one-line help. Imported when called.
SYSTEMS: dict[str, str] = {"cbioportal": "A study folder for cBioPortal."}


class _Systems(LazyGroup):
    package = "wes_biomarkers.cli.exports"
    summaries = SYSTEMS


@click.group(name="export", cls=_Systems, context_settings=HELP)
def command() -> None:
    """A cohort in the files of another system, so that other tools can show it."""
