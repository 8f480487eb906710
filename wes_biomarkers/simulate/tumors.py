"""Tumours: clones, their share of the cancer cells in each sample, and their somatic variants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from wes_biomarkers.errors import InputError
from wes_biomarkers.simulate.genome import Genome
from wes_biomarkers.simulate.parameters import TumorParameters
from wes_biomarkers.simulate.streams import stream
from wes_biomarkers.simulate.variants import (
    Genotype,
    Occupied,
    PopulationSite,
    Variant,
    block_tracts,
    random_indel,
    random_mnv,
    random_snv,
)

T = TypeVar("T")


@dataclass(frozen=True)
class Clone:
    """A clone and its parent (empty for the founding clone)."""

    name: str
    parent: str


@dataclass(frozen=True)
class SomaticVariant:
    """A planted somatic variant, the clone it arose in and the copies of the locus (0, 1) that carry it."""

    variant: Variant
    clone: str
    copies: tuple[int, ...]


@dataclass(frozen=True)
class TumorSample:
    """One tumour sample: purity, and the share of cancer cells whose own clone is each one (sums to 1)."""

    sample_id: str
    timepoint: str
    purity: float
    prevalence: dict[str, float]


@dataclass(frozen=True)
class Tumor:
    """A patient's tumour: its clones (parents first), variants in genome order, and samples."""

    clones: tuple[Clone, ...]
    variants: tuple[SomaticVariant, ...]
    samples: tuple[TumorSample, ...]

    def lineage(self, clone: str) -> tuple[str, ...]:
        """The clone and its ancestors up to the founder."""
        parents = {item.name: item.parent for item in self.clones}
        names = [clone]
        while parents[names[-1]]:
            names.append(parents[names[-1]])
        return tuple(names)

    def cancer_cell_fraction(self, clone: str, sample: TumorSample) -> float:
        """The share of a sample's cancer cells in the clone or one that came of it."""
        share = sum(part for name, part in sample.prevalence.items() if clone in self.lineage(name))
        return round(share, 6)

    def expected_vaf(self, item: SomaticVariant, sample: TumorSample) -> float:
        """The variant's expected allele fraction; every locus has two copies in every cell."""
        ccf = self.cancer_cell_fraction(item.clone, sample)
        return round(sample.purity * ccf * len(item.copies) / 2, 6)


