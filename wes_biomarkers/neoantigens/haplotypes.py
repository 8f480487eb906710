"""Transcripts as spliced sequences, variants as edits of them, and the haplotypes that edits make.

Inside a transcript, coordinates are 0-based half-open bases of the spliced sequence in the direction of
transcription. In the genome they are 0-based half-open on the forward strand.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from wes_biomarkers.features.gene_model import SPLICE_BASES, Segment, Transcript
from wes_biomarkers.neoantigens.peptides import Key

_COMPLEMENT = str.maketrans("ACGTRYKMBDHVacgtrykmbdhv", "TGCAYRMKVHDBtgcayrmkvhdb")

NOT_IN_EXON = "not in an exon"
SPLICE_SITE = "changes a splice site (retained introns were not asked for)"
EXON_BORDER = "reaches over an exon's border"
NOT_BASES = "its alleles are not bases"

#: (start, end) on the forward strand of the transcript's contig -> bases.
Fetch = Callable[[int, int], str]


@dataclass(frozen=True, slots=True)
class Edit:
    """Bases [start, end) of a spliced transcript replaced by `alt`; `key` is the variant that does it.

    `term` is the Sequence Ontology term of a splice site, where a whole intron is inserted; else empty.
    """

    start: int
    end: int
    alt: str
    key: Key
    term: str = ""

    @property
    def net(self) -> int:
        """Bases it adds (below 0: takes away)."""
        return len(self.alt) - (self.end - self.start)


def reverse_complement(bases: str) -> str:
    """The other strand, read in its own direction.

    >>> reverse_complement("AACGN")
    'NCGTT'
    """
    return bases.translate(_COMPLEMENT)[::-1]


def trim(key: Key) -> tuple[int, str, str]:
    """Start, ref and alt of a variant without the bases both alleles share, at the end first.

    >>> trim(("1", 9, "CAG", "CG"))
    (10, 'A', '')
    """
    _, start, ref, alt = key
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while ref and alt and ref[0] == alt[0]:
        start, ref, alt = start + 1, ref[1:], alt[1:]
    return start, ref, alt


class SplicedTranscript:
    """A transcript's spliced sequence (upper case), with the way from the genome to it.

    Attributes:
        model: its intervals in the genome.
        sequence: its exons joined, in the direction of transcription.
        cds_start, cds_end: of the coding sequence in it, stop codon within.
    """

    def __init__(self, model: Transcript, fetch: Fetch) -> None:
        self.model = model
        self._fetch = fetch
        self._forward = model.strand == "+"
        self.sequence = "".join(self._read(exon) for exon in self._exons)
        self._offsets = dict(
            zip(self._exons, _running(end - start for start, end in self._exons), strict=True)
        )
        first = model.cds[0] if self._forward else model.cds[-1]
        self.cds_start = self._span(first[0], first[1], self._exon_of(first[0], first[1]))[0]
        self.cds_end = self.cds_start + model.cds_length

    @property
    def _exons(self) -> tuple[Segment, ...]:
        return self.model.exons if self._forward else self.model.exons[::-1]

    def _read(self, segment: Segment) -> str:
        bases = self._fetch(*segment).upper()
        return bases if self._forward else reverse_complement(bases)

    def _exon_of(self, start: int, end: int) -> Segment:
        return next(exon for exon in self.model.exons if exon[0] <= start and end <= exon[1])

    def _span(self, start: int, end: int, exon: Segment) -> Segment:
        """Genomic [start, end) within an exon, in the spliced sequence."""
        offset = self._offsets[exon]
        if self._forward:
            return offset + start - exon[0], offset + end - exon[0]
        return offset + exon[1] - end, offset + exon[1] - start

    def edit(self, key: Key, *, retained_intron: bool = False) -> Edit | str:
        """What a variant does to the spliced sequence, or why nothing can be said of it.

        With `retained_intron`, a change of a splice site inserts its intron, as mutated, between the two exons.
        """
        start, ref, alt = trim((key[0], key[1], key[2].upper(), key[3].upper()))
        end = start + len(ref)
        if set(ref + alt) - set("ACGT"):
            return NOT_BASES
        for exon in self.model.exons:
            inside = exon[0] <= start and end <= exon[1]
            if inside and (ref or exon[0] < start < exon[1]):
                low, high = self._span(start, end, exon)
                return Edit(low, high, alt if self._forward else reverse_complement(alt), key)
            touches = start < exon[1] and end > exon[0] if ref else start in exon
            if touches:
                return EXON_BORDER
        for left, right in pairwise(self.model.exons):
            if left[1] <= start and end <= right[0]:
                return self._intron_edit(key, (left[1], right[0]), retained_intron)
        return NOT_IN_EXON

    def _intron_edit(self, key: Key, intron: Segment, retained: bool) -> Edit | str:
        start, ref, alt = trim((key[0], key[1], key[2].upper(), key[3].upper()))
        end = start + len(ref)
        first, last = intron
        in_left = start < first + SPLICE_BASES and (end > first)
        in_right = start < last and end > last - SPLICE_BASES
        if not in_left and not in_right:
            return NOT_IN_EXON
        if not retained:
            return SPLICE_SITE
        bases = self._fetch(first, start) + alt + self._fetch(end, last)
        exon = next(
            exon for exon in self.model.exons if (exon[1] == first if self._forward else exon[0] == last)
        )
        junction = self._offsets[exon] + exon[1] - exon[0]
        term = "splice_donor_variant" if in_left == self._forward else "splice_acceptor_variant"
        inserted = bases.upper() if self._forward else reverse_complement(bases.upper())
        return Edit(junction, junction, inserted, key, term)


def _running(lengths: Iterable[int]) -> Iterator[int]:
    total = 0
    for length in lengths:
        yield total
        total += length


def overlap(edits: Iterable[Edit]) -> tuple[Edit, Edit] | None:
    """Two edits that cannot lie on one haplotype, since they change the same bases; None where all can."""
    ordered = sorted(edits, key=_place)
    for left, right in pairwise(ordered):
        if right.start < left.end or (left.start == left.end == right.start == right.end):
            return left, right
    return None


def _place(edit: Edit) -> tuple[int, int]:
    return edit.start, edit.end


class Haplotype:
    """A spliced transcript with edits that do not overlap, and the way between its bases and the reference's."""

    def __init__(self, reference: str, edits: Iterable[Edit]) -> None:
        self.edits = tuple(sorted(edits, key=_place))
        pieces: list[str] = []
        self._starts: list[int] = []  # of the edits, in the haplotype
        at = net = 0
        for edit in self.edits:
            pieces += (reference[at : edit.start], edit.alt)
            self._starts.append(edit.start + net)
            at, net = edit.end, net + edit.net
        self.sequence = "".join((*pieces, reference[at:]))

    def to_reference(self, base: int) -> int | None:
        """The reference's base at a base of the haplotype; None for one that was inserted."""
        index = bisect_right(self._starts, base) - 1
        if index < 0:
            return base
        edit, within = self.edits[index], base - self._starts[index]
        if within >= len(edit.alt):
            return edit.end + within - len(edit.alt)
        return edit.start + within if within < edit.end - edit.start else None

    def from_reference(self, base: int) -> int | None:
        """The haplotype's base at a base of the reference; None for one that was deleted."""
        net = 0
        for edit in self.edits:
            if edit.start > base:
                break
            if base < edit.end:
                within = base - edit.start
                return edit.start + net + within if within < len(edit.alt) else None
            net += edit.net
        return base + net

    def first_from(self, base: int) -> int:
        """The haplotype's base at a base of the reference, or at the first behind it that was not deleted."""
        found = self.from_reference(base)
        while found is None:
            base += 1
            found = self.from_reference(base)
        return found

    def net(self, base: int, since: int, keys: frozenset[Key] | None = None) -> int:
        """Bases added up to a base of the haplotype by edits from the reference's base `since` on.

        With `keys`, by those of these variants alone.
        """
        return sum(
            edit.net
            for edit, start in zip(self.edits, self._starts, strict=True)
            if start <= base and edit.start >= since and (keys is None or edit.key in keys)
        )
