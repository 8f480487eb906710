"""`wes-biomarkers import cbioportal`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("cbioportal")
@click.argument("study", metavar="STUDY_DIR", type=click.Path(path_type=Path))
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="Folder for the tables.")
@click.option(
    "--genes", metavar="LIST|FILE", help="Driver list: a built-in one or a file [oesophagus_squamous]."
)
@click.pass_context
def command(context: click.Context, study: Path, out: Path, genes: str | None) -> None:
    """The study in STUDY_DIR as clinical.csv and, with mutations, the result folder OUT/results.

    Then: `cohort build OUT/results --clinical OUT/clinical.csv --out COHORT`.
    """
    from wes_biomarkers.cli.imports.finish import finish
    from wes_biomarkers.cli.imports.mutations import write_mutations
    from wes_biomarkers.io.importers.cbioportal import read_study
    from wes_biomarkers.io.importers.folder import check_target

    check_target(out)
    read = read_study(study)
    out.mkdir(parents=True, exist_ok=True)
    if read.tumors:
        write_mutations(out, read.tumors, read.build, genes, read.imported.log)
    finish(context, out, read.imported)
