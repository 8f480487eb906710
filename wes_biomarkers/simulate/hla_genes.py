"""The genes of the invented HLA family: their exons and introns, and how paralogues drift apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wes_biomarkers.simulate.genes import Gene, Span, Transcript
from wes_biomarkers.simulate.sequence import CODONS, random_background, random_coding, random_intron

#: Bases before and after the coding sequence.
UTR5, UTR3 = 80, 300
#: Bases at the start and the end of an intron that never change: donor, polypyrimidine tract and acceptor.
DONOR, ACCEPTOR = 6, 16
#: Each paralogue differs from its ancestor at one base of so many, and two of them at about 12 % of their bases.
DRIFT_SPACING = 16


def locus_of(symbol: str) -> str:
    """The real gene that one of the family stands for: `A` for SIMA."""
    return symbol.removeprefix("SIM")


@dataclass(frozen=True)
class LocusPlan:
    """What a gene of the family looks like.

    Attributes:
        symbol: SIMA stands for HLA-A.
        exons: coding bases of each exon, stop codon within.
        introns: bases of each intron.
        antigen: numbers of the exons that bind peptides, from 1.
        strand: +1 or -1.
    """

    symbol: str
    exons: tuple[int, ...]
    introns: tuple[int, ...]
    antigen: tuple[int, ...]
    strand: int

    @property
    def locus(self) -> str:
        """The real gene it stands for."""
        return locus_of(self.symbol)

    @cached_property
    def coding(self) -> tuple[Span, ...]:
        """The coding part of each exon, in the gene's own direction."""
        spans, place = [], UTR5
        for length, intron in zip(self.exons, (*self.introns, 0), strict=True):
            spans.append(Span(place, place + length))
            place += length + intron
        return tuple(spans)

    @property
    def length(self) -> int:
        """Bases of the gene, untranslated parts and introns within."""
        return self.coding[-1].end + UTR3

    @cached_property
    def coding_places(self) -> tuple[int, ...]:
        """The place in the gene of each coding base."""
        return tuple(place for span in self.coding for place in range(span.start, span.end))

    def intron_spans(self) -> Iterator[Span]:
        """The introns without the bases of their splice sites."""
        for left, right in zip(self.coding, self.coding[1:], strict=False):
            yield Span(left.end + DONOR, right.start - ACCEPTOR)


_CLASS_I = ((73, 270, 276, 276, 117, 33, 48, 5), (130, 240, 580, 110, 440, 140, 170), (2, 3))
_CLASS_II = ((100, 270, 282, 111, 24, 14), (800, 600, 500, 400, 300), (2,))
#: Exons as long as those of HLA-A and HLA-DRB1; the introns of class II are shorter than real ones.
PLANS = (
    LocusPlan("SIMA", *_CLASS_I, strand=1),
    LocusPlan("SIMB", *_CLASS_I, strand=-1),
    LocusPlan("SIMC", *_CLASS_I, strand=-1),
    LocusPlan("SIMDRB1", *_CLASS_II, strand=1),
)


def ancestral_gene(rng: np.random.Generator, plan: LocusPlan) -> str:
    """The bases of a gene in its own direction: an open reading frame in exons, introns that run GT..AG."""
    coding = random_coding(rng, sum(plan.exons) // 3)
    parts = [random_background(rng, UTR5, gc=0.55)]
    used = 0
    for length, intron in zip(plan.exons, (*plan.introns, 0), strict=True):
        parts.append(coding[used : used + length])
        used += length
        parts.append(random_intron(rng, intron) if intron else "")
    return "".join(parts) + random_background(rng, UTR3, gc=0.42)


def drifted_gene(rng: np.random.Generator, plan: LocusPlan, ancestor: str) -> str:
    """A paralogue: one base in `DRIFT_SPACING` redrawn, evenly spread, reading frame and splice sites kept."""
    bases = list(ancestor)
    index_of = {place: index for index, place in enumerate(plan.coding_places)}
    free = {place for span in plan.intron_spans() for place in range(span.start, span.end)}
    free |= index_of.keys() | set(range(UTR5)) | set(range(plan.coding[-1].end, plan.length))
    for start in range(0, plan.length - DRIFT_SPACING, DRIFT_SPACING):
        place = start + int(rng.integers(DRIFT_SPACING))
        alt = str(rng.choice([base for base in "ACGT" if base != bases[place]]))
        if place not in free:
            continue
        if place not in index_of or new_residue(bases, plan, index_of[place], alt) is not None:
            bases[place] = alt
    return "".join(bases)


def new_residue(bases: list[str] | str, plan: LocusPlan, index: int, alt: str) -> str | None:
    """The residue of the codon once coding base `index` is `alt`; None where that must not be.

    It must not where the codon is the first or the last, or would become a stop.
    """
    first = index - index % 3
    if first == 0 or first + 3 == len(plan.coding_places):
        return None
    codon = [bases[place] for place in plan.coding_places[first : first + 3]]
    codon[index % 3] = alt
    residue = CODONS["".join(codon)]
    return None if residue == "*" else residue


def plain_gene(plan: LocusPlan, number: int) -> Gene:
    """The gene in its own direction (contig "", offset 0), with one transcript and no microsatellite."""
    ends = [span.end for span in plan.coding[:-1]] + [plan.length]
    starts = [0] + [span.start for span in plan.coding[1:]]
    exons = tuple(Span(start, end) for start, end in zip(starts, ends, strict=True))
    transcript = Transcript(f"SIMT{number:03d}.1", exons, plan.coding, mane=True)
    return Gene(f"SIMG{number:03d}", plan.symbol, "", Span(0, plan.length), 1, (transcript,), ())
