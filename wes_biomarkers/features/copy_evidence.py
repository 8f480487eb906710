"""What each segment's bins and sites say of its copies, and which copies normal cells have there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.features.allele_segments import Bins, HetSites, bin_noise, mean_log2
from wes_biomarkers.features.baf import BAF_GRID, measure_allele_noise, site_log_likelihood
from wes_biomarkers.features.chromosomes import Sex, normal_copies, reference_copies
from wes_biomarkers.features.segments import Segments

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Standard deviation of a segment's log ratio and allele fraction that more bins and sites do not lessen: waves,
#: capture, mapping.
LOG2_SD, BAF_SD = 0.03, 0.01


@dataclass(frozen=True)
class Evidence:
    """Evidence of n segments.

    Attributes:
        log2, log2_sd: mean log ratio and its standard deviation; NaN without bins.
        baf_fit: log-likelihood over `BAF_GRID`, 0 at its highest, shape (n, len(BAF_GRID)).
        n_bin, n_het: bins and heterozygous sites inside.
        length: bases.
        is_autosome: none of X, Y and mitochondria, and with bins.
        normal_copies: copies in normal cells; NaN on X and Y where the sex is not known, and on mitochondria.
        reference_copies: copies that a log ratio of 0 means in a normal sample: 2, and 1 on Y (CNVkit's female
            reference).
    """

    log2: FloatArray
    log2_sd: FloatArray
    baf_fit: FloatArray
    n_bin: IntArray
    n_het: IntArray
    length: IntArray
    is_autosome: NDArray[np.bool_]
    normal_copies: FloatArray
    reference_copies: FloatArray

    def where(self, mask: NDArray[Any]) -> Evidence:
        """The evidence of a mask of shape (n,)."""
        return Evidence(*(getattr(self, name)[mask] for name in self.__dataclass_fields__))

    def baf_at(self, baf: FloatArray) -> FloatArray:
        """Log-likelihood of each segment (n) at each allele fraction (k), between the grid's; shape (n, k)."""
        place = np.clip(baf, 0, 0.5) / BAF_GRID[1]
        low = np.minimum(place.astype(np.int64), len(BAF_GRID) - 2)
        share = place - low
        result: FloatArray = self.baf_fit[:, low] * (1 - share) + self.baf_fit[:, low + 1] * share
        return result


def assemble_evidence(segments: Segments, bins: Bins, het: HetSites, sex: Sex) -> Evidence:
    """The evidence of each segment, from the bins and sites inside it."""
    n = len(segments)
    own_bins, own_sites = segments.at(bins.chrom, bins.middle), segments.at(het.chrom, het.pos)
    sd = bin_noise(bins)
    log2, precision = np.full(n, np.nan), np.zeros(n)
    for index in range(n):
        log2[index], precision[index] = mean_log2(bins.where(own_bins == index), slice(None), sd)
    noise = measure_allele_noise(het.t_ref, het.t_alt, het.n_ref, het.n_alt)
    sites = site_log_likelihood(het.t_ref, het.t_alt, noise)
    baf_fit = np.zeros((n, len(BAF_GRID)))
    inside = own_sites >= 0
    np.add.at(baf_fit, own_sites[inside], sites[inside])
    kind = np.array([_kind(name) for name in segments.chrom.tolist()], object)
    n_bin = np.bincount(own_bins[own_bins >= 0], minlength=n)
    with np.errstate(divide="ignore"):
        log2_sd = np.sqrt(1 / precision + LOG2_SD**2)
    return Evidence(
        log2=log2,
        log2_sd=log2_sd,
        baf_fit=_blurred(baf_fit),
        n_bin=n_bin,
        n_het=np.bincount(own_sites[inside], minlength=n),
        length=segments.length,
        is_autosome=(kind == "") & (n_bin > 0),
        normal_copies=np.where(kind == "M", np.nan, normal_copies(kind, sex)),
        reference_copies=reference_copies(kind),
    )


def _kind(chrom: str) -> str:
    """`X`, `Y`, or `M` for mitochondria; empty for every other contig."""
    name = chrom.removeprefix("chr")
    return {"X": "X", "Y": "Y", "M": "M", "MT": "M"}.get(name, "")


def _blurred(fit: FloatArray) -> FloatArray:
    """The likelihood where the fraction itself is off by `BAF_SD`, mirrored at .5; 0 at its highest."""
    distance = BAF_GRID[:, None] - BAF_GRID
    mirrored = BAF_GRID[:, None] - (1 - BAF_GRID)
    kernel = np.exp(-0.5 * (distance / BAF_SD) ** 2) + np.exp(-0.5 * (mirrored / BAF_SD) ** 2)
    kernel /= kernel.sum(axis=1, keepdims=True)
    relative = np.exp(fit - fit.max(axis=1, keepdims=True))
    blurred = np.log(np.maximum(relative @ kernel.T, 1e-300))
    result: FloatArray = blurred - blurred.max(axis=1, keepdims=True)
    return result
