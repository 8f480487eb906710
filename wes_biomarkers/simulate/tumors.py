"""Tumours: clones, their share of the cancer cells in each sample, copy number, and somatic variants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from wes_biomarkers.simulate.copies import PROFILES, Copies, CopySegment, make_copies, segment_at
from wes_biomarkers.simulate.driver_plan import EVENTS, PlannedDriver, plan_drivers, stop_mutation
from wes_biomarkers.simulate.instability import ShiftedTract, make_shifts
from wes_biomarkers.simulate.parameters import TumorParameters
from wes_biomarkers.simulate.placement import Ground, close_around, place_variants
from wes_biomarkers.simulate.spectra import Spectrum
from wes_biomarkers.simulate.streams import stream
from wes_biomarkers.simulate.variants import Genotype, Occupied, Variant

T = TypeVar("T")


@dataclass(frozen=True)
class Clone:
    """A clone and its parent (empty for the founding clone)."""

    name: str
    parent: str


@dataclass(frozen=True)
class SomaticVariant:
    """A planted somatic variant, the clone it arose in and the parental copy (0 or 1) it lies on.

    `early`: it arose before its copy was gained, so that all of them carry it; otherwise one does. `signature`:
    what drew it, empty for others. `driver`: the symbol of the gene it was planted to stop, or empty.
    """

    variant: Variant
    clone: str
    parent: int
    early: bool
    signature: str = ""
    driver: str = ""


@dataclass(frozen=True)
class TumorSample:
    """One tumour sample: purity, and the share of cancer cells whose own clone is each one (sums to 1)."""

    sample_id: str
    timepoint: str
    purity: float
    prevalence: dict[str, float]


@dataclass(frozen=True)
class Tumor:
    """A patient's tumour.

    Attributes:
        clones: parents first.
        segments: copy number, covering every contig.
        variants: in genome order.
        samples: in order of time.
        drivers: the planted alterations.
        shifted: microsatellites with new lengths; none in a stable tumour.
        doubled: whether the whole genome was doubled.
    """

    clones: tuple[Clone, ...]
    segments: tuple[CopySegment, ...]
    variants: tuple[SomaticVariant, ...]
    samples: tuple[TumorSample, ...]
    drivers: tuple[PlannedDriver, ...] = ()
    shifted: tuple[ShiftedTract, ...] = ()
    doubled: bool = False

    def lineage(self, clone: str) -> tuple[str, ...]:
        """The clone and its ancestors up to the founder."""
        return lineage_of(self.clones, clone)

    def cancer_cell_fraction(self, clone: str, sample: TumorSample) -> float:
        """The share of a sample's cancer cells in the clone or one that came of it."""
        share = sum(part for name, part in sample.prevalence.items() if clone in self.lineage(name))
        return round(share, 6)

    def copies(self, contig: str, pos: int, clone: str) -> Copies:
        """Copies of each parent's genome at a position in cells whose own clone is this one."""
        return segment_at(self.segments, contig, pos).copies_in(self.lineage(clone))

    def multiplicity(self, item: SomaticVariant, clone: str) -> int:
        """Copies that carry the variant in a cell whose own clone is this one."""
        if item.clone not in self.lineage(clone):
            return 0
        n_copy = self.copies(item.variant.contig, item.variant.pos, clone)[item.parent]
        return n_copy if item.early else min(1, n_copy)

    def carrying_fraction(self, item: SomaticVariant, sample: TumorSample) -> float:
        """The share of a sample's cancer cells that carry the variant."""
        share = sum(part for name, part in sample.prevalence.items() if self.multiplicity(item, name))
        return round(share, 6)

    def expected_vaf(self, item: SomaticVariant, sample: TumorSample) -> float:
        """The variant's expected allele fraction by purity, copies and multiplicity; normal cells have two copies."""
        carrying = total = 0.0
        for clone, share in sample.prevalence.items():
            carrying += share * self.multiplicity(item, clone)
            total += share * sum(self.copies(item.variant.contig, item.variant.pos, clone))
        return round(sample.purity * carrying / (sample.purity * total + 2 * (1 - sample.purity)), 6)

    def ploidy(self, sample: TumorSample) -> float:
        """Mean copies of a base of the genome in the sample's cancer cells."""
        copies = length = 0.0
        for segment in self.segments:
            mean = sum(
                share * sum(segment.copies_in(self.lineage(clone)))
                for clone, share in sample.prevalence.items()
            )
            copies += mean * (segment.end - segment.start)
            length += segment.end - segment.start
        return round(copies / length, 6)


def lineage_of(clones: Sequence[Clone], clone: str) -> tuple[str, ...]:
    """A clone and its ancestors up to the founder."""
    parents = {item.name: item.parent for item in clones}
    names = [clone]
    while parents[names[-1]]:
        names.append(parents[names[-1]])
    return tuple(names)


