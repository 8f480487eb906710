"""The invented genome: contigs with repeats, genes, microsatellites and capture targets."""

from __future__ import annotations

import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from wes_biomarkers.errors import InputError
from wes_biomarkers.simulate.genes import Gene, Span, make_gene, placed
from wes_biomarkers.simulate.parameters import GenomeParameters
from wes_biomarkers.simulate.sequence import diverged, random_background
from wes_biomarkers.simulate.streams import stream

#: Symbols of real cancer genes lent to simulated ones, whose sequence is invented; the first are given first.
SYMBOLS = (
    "TP53", "CDKN2A", "CCND1", "MLH1", "B2M", "MSH2", "PIK3CA", "NFE2L2", "KEAP1", "NOTCH1", "KMT2D",
    "ZNF750", "EP300", "FBXW7", "RB1", "EGFR", "ERBB2", "MYC", "SOX2", "TP63", "FGFR1", "MDM2", "JAK1", "JAK2",
    "TAP1", "MSH6", "PMS2", "POLE", "BRCA1", "BRCA2", "ATM", "ARID1A", "SMAD4",
)  # fmt: skip


@dataclass(frozen=True)
class Arm:
    """A chromosome arm: its name, contig, place, and the ids of its genes in genome order."""

    name: str
    contig: str
    span: Span
    gene_ids: tuple[str, ...]


@dataclass(frozen=True)
class Genome:
    """Contigs by name, genes in genome order, targets by contig (sorted, apart from each other), and arms."""

    build: str
    contigs: dict[str, str]
    genes: tuple[Gene, ...]
    targets: dict[str, tuple[Span, ...]]
    arms: tuple[Arm, ...]

    def genes_on(self, contig: str) -> tuple[Gene, ...]:
        """The genes of one contig."""
        return tuple(gene for gene in self.genes if gene.contig == contig)


def make_genome(parameters: GenomeParameters, seed: int) -> Genome:
    """A genome from the seed: the same parameters and seed give the same bases."""
    rng = stream(seed, "genome")
    families = [random_background(rng, length, gc=0.45) for length in (300, 300, 310, 280, 900, 1200)]
    contigs: dict[str, str] = {}
    genes: list[Gene] = []
    for index, letter in enumerate(string.ascii_uppercase[: parameters.n_contig]):
        length = int(parameters.contig_length * rng.uniform(0.85, 1.15))
        sequence = bytearray(random_background(rng, length).encode())
        for _ in range(parameters.n_repeat_copy // parameters.n_contig):
            copy = diverged(rng, families[int(rng.integers(len(families)))], float(rng.uniform(0.15, 0.3)))
            at = int(rng.integers(0, length - len(copy)))
            sequence[at : at + len(copy)] = copy.encode()
        name = f"sim{letter}"
        first = index * parameters.n_gene // parameters.n_contig
        last = (index + 1) * parameters.n_gene // parameters.n_contig
        made = [make_gene(rng, number + 1, parameters.target_padding) for number in range(first, last)]
        for (bases, gene), offset in zip(made, _offsets(rng, made, length), strict=True):
            sequence[offset : offset + len(bases)] = bases.encode()
            genes.append(placed(gene, name, offset))
        contigs[name] = sequence.decode()
    targets = {
        name: merged_targets([g for g in genes if g.contig == name], parameters.target_padding)
        for name in contigs
    }
    arms = [arm for name in contigs for arm in _arms(name, len(contigs[name]), genes)]
    return Genome(parameters.build, contigs, tuple(_named(genes)), targets, tuple(arms))


def _named(genes: Sequence[Gene]) -> list[Gene]:
    """The genes with the symbols of `SYMBOLS` lent to every second one, contig by contig in turn, then to others."""
    by_contig: dict[str, list[Gene]] = {}
    for gene in genes:
        by_contig.setdefault(gene.contig, []).append(gene)
    orders = [group[1::2] + group[0::2] for group in by_contig.values()]
    turns = [group[rank] for rank in range(max(map(len, orders))) for group in orders if rank < len(group)]
    symbol = dict(zip((gene.gene_id for gene in turns), SYMBOLS, strict=False))
    return [replace(gene, symbol=symbol.get(gene.gene_id, gene.gene_id)) for gene in genes]


def _arms(contig: str, length: int, genes: Sequence[Gene]) -> tuple[Arm, Arm]:
    """The two arms of a contig, with half of its genes each."""
    own = [gene for gene in genes if gene.contig == contig]
    half = len(own) // 2
    middle = (own[half - 1].span.end + own[half].span.start) // 2 if half else length // 2
    ids = [gene.gene_id for gene in own]
    return (
        Arm(f"{contig}p", contig, Span(0, middle), tuple(ids[:half])),
        Arm(f"{contig}q", contig, Span(middle, length), tuple(ids[half:])),
    )


def _offsets(rng: np.random.Generator, made: list[tuple[str, Gene]], length: int) -> list[int]:
    """Starts of the genes with random gaps of at least 500 bases between them and at both ends."""
    gaps = len(made) + 1
    free = length - sum(len(bases) for bases, _ in made) - 500 * gaps
    if free < 0:
        raise InputError(
            "the genes do not fit on the contigs", "Raise genome.contig_length or lower genome.n_gene."
        )
    extra = (rng.dirichlet(np.full(gaps, 2.0)) * free).astype(int)
    offsets, place = [], 0
    for (bases, _), gap in zip(made, extra, strict=False):
        place += 500 + int(gap)
        offsets.append(place)
        place += len(bases)
    return offsets


def merged_targets(genes: Iterable[Gene], padding: int) -> tuple[Span, ...]:
    """The exons with `padding` bases on either side, merged where they touch."""
    merged: list[Span] = []
    for span in sorted((exon for gene in genes for exon in gene.exons), key=lambda span: span.start):
        start, end = span.start - padding, span.end + padding
        if merged and start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(end, merged[-1].end))
        else:
            merged.append(Span(start, end))
    return tuple(merged)
