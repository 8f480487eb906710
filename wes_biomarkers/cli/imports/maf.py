"""`wes-biomarkers import maf`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("maf")
@click.argument("mafs", metavar="MAF...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="Folder for the results.")
@click.option("--samples", type=click.Path(path_type=Path),
              help="Table with sample_id,patient_id of everyone sequenced [each tumour a patient].")  # fmt: skip
@click.option("--build", help="Name of the reference, where the files do not say (NCBI_Build).")
@click.option(
    "--genes", metavar="LIST|FILE", help="Driver list: a built-in one or a file [oesophagus_squamous]."
)
@click.pass_context
def command(
    context: click.Context,
    mafs: tuple[Path, ...],
    out: Path,
    samples: Path | None,
    build: str | None,
    genes: str | None,
) -> None:
    """Mutations of MAF files as the result folder OUT/results.

    Then: `cohort build OUT/results --clinical TABLE --out COHORT`.
    """
    from wes_biomarkers.cli.imports.finish import finish
    from wes_biomarkers.cli.imports.mutations import write_mutations
    from wes_biomarkers.io.importers.folder import check_target
    from wes_biomarkers.io.importers.maf import read_mafs

    check_target(out)
    imported, tumors, found = read_mafs(mafs, samples, build)
    out.mkdir(parents=True, exist_ok=True)
    write_mutations(out, tumors, found, genes, imported.log)
    finish(context, out, imported)