def make_tumor(
    ground: Ground,
    germline: Sequence[Genotype],
    parameters: TumorParameters,
    seed: int,
    patient: tuple[int, str],
    spectrum: Spectrum | None = None,
) -> Tumor:
    """The tumour of patient (index, patient_id): a founding clone, two daughters, one more at progression.

    Raises:
        InputError: more variants asked for than the targets hold at the wanted distance, or an unknown driver.
    """
    index, patient_id = patient
    rng = stream(seed, "tumor", patient_id)
    samples = _samples(rng, parameters, index, patient_id)
    n_snv = _of(parameters.n_snv, index, int(np.clip(rng.lognormal(2.8, 0.9), 1, 90)))
    share = _of(parameters.coding_share, index, float(rng.choice([0.0, 0.7], p=[0.3, 0.7])))
    profile = PROFILES[_of(parameters.copy_profile, index, str(rng.choice(list(PROFILES))))]
    drivers = plan_drivers(
        ground.genome, _of(parameters.drivers, index, "TP53:biallelic" if rng.random() < 0.5 else "")
    )
    clones = [Clone("A", ""), Clone("B", "A"), Clone("C", "A")]
    kinds = _kinds(n_snv, parameters)
    homes = rng.choice(["A", "B", "C"], size=len(kinds), p=[0.6, 0.25, 0.15]).tolist()
    if len(samples) > 1:
        clones.append(Clone("D", "B"))
        extra = _kinds(max(3, n_snv // 6), parameters)
        kinds += extra
        homes += ["D"] * len(extra)
    shifted = (
        make_shifts(stream(seed, "microsatellites", patient_id), ground.genome, parameters.msi_unstable_share)
        if patient_id in parameters.msi_patients
        else ()
    )
    segments = make_copies(rng, ground.genome, profile, drivers)
    occupied = _closed_bases(ground, germline, segments, shifted, parameters)
    variants = _driver_variants(rng, ground, occupied, segments, drivers, parameters.min_distance)
    placed = place_variants(rng, ground, occupied, kinds, parameters, share, spectrum)
    for (variant, signature), home in zip(placed, homes, strict=True):
        segment = segment_at(segments, variant.contig, variant.pos)
        parent = _retained(rng, segment.copies_in(lineage_of(clones, home)))[0]
        early = _is_early(rng, segment, home, lineage_of(clones, segment.clone), parameters.early_share)
        variants.append(SomaticVariant(variant, home, parent, early, signature))
    return Tumor(
        tuple(clones),
        segments,
        tuple(sorted(variants, key=lambda item: item.variant)),
        tuple(samples),
        drivers,
        shifted,
        doubled=profile.base == (2, 2),
    )


def _closed_bases(
    ground: Ground,
    germline: Sequence[Genotype],
    segments: Sequence[CopySegment],
    shifted: Sequence[ShiftedTract],
    parameters: TumorParameters,
) -> Occupied:
    """Where this tumour's variants may not lie: near germline and unstable microsatellites, and where no copy is left."""
    occupied = ground.closed.copy()
    for genotype in germline:
        close_around(occupied, genotype.variant, parameters.germline_distance)
    for segment in segments:
        if segment.copies == (0, 0):
            occupied.block(segment.contig, segment.start, segment.end)
    margin = parameters.unstable_distance
    for site in shifted:
        occupied.block(site.contig, site.tract.span.start - margin, site.tract.span.end + margin)
    return occupied


def _driver_variants(
    rng: np.random.Generator,
    ground: Ground,
    occupied: Occupied,
    segments: Sequence[CopySegment],
    drivers: Sequence[PlannedDriver],
    margin: int,
) -> list[SomaticVariant]:
    """The stop mutations of the drivers: in the founding clone, before any gain, on copies that are still there."""
    genes = {gene.gene_id: gene for gene in ground.genome.genes}
    variants: list[SomaticVariant] = []
    for driver in drivers:
        gene = genes[driver.gene_id]
        retained = _retained(rng, segment_at(segments, gene.contig, gene.span.start).copies)
        for parent in retained[: EVENTS[driver.event]]:
            variant = stop_mutation(rng, ground.genome, gene, occupied)
            close_around(occupied, variant, margin)
            variants.append(SomaticVariant(variant, "A", parent, early=True, driver=driver.symbol))
    return variants


def _of(values: tuple[T, ...], index: int, otherwise: T) -> T:
    return values[index] if index < len(values) else otherwise


def _retained(rng: np.random.Generator, copies: Copies) -> list[int]:
    """The parental copies that are still there, in random order."""
    return [parent for parent in rng.permutation(2).tolist() if copies[parent]]


def _is_early(
    rng: np.random.Generator, segment: CopySegment, home: str, changed: Sequence[str], early_share: float
) -> bool:
    """Whether a variant of clone `home` came before the copy-number change, of a clone with the lineage `changed`."""
    if home == segment.clone:
        return bool(rng.random() < early_share)
    return home in changed


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


def _kinds(n_snv: int, parameters: TumorParameters) -> list[str]:
    n_mnv = round(n_snv * parameters.mnv_per_snv)
    n_indel = round(n_snv * parameters.indel_per_snv)
    return ["snv"] * n_snv + ["mnv"] * n_mnv + ["indel"] * n_indel
