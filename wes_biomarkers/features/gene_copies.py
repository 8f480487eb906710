"""Copy number of genes: amplified, gained, lost, deleted, without one parental allele."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from wes_biomarkers.features.arm_copies import base_copies
from wes_biomarkers.features.chromosomes import Sex, normal_copies, reference_copies
from wes_biomarkers.features.segments import Segments

Call = Literal["amplification", "gain", "neutral", "loss", "deep_deletion"]
Basis = Literal["copies", "log2"]


@dataclass(frozen=True)
class GeneSpan:
    """Where a gene lies: first to last coding base, 0-based half-open."""

    gene: str
    chrom: str
    start: int
    end: int


@dataclass(frozen=True)
class GeneThresholds:
    """Cutoffs of gene-level calls, inclusive; values, reasons and sources in definitions/copy_number.toml.

    The log2 ones serve where copies are unknown.
    """

    amplification_copies: float = 5
    amplification_copies_high_ploidy: float = 9
    high_ploidy: float = 2.7
    amplification_log2: float = 0.7
    gain_log2: float = 0.2
    loss_log2: float = -0.25
    deep_deletion_log2: float = -1.1


@dataclass(frozen=True)
class GeneCopy:
    """The copy number of a gene: that of the segment with most of it.

    Attributes:
        gene, chrom, start, end: the gene's span, 0-based half-open.
        call: None where the gene was not measured.
        basis: what the call rests on, `copies` or `log2`.
        loh: one parental allele is lost and a copy is left; None where unknown.
        log2, total_cn, minor_cn, cell_fraction: of the segment; NaN where unknown.
        n_segment: segments the gene lies on: above 1 a break cuts it.
        segment_mb: length of the segment in megabases: a focal change is short.
    """

    gene: str
    chrom: str
    start: int
    end: int
    call: Call | None
    basis: Basis | None
    loh: bool | None
    log2: float
    total_cn: float
    minor_cn: float
    cell_fraction: float
    n_segment: int
    segment_mb: float


def call_genes(
    segments: Segments,
    genes: Iterable[GeneSpan],
    thresholds: GeneThresholds,
    *,
    sex: Sex,
    ploidy: float | None,
    wgd: bool | None,
) -> list[GeneCopy]:
    """The copy number of each gene, in the order given.

    Args:
        segments: with or without copy numbers.
        genes: on the same contigs.
        thresholds: cutoffs.
        sex: of the patient; on X and Y of an unknown sex only deep deletions and amplifications are called,
            and by copies alone.
        ploidy: of the tumour; None where unknown.
        wgd: the genome was doubled, so that gain and loss are seen from twice the normal copies; None where
            unknown: by copies, only deep deletions and amplifications are called.
    """
    normal, base = normal_copies(segments.chrom, sex), base_copies(segments, sex, wgd)
    with np.errstate(divide="ignore"):
        quiet = np.log2(normal / reference_copies(segments.chrom))
    quiet[~np.isfinite(quiet)] = np.nan
    adjusted = segments.log2 - quiet
    return [_gene_copy(gene, segments, _Level(adjusted, normal, base), thresholds, ploidy) for gene in genes]


@dataclass(frozen=True)
class _Level:
    """What calls are seen from, shape (n,): log ratios less those of normal cells, which are NaN on a contig
    that normal cells lack; copies of normal cells; copies of an unchanged segment."""

    log2: np.ndarray[tuple[int], np.dtype[np.float64]]
    normal: np.ndarray[tuple[int], np.dtype[np.float64]]
    base: np.ndarray[tuple[int], np.dtype[np.float64]]


def _gene_copy(
    gene: GeneSpan,
    segments: Segments,
    level: _Level,
    thresholds: GeneThresholds,
    ploidy: float | None,
) -> GeneCopy:
    shared = np.minimum(segments.end, gene.end) - np.maximum(segments.start, gene.start)
    shared = np.where(segments.chrom == gene.chrom, shared, 0)
    place = (gene.gene, gene.chrom, gene.start, gene.end)
    n_segment = int((shared > 0).sum())
    if not n_segment:
        return GeneCopy(*place, None, None, None, math.nan, math.nan, math.nan, math.nan, 0, math.nan)
    at = int(shared.argmax())
    total, minor = float(segments.total_cn[at]), float(segments.minor_cn[at])
    normal = float(level.normal[at])
    basis: Basis = "log2" if math.isnan(total) else "copies"
    if math.isnan(total):
        call = _by_log2(float(level.log2[at]), thresholds)
    else:
        call = call_by_copies(total, normal, float(level.base[at]), thresholds, ploidy)
    loh = None if math.isnan(minor) or math.isnan(normal) else minor == 0 and total > 0 and normal >= 2
    return GeneCopy(
        *place,
        call=call,
        basis=basis if call else None,
        loh=loh,
        log2=float(segments.log2[at]),
        total_cn=total,
        minor_cn=minor,
        cell_fraction=float(segments.cell_fraction[at]),
        n_segment=n_segment,
        segment_mb=float(segments.length[at]) / 1e6,
    )


def call_by_copies(
    total: float, normal: float, base: float, thresholds: GeneThresholds, ploidy: float | None
) -> Call | None:
    """COSMIC's rule for amplification; gain and loss are seen from the copies of an unchanged segment."""
    is_high = ploidy is not None and ploidy > thresholds.high_ploidy
    cutoff = thresholds.amplification_copies_high_ploidy if is_high else thresholds.amplification_copies
    if total == 0 and normal != 0:
        return "deep_deletion"
    if total >= cutoff:
        return "amplification"
    if math.isnan(base):
        return None
    if total > base:
        return "gain"
    return "loss" if total < base else "neutral"


def _by_log2(log2: float, thresholds: GeneThresholds) -> Call | None:
    """CNVkit's cutoffs, on the log ratio to normal cells."""
    if math.isnan(log2):
        return None
    if log2 >= thresholds.amplification_log2:
        return "amplification"
    if log2 <= thresholds.deep_deletion_log2:
        return "deep_deletion"
    if log2 >= thresholds.gain_log2:
        return "gain"
    return "loss" if log2 <= thresholds.loss_log2 else "neutral"
