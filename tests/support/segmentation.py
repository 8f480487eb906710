"""Segments of log ratios by plain binary segmentation: quick, and in place of CBS where R is not at hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from wes_biomarkers.features.allele_segments import Bins, bin_noise


def binary_segments(bins: Bins, threshold: float = 4.5, min_bins: int = 5) -> dict[str, list]:
    """Columns chrom, start, end: contigs cut where the means differ by `threshold` standard errors, again within."""
    columns: dict[str, list] = {"chrom": [], "start": [], "end": []}
    sd = bin_noise(bins)
    for name in dict.fromkeys(bins.chrom.tolist()):
        own = bins.where(bins.chrom == name)
        for first, last in cut(own.log2, own.weight / sd**2, 0, len(own), threshold, min_bins):
            columns["chrom"].append(name)
            columns["start"].append(int(own.start[first]))
            columns["end"].append(int(own.end[last - 1]))
    return columns


def cut(values, precision, first, last, threshold, min_bins) -> list[tuple[int, int]]:
    """Stretches of an array between which the mean changes; the best arc or point is cut first (as CBS does)."""
    n = last - first
    if n < 2 * min_bins:
        return [(first, last)]
    w = np.concatenate([[0.0], np.cumsum(precision[first:last])])
    s = np.concatenate([[0.0], np.cumsum((precision * values)[first:last])])
    grid = np.unique(np.linspace(0, n, min(n, 300) + 1).astype(int))
    i, j = np.meshgrid(grid, grid, indexing="ij")
    inside, outside = w[j] - w[i], w[-1] - (w[j] - w[i])
    ok = (j - i >= min_bins) & (n - (j - i) >= min_bins)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = (s[j] - s[i]) / inside - (s[-1] - (s[j] - s[i])) / outside
        z = np.where(ok, np.abs(gap) / np.sqrt(1 / inside + 1 / outside), 0)
    at = np.unravel_index(z.argmax(), z.shape)
    if z[at] < threshold:
        return [(first, last)]
    edges = sorted({0, int(grid[at[0]]), int(grid[at[1]]), n})
    pieces = [(first + a, first + b) for a, b in pairwise(edges)]
    return [part for a, b in pieces for part in cut(values, precision, a, b, threshold, min_bins)]
