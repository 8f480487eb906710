"""Where somatic variants may lie, and placing them there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wes_biomarkers.errors import InputError
from wes_biomarkers.simulate.genome import Genome
from wes_biomarkers.simulate.parameters import TumorParameters
from wes_biomarkers.simulate.sequence import reverse_complement
from wes_biomarkers.simulate.spectra import Spectrum, pyrimidine_context
from wes_biomarkers.simulate.variants import (
    Occupied,
    PopulationSite,
    Variant,
    block_tracts,
    random_indel,
    random_mnv,
    random_snv,
)

Place = tuple[str, int]


@dataclass(frozen=True)
class Ground:
    """What all patients' somatic variants share: the genome, closed and border bases, and the bases to choose from.

    Attributes:
        genome: the genome.
        closed: microsatellites and population variants with their margins.
        borders: the first bases inside and outside coding parts, which indels spare.
        pools: coding and other bases of the targets.
        contexts: of each pool, the bases by trinucleotide (pyrimidine in the middle).
    """

    genome: Genome
    closed: Occupied
    borders: Occupied
    pools: tuple[list[Place], list[Place]]
    contexts: tuple[dict[str, list[Place]], dict[str, list[Place]]]


def make_ground(genome: Genome, sites: Sequence[PopulationSite], parameters: TumorParameters) -> Ground:
    """The ground of a genome and its population."""
    closed = block_tracts(genome)
    for site in sites:
        close_around(closed, site.variant, parameters.germline_distance)
    pools = _candidate_bases(genome, parameters.edge_distance)
    contexts: tuple[dict[str, list[Place]], dict[str, list[Place]]] = ({}, {})
    for pool, by_context in zip(pools, contexts, strict=True):
        for contig, pos in pool:
            context = pyrimidine_context(genome.contigs[contig][pos - 1 : pos + 2])
            by_context.setdefault(context, []).append((contig, pos))
    return Ground(genome, closed, _coding_borders(genome), pools, contexts)


def close_around(occupied: Occupied, variant: Variant, margin: int) -> None:
    """Close a variant's bases and `margin` bases on either side."""
    occupied.block(variant.contig, variant.pos - margin, variant.end + margin)


def place_variants(
    rng: np.random.Generator,
    ground: Ground,
    occupied: Occupied,
    kinds: Sequence[str],
    parameters: TumorParameters,
    coding_share: float,
    spectrum: Spectrum | None,
) -> list[tuple[Variant, str]]:
    """One (variant, its signature or "") for each of `kinds`, on free bases, `min_distance` apart from each other.

    SNVs come from the spectrum: a signature by its share, a channel by the signature, and any free base in that
    context. Indels keep off the borders of coding sequence, where their consequence would be a matter of taste.

    Raises:
        InputError: the targets do not hold so many.
    """
    placed: list[tuple[Variant, str]] = []
    tries = 0
    while len(placed) < len(kinds):
        tries += 1
        if tries > 200 * len(kinds) + 1000:
            raise InputError(
                f"the targets do not hold {len(kinds)} somatic variants so far apart",
                "Lower tumor.n_snv or tumor.min_distance.",
            )
        which = 0 if rng.random() < coding_share else 1
        kind = kinds[len(placed)]
        drawn = (
            _from_spectrum(rng, ground, which, spectrum)
            if kind == "snv" and spectrum is not None
            else _from_pool(rng, ground, which, kind, parameters.max_indel)
        )
        if drawn is None or (kind == "indel" and not ground.borders.is_free(drawn[0])):
            continue
        variant = drawn[0]
        if variant.ref != variant.alt and occupied.is_free(variant):
            close_around(occupied, variant, parameters.min_distance)
            placed.append(drawn)
    return placed


def _from_spectrum(
    rng: np.random.Generator, ground: Ground, which: int, spectrum: Spectrum
) -> tuple[Variant, str] | None:
    signature, context, alt = spectrum.draw(rng)
    places = ground.contexts[which].get(context)
    if not places:
        return None
    contig, pos = places[int(rng.integers(len(places)))]
    ref = ground.genome.contigs[contig][pos]
    return Variant(contig, pos, ref, alt if ref == context[1] else reverse_complement(alt)), signature


def _from_pool(
    rng: np.random.Generator, ground: Ground, which: int, kind: str, longest: int
) -> tuple[Variant, str]:
    contig, pos = ground.pools[which][int(rng.integers(len(ground.pools[which])))]
    sequence = ground.genome.contigs[contig]
    if kind == "snv":
        return random_snv(rng, contig, sequence, pos), ""
    if kind == "mnv":
        return random_mnv(rng, contig, sequence, pos), ""
    return random_indel(rng, contig, sequence, pos, longest), ""


def _coding_borders(genome: Genome) -> Occupied:
    borders = Occupied(genome)
    for gene in genome.genes:
        for transcript in gene.transcripts:
            for part in transcript.coding:
                borders.block(gene.contig, part.start, part.start + 1)
                borders.block(gene.contig, part.end, part.end + 1)
    return borders


def _candidate_bases(genome: Genome, edge: int) -> tuple[list[Place], list[Place]]:
    """(coding, other) bases of the targets at least `edge` from their ends, as (contig, 0-based position)."""
    coding_of = {name: np.zeros(len(sequence), dtype=bool) for name, sequence in genome.contigs.items()}
    for gene in genome.genes:
        for transcript in gene.transcripts:
            for part in transcript.coding:
                coding_of[gene.contig][part.start - 4 : part.end + 4] = True
    pools: tuple[list[Place], list[Place]] = ([], [])
    for contig, spans in genome.targets.items():
        for span in spans:
            for pos in range(span.start + edge, span.end - edge):
                pools[0 if coding_of[contig][pos] else 1].append((contig, pos))
    return pools
