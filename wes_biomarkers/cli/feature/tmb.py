"""`wes-biomarkers feature tmb`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from wes_biomarkers.cli.options import finite
from wes_biomarkers.contracts.samplesheet import TUMOR_SPECIMENS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wes_biomarkers.contracts.record import Record
    from wes_biomarkers.errors import Fault
    from wes_biomarkers.features.intervals import Region
    from wes_biomarkers.features.tmb import Definition, Evidence
    from wes_biomarkers.io.bundle import Bundle
    from wes_biomarkers.io.vcf import VariantSet

#: From so many annotated variants on, none on a chosen transcript means another set of genes.
MIN_ANNOTATED = 10

_FILE = click.Path(dir_okay=False)


@dataclass(frozen=True)
class TmbRequest:
    """What `feature tmb` was asked; paths as given, None where not."""

    vcf: str
    callable_bed: str | None = None
    definition: tuple[str, ...] = ()
    definitions: str | None = None
    reference: str | None = None
    tumor: str | None = None
    normal: str | None = None
    patient_id: str | None = None
    pair_id: str | None = None
    specimen: str = "tissue"
    min_callable_mb: float | None = None
    panel: str | None = None
    panel_drivers: str | None = None
    population_af: str = "auto"
    annotation: str = "auto"
    out: str | None = None


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
@click.option("--tumor", metavar="SAMPLE", help="Tumour's column in the VCF [##tumor_sample, or by name].")
@click.option("--normal", metavar="SAMPLE", help="Normal's column in the VCF [##normal_sample, or by name].")
@click.option("--patient-id", help="Patient of the record [the tumour's column].")
@click.option("--pair-id", help="Pair of the record [<tumor>_vs_<normal>].")
@click.option(
    "--specimen",
    type=click.Choice(TUMOR_SPECIMENS),
    default="tissue",
    show_default=True,
    help="Plasma and urine are flagged.",
)
@click.option(
    "--min-callable-mb",
    type=click.FloatRange(min=0),
    callback=finite,
    help="Floor below which nothing is evaluable [0.5].",
)
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

    from wes_biomarkers.io.records import records_json, write_records

    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # numpy starts faster without threads it has no use for
    request = TmbRequest(**options)
    records = compute_tmb_records(request)
    result: Record | Sequence[Record] = records[0] if len(request.definition) == 1 else records
    if request.out in (None, "-"):
        click.echo(records_json(result), nl=False)
    else:
        write_records(str(request.out), result)


def compute_tmb_records(request: TmbRequest) -> list[Record]:
    """The records of a request, in the order of the definitions.

    Raises:
        InputError: unreadable or unfit files, unknown definitions.
        ReferenceMismatchError: files whose contigs have no name in common, regions or variants beyond their
            contig's end, reference alleles that are not the bundle's.
    """
    import numpy as np

    from wes_biomarkers.features.tmb import Pair, compute_tmb, meets_evidence
    from wes_biomarkers.io.bundle import read_bundle
    from wes_biomarkers.io.regions import read_chosen_transcripts
    from wes_biomarkers.io.vcf import read_variants

    definitions = _definitions(request)
    bundle = None if request.reference is None else read_bundle(request.reference)
    transcripts = None if bundle is None else bundle.path("transcripts")
    variants = read_variants(
        request.vcf,
        request.tumor or None,
        request.normal or None,
        request.annotation,  # type: ignore[arg-type]
        transcripts=None if transcripts is None else read_chosen_transcripts(transcripts),
        population_af=request.population_af,
        pass_only=all(definition.filters.require_pass for definition in definitions),
    )
    regions = _regions(request, bundle, variants)
    masks = [meets_evidence(variants.base, definition.filters) for definition in definitions]
    variants = variants.where(np.any([known | unknown for known, unknown in masks], axis=0))
    evidence = _evidence(request, bundle, variants, regions)
    pair = Pair(
        request.patient_id or variants.tumor,
        request.pair_id or "_vs_".join(filter(None, (variants.tumor, variants.normal))),
    )
    provenance = _provenance(request, bundle, variants)
    return [
        compute_tmb(variants.columns, definition, evidence, pair, _with_definition(provenance, definition))
        for definition in definitions
    ]


def _definitions(request: TmbRequest) -> list[Definition]:
    from wes_biomarkers.errors import Fault, InputError
    from wes_biomarkers.io.definitions import read_tmb_definitions

    known = read_tmb_definitions(request.definitions)
    unknown = [name for name in request.definition if name not in known]
    if unknown:
        remedy = f"Known: {', '.join(known)}."
        raise InputError(
            [Fault("no such definition", remedy, column="--definition", value=name) for name in unknown]
        )
    return [known[name] for name in dict.fromkeys(request.definition)] or list(known.values())


@dataclass(frozen=True)
class _Regions:
    """Deep enough in both samples, coding by the bundle, of the panel; None where not given."""

    deep: Region | None
    coding: Region | None
    panel: Region | None


def _regions(request: TmbRequest, bundle: Bundle | None, variants: VariantSet) -> _Regions:
    """The regions, once they and the variants are seen to be of one genome."""
    from wes_biomarkers.errors import ReferenceMismatchError
    from wes_biomarkers.io.regions import read_region
    from wes_biomarkers.io.vcf import check_genome

    mismatches = check_genome(request.vcf, variants, bundle)
    lengths: Mapping[str, int] = variants.lengths
    if bundle is not None:
        lengths = bundle.lengths | dict(lengths)
    deep, panel = (
        None if path is None else read_region(path, lengths, mismatches)
        for path in (request.callable_bed, request.panel)
    )
    coding = None if bundle is None else bundle.path("coding")
    regions = _Regions(deep, None if coding is None else read_region(coding), panel)
    mismatches += _contig_faults(request, variants, regions)
    if mismatches:
        raise ReferenceMismatchError(mismatches)
    return regions


def _evidence(
    request: TmbRequest, bundle: Bundle | None, variants: VariantSet, regions: _Regions
) -> Evidence:
    from wes_biomarkers.features.tmb import Evidence
    from wes_biomarkers.io.regions import read_drivers

    deep, coding, panel = regions.deep, regions.coding, regions.panel
    missing = ""
    if bundle is not None and coding is None:
        missing = "the reference bundle has no annotation, so coding changes are unknown"
    elif variants.chooser is None:
        missing = "the VCF has no annotation (BCSQ, CSQ or ANN), so coding changes are unknown"
    elif variants.chooser.transcripts is not None and _meets_no_transcript(variants):
        missing = "no annotated transcript is one of the reference's: the VCF was annotated with other genes"
    return Evidence(
        callable_region=deep if deep is None or coding is None else deep.intersect(coding),
        panel_region=None if deep is None or panel is None else deep.intersect(panel),
        is_driver=None
        if request.panel_drivers is None
        else read_drivers(request.panel_drivers).among(variants.columns),
        missing=missing,
        has_filter=variants.has_filter,
        has_normal=variants.normal is not None,
        has_population_af=variants.has_population_af,
        min_callable_mb=request.min_callable_mb,
        specimen=request.specimen,
        synthetic=bundle is not None and bundle.synthetic,
    )


def _meets_no_transcript(variants: VariantSet) -> bool:
    """Enough annotated variants to tell, and none on a chosen transcript."""
    n_annotated = sum(text is not None for text in variants.annotations)
    on_chosen = any(name is not None for name in variants.columns["transcript_id"])
    return n_annotated >= MIN_ANNOTATED and not on_chosen


def _contig_faults(request: TmbRequest, variants: VariantSet, regions: _Regions) -> list[Fault]:
    """Files whose contig names do not meet: every count would be a silent 0."""
    from wes_biomarkers.errors import Fault

    deep, coding, panel = regions.deep, regions.coding, regions.panel
    names = set(variants.contigs) | set(variants.base["chrom"])
    pairs = (
        (request.callable_bed, deep, request.vcf, names),
        (
            request.callable_bed,
            deep,
            "the reference's coding regions",
            set(coding.contigs) if coding else set(),
        ),
        (request.panel, panel, request.callable_bed, set(deep.contigs) if deep else set()),
    )
    return [
        Fault(
            f"shares no contig name with {other}: {_some(region.contigs)} against {_some(theirs)}",
            "Give files of the same build, with the same names.",
            file=str(path),
        )
        for path, region, other, theirs in pairs
        if region is not None and region.contigs and theirs and not theirs & set(region.contigs)
    ]


def _some(names: Any) -> str:
    shown = sorted(names)[:3]
    return ", ".join(shown) + (", ..." if len(names) > 3 else "")


def _provenance(request: TmbRequest, bundle: Bundle | None, variants: VariantSet) -> dict[str, Any]:
    import cyvcf2

    from wes_biomarkers.io.files import sha256_file
    from wes_biomarkers.provenance import assemble_provenance

    files = {
        "vcf": request.vcf,
        "callable": request.callable_bed,
        "definitions": request.definitions,
        "panel": request.panel,
        "panel_drivers": request.panel_drivers,
    }
    keys = ("fasta", "annotation", "transcripts", "coding")
    reference = {} if bundle is None else {
        "build": bundle.build,
        "checksums": {key: bundle.checksums[key] for key in keys if key in bundle.checksums},
    }  # fmt: skip
    chooser = variants.chooser
    return assemble_provenance(
        parameters={
            "annotation": None if chooser is None else chooser.layout.source,
            "min_callable_mb": request.min_callable_mb,
            "normal": variants.normal,
            "population_af": request.population_af,
            "specimen": request.specimen,
            "transcript_choice": None if chooser is None else chooser.rule,
            "tumor": variants.tumor,
        },
        inputs={role: sha256_file(path) for role, path in files.items() if path is not None},
        reference=reference,
        tools={"cyvcf2": cyvcf2.__version__},
    )


def _with_definition(provenance: dict[str, Any], definition: Definition) -> dict[str, Any]:
    parameters = provenance["parameters"] | {"definition": definition.as_dict()}
    return provenance | {"parameters": dict(sorted(parameters.items()))}
