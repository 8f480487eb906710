"""What `feature tmb` is asked, and how its evidence is read and its records made from files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from wes_biomarkers.contracts.record import Record
from wes_biomarkers.errors import Fault, InputError, ReferenceMismatchError
from wes_biomarkers.features.clonality import rows_of
from wes_biomarkers.features.intervals import Region
from wes_biomarkers.features.tmb import (
    Calibration,
    Definition,
    Evidence,
    Pair,
    compute_tmb,
    meets_evidence,
    persistence,
)
from wes_biomarkers.io.bundle import Bundle, read_bundle
from wes_biomarkers.io.clonality import read_clonality
from wes_biomarkers.io.definitions import read_tmb_definitions
from wes_biomarkers.io.files import sha256_file
from wes_biomarkers.io.regions import read_chosen_transcripts, read_drivers, read_region
from wes_biomarkers.io.tmb_calibration import read_calibrations
from wes_biomarkers.io.vcf import VariantSet, check_genome, read_variants
from wes_biomarkers.provenance import assemble_provenance

#: From so many annotated variants on, none on a chosen transcript means another set of genes.
MIN_ANNOTATED = 10


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
    clonality: str | None = None
    calibration: str | None = None
    panel: str | None = None
    panel_drivers: str | None = None
    population_af: str = "auto"
    annotation: str = "auto"
    out: str | None = None


def compute_tmb_records(request: TmbRequest) -> list[Record]:
    """The records of a request, in the order of the definitions.

    Raises:
        InputError: unreadable or unfit files, unknown definitions.
        ReferenceMismatchError: files whose contigs have no name in common, regions or variants beyond their
            contig's end, reference alleles that are not the bundle's.
    """
    known = read_tmb_definitions(request.definitions)
    definitions = _chosen(request, known)
    calibrations = {} if request.calibration is None else read_calibrations(request.calibration, known)
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
    evidence = replace(_evidence(request, bundle, variants, regions), calibrations=calibrations)
    pair = Pair(
        request.patient_id or variants.tumor,
        request.pair_id or "_vs_".join(filter(None, (variants.tumor, variants.normal))),
    )
    provenance = _provenance(request, bundle, variants)
    return [
        compute_tmb(
            variants.columns,
            definition,
            evidence,
            pair,
            _with_definition(provenance, definition, calibrations.get(definition.id)),
        )
        for definition in definitions
    ]


def _chosen(request: TmbRequest, known: Mapping[str, Definition]) -> list[Definition]:
    """The definitions asked for, all when none is named."""
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
    deep, coding, panel = regions.deep, regions.coding, regions.panel
    classes, is_persistent = _traits(request, variants)
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
        clonality=classes,
        is_persistent=is_persistent,
        missing=missing,
        has_filter=variants.has_filter,
        has_normal=variants.normal is not None,
        has_population_af=variants.has_population_af,
        min_callable_mb=request.min_callable_mb,
        specimen=request.specimen,
        synthetic=bundle is not None and bundle.synthetic,
    )


def _traits(request: TmbRequest, variants: VariantSet) -> tuple[Any, Any]:
    """Class of each variant, and whether it persists; None each without a table of clonality."""
    if request.clonality is None:
        return None, None
    table = read_clonality(request.clonality, request.pair_id)
    row = rows_of(table, variants.base)
    found = row >= 0
    if not len(table["start"]):
        return np.full(len(row), None, object), np.full(len(row), np.nan)
    persists = persistence(table["total_cn"], table["multiplicity"])
    classes = table["clonality"][row]
    classes[~found] = None
    return classes, np.where(found, persists[row], np.nan)


def _meets_no_transcript(variants: VariantSet) -> bool:
    """Enough annotated variants to tell, and none on a chosen transcript."""
    n_annotated = sum(text is not None for text in variants.annotations)
    on_chosen = any(name is not None for name in variants.columns["transcript_id"])
    return n_annotated >= MIN_ANNOTATED and not on_chosen


def _contig_faults(request: TmbRequest, variants: VariantSet, regions: _Regions) -> list[Fault]:
    """Files whose contig names do not meet: every count would be a silent 0."""
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

    files = {
        "vcf": request.vcf,
        "callable": request.callable_bed,
        "definitions": request.definitions,
        "clonality": request.clonality,
        "calibration": request.calibration,
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


def _with_definition(
    provenance: dict[str, Any], definition: Definition, calibration: Calibration | None
) -> dict[str, Any]:
    own = {"definition": definition.as_dict()}
    if calibration is not None:
        own["calibration"] = asdict(calibration)
    return provenance | {"parameters": dict(sorted((provenance["parameters"] | own).items()))}
