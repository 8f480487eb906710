"""`wes-biomarkers feature signatures`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from wes_biomarkers.cli.options import id_options, put_records, vcf_sample_options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wes_biomarkers.contracts.record import Record
    from wes_biomarkers.features.mutation_channels import Kind
    from wes_biomarkers.features.signatures import Candidates, Catalogue, SignatureDefinition
    from wes_biomarkers.features.tmb import Pair
    from wes_biomarkers.io.signature_definitions import SignatureRules

_FILE = click.Path(dir_okay=False)


@dataclass(frozen=True)
class SignatureRequest:
    """What `feature signatures` was asked; paths as given, None where not."""

    vcf: str | None = None
    fasta: str | None = None
    reference: str | None = None
    matrix: str | None = None
    build: str | None = None
    signatures: str | None = None
    only: str | None = None
    reason: str | None = None
    genome: bool = False
    bootstrap: int = 100
    seed: int = 1
    tumor: str | None = None
    normal: str | None = None
    patient_id: str | None = None
    pair_id: str | None = None
    plot: str | None = None
    out: str | None = None


@click.command("signatures")
@click.option("--vcf", type=_FILE, help="Somatic variants of one tumour; those that passed count.")
@click.option("--fasta", type=_FILE, help="The genome they were called with.")
@click.option("--reference", type=click.Path(file_okay=False), help="Reference bundle, instead of --fasta.")
@click.option("--matrix", type=_FILE, help="Counts instead of --vcf: channels down, samples across.")
@click.option(
    "--build",
    type=click.Choice(["GRCh37", "GRCh38"]),
    help="Whose signature tables [by contig lengths; else GRCh38, flagged].",
)
@click.option("--signatures", type=click.Path(), help="A table, or a folder of COSMIC's [bin/setup's].")
@click.option("--only", metavar="NAMES", help="Candidates, separated by commas; needs --reason.")
@click.option("--reason", help="Why the others are left out; kept in the record.")
@click.option("--genome", is_flag=True, help="Tables of whole genomes instead of exomes.")
@click.option(
    "--bootstrap",
    type=click.IntRange(min=0, max=10_000),
    default=100,
    show_default=True,
    help="Resamples the intervals rest on.",
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of the resamples.")
@vcf_sample_options
@id_options("the tumour's or the matrix's column", "<tumor>_vs_<normal>; a matrix has none", of="records")
@click.option("--plot", type=_FILE, help="Picture of the mutations by channel: .svg, .png or .html.")
@click.option("-o", "--out", type=_FILE, help="File for the records [stdout].")
def command(**options: Any) -> None:
    """Mutational signatures: COSMIC's SBS, DBS and ID signatures fitted to the mutations of a tumour.

    From a VCF three records come, sbs96, dbs78 and id83; from a matrix one a sample.
    """
    import os

    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # one sample has no use for threads
    request = SignatureRequest(**options)
    _check_usage(request)
    records = compute_signature_records(request)
    if request.plot:
        _draw(request.plot, records)
    put_records(request.out, records)


def _check_usage(request: SignatureRequest) -> None:
    if (request.vcf is None) == (request.matrix is None):
        raise click.UsageError("Give one of --vcf and --matrix.")
    if request.vcf is not None and (request.fasta is None) == (request.reference is None):
        raise click.UsageError("Give one of --fasta and --reference with --vcf.")
    if (request.only is None) != (request.reason is None) or request.reason == "":
        raise click.UsageError("--only and --reason go together: a restricted list needs its reason.")


@dataclass(frozen=True)
class _Sample:
    """Counts of one sample, and whose they are."""

    pair: Pair
    catalogues: tuple[Catalogue, ...]


@dataclass(frozen=True)
class _Evidence:
    """What was read: samples, the genome's build, flags, and what provenance says of the inputs."""

    samples: tuple[_Sample, ...]
    build: str
    flags: tuple[str, ...]
    inputs: dict[str, str]
    reference: dict[str, Any]
    tools: dict[str, str]


def compute_signature_records(request: SignatureRequest) -> list[Record]:
    """The records of a request: for each sample one a kind of mutation.

    Raises:
        InputError: unreadable or unfit files, unknown signatures, no tables.
        ReferenceMismatchError: variants of another genome than the FASTA's.
    """
    from wes_biomarkers.features.signatures import Bootstrap, compute_signatures
    from wes_biomarkers.io.signature_definitions import read_signature_rules

    rules = read_signature_rules()
    evidence = _read_vcf(request, rules) if request.vcf else _read_matrix(request)
    kinds = [catalogue.kind for catalogue in evidence.samples[0].catalogues]
    candidates = _candidates(request, evidence.build, kinds)
    bootstrap = Bootstrap(request.bootstrap, request.seed)
    definitions = {definition.kind: definition for definition in rules.definitions}
    return [
        compute_signatures(
            catalogue,
            candidates[catalogue.kind],
            definitions[catalogue.kind],
            sample.pair,
            bootstrap,
            evidence.flags,
            _provenance(request, evidence, definitions[catalogue.kind], candidates[catalogue.kind]),
        )
        for sample in evidence.samples
        for catalogue in sample.catalogues
        if catalogue.kind in candidates
    ]


