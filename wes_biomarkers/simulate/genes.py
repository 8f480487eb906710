"""Invented genes: exons, introns, transcripts on either strand, and their Ensembl-style GFF3."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from wes_biomarkers.simulate.sequence import (
    put_coding_tract,
    put_tract,
    random_background,
    random_coding,
    random_intron,
    random_tract,
    reverse_complement,
    translate,
)

#: Share of the genes with a microsatellite in a coding exon, and of intron ends with one inside the target.
CODING_TRACT_SHARE, INTRON_TRACT_SHARE = 0.3, 0.45


@dataclass(frozen=True)
class Span:
    """A stretch of a contig, 0-based half-open."""

    start: int
    end: int

    def shifted(self, offset: int) -> Span:
        """The same stretch `offset` bases farther on."""
        return Span(self.start + offset, self.end + offset)

    def flipped(self, length: int) -> Span:
        """The same stretch on the other strand of a sequence of this length."""
        return Span(length - self.end, length - self.start)


@dataclass(frozen=True)
class Tract:
    """A microsatellite: its place on the contig, its motif on the forward strand and its repeats."""

    span: Span
    motif: str
    n_repeat: int


@dataclass(frozen=True)
class Transcript:
    """One coding transcript; exons and coding parts in ascending contig order."""

    transcript_id: str
    exons: tuple[Span, ...]
    coding: tuple[Span, ...]
    mane: bool


@dataclass(frozen=True)
class Gene:
    """One gene: its id and symbol, place, strand (+1 or -1), transcripts and microsatellites."""

    gene_id: str
    symbol: str
    contig: str
    span: Span
    strand: int
    transcripts: tuple[Transcript, ...]
    tracts: tuple[Tract, ...]

    @property
    def exons(self) -> tuple[Span, ...]:
        """All exons of all transcripts, without repeats, ascending."""
        spans = {exon for transcript in self.transcripts for exon in transcript.exons}
        return tuple(sorted(spans, key=lambda span: span.start))


def _coding_lengths(rng: np.random.Generator) -> list[int]:
    n_exon = int(rng.integers(3, 9))
    lengths = [int(np.clip(rng.lognormal(5.3, 0.45), 70, 900)) for _ in range(n_exon)]
    inner = int(rng.integers(1, n_exon - 1))
    lengths[inner] -= lengths[inner] % 3
    lengths[-1] += -sum(lengths) % 3
    return lengths


def make_gene(rng: np.random.Generator, number: int, padding: int) -> tuple[str, Gene]:
    """A gene of 3 to 8 exons on its own stretch of sequence (contig "", offset 0), in contig orientation.

    The open reading frame is whole and introns run GT..AG. Microsatellites lie in the 3' UTR, in introns 14 bases
    or more from both exons and 10 or more inside the target, and in some coding exons, far from their borders.
    `padding` is how far targets reach into introns.
    """
    lengths = _coding_lengths(rng)
    utr5, utr3 = int(rng.integers(60, 150)), int(rng.integers(150, 350))
    coding = random_coding(rng, sum(lengths) // 3)
    parts: list[str] = [random_background(rng, utr5, gc=0.55)]
    exons: list[Span] = []
    cds: list[Span] = []
    tracts: list[Tract] = []
    place, used, start = utr5, 0, 0
    tract_exon = int(rng.integers(len(lengths))) if rng.random() < CODING_TRACT_SHARE else None
    for index, length in enumerate(lengths):
        cds.append(Span(place, place + length))
        bases = coding[used : used + length]
        if tract_exon == index:
            bases, tract = put_coding_tract(rng, bases, -used % 3)
            tracts += [Tract(Span(o, o + len(m) * n).shifted(place), m, n) for o, m, n in tract]
        parts.append(bases)
        place, used = place + length, used + length
        if index == len(lengths) - 1:
            break
        exons.append(Span(start, place))
        intron = random_intron(rng, int(np.clip(rng.lognormal(6.6, 0.6), 300, 2500)))
        for from_end in (False, True):
            motif, n_repeat = random_tract(rng)
            length = len(motif) * n_repeat
            distance = 26 if from_end else 14
            if rng.random() < INTRON_TRACT_SHARE and distance + length + 10 <= padding:
                at = len(intron) - distance - length if from_end else distance
                intron = put_tract(rng, intron, at, motif, n_repeat)
                tracts.append(Tract(Span(at, at + length).shifted(place), motif, n_repeat))
        parts.append(intron)
        place += len(intron)
        start = place
    tail = random_background(rng, utr3, gc=0.42)
    if rng.random() < 0.85:
        motif, n_repeat = random_tract(rng)
        offset = int(rng.integers(40, utr3 - 40 - len(motif) * n_repeat))
        tail = put_tract(rng, tail, offset, motif, n_repeat)
        tracts.append(Tract(Span(0, len(motif) * n_repeat).shifted(place + offset), motif, n_repeat))
    parts.append(tail)
    exons.append(Span(start, place + utr3))
    sequence = "".join(parts)
    transcripts = [Transcript(f"SIMT{number:03d}.1", tuple(exons), tuple(cds), mane=True)]
    skipped = _skippable_exon(sequence, cds)
    if skipped is not None and rng.random() < 0.5:
        keep = [i for i in range(len(exons)) if i != skipped]
        short = Transcript(
            f"SIMT{number:03d}.2", tuple(exons[i] for i in keep), tuple(cds[i] for i in keep), mane=False
        )
        transcripts.append(short)
    gene_id = f"SIMG{number:03d}"
    gene = Gene(gene_id, gene_id, "", Span(0, len(sequence)), 1, tuple(transcripts), tuple(tracts))
    return (sequence, gene) if rng.random() < 0.5 else flipped(sequence, gene)


def _skippable_exon(sequence: str, cds: list[Span]) -> int | None:
    """An inner exon whose loss leaves an open reading frame, or None."""
    for index in range(1, len(cds) - 1):
        if (cds[index].end - cds[index].start) % 3 == 0:
            rest = "".join(sequence[c.start : c.end] for i, c in enumerate(cds) if i != index)
            if "*" not in translate(rest)[:-1]:
                return index
    return None


def flipped(sequence: str, gene: Gene) -> tuple[str, Gene]:
    """The gene's own stretch of sequence as it lies on the reverse strand, and the gene there."""
    length = len(sequence)

    def flip(spans: tuple[Span, ...]) -> tuple[Span, ...]:
        """Spans counted from the other end, in their new order."""
        return tuple(span.flipped(length) for span in reversed(spans))

    transcripts = tuple(replace(t, exons=flip(t.exons), coding=flip(t.coding)) for t in gene.transcripts)
    tracts = tuple(
        Tract(tract.span.flipped(length), reverse_complement(tract.motif), tract.n_repeat)
        for tract in reversed(gene.tracts)
    )
    flipped = replace(gene, strand=-1, transcripts=transcripts, tracts=tracts)
    return reverse_complement(sequence), flipped


