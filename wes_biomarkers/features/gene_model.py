"""Transcripts as plain intervals: coding phases, untranslated regions, and one chosen transcript a gene.

Coordinates are 0-based half-open; segments run in genomic order on either strand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

Segment = tuple[int, int]

#: Intronic bases beside an exon that count as its splice site (donor GT, acceptor AG).
SPLICE_BASES = 2

CODING_BIOTYPE = "protein_coding"
_INCOMPLETE = frozenset({"cds_start_NF", "cds_end_NF", "mRNA_start_NF", "mRNA_end_NF"})


@dataclass(frozen=True, slots=True)
class Transcript:
    """One transcript: exons and coding segments (stop codon within them) in genomic order.

    `phase` is the number of bases before the first whole codon, in the direction of transcription.
    """

    transcript_id: str
    gene_id: str
    gene_name: str
    gene_biotype: str
    biotype: str
    contig: str
    strand: str
    exons: tuple[Segment, ...]
    cds: tuple[Segment, ...] = ()
    phase: int = 0
    tags: frozenset[str] = frozenset()

    @property
    def start(self) -> int:
        """First base."""
        return self.exons[0][0]

    @property
    def end(self) -> int:
        """One past the last base."""
        return self.exons[-1][1]

    @property
    def cds_length(self) -> int:
        """Coding bases, stop codon within."""
        return sum(end - start for start, end in self.cds)

    @property
    def protein_length(self) -> int | None:
        """Residues, the stop not counted; None where the coding sequence is not known from end to end."""
        return self.cds_length // 3 - 1 if self.is_coding and self.is_complete else None

    @property
    def is_coding(self) -> bool:
        """Whether it is protein-coding and its coding sequence is known."""
        return self.biotype == CODING_BIOTYPE and bool(self.cds)

    @property
    def is_mane(self) -> bool:
        """Whether it is its gene's MANE Select transcript."""
        return "MANE_Select" in self.tags

    @property
    def is_complete(self) -> bool:
        """Whether its coding sequence is whole codons with both ends known."""
        return self.phase == 0 and self.cds_length % 3 == 0 and not self.tags & _INCOMPLETE


def join_segments(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Sorted, overlapping and touching segments joined.

    >>> join_segments([(7, 9), (1, 3), (3, 5)])
    ((1, 5), (7, 9))
    """
    joined: list[Segment] = []
    for start, end in sorted(segments):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)


def subtract_segments(segments: Iterable[Segment], removed: Sequence[Segment]) -> Iterator[Segment]:
    """What is left of sorted segments outside other sorted, disjoint ones.

    >>> list(subtract_segments([(0, 10)], [(2, 4), (8, 12)]))
    [(0, 2), (4, 8)]
    """
    for start, end in segments:
        for low, high in removed:
            if high <= start or low >= end:
                continue
            if start < low:
                yield start, low
            start = max(start, high)
        if start < end:
            yield start, end


def coding_segments(transcript: Transcript) -> list[tuple[int, int, int]]:
    """Coding segments as (start, end, GFF3 phase) in genomic order.

    A phase is the number of bases to drop to reach the next codon: from the first segment's in the direction
    of transcription (GFF3 specification 1.26). A leading piece shorter than its phase is dropped, as it holds
    no base of a whole codon.
    """
    out: list[tuple[int, int, int]] = []
    phase = transcript.phase
    for start, end in transcript.cds if transcript.strand == "+" else reversed(transcript.cds):
        length = end - start
        if not out and length <= phase:
            phase -= length
            continue
        out.append((start, end, phase))
        phase = (phase - length) % 3
    return out if transcript.strand == "+" else out[::-1]


def untranslated_segments(transcript: Transcript) -> list[tuple[str, int, int]]:
    """`five_prime_UTR` and `three_prime_UTR` pieces of a coding transcript in genomic order."""
    if not transcript.cds:
        return []
    first, last = transcript.cds[0][0], transcript.cds[-1][1]
    before, after = ("five_prime_UTR", "three_prime_UTR")[:: 1 if transcript.strand == "+" else -1]
    pieces = [(before, start, min(end, first)) for start, end in transcript.exons if start < first]
    return pieces + [(after, max(start, last), end) for start, end in transcript.exons if end > last]


def choose_transcripts(transcripts: Iterable[Transcript]) -> dict[tuple[str, str], Transcript]:
    """One transcript for each protein-coding gene, by (contig, gene_id).

    MANE Select, else Ensembl canonical or RefSeq Select, else the best APPRIS principal, else a complete
    coding sequence before an incomplete one, then the longest, then the first id.
    """
    genes: dict[tuple[str, str], Transcript] = {}
    for transcript in transcripts:
        if not transcript.is_coding:
            continue
        key = (transcript.contig, transcript.gene_id)
        if key not in genes or _rank(transcript) < _rank(genes[key]):
            genes[key] = transcript
    return genes


def _rank(transcript: Transcript) -> tuple[bool, bool, str, bool, int, str]:
    canonical = bool(transcript.tags & {"Ensembl_canonical", "RefSeq_Select"})
    appris = min((tag for tag in transcript.tags if tag.startswith("appris_principal")), default="b")
    return (
        not transcript.is_mane,
        not canonical,
        appris,
        not transcript.is_complete,
        -transcript.cds_length,
        transcript.transcript_id,
    )


def callable_coding(transcript: Transcript, contig_length: int) -> list[Segment]:
    """Coding segments with SPLICE_BASES of intron at each splice site of a coding exon.

    A segment grows only where it ends with its exon and another exon follows, never into that exon nor beyond
    the contig.
    """
    exons = transcript.exons
    grown = []
    for start, end in transcript.cds:
        index = next((i for i, exon in enumerate(exons) if exon[0] <= start and end <= exon[1]), None)
        if index is not None:
            if start == exons[index][0] and index > 0:
                start = max(start - SPLICE_BASES, exons[index - 1][1])
            if end == exons[index][1] and index + 1 < len(exons):
                end = min(end + SPLICE_BASES, exons[index + 1][0])
        grown.append((max(start, 0), min(end, contig_length)))
    return grown