def _read_vcf(request: SignatureRequest, rules: SignatureRules) -> _Evidence:
    import cyvcf2
    import pysam

    from wes_biomarkers.errors import ReferenceMismatchError
    from wes_biomarkers.features.tmb import Pair
    from wes_biomarkers.io.bundle import read_bundle
    from wes_biomarkers.io.files import sha256_file
    from wes_biomarkers.io.signature_input import Genome, count_vcf
    from wes_biomarkers.io.vcf import check_genome, read_variants

    vcf = str(request.vcf)
    bundle = None if request.reference is None else read_bundle(request.reference)
    variants = read_variants(vcf, request.tumor or None, request.normal or None, "none", pass_only=True)
    if mismatches := check_genome(vcf, variants, bundle):
        raise ReferenceMismatchError(mismatches)
    genome = Genome(str(request.fasta) if bundle is None else str(bundle.path("fasta")))
    counted = count_vcf(vcf, variants, genome, rules.max_vaf_difference)
    names = filter(None, (variants.tumor, variants.normal))
    pair = Pair(request.patient_id or variants.tumor, request.pair_id or "_vs_".join(names))
    build, flags = _build(request, "" if bundle is None else bundle.build, genome.lengths)
    reference = {"build": build} if bundle is None else {
        "build": bundle.build,
        "checksums": {"fasta": bundle.checksums["fasta"]},
    }  # fmt: skip
    return _Evidence(
        samples=(_Sample(pair, tuple(counted.values())),),
        build=build,
        flags=flags + (("synthetic",) if bundle is not None and bundle.synthetic else ()),
        inputs={"vcf": sha256_file(vcf)},
        reference=reference,
        tools={"cyvcf2": cyvcf2.__version__, "pysam": pysam.__version__},
    )


def _read_matrix(request: SignatureRequest) -> _Evidence:
    from wes_biomarkers.errors import Fault, InputError
    from wes_biomarkers.features.signatures import Catalogue
    from wes_biomarkers.features.tmb import Pair
    from wes_biomarkers.io.files import sha256_file
    from wes_biomarkers.io.signature_input import read_count_matrix

    path = str(request.matrix)
    matrix = read_count_matrix(path)
    if (request.patient_id or request.pair_id) and len(matrix.samples) > 1:
        remedy = "Name the columns instead, and leave out --patient-id and --pair-id."
        raise InputError([Fault("holds several samples, and one patient was named", remedy, file=path)])
    samples = tuple(
        _Sample(
            Pair(request.patient_id or name, request.pair_id or "", name), (Catalogue(matrix.kind, counts),)
        )
        for name, counts in zip(matrix.samples, matrix.counts, strict=True)
    )
    build, flags = _build(request)
    return _Evidence(samples, build, flags, {"matrix": sha256_file(path)}, {"build": request.build}, {})


def _build(
    request: SignatureRequest, named: str = "", lengths: Mapping[str, int] | None = None
) -> tuple[str, tuple[str, ...]]:
    """The build whose tables are used, and the flag that says it was assumed."""
    from wes_biomarkers.contracts.reference import Contig
    from wes_biomarkers.io.fasta import FastaRecord, guess_build
    from wes_biomarkers.io.signature_tables import BUILDS

    contigs = [FastaRecord(Contig(name, length), "", "") for name, length in (lengths or {}).items()]
    for build in (request.build or "", named, guess_build(contigs, named)):
        if build in BUILDS:
            return build, ()
    return "GRCh38", ("signatures_build_assumed",)


def _candidates(request: SignatureRequest, build: str, kinds: Sequence[Kind]) -> dict[Kind, Candidates]:
    """The signatures to try of each kind; of a table of the user's own, its kind alone.

    Raises:
        InputError: no table, or names of `--only` that no table has, all of them.
    """
    from wes_biomarkers.errors import Fault, InputError
    from wes_biomarkers.features.signatures import Candidates
    from wes_biomarkers.io.signature_tables import kind_of_table, read_signature_table

    own = kind_of_table(request.signatures)
    tables = {
        kind: read_signature_table(kind, build, not request.genome, request.signatures)
        for kind in kinds
        if own in (None, kind)
    }
    if not tables:
        rule = f"is a table of {own}, and the counts are of {', '.join(kinds)}"
        raise InputError([Fault(rule, "Give a table of the same kind.", file=request.signatures)])
    wanted = tuple(name.strip() for name in (request.only or "").split(",") if name.strip())
    known = {name for table in tables.values() for name in table.names}
    if unknown := [name for name in wanted if name not in known]:
        remedy = "Give names of the table, such as SBS1."
        raise InputError(
            [Fault("no such signature", remedy, column="--only", value=name) for name in unknown]
        )
    chosen = {}
    for kind, table in tables.items():
        some = table.only(wanted)
        chosen[kind] = Candidates(some, request.reason or "") if some.names else Candidates(table)
    return chosen


def _provenance(
    request: SignatureRequest, evidence: _Evidence, definition: SignatureDefinition, candidates: Candidates
) -> dict[str, Any]:
    import numpy as np

    from wes_biomarkers.provenance import assemble_provenance

    return assemble_provenance(
        parameters={
            "bootstrap": request.bootstrap,
            "definition": definition.as_dict(),
            "only": list(candidates.table.names) if candidates.restriction else None,
            "reason": candidates.restriction or None,
            "seed": request.seed,
            "signatures": candidates.table.version,
        },
        inputs=evidence.inputs | {"signatures": candidates.table.sha256},
        reference=evidence.reference,
        tools=evidence.tools | {"numpy": np.__version__},
    )


def _draw(path: str, records: Sequence[Record]) -> None:
    from wes_biomarkers.plots.save import save_chart
    from wes_biomarkers.plots.signatures import record_spectra

    save_chart(record_spectra(records), path)