def placed(gene: Gene, contig: str, offset: int) -> Gene:
    """The gene moved to its place on a contig."""
    transcripts = tuple(
        replace(
            t,
            exons=tuple(span.shifted(offset) for span in t.exons),
            coding=tuple(span.shifted(offset) for span in t.coding),
        )
        for t in gene.transcripts
    )
    tracts = tuple(replace(tract, span=tract.span.shifted(offset)) for tract in gene.tracts)
    return replace(
        gene, contig=contig, span=gene.span.shifted(offset), transcripts=transcripts, tracts=tracts
    )


def gff3_lines(gene: Gene) -> Iterator[str]:
    """The gene in Ensembl's GFF3 style, 1-based closed; coding phase in column 8."""
    sign = "+" if gene.strand > 0 else "-"

    def line(kind: str, span: Span, attributes: str, phase: str = ".") -> str:
        """One line of GFF3: 1-based, end included."""
        place = f"{gene.contig}\tsimulated\t{kind}\t{span.start + 1}\t{span.end}"
        return f"{place}\t.\t{sign}\t{phase}\t{attributes}"

    name = f"Name={gene.symbol};biotype=protein_coding;gene_id={gene.gene_id}"
    yield line("gene", gene.span, f"ID=gene:{gene.gene_id};{name}")
    for transcript in gene.transcripts:
        key = transcript.transcript_id
        tag = "basic,Ensembl_canonical,MANE_Select" if transcript.mane else "basic"
        whole = Span(transcript.exons[0].start, transcript.exons[-1].end)
        yield line(
            "mRNA",
            whole,
            f"ID=transcript:{key};Parent=gene:{gene.gene_id};biotype=protein_coding;tag={tag};transcript_id={key}",
        )
        parent = f"Parent=transcript:{key}"
        forward = gene.strand > 0
        for rank, exon in enumerate(transcript.exons if forward else reversed(transcript.exons), 1):
            yield line("exon", exon, f"{parent};exon_id={key}.e{rank};rank={rank}")
        used = 0
        for part in transcript.coding if forward else reversed(transcript.coding):
            yield line("CDS", part, f"ID=CDS:{key};{parent};protein_id={key}p", str(-used % 3))
            used += part.end - part.start
        left = Span(transcript.exons[0].start, transcript.coding[0].start)
        right = Span(transcript.coding[-1].end, transcript.exons[-1].end)
        kinds = ("five_prime_UTR", "three_prime_UTR") if forward else ("three_prime_UTR", "five_prime_UTR")
        for kind, span in zip(kinds, (left, right), strict=True):
            yield line(kind, span, parent)


def domain_rows(genes: Iterable[Gene]) -> Iterator[tuple[str, int, int, str]]:
    """Two invented domains a protein, on the transcript that stands for its gene: id, residues from 1 on, name."""
    for gene in genes:
        main = next((t for t in gene.transcripts if t.mane), gene.transcripts[0])
        n_residue = sum(part.end - part.start for part in main.coding) // 3 - 1
        yield main.transcript_id, n_residue // 10 + 1, n_residue // 3, "SIM binding"
        yield main.transcript_id, n_residue // 2, n_residue * 4 // 5, "SIM kinase"
