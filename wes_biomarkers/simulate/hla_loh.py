"""Tumour and normal reads of HLA-like genes of which the tumour may have lost an allele.

Two levels: counts of read pairs at the places where two alleles differ (thousands of pairs in seconds), and reads of an
invented family of genes with exons and introns, or of given alleles. The alleles of the family bear the genes SIMA,
SIMB, SIMC, so that nobody takes them for real.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.features.hla_allele_reads import AlleleSequence, CodeArray, ReadPairs
from wes_biomarkers.features.hla_loh import LocusReads
from wes_biomarkers.features.hla_model import encode
from wes_biomarkers.simulate.streams import stream

LOCI = ("A", "B", "C")
#: Bases of the exons of a class I gene, about as in HLA-A; exons 2 and 3 vary most.
EXON_LENGTHS = (73, 270, 276, 276, 117, 33, 48, 5)
_VARIABLE_EXONS = (2, 3)
_INTRON = 240
_REACH = 60  # bases beyond an exon over which the middles of captured fragments lie
_COMPLEMENT = np.array([3, 2, 1, 0, 4], np.uint8)
_LETTERS = np.frombuffer(b"ACGTN", np.uint8)


@dataclass(frozen=True)
class LohParameters:
    """One pair.

    Attributes:
        purity: share of tumour cells.
        copies: of allele 1 and 2 in tumour cells.
        ploidy: mean copies of the tumour's genome; with purity it sets how many reads a copy brings.
        depth_tumor, depth_normal: mean depth over exons where a cell has two copies of a locus, at mean copies of
            two in the genome.
        capture_bias: reads that allele 2 brings for one of allele 1, in both samples.
        error: chance of a wrong base.
        insert: mean bases of a fragment.
        read_length: bases.
    """

    purity: float = 0.6
    copies: tuple[float, float] = (1, 1)
    ploidy: float = 2.0
    depth_tumor: float = 120.0
    depth_normal: float = 100.0
    capture_bias: float = 1.0
    error: float = 0.002
    insert: float = 200.0
    read_length: int = 100

    def depths(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Depth of allele 1 and 2 in the tumour and in the normal, shape (2,) each."""
        bias = np.array([1.0, self.capture_bias]) * 2 / (1 + self.capture_bias)
        mean = 2 * (1 - self.purity) + self.purity * self.ploidy
        held = (1 - self.purity) + self.purity * np.array(self.copies)
        return self.depth_tumor * bias * held / mean, self.depth_normal * bias / 2


def simulate_counts(
    parameters: LohParameters, seed: int, n_site: int = 40, pairs_per_depth: float = 6.0, scatter: float = 0.1
) -> LocusReads:
    """Pairs counted at each site where two alleles differ, without making reads.

    Args:
        parameters: of the pair.
        seed: of the run.
        n_site: places where the alleles differ.
        pairs_per_depth: informative pairs for each unit of an allele's depth.
        scatter: standard deviation of the logarithm of a site's weight for each sample and allele by itself.
    """
    rng = stream(seed, "hla loh counts")
    common = rng.gamma(2, 0.5, n_site)
    rows = []
    for depth in np.concatenate(parameters.depths()):
        weight = common * rng.lognormal(0, scatter, n_site)
        rows.append(rng.poisson(depth * pairs_per_depth * weight / common.sum()))
    return LocusReads(tumor=np.stack(rows[:2]), normal=np.stack(rows[2:]))


@dataclass(frozen=True)
class Gene:
    """Two alleles of one gene, with the introns (and flanks) that both share, one more than there are exons."""

    alleles: tuple[AlleleSequence, AlleleSequence]
    introns: tuple[str, ...]


def add_introns(alleles: tuple[AlleleSequence, AlleleSequence], seed: int) -> Gene:
    """A gene of two alleles with random introns."""
    rng = stream(seed, "hla introns", alleles[0].locus)
    n = 1 + len(set(alleles[0].exons) | set(alleles[1].exons))
    return Gene(alleles, tuple(_text(rng.integers(0, 4, _INTRON)) for _ in range(n)))


