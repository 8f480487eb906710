"""`wes-biomarkers feature msi`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from wes_biomarkers.cli.options import finite, id_options, put_records, specimen_option

if TYPE_CHECKING:
    from wes_biomarkers.contracts.record import Record
    from wes_biomarkers.features.microsatellites import Sites
    from wes_biomarkers.features.msi import Definition
    from wes_biomarkers.features.msi_sites import SiteTests
    from wes_biomarkers.io.bundle import Bundle
    from wes_biomarkers.io.msi_counts import Alignment, LengthCounts

_FILE = click.Path(dir_okay=False)
_PERCENT = click.FloatRange(0, 100)


@dataclass(frozen=True)
class MsiRequest:
    """What `feature msi` was asked; paths as given, None where not."""

    tumor: str
    reference: str
    normal: str | None = None
    baseline: str | None = None
    sites_out: str | None = None
    patient_id: str | None = None
    pair_id: str | None = None
    specimen: str = "tissue"
    min_depth: int | None = None
    min_site: int | None = None
    min_shift: float | None = None
    fdr: float | None = None
    msi_high_pct: float | None = None
    msi_low_pct: float | None = None
    processes: int = 1
    out: str | None = None


@click.command("msi")
@click.option("--tumor", required=True, type=_FILE, metavar="BAM", help="The tumour's BAM or CRAM, indexed.")
@click.option("--normal", type=_FILE, metavar="BAM", help="The matched normal's BAM or CRAM, indexed.")
@click.option("--baseline", type=_FILE, help="Without a normal: the file of `reference msi-baseline`.")
@click.option("--reference", required=True, type=click.Path(file_okay=False), help="Reference bundle.")
@click.option("--sites-out", type=_FILE, help="Table of every site: lengths, p, q (*.tsv.gz).")
@id_options(patient="the tumour's sample")
@specimen_option
@click.option("--min-depth", type=click.IntRange(min=1), help="Least spanning reads in each sample [20].")
@click.option("--min-site", type=click.IntRange(min=1), help="Least evaluable sites of a score [50].")
@click.option(
    "--min-shift", type=click.FloatRange(0, 1), callback=finite, help="Least share of changed reads [0.05]."
)
@click.option("--fdr", type=click.FloatRange(0, 1), callback=finite, help="False discovery rate [0.05].")
@click.option("--msi-high-pct", type=_PERCENT, callback=finite, help="Least score of class high [10].")
@click.option("--msi-low-pct", type=_PERCENT, callback=finite, help="Least score of class low [3.5].")
@click.option(
    "--processes", type=click.IntRange(min=1), default=1, show_default=True, help="Work in so many processes."
)
@click.option("-o", "--out", type=_FILE, help="File for the record [stdout].")
def command(**options: Any) -> None:
    """Microsatellite instability of a tumour against its normal, or against a baseline of normals."""
    import os

    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    request = MsiRequest(**options)
    if (request.normal is None) == (request.baseline is None):
        raise click.UsageError("give --normal BAM, or without a normal --baseline FILE")
    put_records(request.out, compute_msi_record(request))


def compute_msi_record(request: MsiRequest) -> Record:
    """The record of a request; writes the table of sites when asked to.

    Raises:
        InputError: unreadable or unfit files, cutoffs the wrong way round.
        ReferenceMismatchError: alignments or a baseline of another genome.
    """
    from wes_biomarkers.features.msi import PAIRED, TUMOR_ONLY, Subject, compute_msi, msi_not_evaluable
    from wes_biomarkers.io.bundle import read_bundle
    from wes_biomarkers.io.microsatellites import read_sites
    from wes_biomarkers.io.msi_counts import check_alignments, count_lengths
    from wes_biomarkers.io.msi_tables import write_site_table

    definition = _definition(request)
    bundle = read_bundle(request.reference)
    alignments = check_alignments([path for path in (request.tumor, request.normal) if path], bundle)
    tumor = alignments[0].sample
    subject = Subject(
        patient_id=request.patient_id or tumor,
        pair_id=request.pair_id or (f"{tumor}_vs_{alignments[1].sample}" if request.normal else ""),
        sample_id=tumor if request.normal is None else "",
        specimen=request.specimen,
        synthetic=bundle.synthetic,
    )
    definition_id = PAIRED if request.normal else TUMOR_ONLY
    path = bundle.path("microsatellites")
    if path is None:
        reason = "the reference bundle lists no microsatellites: `reference build --force` makes it again with them"
        provenance = _provenance(bundle, definition, alignments, [])
        return msi_not_evaluable(reason, subject, definition_id, provenance)
    sites = read_sites(path)
    counts = count_lengths(
        alignments,
        sites,
        min_mapping_quality=definition.min_mapping_quality,
        processes=request.processes,
    )
    tests = _tests(request, definition, sites, counts)
    if request.sites_out:
        write_site_table(request.sites_out, sites, tests, counts[0], counts[1] if request.normal else None)
    provenance = _provenance(bundle, definition, alignments, counts)
    if not len(sites):
        return msi_not_evaluable("the target holds no microsatellite", subject, definition_id, provenance)
    return compute_msi(
        sites, tests, definition.score, subject, definition_id=definition_id, provenance=provenance
    )


def _definition(request: MsiRequest) -> Definition:
    """The built-in thresholds with those of the request."""
    from dataclasses import replace

    from wes_biomarkers.errors import Fault, InputError
    from wes_biomarkers.io.microsatellites import read_msi_definition

    definition = read_msi_definition()
    site = {"min_depth": request.min_depth, "fdr": request.fdr, "min_shift": request.min_shift}
    score = {
        "min_site": request.min_site,
        "high_pct": request.msi_high_pct,
        "low_pct": request.msi_low_pct,
    }
    changed = replace(
        definition,
        site=replace(definition.site, **_given(site)),
        score=replace(definition.score, **_given(score)),
    )
    if changed.score.low_pct > changed.score.high_pct:
        rule = (
            f"the cutoff of low, {changed.score.low_pct:g}, is above that of high, {changed.score.high_pct:g}"
        )
        raise InputError([Fault(rule, "Give the lower one as --msi-low-pct.", column="--msi-low-pct")])
    return changed


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _tests(
    request: MsiRequest, definition: Definition, sites: Sites, counts: list[LengthCounts]
) -> SiteTests:
    from wes_biomarkers.features.msi_sites import compare_baseline, compare_pair
    from wes_biomarkers.io.msi_tables import read_baseline

    if request.baseline is None:
        return compare_pair(counts[0], counts[1], definition.site)
    baseline = read_baseline(request.baseline, sites, counts[0].shape[1])
    return compare_baseline(counts[0], baseline, definition.min_normal, definition.site)


def _provenance(
    bundle: Bundle, definition: Definition, alignments: list[Alignment], counts: list[LengthCounts]
) -> dict[str, Any]:
    """Alignments are named by the checksum of the lengths read from them: they are too large to read twice."""
    import pysam

    from wes_biomarkers.io.msi_counts import checksum
    from wes_biomarkers.provenance import assemble_provenance

    roles = ("tumor_lengths", "normal_lengths")
    keys = ("fasta", "microsatellites")
    samples = dict(zip(("tumor", "normal"), (alignment.sample for alignment in alignments), strict=False))
    return assemble_provenance(
        parameters={"definition": definition.as_dict(), **samples},
        inputs={role: checksum(lengths) for role, lengths in zip(roles, counts, strict=False)},
        reference={
            "build": bundle.build,
            "checksums": {key: bundle.checksums[key] for key in keys if key in bundle.checksums},
        },
        tools={"pysam": pysam.__version__},
    )
