"""What every import does with what it read: write, check as `cohort build` will, and say what happened."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wes_biomarkers.errors import Fault, InputError

if TYPE_CHECKING:
    from wes_biomarkers.io.importers.folder import Imported


def finish(context: click.Context, out: Path, imported: Imported) -> None:
    """Write the folder, then read its tables back by the rules of the clinical tables.

    Raises:
        InputError: the tables, which are written all the same, break a rule: each fault names the row of the
            written table.
    """
    from wes_biomarkers.contracts.clinical import ASSESSMENT, CLINICAL, TOXICITY
    from wes_biomarkers.io.importers.folder import write_import

    columns = {
        "clinical": CLINICAL.names,
        "toxicity": TOXICITY.names,
        "assessments": ASSESSMENT.names,
    }
    write_import(out, imported, columns)
    faults = _faults(out, imported)
    if not (context.obj or {}).get("quiet"):
        _say(out, imported)
    if faults:
        click.echo(f"{out}: written, but `cohort build` will refuse it until this is mended:", err=True)
        raise InputError(faults)


def _say(out: Path, imported: Imported) -> None:
    sizes = ", ".join(f"{value} {name.removeprefix('n_')}" for name, value in imported.counts.items())
    click.echo(f"{out}: {sizes}", err=True)
    for note in imported.log.notes:
        click.echo(f"note: {note}", err=True)
    for entry in imported.log.dropped:
        click.echo(f"left out: {entry['n']} {entry['what']}: {entry['why']}", err=True)


def _faults(out: Path, imported: Imported) -> list[Fault]:
    """What breaks the rules of the clinical tables."""
    from wes_biomarkers.io.clinical import read_clinical_tables

    given = {name: out / f"{name}.csv" for name in imported.tables}
    return list(read_clinical_tables(given, today=date.today()).faults)
