"""Exome-like read pairs of individuals with known HLA alleles: exons of a reference between invented introns.

Each exon of each allele is captured with some bases of the introns beside it. Introns are random, one set a gene
and seed. Genes that resemble the typed ones (pseudogenes, DRB3/4/5 and the like) are imitated by copies of a gene
with a share of its bases changed, which no reference knows; pairs of random bases stand for the rest of an exome.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.contracts.hla import Allele
from wes_biomarkers.features.hla_model import UNKNOWN, Codes, encode
from wes_biomarkers.features.hla_place import Reads
from wes_biomarkers.simulate.streams import stream

#: Exon number -> bases.
ExonBases = Mapping[int, str]

_MIN_EXON = 20
_FLANK = 400


@dataclass(frozen=True)
class HlaReadParameters:
    """One library.

    Attributes:
        depth: mean reads over a base of an exon, both alleles together.
        read_length, insert_mean, insert_sd: bases; a fragment is no shorter than a read.
        error: chance of a wrong base beside what qualities say.
        capture_sd: spread (of the logarithm) of depth from exon to exon and person to person.
        share_sd: spread of the first allele's share of the reads around one half.
        n_paralog: copies of each gene that no reference knows, each as deep as both alleles.
        paralog_difference: share of their bases that differ.
        background: pairs of random bases, as a share of the pairs of genes.
    """

    depth: float = 60.0
    read_length: int = 100
    insert_mean: float = 200.0
    insert_sd: float = 30.0
    error: float = 0.001
    capture_sd: float = 0.25
    share_sd: float = 0.05
    n_paralog: int = 1
    paralog_difference: float = 0.06
    background: float = 0.1


def draw_alleles(
    weights: Mapping[str, float], known: Sequence[Allele], seed: int
) -> dict[str, tuple[Allele, Allele]]:
    """Two alleles of each gene, drawn each by its weight; the first complete name that each stands for.

    Args:
        weights: of two-field names; names the reference lacks are passed over.
        known: alleles of the reference that may be drawn, in its order.
        seed: of the individual.
    """
    entries: dict[str, Allele] = {}
    for allele in known:
        if not allele.suffix:
            entries.setdefault(str(allele.two_field), allele)
    by_gene: dict[str, list[str]] = {}
    for name in weights:
        if name in entries:
            by_gene.setdefault(entries[name].gene, []).append(name)
    drawn = {}
    for gene, names in sorted(by_gene.items()):
        share = np.array([weights[name] for name in names], np.float64)
        one, two = stream(seed, "alleles", gene).choice(len(names), 2, p=share / share.sum())
        drawn[gene] = (entries[names[one]], entries[names[two]])
    return drawn


def count_right(
    called: tuple[Allele, Allele] | None,
    ambiguity: tuple[Sequence[Allele], Sequence[Allele]],
    truth: tuple[Allele, Allele],
) -> int:
    """How many of two true alleles a call names at two fields, or has in the ambiguity group of one it names."""
    if called is None:
        return 0
    groups = [{own, *others} for own, others in zip(called, ambiguity, strict=True)]
    one, two = (allele.two_field for allele in truth)
    return max((one in a) + (two in b) for a, b in (groups, groups[::-1]))


def simulate_reads(
    alleles: Mapping[str, tuple[Allele, Allele]],
    exons: Mapping[Allele, ExonBases],
    parameters: HlaReadParameters,
    seed: int,
) -> Reads:
    """The read pairs of an individual, shuffled.

    Args:
        alleles: of each gene, as `draw_alleles` gives them.
        exons: of the alleles.
        parameters: of the library.
        seed: of the individual; introns and paralogs too.
    """
    parts = []
    for gene, pair in alleles.items():
        rng = stream(seed, "reads", gene)
        share = float(np.clip(rng.normal(0.5, parameters.share_sd), 0.3, 0.7))
        copies = [(pair[0], share, 0.0), (pair[1], 1 - share, 0.0)]
        copies += [(pair[0], 1.0, parameters.paralog_difference)] * parameters.n_paralog
        capture = {
            exon: float(rng.lognormal(0, parameters.capture_sd))
            for exon in sorted({*exons[pair[0]], *exons[pair[1]]})
        }
        for copy, (allele, part, difference) in enumerate(copies):
            for exon, bases in exons[allele].items():
                if len(bases) < _MIN_EXON:
                    continue
                label = "paralog" + str(copy) if difference else "intron"
                template = _template(encode(bases), stream(seed, label, gene, str(exon)), difference)
                depth = parameters.depth * part * capture[exon]
                parts.append(_fragments(template, len(bases), depth, parameters, rng))
    rng = stream(seed, "background")
    n_random = round(parameters.background * sum(map(len, parts)))
    noise = rng.integers(0, 4, (n_random, 2, parameters.read_length)).astype(np.uint8)
    parts.append(Reads(noise, _qualities(noise.shape, rng)))
    order = rng.permutation(sum(map(len, parts)))
    bases_all = np.concatenate([part.bases for part in parts])[order]
    return Reads(bases_all, np.concatenate([part.quality for part in parts])[order])


def _template(exon: Codes, rng: np.random.Generator, difference: float) -> Codes:
    """An exon between two introns; a share of the exon's bases changed."""
    flanks = rng.integers(0, 4, (2, _FLANK)).astype(np.uint8)
    changed = (rng.random(len(exon)) < difference) & (exon != UNKNOWN)
    own = np.where(changed, (exon + rng.integers(1, 4, len(exon))) % 4, exon).astype(np.uint8)
    return np.concatenate([flanks[0], own, flanks[1]])


def _fragments(
    template: Codes, n_exon: int, depth: float, parameters: HlaReadParameters, rng: np.random.Generator
) -> Reads:
    """Pairs from fragments that begin anywhere from an insert before the exon to its end."""
    read = parameters.read_length
    window = n_exon + parameters.insert_mean
    n = rng.poisson(depth * window / (2 * read))
    insert = np.rint(rng.normal(parameters.insert_mean, parameters.insert_sd, n)).astype(np.int64)
    insert = insert.clip(read, _FLANK)
    start = _FLANK - insert + (rng.random(n) * (n_exon + insert)).astype(np.int64)
    at = np.arange(read)
    forward = template[start[:, None] + at]
    backward = template[(start + insert - 1)[:, None] - at]
    backward = np.where(backward == UNKNOWN, UNKNOWN, 3 - backward).astype(np.uint8)
    bases = np.stack([forward, backward], axis=1)
    swapped = rng.random(n) < 0.5
    bases[swapped] = bases[swapped][:, ::-1]
    quality = _qualities(bases.shape, rng)
    chance = 10 ** (-quality.astype(np.float64) / 10) + parameters.error
    wrong = (rng.random(bases.shape) < chance) & (bases != UNKNOWN)
    bases = np.where(wrong, (bases + rng.integers(1, 4, bases.shape)) % 4, bases).astype(np.uint8)
    return Reads(bases, quality)


def _qualities(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Phred qualities: most 37, more of the low ones towards the end of a read."""
    late = np.linspace(0.02, 0.15, shape[-1])
    low = rng.random(shape) < late
    return np.where(low, rng.integers(12, 30, shape), 37).astype(np.uint8)