def make_tumor(
    genome: Genome,
    sites: list[PopulationSite],
    germline: list[Genotype],
    parameters: TumorParameters,
    seed: int,
    patient: tuple[int, str],
) -> Tumor:
    """The tumour of patient (index, patient_id): a founding clone, two daughters, one more at progression.

    Raises:
        InputError: more variants asked for than the targets hold at the wanted distance.
    """
    index, patient_id = patient
    rng = stream(seed, "tumor", patient_id)
    samples = _samples(rng, parameters, index, patient_id)
    n_snv = _of(parameters.n_snv, index, int(np.clip(rng.lognormal(2.8, 0.9), 1, 90)))
    share = _of(parameters.coding_share, index, float(rng.choice([0.0, 0.7], p=[0.3, 0.7])))
    clones = [Clone("A", ""), Clone("B", "A"), Clone("C", "A")]
    plan = _plan(n_snv, parameters)
    homes = rng.choice(["A", "B", "C"], size=len(plan), p=[0.6, 0.25, 0.15]).tolist()
    if len(samples) > 1:
        clones.append(Clone("D", "B"))
        extra = _plan(max(3, n_snv // 6), parameters)
        plan += extra
        homes += ["D"] * len(extra)
    occupied = block_tracts(genome)
    margin = parameters.germline_distance
    for variant in [site.variant for site in sites] + [g.variant for g in germline]:
        occupied.block(variant.contig, variant.pos - margin, variant.end + margin)
    placed = _place(rng, genome, occupied, plan, parameters, share)
    variants = []
    for variant, home in zip(placed, homes, strict=True):
        copies: tuple[int, ...] = (int(rng.integers(2)),)
        if home == "A" and rng.random() < parameters.both_copies_share:
            copies = (0, 1)
        variants.append(SomaticVariant(variant, home, copies))
    return Tumor(tuple(clones), tuple(sorted(variants, key=lambda item: item.variant)), tuple(samples))


def _of(values: tuple[T, ...], index: int, otherwise: T) -> T:
    return values[index] if index < len(values) else otherwise


def _samples(
    rng: np.random.Generator, parameters: TumorParameters, index: int, patient_id: str
) -> list[TumorSample]:
    purity = _of(parameters.purity, index, round(float(rng.uniform(0.3, 0.9)), 2))
    b = round(float(rng.uniform(0.35, 0.6)), 2)
    c = round(float(rng.uniform(0.15, 0.9 - b)), 2)
    baseline = {"A": round(1 - b - c, 2), "B": b, "C": c}
    samples = [TumorSample(f"{patient_id}_T1", "baseline", purity, baseline)]
    if patient_id in parameters.progression_patients:
        later = {"A": 0.1, "B": 0.2, "C": 0.0, "D": 0.7}
        samples[0] = TumorSample(f"{patient_id}_T1", "baseline", purity, {**baseline, "D": 0.0})
        later_purity = round(min(0.9, purity + 0.15), 2)
        samples.append(TumorSample(f"{patient_id}_T2", "progression", later_purity, later))
    return samples


def _plan(n_snv: int, parameters: TumorParameters) -> list[str]:
    n_mnv = round(n_snv * parameters.mnv_per_snv)
    n_indel = round(n_snv * parameters.indel_per_snv)
    return ["snv"] * n_snv + ["mnv"] * n_mnv + ["indel"] * n_indel


def _place(
    rng: np.random.Generator,
    genome: Genome,
    occupied: Occupied,
    plan: list[str],
    parameters: TumorParameters,
    coding_share: float,
) -> list[Variant]:
    """One variant for each kind in `plan`, on free bases of the targets, apart from each other.

    Indels keep off the borders of coding sequence, where their consequence would be a matter of taste.
    """
    coding, other = _candidate_bases(genome, parameters.edge_distance)
    borders = _coding_borders(genome)
    placed: list[Variant] = []
    tries = 0
    while len(placed) < len(plan):
        tries += 1
        if tries > 200 * len(plan) + 1000:
            raise InputError(
                f"the targets do not hold {len(plan)} somatic variants so far apart",
                "Lower tumor.n_snv or tumor.min_distance.",
            )
        pool = coding if rng.random() < coding_share else other
        contig, pos = pool[int(rng.integers(len(pool)))]
        sequence, kind = genome.contigs[contig], plan[len(placed)]
        if kind == "snv":
            variant = random_snv(rng, contig, sequence, pos)
        elif kind == "mnv":
            variant = random_mnv(rng, contig, sequence, pos)
        else:
            variant = random_indel(rng, contig, sequence, pos, parameters.max_indel)
        if kind == "indel" and not borders.is_free(variant):
            continue
        if variant.ref != variant.alt and occupied.is_free(variant):
            gap = parameters.min_distance
            occupied.block(contig, variant.pos - gap, variant.end + gap)
            placed.append(variant)
    return placed


def _coding_borders(genome: Genome) -> Occupied:
    borders = Occupied(genome)
    for gene in genome.genes:
        for transcript in gene.transcripts:
            for part in transcript.coding:
                borders.block(gene.contig, part.start, part.start + 1)
                borders.block(gene.contig, part.end, part.end + 1)
    return borders


def _candidate_bases(genome: Genome, edge: int) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """(coding, other) bases of the targets at least `edge` from their ends, as (contig, 0-based position)."""
    coding_of = {name: np.zeros(len(sequence), dtype=bool) for name, sequence in genome.contigs.items()}
    for gene in genome.genes:
        for transcript in gene.transcripts:
            for part in transcript.coding:
                coding_of[gene.contig][part.start - 4 : part.end + 4] = True
    pools: tuple[list[tuple[str, int]], list[tuple[str, int]]] = ([], [])
    for contig, spans in genome.targets.items():
        for span in spans:
            for pos in range(span.start + edge, span.end - edge):
                pools[0 if coding_of[contig][pos] else 1].append((contig, pos))
    return pools
