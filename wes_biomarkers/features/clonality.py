"""Clonality: which mutations every tumour cell carries, and how mixed the tumour is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.contracts.record import Record
from wes_biomarkers.contracts.samplesheet import LOW_FRACTION_SPECIMENS
from wes_biomarkers.features.ccf import Estimates, Loci, Purity, estimate_ccf
from wes_biomarkers.features.chromosomes import Sex, normal_copies
from wes_biomarkers.features.segments import Segments
from wes_biomarkers.stats.proportions import wilson_interval

Array = NDArray[Any]
#: Columns of equal length by name.
Columns = Mapping[str, Array]

CLASSES: tuple[str, ...] = ("clonal", "subclonal", "indeterminate")
#: What names a mutation.
KEY: tuple[str, ...] = ("chrom", "start", "ref", "alt")
DEFINITION = "wes_clonality"


@dataclass(frozen=True)
class Rules:
    """Thresholds; their values, reasons and sources are in definitions/clonality.toml.

    Attributes:
        clonal_ccf: above it a mutation is clonal.
        near_clonal_ccf, near_clonal_bound: or above the first, with the upper half-maximum bound above the second.
        min_cell_fraction: of a segment, relative to purity; below it the mutations inside are indeterminate.
        max_cell_fraction: likewise; above it segments and purity contradict one another.
        math_min_vaf: allele fraction from which a mutation counts for the MATH score.
        wide_interval: median width of the 95 % intervals above which the record is flagged.
        few_mutations: evaluable mutations below which the record is flagged.
        many_indeterminate: share above which the record is flagged.
        min_alt_reads: reads with the mutation that a caller needs.
        min_informed_alt_reads: reads that show a mutation known from another sample.
        min_power: chance to have seen a mutation, below which its absence says nothing.
    """

    clonal_ccf: float
    near_clonal_ccf: float
    near_clonal_bound: float
    min_cell_fraction: float
    max_cell_fraction: float
    math_min_vaf: float
    wide_interval: float
    few_mutations: int
    many_indeterminate: float
    min_alt_reads: int
    min_informed_alt_reads: int
    min_power: float


@dataclass(frozen=True)
class Sample:
    """What is known of a tumour beside its mutations.

    Attributes:
        segments: copy numbers along the genome.
        purity: None when unknown, and then `missing` says why.
        missing: why cancer cell fractions cannot be evaluated; empty when they can.
        sex: for X and Y.
        specimen: what was sampled.
        synthetic: made of simulated reads.
    """

    segments: Segments
    purity: Purity | None
    missing: str = ""
    sex: Sex = "unknown"
    specimen: str = "tissue"
    synthetic: bool = False


@dataclass(frozen=True)
class Labels:
    """Whose record it is, and the provenance to carry along."""

    patient_id: str
    pair_id: str
    provenance: Mapping[str, Any] = field(default_factory=dict)


def rows_of(table: Columns, mutations: Columns) -> NDArray[np.int64]:
    """The table's row of each mutation (columns chrom, start, ref, alt), shape (n,); -1 where it has none."""
    index = {key: row for row, key in enumerate(zip(*(table[name] for name in KEY), strict=True))}
    keys = zip(*(mutations[name] for name in KEY), strict=True)
    return np.array([index.get(key, -1) for key in keys], np.int64)


def loci_of(variants: Columns, sample: Sample, rules: Rules) -> Loci:
    """Reads and copies at each variant (columns chrom, start, t_alt, t_depth).

    Copies are unknown outside the segments, and in segments that too few of the tumour's cells share, or more than all. The
    pseudoautosomal regions are taken as the rest of X and Y.
    """
    index = sample.segments.at(variants["chrom"], variants["start"])
    inside = index >= 0

    def value(column: Array) -> Array:
        """A column at each locus; NaN off the segments."""
        if not len(column):
            return np.full(len(index), np.nan)
        return np.where(inside, column[index], np.nan)

    total = value(sample.segments.total_cn)
    if sample.purity is not None:
        with np.errstate(invalid="ignore"):
            share = value(sample.segments.cell_fraction) / sample.purity.value
            usable = (share >= rules.min_cell_fraction) & (share <= rules.max_cell_fraction)
            total = np.where(usable | np.isnan(share), total, np.nan)
    return Loci(
        alt=np.asarray(variants["t_alt"], np.float64),
        depth=np.asarray(variants["t_depth"], np.float64),
        total_cn=total,
        minor_cn=value(sample.segments.minor_cn),
        normal_cn=normal_copies(variants["chrom"], sample.sex),
    )


def classify(estimates: Estimates, rules: Rules) -> Array:
    """Class of each mutation, shape (n,): clonal, subclonal or indeterminate (facets-suite's rule)."""
    with np.errstate(invalid="ignore"):
        near = (estimates.ccf > rules.near_clonal_ccf) & (estimates.halfmax_high > rules.near_clonal_bound)
        is_clonal = (estimates.ccf > rules.clonal_ccf) | near
    classes = np.where(is_clonal, "clonal", "subclonal").astype(object)
    classes[np.isnan(estimates.ccf)] = "indeterminate"
    return classes


