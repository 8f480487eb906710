"""`wes-biomarkers import`: data of other systems as our own tables."""

from __future__ import annotations

import click

from wes_biomarkers.cli.options import HELP, LazyGroup

#: System, which is also its module here, and its one-line help. Imported when called.
SYSTEMS: dict[str, str] = {
    "adam": "CDISC ADaM: ADSL, ADTTE, ADRS, ADTR, ADAE.",
    "redcap": "A REDCap export, raw or with labels.",
    "cbioportal": "A cBioPortal study: clinical data and mutations.",
    "maf": "Mutations of many tumours as a result folder.",
}


class _Systems(LazyGroup):
    package = "wes_biomarkers.cli.imports"
    summaries = SYSTEMS


@click.group(name="import", cls=_Systems, context_settings=HELP)
def command() -> None:
    """Data of other systems as tables of our own format, ready for `cohort build`; import.json says what came
    from where."""
