"""`wes-biomarkers feature hla`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from wes_biomarkers.contracts.record import Record
    from wes_biomarkers.features.hla_types import LocusType
    from wes_biomarkers.io.hla_fish import Fished
    from wes_biomarkers.io.hla_reference import HlaReference

_FILE = click.Path(dir_okay=False)
_FOLDER = click.Path(file_okay=False)


@dataclass(frozen=True)
class HlaRequest:
    """The options of the command."""

    bam: str | None
    fastq: tuple[str, str] | None
    typed: str | None
    tumor_typed: str | None
    types: str | None
    types_file: str | None
    reference: str | None
    hla_reference: str | None
    sample_id: str | None
    patient_id: str | None
    pair_id: str | None
    table: str | None
    fished: str | None
    plot: str | None
    out: str | None

    @property
    def from_reads(self) -> bool:
        """Whether types are to be found in reads."""
        return self.bam is not None or self.fastq is not None


@click.command("hla")
@click.option("--bam", type=_FILE, help="BAM or CRAM to type.")
@click.option("--fastq", type=_FILE, nargs=2, help="Two FASTQs to type, R1 and R2.")
@click.option("--typed", type=_FILE, help="hla.tsv of the normal, to choose the types of a pair.")
@click.option("--tumor-typed", type=_FILE, help="hla.tsv of the tumour, likewise.")
@click.option("--types", metavar="A*02:01;...", help="Known types, which then count.")
@click.option(
    "--types-file", type=_FILE, help="Known types by OptiType, arcasHLA, HLA-HD, LILAC or as hla.tsv."
)
@click.option("--reference", type=_FOLDER, help="Reference bundle made with --hla.")
@click.option("--hla-reference", type=_FOLDER, help="Folder of IMGT/HLA files, in place of --reference.")
@click.option("--sample-id", help="Sample of the table [that of the read groups, or the file's name].")
@click.option("--patient-id", help="Patient of the record [the sample or pair].")
@click.option("--pair-id", help="Pair of the record.")
@click.option("--table", type=_FILE, help="File for the types, hla.tsv.")
@click.option(
    "--fished", metavar="PREFIX", help="Write the reads used to PREFIX_1.fastq.gz and PREFIX_2.fastq.gz."
)
@click.option("--plot", type=_FILE, help="File for a chart of the evidence, HTML, SVG or PNG.")
@click.option("-o", "--out", type=_FILE, help="File for the record [stdout].")
def command(**options: Any) -> None:
    """HLA types of class I and II at two fields, from reads or chosen among typings.

    With --bam or --fastq the reads are typed. With --typed, --tumor-typed, --types or --types-file the types of a
    pair are chosen: those given, else the normal's, else the tumour's; what disagrees is in the record.
    """
    import os

    from wes_biomarkers.io.records import records_json, write_records

    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    request = HlaRequest(**options)
    _check(request)
    record = compute_hla(request)
    if request.out in (None, "-"):
        click.echo(records_json(record), nl=False)
    else:
        write_records(str(request.out), record)


def _check(request: HlaRequest) -> None:
    if request.bam is not None and request.fastq is not None:
        raise click.UsageError("Give --bam or --fastq, not both.")
    if request.reference is not None and request.hla_reference is not None:
        raise click.UsageError("Give --reference or --hla-reference, not both.")
    if request.from_reads and request.reference is None and request.hla_reference is None:
        raise click.UsageError("Typing reads needs --reference BUNDLE or --hla-reference DIR.")
    if request.from_reads and (request.typed is not None or request.tumor_typed is not None):
        raise click.UsageError(
            "--typed and --tumor-typed are tables of reads already typed: leave out the reads."
        )
    if not request.from_reads and request.fished is not None:
        raise click.UsageError("--fished needs --bam or --fastq.")
    if request.types is not None and request.types_file is not None:
        raise click.UsageError("Give --types or --types-file, not both.")
    sources = (request.typed, request.tumor_typed, request.types, request.types_file)
    if not request.from_reads and not any(source is not None for source in sources):
        raise click.UsageError(
            "Give reads (--bam, --fastq), or types (--typed, --tumor-typed, --types, --types-file)."
        )


def compute_hla(request: HlaRequest) -> Record:
    """The record of a request; writes the table, the reads and the chart that are asked for.

    Raises:
        InputError: unreadable or unfit files, names that are no allele's.
        ReferenceMismatchError: an alignment to another genome than the bundle's.
    """
    from wes_biomarkers.features.hla_types import Labels, choose_types, hla_record
    from wes_biomarkers.io.hla_definitions import read_diversity
    from wes_biomarkers.io.hla_import import parse_types, read_types
    from wes_biomarkers.io.hla_reference import read_hla_reference
    from wes_biomarkers.io.hla_types import read_hla_types, write_hla_types

    if request.plot is not None:
        from wes_biomarkers.plots.save import check_suffix

        check_suffix(request.plot)
    source = request.hla_reference or request.reference
    reference = None if source is None else read_hla_reference(source)
    normal: dict[str, LocusType] | None = None
    if request.from_reads:
        assert reference is not None
        normal = _type(request, reference)
    elif request.typed is not None:
        normal = read_hla_types(request.typed)
    tumor = None if request.tumor_typed is None else read_hla_types(request.tumor_typed)
    given = None if request.types is None else parse_types(request.types, "--types")
    if request.types_file is not None:
        given = read_types(request.types_file)
    types, conflicts = choose_types(normal, tumor, given)
    sample = "" if request.pair_id else _sample(request)
    if request.table is not None:
        write_hla_types(request.table, {request.pair_id or sample: types})
    diversity = read_diversity(
        reference, [allele for locus in types.values() for allele in locus.alleles or ()]
    )
    labels = Labels(
        request.patient_id or request.pair_id or sample, sample, request.pair_id or "", _provenance(request)
    )
    record = hla_record(types, conflicts, labels, diversity)
    if request.plot is not None:
        from wes_biomarkers.plots.hla import support_chart
        from wes_biomarkers.plots.save import save_chart

        save_chart(
            support_chart(types, f"HLA types of {request.pair_id or sample}", record.flags), request.plot
        )
    return record


def _type(request: HlaRequest, reference: HlaReference) -> dict[str, LocusType]:
    from wes_biomarkers.features.hla_model import build_models
    from wes_biomarkers.features.hla_place import index_words
    from wes_biomarkers.features.hla_typing import TypingRules, locus_types, type_reads
    from wes_biomarkers.io.hla_fish import write_fished

    models = build_models(reference.alleles, exon_bases(reference))
    index = index_words(models)
    fished = _fish(request, index)
    typings = type_reads(models, fished.reads, TypingRules(), index)
    if request.fished is not None:
        write_fished(fished, f"{request.fished}_1.fastq.gz", f"{request.fished}_2.fastq.gz")
    return locus_types(typings)


def exon_bases(reference: HlaReference) -> list[dict[int, str]]:
    """Bases of the exons of each allele of a reference, by exon number."""
    return [
        {number: sequence[start:end] for number, (start, end) in places.items()}
        for sequence, places in zip(reference.sequences, reference.exons, strict=True)
    ]


def _fish(request: HlaRequest, index: Any) -> Fished:
    from wes_biomarkers.io.bundle import read_bundle
    from wes_biomarkers.io.hla_fish import fish_alignment, fish_fastq, read_regions
    from wes_biomarkers.io.msi_counts import check_alignments

    if request.fastq is not None:
        return fish_fastq(*request.fastq, index)
    bundle = None if request.reference is None else read_bundle(request.reference)
    if bundle is not None:
        check_alignments([str(request.bam)], bundle)
    place = None if bundle is None else bundle.path("hla_regions")
    regions = None if place is None else read_regions(place)
    return fish_alignment(str(request.bam), index, regions, None if bundle is None else bundle.path("fasta"))


def _sample(request: HlaRequest) -> str:
    """The sample: as the user says, or by the read groups, or by the name of the first file."""
    from pathlib import Path

    from wes_biomarkers.io.bam import sample_names

    if request.sample_id:
        return request.sample_id
    if request.bam is not None and len(names := sample_names(request.bam)) == 1:
        return names[0]
    files = [request.bam, *(request.fastq or ()), request.typed, request.tumor_typed, request.types_file]
    first = next((file for file in files if file is not None), "sample")
    return Path(first).name.split(".")[0]


def _provenance(request: HlaRequest) -> dict[str, Any]:
    from wes_biomarkers.io.bundle import read_bundle
    from wes_biomarkers.io.files import sha256_file
    from wes_biomarkers.provenance import assemble_provenance

    tables = {"typed": request.typed, "tumor_typed": request.tumor_typed, "types_file": request.types_file}
    inputs = {role: sha256_file(path) for role, path in tables.items() if path is not None}
    bundle = None if request.reference is None else read_bundle(request.reference)
    checksums = {} if bundle is None else dict(bundle.checksums)
    made_of = {key: checksums[key] for key in ("hla_alleles", "hla_exons") if key in checksums}
    return assemble_provenance(
        parameters={"types": request.types} if request.types else {},
        inputs=inputs,
        reference=None if bundle is None else {"build": bundle.build, "files": made_of},
    )
