"""`wes-biomarkers feature drivers`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import click

from wes_biomarkers.cli.options import id_options, put_records, vcf_sample_options

if TYPE_CHECKING:
    from wes_biomarkers.contracts.record import Record
    from wes_biomarkers.features.drivers import DriverEvidence
    from wes_biomarkers.features.gene_copies import GeneCopy
    from wes_biomarkers.features.gene_status import GeneStatus, Mutation
    from wes_biomarkers.features.pathways import GeneSet
    from wes_biomarkers.features.tmb import Pair
    from wes_biomarkers.io.bundle import Bundle
    from wes_biomarkers.io.drivers import GenePlaces
    from wes_biomarkers.io.gene_sets import Catalogue, DriverRules
    from wes_biomarkers.io.vcf import VariantSet

_FILE = click.Path(dir_okay=False)
_OF_ONE_TUMOR = (
    *("segments", "clonality", "msi_record", "callable_bed", "reference", "germline_vcf", "germline"),
    *("tumor", "normal", "patient_id", "pair_id"),
)


@dataclass(frozen=True)
class DriversRequest:
    """What `feature drivers` was asked; paths as given, None where not."""

    vcf: str | None = None
    maf: str | None = None
    segments: str | None = None
    clonality: str | None = None
    msi_record: str | None = None
    callable_bed: str | None = None
    genes: str | None = None
    reference: str | None = None
    sex: Literal["female", "male", "unknown"] = "unknown"
    germline_vcf: str | None = None
    germline: bool = False
    tumor: str | None = None
    normal: str | None = None
    patient_id: str | None = None
    pair_id: str | None = None
    annotation: str = "auto"
    drivers_out: str | None = None
    out: str | None = None


@dataclass(frozen=True)
class _Knowledge:
    """Gene lists, roles and thresholds, the genes of the reference (None without one) and those to judge."""

    catalogue: Catalogue
    drivers: GeneSet
    rules: DriverRules
    places: GenePlaces | None
    genes: tuple[str, ...]


@click.command("drivers")
@click.option("--vcf", type=_FILE, help="Annotated somatic variants of one tumour (BCSQ, CSQ or ANN).")
@click.option("--maf", type=_FILE, help="Mutations of many tumours instead: a list of records.")
@click.option("--segments", type=_FILE, help="segments.tsv of the tumour; needs --reference.")
@click.option("--clonality", type=_FILE, help="clonality.tsv of the tumour.")
@click.option("--msi-record", type=_FILE, help="Record of the feature msi, to compare with mismatch repair.")
@click.option(
    "--callable", "callable_bed", type=_FILE, help="BED of the bases deep enough; needs --reference."
)
@click.option(
    "--genes", metavar="LIST|FILE", help="Driver list: a built-in one or a file [oesophagus_squamous]."
)
@click.option("--reference", type=click.Path(file_okay=False), help="Reference bundle: genes, transcripts.")
@click.option("--sex", type=click.Choice(["female", "male", "unknown"]), default="unknown", show_default=True)
@click.option(
    "--germline-vcf", type=_FILE, help="Annotated germline variants of the normal; needs --germline."
)
@click.option("--germline", is_flag=True, help="Name genes with a pathogenic germline variant (sensitive).")
@vcf_sample_options
@id_options()
@click.option("--annotation", default="auto", type=click.Choice(["auto", "none", "BCSQ", "CSQ", "ANN"]))
@click.option("--drivers-out", type=_FILE, help="File for the table of genes, one row a gene.")
@click.option("-o", "--out", type=_FILE, help="File for the records [stdout].")
def command(**options: Any) -> None:
    """Altered driver genes and pathways, by mutations with copy number and by mutations alone.

    Each gene is judged by its role: a suppressor by truncating and hot-spot mutations, deep deletion and loss
    of heterozygosity, an oncogene by hot spots and amplification. A MAF gives two records for each tumour.
    """
    from wes_biomarkers.io.drivers import write_drivers

    request = DriversRequest(**options)
    records, rows = compute_driver_records(request)
    if request.drivers_out is not None:
        write_drivers(request.drivers_out, rows)
    put_records(request.out, records)


def compute_driver_records(request: DriversRequest) -> tuple[list[Record], list[dict[str, Any]]]:
    """The records of a request, two a tumour, and the rows of drivers.tsv.

    Raises:
        InputError: unreadable or unfit files, options that do not go together, unknown genes.
        ReferenceMismatchError: files of another genome than the bundle's.
    """
    _check(request)
    return _from_maf(request) if request.maf is not None else _from_vcf(request)


def _check(request: DriversRequest) -> None:
    """One error with every combination of options that makes no sense."""
    from wes_biomarkers.errors import Fault, InputError

    def fault(rule: str, remedy: str, option: str) -> Fault:
        """What is wrong with an option, named as on the command line."""
        return Fault(rule, remedy, column="--" + option.removesuffix("_bed").replace("_", "-"))

    faults = []
    if (request.vcf is None) == (request.maf is None):
        faults.append(fault("either --vcf or --maf", "Give one of them.", "vcf"))
    if request.maf is not None:
        given = [name for name in _OF_ONE_TUMOR if getattr(request, name)]
        faults += [fault("belongs to one tumour, not to a MAF of many", "Use --vcf.", name) for name in given]
    elif request.reference is None:
        for name in ("segments", "callable_bed"):
            if getattr(request, name) is not None:
                faults.append(fault("needs --reference, which tells where genes lie", "Give a bundle.", name))
    if request.maf is None and request.germline and request.germline_vcf is None:
        faults.append(fault("has no germline variants", "Give --germline-vcf.", "germline"))
    if request.maf is None and request.germline_vcf is not None and not request.germline:
        faults.append(
            fault("is read only with --germline, as its result is sensitive", "Add it.", "germline_vcf")
        )
    if faults:
        raise InputError(faults)


def _knowledge(request: DriversRequest, bundle: Bundle | None) -> _Knowledge:
    from wes_biomarkers.io.drivers import GenePlaces, read_gene_places
    from wes_biomarkers.io.gene_sets import judged_genes, read_catalogue, read_driver_rules, read_gene_list

    catalogue = read_catalogue()
    coding = None if bundle is None else bundle.path("coding")
    found = None if coding is None else read_gene_places(coding)
    drivers, catalogue = read_gene_list(request.genes, catalogue, None if found is None else found.intervals)
    places = None if found is None else GenePlaces(
        {catalogue.current(name): intervals for name, intervals in found.intervals.items()}
    )  # fmt: skip
    genes = judged_genes(catalogue, drivers)
    if places is not None:
        genes = tuple(gene for gene in genes if gene in places.intervals)
    return _Knowledge(catalogue, drivers, read_driver_rules(), places, genes)


def _evidence(knowledge: _Knowledge) -> DriverEvidence:
    from wes_biomarkers.features.drivers import DriverEvidence

    return DriverEvidence(
        knowledge.drivers,
        knowledge.catalogue.of_kind("pathway"),
        absent=[gene for gene in knowledge.drivers.genes if gene not in knowledge.genes],
    )


def _mutations(
    columns: Mapping[str, Any], knowledge: _Knowledge, clonality: Sequence[str | None] = ()
) -> tuple[list[Mutation], int]:
    """Mutations of the genes to judge that meet the filters, and how many of them have unknown reads."""
    import numpy as np

    from wes_biomarkers.features.gene_status import find_mutations
    from wes_biomarkers.features.tmb import is_rare, meets_evidence
    from wes_biomarkers.io.gene_sets import read_hotspots
    from wes_biomarkers.io.vcf_rows import objects

    filters = knowledge.rules.filters
    meets, unknown = meets_evidence(columns, filters)
    names = objects([None if name is None else knowledge.catalogue.current(name) for name in columns["gene"]])
    wanted = np.array([name in set(knowledge.genes) for name in names], bool) & is_rare(columns, filters)
    at = np.flatnonzero(wanted & (meets | unknown))
    kept = {name: np.asarray(values)[at] for name, values in columns.items()} | {"gene": names[at]}
    found = find_mutations(
        kept, read_hotspots(), [clonality[i] for i in at.tolist()] if len(clonality) else ()
    )
    unsure = {(str(columns["chrom"][i]), int(columns["start"][i])) for i in at.tolist() if unknown[i]}
    return found, sum((mutation.chrom, mutation.start) in unsure for mutation in found)


def _records(
    knowledge: _Knowledge,
    evidence: DriverEvidence,
    copies: tuple[Mapping[str, GeneCopy], float],
    uncovered: Sequence[str],
    pair: Pair,
    provenance: Mapping[str, Any],
) -> tuple[list[Record], list[GeneStatus]]:
    """The record with copy number and the one without, and the statuses of the first that can be had."""
    from wes_biomarkers.features.drivers import compute_drivers
    from wes_biomarkers.features.gene_status import judge_genes

    genes = [knowledge.catalogue.gene(name) for name in knowledge.genes]
    alone = judge_genes(genes, evidence.mutations, {}, uncovered)
    by_gene, floor = copies
    joint = (
        judge_genes(genes, evidence.mutations, by_gene, uncovered, floor) if evidence.has_copies else alone
    )
    records = [
        compute_drivers("wes_drivers", joint, evidence, pair, provenance),
        compute_drivers("wes_drivers_mutation", alone, evidence, pair, provenance),
    ]
    return records, [] if evidence.missing else joint


def _from_maf(request: DriversRequest) -> tuple[list[Record], list[dict[str, Any]]]:
    from wes_biomarkers.features.tmb import Pair
    from wes_biomarkers.io.maf_read import read_maf

    samples = [
        (Pair(sample.tumor, "_vs_".join(filter(None, (sample.tumor, sample.normal)))), sample.columns)
        for sample in read_maf(str(request.maf))
    ]
    return drivers_of_samples(samples, request)


def drivers_of_samples(
    samples: Iterable[tuple[Pair, Mapping[str, Any]]], request: DriversRequest
) -> tuple[list[Record], list[dict[str, Any]]]:
    """The records and rows of drivers.tsv of tumours known by mutations alone, as `io.maf_read` has them."""
    from wes_biomarkers.io.drivers import driver_rows

    knowledge = _knowledge(request, None)
    provenance = _provenance(request, knowledge, None, {"transcript_choice": "as in the MAF"})
    records: list[Record] = []
    rows: list[dict[str, Any]] = []
    for pair, columns in samples:
        mutations, n_unknown = _mutations(columns, knowledge)
        evidence = replace(_evidence(knowledge), mutations=mutations, n_unknown_reads=n_unknown)
        made, statuses = _records(knowledge, evidence, ({}, 0.0), (), pair, provenance)
        records += made
        rows += driver_rows(pair, statuses)
    return records, rows


def _from_vcf(request: DriversRequest) -> tuple[list[Record], list[dict[str, Any]]]:
    from wes_biomarkers.errors import ReferenceMismatchError
    from wes_biomarkers.features.tmb import Pair
    from wes_biomarkers.io.bundle import read_bundle
    from wes_biomarkers.io.drivers import clonality_of, driver_rows, read_msi_class
    from wes_biomarkers.io.regions import read_chosen_transcripts
    from wes_biomarkers.io.vcf import check_genome, read_variants

    bundle = None if request.reference is None else read_bundle(request.reference)
    knowledge = _knowledge(request, bundle)
    path = None if bundle is None else bundle.path("transcripts")
    transcripts = None if path is None else read_chosen_transcripts(path)
    variants = read_variants(
        str(request.vcf),
        request.tumor or None,
        request.normal or None,
        request.annotation,  # type: ignore[arg-type]
        transcripts=transcripts,
        pass_only=True,
    )
    if mismatches := check_genome(str(request.vcf), variants, bundle):
        raise ReferenceMismatchError(mismatches)
    pair = Pair(
        request.patient_id or variants.tumor,
        request.pair_id or "_vs_".join(filter(None, (variants.tumor, variants.normal))),
    )
    classes: Sequence[str | None] = ()
    if request.clonality is not None:
        classes = clonality_of(request.clonality, variants.columns, pair.pair_id)
    mutations, n_unknown = _mutations(variants.columns, knowledge, classes)
    germline, rule = _germline(request, knowledge, transcripts)
    evidence = replace(
        _evidence(knowledge),
        mutations=mutations,
        has_copies=request.segments is not None,
        missing=_missing(variants, bundle, knowledge),
        msi_class=None if request.msi_record is None else read_msi_class(request.msi_record),
        germline_genes=germline,
        germline_missing=rule or "" if germline is None else "",
        n_unknown_reads=n_unknown,
        synthetic=bundle is not None and bundle.synthetic,
    )
    told = {
        "annotation": None if variants.chooser is None else variants.chooser.layout.source,
        "germline_rule": rule,
        "normal": variants.normal,
        "transcript_choice": None if variants.chooser is None else variants.chooser.rule,
        "tumor": variants.tumor,
    }
    provenance = _provenance(request, knowledge, bundle, told)
    copies, uncovered = _copies(request, knowledge, bundle), _uncovered(request, knowledge, bundle)
    records, statuses = _records(knowledge, evidence, copies, uncovered, pair, provenance)
    return records, driver_rows(pair, statuses)


def _missing(variants: VariantSet, bundle: Bundle | None, knowledge: _Knowledge) -> str:
    """Why mutations of genes cannot be known; empty when they can."""
    if bundle is not None and knowledge.places is None:
        return "the reference bundle has no annotation, so coding changes are unknown"
    if variants.chooser is None:
        return "the VCF has no annotation (BCSQ, CSQ or ANN), so coding changes are unknown"
    if not variants.has_filter:
        return "no caller's FILTER was applied: nothing tells calls from candidates"
    return ""


def _copies(
    request: DriversRequest, knowledge: _Knowledge, bundle: Bundle | None
) -> tuple[dict[str, GeneCopy], float]:
    """Copy number of the genes to judge, and the cell fraction a hit needs; empty and 0 without segments."""
    from wes_biomarkers.features.copy_number import score_segments
    from wes_biomarkers.features.gene_copies import call_genes
    from wes_biomarkers.features.gene_status import clonal_floor
    from wes_biomarkers.io.clonality import read_rules
    from wes_biomarkers.io.drivers import read_segments_on
    from wes_biomarkers.io.gene_copies import read_gene_spans, read_thresholds

    coding = None if bundle is None else bundle.path("coding")
    if request.segments is None or bundle is None or coding is None:
        return {}, 0.0
    segments = read_segments_on(request.segments, bundle)
    thresholds = read_thresholds()
    scores = score_segments(segments, thresholds, request.sex)
    current = knowledge.catalogue.current
    spans = [replace(span, gene=current(name)) for name, span in read_gene_spans(coding).items()]
    spans = [span for span in spans if span.gene in knowledge.genes]
    called = call_genes(
        segments, spans, thresholds.gene, sex=request.sex, ploidy=scores.ploidy, wgd=scores.wgd
    )
    floor = clonal_floor(segments, request.sex, read_rules().min_cell_fraction)
    return {gene.gene: gene for gene in called}, floor


def _uncovered(request: DriversRequest, knowledge: _Knowledge, bundle: Bundle | None) -> list[str]:
    """Genes of whose coding sequence too little is callable; none where callable bases are unknown."""
    from wes_biomarkers.errors import ReferenceMismatchError
    from wes_biomarkers.io.regions import read_region

    if request.callable_bed is None or bundle is None or knowledge.places is None:
        return []
    mismatches: list[Any] = []
    deep = read_region(request.callable_bed, bundle.lengths, mismatches)
    if mismatches:
        raise ReferenceMismatchError(mismatches)
    floor = knowledge.rules.min_callable_share
    return [gene for gene in knowledge.genes if knowledge.places.callable_share(gene, deep) < floor]


def _germline(
    request: DriversRequest, knowledge: _Knowledge, transcripts: frozenset[str] | None
) -> tuple[tuple[str, ...] | None, str | None]:
    """Genes with a pathogenic germline variant, and what counted as one; None where not asked for."""
    from wes_biomarkers.io.germline import read_germline_genes

    if request.germline_vcf is None:
        return None, None
    genes = [gene for one in knowledge.catalogue.of_kind("germline") for gene in one.genes]
    found = read_germline_genes(
        request.germline_vcf, genes, knowledge.rules.germline, transcripts, knowledge.catalogue.current
    )
    return found.genes, found.rule


def _provenance(
    request: DriversRequest, knowledge: _Knowledge, bundle: Bundle | None, told: Mapping[str, Any]
) -> dict[str, Any]:
    from dataclasses import asdict

    from wes_biomarkers.io.files import sha256_file
    from wes_biomarkers.provenance import assemble_provenance

    roles = ("vcf", "maf", "segments", "clonality", "msi_record", "callable_bed", "germline_vcf")
    files = {role: getattr(request, role) for role in roles}
    if knowledge.drivers.id not in knowledge.catalogue.sets:
        files["genes"] = request.genes
    keys = ("fasta", "annotation", "transcripts", "coding")
    reference = {} if bundle is None else {
        "build": bundle.build,
        "checksums": {key: bundle.checksums[key] for key in keys if key in bundle.checksums},
    }  # fmt: skip
    rules = asdict(knowledge.rules.filters) | {"min_callable_share": knowledge.rules.min_callable_share}
    parameters = {**told, "gene_list": knowledge.drivers.id, "rules": rules, "sex": request.sex}
    if "genes" in files:
        parameters["genes"] = list(knowledge.drivers.genes)
    return assemble_provenance(
        parameters=parameters,
        inputs={role: sha256_file(path) for role, path in files.items() if path is not None},
        reference=reference,
    )
