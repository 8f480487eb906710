"""Somatic variants of one tumour from an annotated VCF or BCF."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.io.build_check import check_contigs
from wes_biomarkers.io.lines import FaultList, check_readable
from wes_biomarkers.io.vcf_annotation import Chooser, resolve_references
from wes_biomarkers.io.vcf_header import Annotation, Header
from wes_biomarkers.io.vcf_prefilter import passed_records
from wes_biomarkers.io.vcf_rows import Rows, best_records, objects

if TYPE_CHECKING:
    import pandas as pd

    from wes_biomarkers.io.bundle import Bundle

Array = NDArray[Any]

_COUNTS = ("t_ref", "t_alt", "t_depth", "n_ref", "n_alt", "n_depth")

#: Records whose reference allele is compared with the genome, and disagreements that are listed.
_COMPARED, _LISTED = 1_000, 5


@dataclass(frozen=True)
class VariantSet:
    """The variants of one tumour, one alternate allele each and none twice, in the order of the file.

    Attributes:
        base: arrays of length n: chrom, start, end (0-based half-open, of the reference allele), ref, alt,
            kind (snv, mnv, insertion, deletion, complex, symbolic), filter, is_pass, t_ref, t_alt, t_depth,
            n_ref, n_alt, n_depth (reads), vaf and population_af (fractions); NaN where unknown.
        annotations: the annotation of each variant as the tool wrote it.
        chooser: reads them; None when the file has no annotation.
        tumor, normal: sample columns; the normal is None when there is none.
        contigs: names in the header.
        lengths: of the contigs whose length the header states, in bases.
        has_filter: at least one record carries a FILTER, or there is no record.
        has_population_af: a population resource was used.
    """

    base: Mapping[str, Array]
    annotations: Sequence[str | None]
    chooser: Chooser | None
    tumor: str
    normal: str | None
    contigs: tuple[str, ...] = ()
    lengths: Mapping[str, int] = field(default_factory=dict)
    has_filter: bool = True
    has_population_af: bool = False
    _known: Mapping[str, Array] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.annotations)

    def where(self, mask: NDArray[np.bool_]) -> VariantSet:
        """The variants of a mask of shape (n,)."""
        at = np.flatnonzero(mask)
        kept = [self.annotations[index] for index in at.tolist()]
        return replace(self, base={name: values[at] for name, values in self.base.items()}, annotations=kept)

    @cached_property
    def columns(self) -> dict[str, Array]:
        """`base` with gene, transcript_id, consequence (most severe term), aa_change (as annotated)."""
        n = len(self)
        names = ("gene", "transcript_id", "consequence", "aa_change")
        if self.chooser is None:
            return dict(self.base) | {name: np.full(n, None, object) for name in names}
        chosen = [self.chooser.choose(text) for text in self.annotations]
        parts = list(zip(*chosen, strict=True)) if chosen else [()] * 5
        annotated = {name: objects(part) for name, part in zip(names, parts, strict=False)}
        frequency = np.fmax(self.base["population_af"], np.array(parts[4], np.float64))
        return dict(self.base) | annotated | {"population_af": frequency}

    @cached_property
    def frame(self) -> pd.DataFrame:
        """`columns` as a frame; read counts are nullable integers."""
        import pandas as pd

        frame = pd.DataFrame(self.columns)
        for name in _COUNTS:
            frame[name] = frame[name].round().astype("Int64")
        return frame


def read_variants(
    path: Path | str,
    tumor: str | None = None,
    normal: str | None = None,
    annotation: Annotation = "auto",
    *,
    transcripts: Collection[str] | None = None,
    population_af: str = "auto",
    pass_only: bool = False,
) -> VariantSet:
    """Read the variants of one tumour.

    Reads with the alternate allele come from AD, else AF x DP; the allele fraction from AF, else AD.
    Of several records of one allele the passing one, then the deeper, then the first is kept.
    The population frequency is the largest of INFO/POP_AF, Mutect2's POPAF (when a resource was given to it)
    and gnomAD in VEP's annotation.

    Args:
        path: VCF (plain, gzip, bgzip) or BCF, sorted, one alternate allele a record.
        tumor: its sample; by default that of `##tumor_sample`, the only one, or the one so named.
        normal: likewise.
        annotation: the tag to read, `auto` for the first of BCSQ, CSQ, ANN, or `none`.
        transcripts: count consequences on these only.
        population_af: `auto`, `none`, or the INFO field that holds it as a fraction.
        pass_only: leave out records that failed a filter (faster).

    Raises:
        InputError: every fault found: unreadable, truncated, not a VCF, no tumour sample, no read counts,
            records out of order or with several alternate alleles.
    """
    if faults := check_readable([path]):
        raise InputError(faults)
    ask = _Question(tumor, normal, annotation, transcripts, population_af, pass_only)
    if pass_only:
        with passed_records(path) as passed:
            if passed is not None:
                with suppress(InputError):  # found again in the whole file, where records have their numbers
                    return replace(_read(path, passed.path, ask), has_filter=passed.has_filter)
    return _read(path, str(path), ask)


@dataclass(frozen=True)
class _Question:
    """What `read_variants` was asked."""

    tumor: str | None
    normal: str | None
    annotation: Annotation
    transcripts: Collection[str] | None
    population_af: str
    pass_only: bool


def _read(path: Path | str, source: str, ask: _Question) -> VariantSet:
    """The variants of `source`, which is the file at `path` or its passed records."""
    import cyvcf2

    name = str(path)
    try:
        vcf = cyvcf2.VCF(source, lazy=True)
    except Exception as error:
        remedy = "Give a VCF with its header, plain, bgzip or BCF; copy it again if it was cut."
        raise InputError([Fault("cannot be read as VCF or BCF", remedy, file=name)]) from error
    header = Header(vcf, name, ask.tumor, ask.normal)
    header.check()
    layout = header.layout(ask.annotation)
    rows = Rows(header, layout.source if layout else None, ask.population_af)
    with _without_collector():
        rows.read(vcf, ask.pass_only)
    vcf.close()
    rows.check_end()
    if rows.faults:
        raise InputError(rows.faults)
    texts: Sequence[str | None] = rows.texts
    if layout is not None and layout.source == "BCSQ":
        texts = resolve_references(texts, rows.chrom, rows.start)
    base, has_population_af = rows.columns()
    automatic = ask.population_af == "auto"
    has_population_af |= automatic and layout is not None and bool(layout.frequencies)
    if layout is not None and not automatic:
        layout = replace(layout, frequencies=())
    variants = VariantSet(
        base=base,
        annotations=texts,
        chooser=None if layout is None else Chooser(layout, ask.transcripts),
        tumor=header.tumor or "",
        normal=header.normal,
        contigs=tuple(vcf.seqnames),
        lengths=header.lengths,
        has_filter=rows.n_filtered > 0 or rows.n == 0,
        has_population_af=has_population_af,
    )
    is_best = best_records(base)
    return variants if is_best.all() else variants.where(is_best)


def check_genome(path: Path | str, variants: VariantSet, bundle: Bundle | None = None) -> list[Fault]:
    """Where a VCF disagrees with its own header or with a bundle's genome; none when all is well.

    Compares every position with its contig's length (the header's, else the bundle's), the header's contigs
    with the bundle's, and the reference alleles of the first 1,000 records that passed (of any, in a file
    without FILTER) with the bundle's FASTA. Only A, C, G and T are compared.

    Args:
        path: the VCF, for messages.
        variants: what was read of it.
        bundle: the reference, where there is one.
    """
    beyond, alleles = FaultList(path, _LISTED), FaultList(path, _LISTED)
    remedy = "Give calls and reference of the same build."
    base = variants.base
    lengths = variants.lengths if bundle is None else bundle.lengths | dict(variants.lengths)
    ends = np.array([lengths.get(chrom, np.inf) for chrom in base["chrom"]], np.float64)
    inside = base["end"] <= ends
    for index in np.flatnonzero(~inside).tolist():
        chrom = base["chrom"][index]
        rule = f"position beyond its contig's end ({chrom} has {lengths[chrom]} bases)"
        beyond.add(rule, remedy, value=f"{chrom}:{base['start'][index] + 1}")
    if bundle is None:
        return beyond.faults()
    stated = {name: variants.lengths.get(name) for name in variants.contigs}
    contigs = check_contigs(str(path), stated, bundle) if stated else []
    asked = np.flatnonzero(inside & (base["start"] >= 0) & (base["is_pass"] | (not variants.has_filter)))[
        :_COMPARED
    ]
    for index, found in _differing_alleles(base, [] if contigs else asked.tolist(), bundle):
        place = f"{base['chrom'][index]}:{base['start'][index] + 1}"
        rule = f"reference allele is not that of {bundle.build}, which has {found[:20]}"
        alleles.add(rule, remedy, value=f"{place} {base['ref'][index][:20]}")
    return contigs + beyond.faults() + alleles.faults()


def _differing_alleles(
    base: Mapping[str, Array], records: Sequence[int], bundle: Bundle
) -> Iterator[tuple[int, str]]:
    """The records whose reference allele is not the genome's, with the genome's; contigs it lacks are left out."""
    import pysam

    bases = frozenset("ACGT")
    with pysam.FastaFile(str(bundle.path("fasta")), filepath_index=str(bundle.path("fai"))) as fasta:
        names = set(fasta.references)
        for index in records:
            chrom, ref = base["chrom"][index], base["ref"][index].upper()
            if chrom in names:
                found = fasta.fetch(chrom, int(base["start"][index]), int(base["end"][index])).upper()
                same = len(found) == len(ref)
                if not same or any(a != b and {a, b} <= bases for a, b in zip(ref, found, strict=True)):
                    yield index, found


@contextmanager
def _without_collector() -> Iterator[None]:
    """No cyclic garbage collection for a while: records make many small objects and no cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