def assemble_mutations(variants: Columns, sample: Sample, rules: Rules) -> dict[str, Array]:
    """One row a mutation: key, reads, copies, estimates, `clonality`, and `cluster` (NaN until clustered).

    Args:
        variants: columns chrom, start, ref, alt, t_alt, t_depth, vaf of the mutations that passed.
        sample: the tumour they are of.
        rules: thresholds.
    """
    n = len(variants["start"])
    loci = loci_of(variants, sample, rules)
    nothing = np.full(n, np.nan)
    purity = None if sample.missing else sample.purity
    estimates = Estimates(*[nothing] * 6) if purity is None else estimate_ccf(loci, purity)
    return {
        **{name: np.asarray(variants[name]) for name in (*KEY, "t_alt", "t_depth", "vaf")},
        "total_cn": loci.total_cn,
        "minor_cn": loci.minor_cn,
        "multiplicity": estimates.multiplicity,
        "ccf": estimates.ccf,
        "ccf_low": estimates.low,
        "ccf_high": estimates.high,
        "ccf_halfmax_low": estimates.halfmax_low,
        "ccf_halfmax_high": estimates.halfmax_high,
        "clonality": classify(estimates, rules),
        "cluster": nothing.copy(),
    }


def math_score(vaf: ArrayLike, min_vaf: float) -> float | None:
    """Mutant-allele tumour heterogeneity: 100 x MAD / median of the allele fractions from `min_vaf` on.

    The median absolute deviation is scaled by 1.4826 (Mroz 2013, Oral Oncology 49:211). None without mutations.

    >>> round(math_score([0.1, 0.2, 0.3, 0.4, 0.5], 0.075), 2)
    49.42
    """
    known = np.asarray(vaf, np.float64)
    known = known[known >= min_vaf]
    if not len(known):
        return None
    middle = float(np.median(known))
    return 100 * 1.4826 * float(np.median(np.abs(known - middle))) / middle


def shannon_index(sizes: ArrayLike) -> float | None:
    """Shannon's diversity of clusters by their share of mutations, natural logarithm; None without any.

    >>> round(shannon_index([50, 50]), 4)
    0.6931
    """
    counts = np.asarray(sizes, np.float64)
    counts = counts[counts > 0]
    if not len(counts):
        return None
    share = counts / counts.sum()
    return abs(float(-(share * np.log(share)).sum()))


def compute_clonality(
    mutations: Columns, sample: Sample, cluster_ccf: ArrayLike, rules: Rules, labels: Labels
) -> Record:
    """The clonality of a tumour as a record; its main value is the clonal share of mutations that have a class.

    Args:
        mutations: as `assemble_mutations` makes them.
        sample: the tumour they are of.
        cluster_ccf: cancer cell fraction in this sample of the patient's clusters 1, 2, ..., shape (k,).
        rules: thresholds.
        labels: whose record it is.
    """
    classes = list(mutations["clonality"])
    n_clonal, n_subclonal, n_open = (classes.count(name) for name in CLASSES)
    n_known = n_clonal + n_subclonal
    common: dict[str, Any] = {
        "patient_id": labels.patient_id,
        "pair_id": labels.pair_id,
        "feature": "clonality",
        "definition_id": DEFINITION,
        "flags": _flags(mutations, sample, rules),
        "provenance": labels.provenance,
    }
    evidence = {
        "n_indeterminate": n_open,
        "math_score": math_score(mutations["vaf"], rules.math_min_vaf),
    }
    reason = sample.missing or _obstacle(mutations, n_known)
    if reason:
        unknown = dict.fromkeys(("clonal_fraction", "n_clonal", "n_subclonal", "median_ccf"))
        unknown |= dict.fromkeys(("n_cluster", "cluster_shannon", "cluster_ccf"))
        return Record(**common, status="not_evaluable", reason=reason, values=unknown | evidence)
    values = {
        "clonal_fraction": n_clonal / n_known,
        "n_clonal": n_clonal,
        "n_subclonal": n_subclonal,
        "median_ccf": float(np.nanmedian(mutations["ccf"])),
    } | _cluster_values(mutations["cluster"], cluster_ccf)
    return Record(**common, status="ok", values=values | evidence, numerator=n_clonal, denominator=n_known,
                  ci=wilson_interval(n_clonal, n_known))  # fmt: skip


def _cluster_values(cluster: ArrayLike, cluster_ccf: ArrayLike) -> dict[str, Any]:
    """How many of the patient's clusters are in this sample, their diversity, and the fraction of each."""
    own = np.asarray(cluster, np.float64)
    present, sizes = np.unique(own[~np.isnan(own)], return_counts=True)
    fractions = np.asarray(cluster_ccf, np.float64)[present.astype(np.int64) - 1]
    return {
        "n_cluster": len(present),
        "cluster_shannon": shannon_index(sizes),
        "cluster_ccf": fractions.tolist(),
    }


def _obstacle(mutations: Columns, n_known: int) -> str:
    if n_known:
        return ""
    if not len(mutations["clonality"]):
        return "no mutation passed the caller's filters"
    reads = np.asarray(mutations["t_alt"], np.float64) / np.asarray(mutations["t_depth"], np.float64)
    if np.isnan(reads).all():
        return "the reads with the mutation or in all are unknown, or none, at every mutation"
    return (
        "the copy number is unknown, or not shared by the tumour's cells, at every mutation with known reads"
    )


def _flags(mutations: Columns, sample: Sample, rules: Rules) -> tuple[str, ...]:
    width = np.asarray(mutations["ccf_high"], float) - np.asarray(mutations["ccf_low"], float)
    known = width[~np.isnan(width)]
    n = len(width)
    found = {
        "few_mutations": len(known) < rules.few_mutations,
        "wide_ccf_interval": bool(len(known)) and float(np.median(known)) > rules.wide_interval,
        "many_indeterminate": n > 0 and (n - len(known)) / n > rules.many_indeterminate,
        "low_vaf_specimen": sample.specimen in LOW_FRACTION_SPECIMENS,
        "synthetic": sample.synthetic,
    }
    return tuple(flag for flag, applies in found.items() if applies)
