"""Variants: their normal form, random draws, the population's sites and a patient's genotypes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wes_biomarkers.simulate.genome import Genome
from wes_biomarkers.simulate.parameters import PopulationParameters
from wes_biomarkers.simulate.streams import stream

_TRANSITION = {"A": "G", "G": "A", "C": "T", "T": "C"}


@dataclass(frozen=True, order=True)
class Variant:
    """A change of the reference: `pos` 0-based, alleles left-aligned and parsimonious."""

    contig: str
    pos: int
    ref: str
    alt: str

    @property
    def kind(self) -> str:
        """`snv`, `mnv` (same length, more than one base) or `indel`."""
        if len(self.ref) == len(self.alt):
            return "snv" if len(self.ref) == 1 else "mnv"
        return "indel"

    @property
    def end(self) -> int:
        """The first reference base after the reference allele."""
        return self.pos + len(self.ref)


def normalise(sequence: str, variant: Variant) -> Variant:
    """The left-aligned, parsimonious form (Tan, Abecasis and Kang 2015) of a variant on its contig."""
    pos, ref, alt = variant.pos, variant.ref, variant.alt
    while ref[-1] == alt[-1] and (min(len(ref), len(alt)) > 1 or (pos > 0 and ref != alt)):
        ref, alt = ref[:-1], alt[:-1]
        if not ref or not alt:
            pos -= 1
            ref, alt = sequence[pos] + ref, sequence[pos] + alt
    while len(ref) > 1 and len(alt) > 1 and ref[0] == alt[0]:
        pos, ref, alt = pos + 1, ref[1:], alt[1:]
    return Variant(variant.contig, pos, ref, alt)


def random_snv(rng: np.random.Generator, contig: str, sequence: str, pos: int) -> Variant:
    """A substitution at `pos`, transitions twice as likely as both transversions together."""
    ref = sequence[pos]
    return Variant(contig, pos, ref, _other_base(rng, ref))


def random_mnv(rng: np.random.Generator, contig: str, sequence: str, pos: int) -> Variant:
    """A substitution of the two bases from `pos`, both changed."""
    ref = sequence[pos : pos + 2]
    return Variant(contig, pos, ref, "".join(_other_base(rng, base) for base in ref))


def random_indel(rng: np.random.Generator, contig: str, sequence: str, pos: int, longest: int) -> Variant:
    """An insertion or deletion of 1 to `longest` bases, short ones likelier, near `pos`, in normal form."""
    size = int(min(rng.geometric(0.3), longest))
    anchor = sequence[pos]
    if rng.random() < 0.5:
        variant = Variant(contig, pos, sequence[pos : pos + 1 + size], anchor)
    else:
        variant = Variant(contig, pos, anchor, anchor + "".join(rng.choice(list("ACGT"), size=size)))
    return normalise(sequence, variant)


def _other_base(rng: np.random.Generator, ref: str) -> str:
    if rng.random() < 2 / 3:
        return _TRANSITION[ref]
    return str(rng.choice([base for base in "ACGT" if base not in (ref, _TRANSITION[ref])]))


@dataclass(frozen=True)
class PopulationSite:
    """A variant of the population with its allele frequency; `listed` where the germline resource has it."""

    variant: Variant
    frequency: float
    listed: bool


@dataclass(frozen=True)
class Genotype:
    """A germline variant of a patient and the copies (0 and 1) that carry it."""

    variant: Variant
    copies: tuple[int, ...]
    frequency: float
    """population allele frequency; 0 for a variant of this patient alone"""
    listed: bool


class Occupied:
    """Stretches of each contig where nothing more may be placed."""

    def __init__(self, genome: Genome) -> None:
        self._mask = {name: np.zeros(len(sequence), dtype=bool) for name, sequence in genome.contigs.items()}

    def block(self, contig: str, start: int, end: int) -> None:
        """Close the bases from `start` to `end` (0-based half-open)."""
        self._mask[contig][max(0, start) : end] = True

    def is_free(self, variant: Variant) -> bool:
        """Whether the variant's reference allele touches no closed base."""
        return not self._mask[variant.contig][variant.pos : variant.end + 1].any()

    def copy(self) -> Occupied:
        """An independent copy."""
        other = object.__new__(Occupied)
        other._mask = {name: mask.copy() for name, mask in self._mask.items()}
        return other


