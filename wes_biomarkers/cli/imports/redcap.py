"""`wes-biomarkers import redcap`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("redcap")
@click.argument("export", type=click.Path(path_type=Path))
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="Folder for the tables.")
@click.option("--dictionary", type=click.Path(path_type=Path),
              help="The project's data dictionary (CSV): choices, and the fields of an export with labels.")  # fmt: skip
@click.option("--column-map", type=click.Path(path_type=Path),
              help="Table with heading,column and, where wanted, table,event,value,becomes.")  # fmt: skip
@click.pass_context
def command(
    context: click.Context, export: Path, out: Path, dictionary: Path | None, column_map: Path | None
) -> None:
    """The REDCap export EXPORT (CSV, raw or with labels) as clinical.csv, toxicity.csv and assessments.csv.

    Fields named like our columns are read by themselves, others as the map says; the rest stays out.
    """
    from wes_biomarkers.cli.imports.finish import finish
    from wes_biomarkers.io.importers.folder import check_target
    from wes_biomarkers.io.importers.redcap import read_redcap

    check_target(out)
    finish(context, out, read_redcap(export, dictionary, column_map))