def invent_genes(seed: int, n_difference: int | None = None) -> tuple[Gene, ...]:
    """Genes SIMA, SIMB, SIMC of one invented person, and a like gene SIMH that nobody types.

    Args:
        seed: of the person.
        n_difference: places where the two alleles of a gene differ; None: 5 % of exons 2 and 3, 1 % of the others.
    """
    rng = stream(seed, "hla genes")
    ancestor = rng.integers(0, 4, sum(EXON_LENGTHS))
    rate = np.concatenate(
        [np.full(n, 0.05 if i in _VARIABLE_EXONS else 0.01) for i, n in enumerate(EXON_LENGTHS, start=1)]
    )
    genes = []
    for locus in (*LOCI, "H"):
        gene = _mutate(rng, ancestor, rng.random(len(ancestor)) < 0.09)
        if n_difference is None:
            changed = rng.random(len(gene)) < rate
        else:
            changed = np.isin(
                np.arange(len(gene)), rng.choice(np.arange(73, 619), n_difference, replace=False)
            )
        pair = [
            AlleleSequence(
                f"SIM{locus}*{number:02d}:01", locus, _exons(np.concatenate([encode("ATG"), bases[3:]]))
            )
            for number, bases in enumerate((gene, _mutate(rng, gene, changed)), start=1)
        ]
        genes.append(add_introns((pair[0], pair[1]), seed))
    return tuple(genes)


def simulate_pairs(genes: Sequence[Gene], copies: Mapping[str, tuple[float, float]], parameters: LohParameters,
                   seed: int) -> tuple[ReadPairs, ReadPairs]:  # fmt: skip
    """Read pairs of tumour and normal over the exons of some genes, in random order and orientation.

    Args:
        genes: of one person.
        copies: of allele 1 and 2 in tumour cells by locus, one of each where not named; in the place of
            `parameters.copies`.
        parameters: of the pair.
        seed: of the reads.
    """
    samples = []
    for sample in ("tumor", "normal"):
        rng = stream(seed, "hla loh reads", sample)
        mates = []
        for gene in genes:
            locus = gene.alleles[0].locus
            own = LohParameters(**vars(parameters) | {"copies": copies.get(locus, (1, 1))})
            depths = own.depths()[sample == "normal"]
            for allele, depth in zip(gene.alleles, depths.tolist(), strict=True):
                mates.append(_allele_reads(rng, allele, gene.introns, depth, own))
        first, second = (np.concatenate(parts) for parts in zip(*mates, strict=True))
        order = rng.permutation(len(first))
        samples.append(ReadPairs(first[order], second[order]))
    return samples[0], samples[1]


def fastq_text(reads: CodeArray, mate: int) -> str:
    """Reads of one mate as FASTQ, all bases of quality 37."""
    bases = [_LETTERS[read].tobytes().decode() for read in reads]
    return "".join(f"@r{i}/{mate}\n{read}\n+\n{'F' * len(read)}\n" for i, read in enumerate(bases))


def _allele_reads(
    rng: np.random.Generator, allele: AlleleSequence, introns: Sequence[str], depth: float, own: LohParameters
) -> tuple[CodeArray, CodeArray]:
    """Both mates of the fragments of one allele that a capture of its exons brings."""
    pieces, spans, at = [introns[0]], [], len(introns[0])
    for number, intron in zip(sorted(allele.exons), introns[1:], strict=False):
        exon = allele.exons[number]
        spans.append((at, at + len(exon)))
        pieces += [exon, intron]
        at += len(exon) + len(intron)
    genome = encode("".join(pieces))
    read, covered = own.read_length, min(2 * own.read_length, own.insert)
    middles = [
        rng.integers(a - _REACH, b + _REACH, rng.poisson(depth * (b - a + 2 * _REACH) / covered))
        for a, b in spans
    ]
    middle = np.concatenate(middles)
    size = rng.normal(own.insert, own.insert / 6, len(middle)).astype(int).clip(read, None)
    start = (middle - size // 2).clip(0, len(genome) - read)
    end = (start + size).clip(read, len(genome))
    ahead = genome[start[:, None] + np.arange(read)]
    back = _COMPLEMENT[genome[end[:, None] - 1 - np.arange(read)]]
    turned = rng.random(len(middle)) < 0.5
    mates = np.where(turned, back.T, ahead.T).T, np.where(turned, ahead.T, back.T).T
    return _with_errors(rng, mates[0], own.error), _with_errors(rng, mates[1], own.error)


def _with_errors(rng: np.random.Generator, reads: CodeArray, rate: float) -> CodeArray:
    wrong = rng.random(reads.shape) < rate
    return np.where(wrong, (reads + rng.integers(1, 4, reads.shape)) % 4, reads).astype(np.uint8)


def _mutate(
    rng: np.random.Generator, bases: NDArray[np.int64], changed: NDArray[np.bool_]
) -> NDArray[np.int64]:
    return np.where(changed, (bases + rng.integers(1, 4, len(bases))) % 4, bases)


def _text(codes: NDArray[np.int64]) -> str:
    return _LETTERS[codes].tobytes().decode()


def _exons(bases: NDArray[np.int64]) -> dict[int, str]:
    cuts = np.cumsum((0, *EXON_LENGTHS))
    return {i: _text(bases[a:b]) for i, (a, b) in enumerate(pairwise(cuts.tolist()), start=1)}
