"""`wes-biomarkers feature tmb`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from wes_biomarkers.cli.options import finite, id_options, put_records, specimen_option, vcf_sample_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wes_biomarkers.contracts.record import Record

_FILE = click.Path(dir_okay=False)


@click.command("tmb")
@click.option(
    "--vcf", required=True, type=_FILE, help="Annotated somatic variants (BCSQ, VEP's CSQ or SnpEff's ANN)."
)
@click.option(
    "--callable", "callable_bed", type=_FILE, help="BED of the bases deep enough in tumour and normal."
)
@click.option(
    "--definition", multiple=True, metavar="ID", help="Definition to compute; may be repeated [all]."
)
@click.option("--definitions", type=_FILE, help="TOML file with definitions of your own.")
@click.option(
    "--reference", type=click.Path(file_okay=False), help="Reference bundle: coding regions, transcripts."
)
@vcf_sample_options
@id_options()
@specimen_option
@click.option(
    "--min-callable-mb",
    type=click.FloatRange(min=0),
    callback=finite,
    help="Floor below which nothing is evaluable [0.5].",
)
@click.option(
    "--clonality",
    type=_FILE,
    help="clonality.tsv of `feature clonality`, for wes_nonsyn_clonal and wes_persistent.",
)
@click.option("--calibration", type=_FILE, help="Table that turns rates into another assay's.")
@click.option("--panel", type=_FILE, help="BED of a panel, for panel_like.")
@click.option("--panel-drivers", type=_FILE, help="Known drivers: CHROM POS REF ALT, or GENE p.V600E.")
@click.option(
    "--population-af",
    default="auto",
    metavar="FIELD",
    help="INFO field of the population frequency, or none.",
)
@click.option("--annotation", default="auto", type=click.Choice(["auto", "none", "BCSQ", "CSQ", "ANN"]))
@click.option("-o", "--out", type=_FILE, help="File for the records [stdout].")
def command(**options: Any) -> None:
    """Tumour mutational burden by every definition, or by those named.

    Without --reference the callable bases are taken as they are given, and of several transcripts MANE Select
    (where VEP names it), else the most severely changed one counts. With one --definition the output is a
    single record, else a list.
    """
    import os

    # numpy starts faster without threads it has no use for
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from wes_biomarkers.io.tmb_request import TmbRequest, compute_tmb_records

    request = TmbRequest(**options)
    records = compute_tmb_records(request)
    result: Record | Sequence[Record] = records[0] if len(request.definition) == 1 else records
    put_records(request.out, result)
