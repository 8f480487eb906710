"""`wes-biomarkers export cbioportal`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("cbioportal")
@click.argument("cohort", type=click.Path(path_type=Path))
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="Study folder.")
@click.option("--study-id", default="wes_biomarkers", show_default=True, help="cancer_study_identifier.")
@click.option("--name", default="wes-biomarkers cohort", show_default=True, help="Name of the study.")
@click.option("--description", default="Whole-exome biomarkers", show_default=True, help="What it is.")
@click.option("--cancer-type", default="mixed", show_default=True, help="type_of_cancer, as OncoTree has it.")
@click.pass_context
def command(
    context: click.Context,
    cohort: Path,
    out: Path,
    study_id: str,
    name: str,
    description: str,
    cancer_type: str,
) -> None:
    """The COHORT folder as a study that cBioPortal loads: clinical data, mutations, copy number, case lists.

    It holds clinical values of each patient, but no dates.
    """
    from wes_biomarkers.io.cohort_folder import read_cohort
    from wes_biomarkers.io.exporters.cbioportal import check_target, export_study
    from wes_biomarkers.io.exporters.cbioportal_files import StudyNames

    names = StudyNames(study_id, name, description, cancer_type.lower())
    check_target(out, names)
    read = read_cohort(cohort)
    done = export_study(read.tables, read.manifest.get("build"), out, names)
    if not (context.obj or {}).get("quiet"):
        sizes = ", ".join(f"{value} {key.removeprefix('n_')}" for key, value in done.counts.items())
        click.echo(f"{out}: {sizes}", err=True)
        for text in done.left_out:
            click.echo(f"left out: {text}", err=True)