def block_tracts(genome: Genome, margin: int = 10) -> Occupied:
    """Everything free but the microsatellites and their neighbourhood."""
    occupied = Occupied(genome)
    for gene in genome.genes:
        for tract in gene.tracts:
            occupied.block(gene.contig, tract.span.start - margin, tract.span.end + margin)
    return occupied


def make_population(genome: Genome, parameters: PopulationParameters, seed: int) -> list[PopulationSite]:
    """The population's variants in genome order, 15 bases apart, off microsatellites; indels spare exons.

    Allele frequencies: 60 % rare (.0001-.01, log-uniform), 25 % .01-.2, 15 % .2-.8, so that a person has
    about one heterozygous site in 900 bases.
    """
    rng = stream(seed, "population")
    occupied = block_tracts(genome)
    exonic = Occupied(genome)
    for gene in genome.genes:
        for exon in gene.exons:
            exonic.block(gene.contig, exon.start - 8, exon.end + 8)
    sites: list[PopulationSite] = []
    for contig, sequence in genome.contigs.items():
        n_site = len(sequence) // parameters.site_spacing
        for pos in sorted(
            rng.choice(np.arange(100, len(sequence) - 100), size=n_site, replace=False).tolist()
        ):
            is_indel = rng.random() < parameters.indel_share
            draw = random_indel(rng, contig, sequence, pos, 10) if is_indel else None
            variant = draw or random_snv(rng, contig, sequence, pos)
            band, within = rng.random(), rng.random()
            frequency = 10 ** (-4 + 2 * within) if band < 0.6 else 0.01 + 0.19 * within
            frequency = 0.2 + 0.6 * within if band >= 0.85 else frequency
            listed = bool(rng.random() >= parameters.unlisted_share or frequency > 0.01)
            if variant.ref == variant.alt or not occupied.is_free(variant):
                continue
            if is_indel and not exonic.is_free(variant):
                continue
            occupied.block(contig, variant.pos - 15, variant.end + 15)
            sites.append(PopulationSite(variant, round(frequency, 6), listed))
    return sorted(sites, key=lambda site: site.variant)


def make_germline(
    genome: Genome,
    sites: list[PopulationSite],
    parameters: PopulationParameters,
    seed: int,
    patient_id: str,
) -> list[Genotype]:
    """A patient's germline, sorted: each copy draws each site by its frequency; then a few private ones."""
    rng = stream(seed, "germline", patient_id)
    drawn = rng.random((len(sites), 2)) < np.array([[site.frequency] for site in sites])
    genotypes = [
        Genotype(site.variant, tuple(np.flatnonzero(row).tolist()), site.frequency, site.listed)
        for site, row in zip(sites, drawn, strict=True)
        if row.any()
    ]
    occupied = block_tracts(genome)
    for site in sites:
        occupied.block(site.variant.contig, site.variant.pos - 15, site.variant.end + 15)
    targets = [(contig, span) for contig, spans in genome.targets.items() for span in spans]
    n_private = 0
    while n_private < parameters.n_private:
        contig, span = targets[int(rng.integers(len(targets)))]
        variant = random_snv(rng, contig, genome.contigs[contig], int(rng.integers(span.start, span.end)))
        if occupied.is_free(variant):
            occupied.block(contig, variant.pos - 15, variant.end + 15)
            genotypes.append(Genotype(variant, (int(rng.integers(2)),), 0.0, False))
            n_private += 1
    return sorted(genotypes, key=lambda genotype: genotype.variant)
