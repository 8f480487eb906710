"""Peptides of a tumour from its files: calls, genome and genes, or a VCF annotated by VEP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from wes_biomarkers.errors import Fault, InputError, ReferenceMismatchError
from wes_biomarkers.io.annotation import read_annotation
from wes_biomarkers.io.files import write_text
from wes_biomarkers.io.lines import FaultList, check_readable, read_lines
from wes_biomarkers.io.phase import count_fragments, read_germline_variants, read_phase_sets
from wes_biomarkers.io.vcf import VariantSet, read_variants
from wes_biomarkers.io.vep import read_vep
from wes_biomarkers.neoantigens.collapse import collapse
from wes_biomarkers.neoantigens.peptides import PeptideRules, PeptideSet, Skipped
from wes_biomarkers.neoantigens.phase import Phase, Variant
from wes_biomarkers.neoantigens.protein_fasta import protein_fasta
from wes_biomarkers.neoantigens.self_proteome import SelfProteome
from wes_biomarkers.neoantigens.transcript_peptides import Made
from wes_biomarkers.neoantigens.tumor_peptides import reference_proteins, tumor_peptides
from wes_biomarkers.neoantigens.vep_peptides import CHANGES_NONE, vep_peptides

_DEFAULT = PeptideRules()


def peptides_from_calls(
    vcf: Path | str,
    fasta: Path | str,
    annotation: Path | str,
    germline: Path | str | None = None,
    tumor_bam: Path | str | None = None,
    rules: PeptideRules = _DEFAULT,
    *,
    self_proteome: SelfProteome | None = None,
    tumor: str | None = None,
) -> PeptideSet:
    """Peptides of the phased tumour haplotypes.

    Phase comes from the genotypes (homozygous), the phase sets of each VCF, then fragments of the tumour's
    alignment; a variant whose phase to a somatic one stays unknown is taken as lying on the other haplotype.

    Args:
        vcf: somatic calls, one alternate allele a record.
        fasta: the genome, with its index.
        annotation: genes (GFF3 or GTF).
        germline: the normal's calls, with genotypes.
        tumor_bam: the tumour's alignment, for phase.
        rules: lengths and options.
        self_proteome: peptides in it are dropped.
        tumor: the tumour's sample in `vcf`.

    Raises:
        InputError: unreadable or unfit files.
        ReferenceMismatchError: contigs or reference alleles that are not the genome's.
    """
    with _genome(fasta) as genome:
        lengths = dict(zip(genome.references, genome.lengths, strict=True))
        transcripts = read_annotation(annotation, lengths).transcripts
        calls = read_variants(vcf, tumor, annotation="none", population_af="none", pass_only=rules.pass_only)
        somatic = _somatic(calls)
        sets = [read_phase_sets(vcf, calls.tumor)]
        normal: list[Variant] = []
        if germline is not None:
            found, normal_sets = read_germline_variants(germline, calls.normal)
            called = {variant.key for variant in somatic}
            normal = [variant for variant in found if variant.key not in called]
            sets.append(normal_sets)
        mismatches = _mismatches(vcf, somatic, genome, lengths)
        if germline is not None:
            mismatches += _mismatches(germline, normal, genome, lengths)
        if mismatches:
            raise ReferenceMismatchError(mismatches)
        phase = Phase(sets)
        variants = [*somatic, *normal]
        if tumor_bam is not None:
            phase = Phase(sets, count_fragments(tumor_bam, variants, phase, fasta))
        return tumor_peptides(transcripts, genome.fetch, variants, phase, rules, self_proteome)


def peptides_from_vep(
    vcf: Path | str,
    rules: PeptideRules = _DEFAULT,
    *,
    self_proteome: SelfProteome | None = None,
    tumor: str | None = None,
) -> PeptideSet:
    """Peptides of a VCF annotated by VEP with `WildtypeProtein` and `FrameshiftSequence` or `DownstreamProtein`.

    Raises:
        InputError: fields of CSQ that are missing, by name; unreadable or unfit files.
    """
    keys, entries = read_vep(vcf, tumor, pass_only=rules.pass_only)
    made = vep_peptides(entries, rules)
    told = {entry.variant for entry in entries}
    silent = Made(skipped=[Skipped(key, "", CHANGES_NONE) for key in keys if key not in told])
    return collapse([made, silent], self_proteome)


def read_self_proteome(
    proteins: Path | str | None = None,
    *,
    fasta: Path | str | None = None,
    annotation: Path | str | None = None,
) -> SelfProteome:
    """The index of a reference proteome: of a FASTA of proteins, or of an annotation's own by its genome.

    Raises:
        InputError: no file, no FASTA, or no protein in it.
    """
    if proteins is not None:
        found = list(read_proteins(proteins).values())
    elif fasta is not None and annotation is not None:
        with _genome(fasta) as genome:
            lengths = dict(zip(genome.references, genome.lengths, strict=True))
            transcripts = read_annotation(annotation, lengths).transcripts
            found = [protein for _, protein in reference_proteins(transcripts, genome.fetch)]
    else:
        raise InputError(
            "no reference proteome", "Give a FASTA of proteins, or a genome with its annotation."
        )
    if not found:
        file = str(proteins or annotation)
        raise InputError([Fault("holds no protein", "Give a proteome.", file=file)])
    return SelfProteome(found)


def read_proteins(path: Path | str) -> dict[str, str]:
    """Proteins of a FASTA, plain or gzip, by the first word of their header.

    Raises:
        InputError: not FASTA, or letters that are no amino acid.
    """
    pieces: dict[str, list[str]] = {}
    name = None
    for row, line in enumerate(read_lines(path), start=1):
        if line.startswith(">"):
            name = (line[1:].split() or [str(row)])[0]
            name = name if name not in pieces else f"{name}:{row}"
            pieces[name] = []
        elif line.strip():
            if name is None or not line.strip().rstrip("*").isalpha():
                fault = Fault(
                    "not FASTA of proteins", "Give `>name`, then residues.", str(path), row, value=line[:40]
                )
                raise InputError([fault])
            pieces[name].append(line.strip())
    return {name: "".join(lines) for name, lines in pieces.items()}


def write_protein_fasta(path: Path | str, peptides: PeptideSet, flank: int | None = None) -> None:
    """Write the mutated proteins for a mass-spectrometry search; see `protein_fasta`."""
    write_text(path, protein_fasta(peptides.proteins, flank))


@contextmanager
def _genome(fasta: Path | str) -> Iterator[Any]:
    import pysam

    if faults := check_readable([fasta, f"{fasta}.fai"]):
        raise InputError(faults)
    with pysam.FastaFile(str(fasta)) as genome:
        yield genome


def _somatic(calls: VariantSet) -> list[Variant]:
    """The calls the tumour carries: those of a joint file that it shows no read of are another sample's."""
    columns = (calls.base[name].tolist() for name in ("chrom", "start", "ref", "alt"))
    seen = (calls.base["vaf"] != 0).tolist()
    return [Variant(key, True) for key, own in zip(zip(*columns, strict=True), seen, strict=True) if own]


def _mismatches(
    path: Path | str, variants: list[Variant], genome: Any, lengths: Mapping[str, int]
) -> list[Fault]:
    """Variants whose contig or reference allele is not the genome's; contigs the genome lacks count if all do."""
    faults = FaultList(path)
    remedy = "Give calls, genome and annotation of the same build."
    known = [variant.key for variant in variants if variant.key[0] in lengths]
    if variants and not known:
        faults.add("no contig of it is in the genome", remedy, value=variants[0].key[0])
    for chrom, start, ref, _ in known:
        if start + len(ref) > lengths[chrom]:
            faults.add("position beyond its contig's end", remedy, value=f"{chrom}:{start + 1}")
        elif ref.isalpha() and not _agree(ref, genome.fetch(chrom, start, start + len(ref))):
            faults.add(
                "reference allele is not the genome's", remedy, value=f"{chrom}:{start + 1} {ref[:20]}"
            )
    return faults.faults()


def _agree(ref: str, found: str) -> bool:
    """Whether bases are the same; letters other than A, C, G and T agree with any."""
    pairs = zip(ref.upper(), found.upper(), strict=True)
    return all(a == b or not {a, b} <= set("ACGT") for a, b in pairs)
