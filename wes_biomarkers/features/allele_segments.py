"""Allele-specific segments: log ratios of CBS joined with B-allele fractions at heterozygous sites."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.errors import Fault, InputError
from wes_biomarkers.features.baf import BAF_GRID, likeliest_baf, measure_allele_noise, site_log_likelihood
from wes_biomarkers.features.segments import Segments

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
#: Contig, start and end (0-based half-open) of a stretch without reads.
Hole = tuple[str, int, int]

#: Log ratios below are bins without reads: CNVkit writes -20 there. 2**-8 is no copy at 99 % purity.
MIN_LOG2 = -8.0
#: So many neighbouring bins without reads are a hole: nothing is said of it. One or two fail by chance.
HOLE_BINS = 3
#: A residual farther from its segment's middle, in standard deviations of a bin, counts as so far.
CLIP_SD = 3.0
#: Log-likelihood a change of allele fraction must gain to split: 10 holds a quiet genome of 10,000 sites whole.
SPLIT_GAIN = 10.0
#: Fewest heterozygous sites either side of a split.
SPLIT_SITES = 5
#: Log-likelihood that joining two neighbours may cost.
MERGE_LOSS = 6.0
#: Log ratios of neighbours differ by this much for reasons other than copies: waves of GC and capture.
LOG2_WAVE = 0.02


@dataclass(frozen=True)
class Bins:
    """Bins (targets) with their log ratio, sorted by contig and start; arrays of equal length n.

    Attributes:
        chrom: contig names.
        start, end: 0-based half-open.
        log2: log2 ratio of tumour to reference, finite.
        weight: precision of the log ratio relative to the others, above 0 (CNVkit's `weight`).
        depth: mean depth of the tumour.
    """

    chrom: NDArray[Any]
    start: IntArray
    end: IntArray
    log2: FloatArray
    weight: FloatArray
    depth: FloatArray

    def __len__(self) -> int:
        return len(self.start)

    @classmethod
    def of(cls, columns: Mapping[str, ArrayLike]) -> Bins:
        """Bins from columns of any array type, sorted; `weight` and `depth` may be missing (1 and NaN).

        Bins without a finite log ratio, without reads or without weight are left out.
        """
        n = len(np.asarray(columns["start"]))
        weight = np.asarray(columns.get("weight", np.ones(n)), float)
        log2 = np.asarray(columns["log2"], float)
        keep = np.isfinite(log2) & (log2 > MIN_LOG2) & np.isfinite(weight) & (weight > 0)
        bins = cls(
            chrom=np.asarray(columns["chrom"], object),
            start=np.asarray(columns["start"], np.int64),
            end=np.asarray(columns["end"], np.int64),
            log2=log2,
            weight=weight,
            depth=np.asarray(columns.get("depth", np.full(n, np.nan)), float),
        )
        return bins.where(_order(bins.chrom, bins.start, keep))

    def where(self, index: NDArray[Any]) -> Bins:
        """The bins of a mask or of indices."""
        return Bins(*(getattr(self, name)[index] for name in self.__dataclass_fields__))

    @property
    def middle(self) -> IntArray:
        """Middle base of each bin, shape (n,)."""
        return (self.start + self.end) // 2


@dataclass(frozen=True)
class HetSites:
    """Heterozygous SNPs of the normal with reads of the tumour, sorted; arrays of equal length n.

    Attributes:
        chrom: contig names.
        pos: 0-based.
        t_ref, t_alt: reads of the tumour with the reference and the alternate base; not both 0.
        n_ref, n_alt: reads of the normal, 0 where unknown: with them the noise of allele fractions is measured.
    """

    chrom: NDArray[Any]
    pos: IntArray
    t_ref: FloatArray
    t_alt: FloatArray
    n_ref: FloatArray
    n_alt: FloatArray

    def __len__(self) -> int:
        return len(self.pos)

    @classmethod
    def of(cls, columns: Mapping[str, ArrayLike]) -> HetSites:
        """Sites from columns of any array type, sorted; `n_ref` and `n_alt` may be missing.

        Sites without a read of the tumour are left out.
        """
        t_ref, t_alt = (np.asarray(columns[name], float) for name in ("t_ref", "t_alt"))
        zero = np.zeros(len(t_ref))
        sites = cls(
            chrom=np.asarray(columns["chrom"], object),
            pos=np.asarray(columns["pos"], np.int64),
            t_ref=t_ref,
            t_alt=t_alt,
            n_ref=np.asarray(columns.get("n_ref", zero), float),
            n_alt=np.asarray(columns.get("n_alt", zero), float),
        )
        return sites.where(_order(sites.chrom, sites.pos, t_ref + t_alt > 0))

    def where(self, index: NDArray[Any]) -> HetSites:
        """The sites of a mask or of indices."""
        return HetSites(*(getattr(self, name)[index] for name in self.__dataclass_fields__))


def find_holes(columns: Mapping[str, ArrayLike]) -> list[Hole]:
    """Stretches of `HOLE_BINS` or more neighbouring bins without reads, by contig and start.

    Args:
        columns: of all bins: chrom, start, end, log2; those without reads are what `Bins.of` leaves out.
    """
    chrom, log2 = np.asarray(columns["chrom"], object), np.asarray(columns["log2"], float)
    start, end = (np.asarray(columns[name], np.int64) for name in ("start", "end"))
    holes = []
    order = _order(chrom, start, np.isfinite(log2)).tolist()
    for (name, is_empty), run in groupby(order, lambda at: (str(chrom[at]), bool(log2[at] <= MIN_LOG2))):
        bins = list(run)
        if is_empty and len(bins) >= HOLE_BINS:
            holes.append((name, int(start[bins[0]]), int(end[bins[-1]])))
    return holes


def _order(chrom: NDArray[Any], start: IntArray, keep: NDArray[np.bool_]) -> IntArray:
    """Indices of the rows to keep, by contig (in order of appearance) and start."""
    rank = {name: index for index, name in enumerate(dict.fromkeys(chrom.tolist()))}
    order = np.lexsort((start, np.array([rank[name] for name in chrom.tolist()], np.int64)))
    return order[keep[order]]


def bin_noise(bins: Bins) -> float:
    """Standard deviation of the log ratio of a bin of weight 1, from the differences of neighbours.

    1, more than any exome has, where no contig has two bins.
    """
    same = bins.chrom[1:] == bins.chrom[:-1]
    if not same.any():
        return 1.0
    scale = np.sqrt(1 / bins.weight[1:] + 1 / bins.weight[:-1])
    return max(1.4826 * float(np.median(np.abs(np.diff(bins.log2) / scale)[same])), 1e-3)


@dataclass(frozen=True)
class _Part:
    """A stretch of bins and of sites under one copy-number state; `baf_fit` is over `BAF_GRID`."""

    chrom: str
    start: int
    end: int
    bins: slice
    sites: slice
    log2: float
    precision: float
    baf_fit: FloatArray


class _Genome:
    """Bins and sites with what is summed over them."""

    def __init__(self, bins: Bins, het: HetSites) -> None:
        self.bins, self.het = bins, het
        self.sd = bin_noise(bins)
        noise = measure_allele_noise(het.t_ref, het.t_alt, het.n_ref, het.n_alt)
        fits = site_log_likelihood(het.t_ref, het.t_alt, noise)
        self.total = np.vstack([np.zeros(len(BAF_GRID)), np.cumsum(fits, axis=0)])

    def part(self, chrom: str, start: int, end: int, bins: slice, sites: slice) -> _Part:
        """A stretch of a contig with the sums over its bins and sites."""
        log2, precision = mean_log2(self.bins, bins, self.sd)
        return _Part(
            chrom, start, end, bins, sites, log2, precision, self.total[sites.stop] - self.total[sites.start]
        )

    def slices(self, chrom: str, start: int, end: int) -> tuple[slice, slice]:
        """Bins by their middle, and sites, from start to end."""
        return _within(self.bins.chrom, self.bins.middle, chrom, start, end), _within(
            self.het.chrom, self.het.pos, chrom, start, end
        )


def _within(names: NDArray[Any], position: IntArray, chrom: str, start: int, end: int) -> slice:
    own = np.flatnonzero(names == chrom)
    if not len(own):
        return slice(0, 0)
    low, high = np.searchsorted(position[own[0] : own[-1] + 1], (start, end))
    return slice(int(own[0] + low), int(own[0] + high))


def mean_log2(bins: Bins, within: slice, sd: float) -> tuple[float, float]:
    """Weighted mean log ratio of a stretch of bins, outliers clipped, and its precision 1 / variance.

    Without bins NaN and 0.
    """
    values, weight = bins.log2[within], bins.weight[within]
    if not len(values):
        return float("nan"), 0.0
    spread = CLIP_SD * sd / np.sqrt(weight)
    centre = float(np.median(values))
    mean = float(np.average(centre + np.clip(values - centre, -spread, spread), weights=weight))
    return mean, float(weight.sum()) / sd**2


def assemble_segments(
    bins: Bins, cbs: Mapping[str, ArrayLike], het: HetSites, holes: Iterable[Hole] = ()
) -> Segments:
    """Allele-specific segments: CBS segments split where the allele fraction changes, like neighbours joined.

    The run of sites that gains most by an allele fraction of its own is cut out where it gains `SPLIT_GAIN` in
    log-likelihood, and again within the pieces. Neighbours of a contig are joined, the most alike first, while the
    loss of log-likelihood in log ratio and allele fraction together stays under `MERGE_LOSS`. Holes are cut out;
    segments without a bin are dropped, and nothing is joined across either. `baf` is the likeliest fraction, .5
    where that is not clearly better (2 in log-likelihood).

    Args:
        bins: with their log ratios.
        cbs: columns chrom, start, end (0-based half-open) of equal length; others are not read.
        het: may be empty.
        holes: stretches without reads, of `find_holes`.

    Raises:
        InputError: segments that overlap, or with an end that is not after the start.
    """
    genome = _Genome(bins, het)
    runs: list[list[_Part]] = []
    last = ""
    for chrom, start, end, is_after_hole in _without(holes, _checked(cbs)):
        if chrom != last or is_after_hole:
            runs.append([])
        last = chrom
        own_bins, own_sites = genome.slices(chrom, start, end)
        if own_bins.stop > own_bins.start:
            whole = genome.part(chrom, start, end, own_bins, own_sites)
            runs[-1].extend(_split(genome, whole))
        else:
            runs.append([])
    parts = [part for run in runs for part in _merge(genome, run)]
    unknown = np.full(len(parts), np.nan)
    return Segments.of(
        {
            "chrom": np.array([part.chrom for part in parts], object),
            "start": [part.start for part in parts],
            "end": [part.end for part in parts],
            "n_bin": [part.bins.stop - part.bins.start for part in parts],
            "log2": [part.log2 for part in parts],
            "n_het": [part.sites.stop - part.sites.start for part in parts],
            "baf": [
                likeliest_baf(part.baf_fit) if part.sites.stop > part.sites.start else np.nan
                for part in parts
            ],
            "total_cn": unknown,
            "minor_cn": unknown,
            "cell_fraction": unknown,
        }
    )


def _checked(cbs: Mapping[str, ArrayLike]) -> list[tuple[str, int, int]]:
    """The segments sorted by contig, in order of appearance, and start."""
    rows = list(
        zip(*(np.asarray(cbs[name], object).tolist() for name in ("chrom", "start", "end")), strict=True)
    )
    faults = []
    order = {name: index for index, name in enumerate(dict.fromkeys(row[0] for row in rows))}
    last: dict[str, int] = {}
    rows.sort(key=lambda row: (order[row[0]], row[1]))
    for chrom, start, end in rows:
        value = f"{chrom}:{start}-{end}"
        if not end > start:
            faults.append(Fault("a segment ends before it starts", "Mend the segments.", value=value))
        elif start < last.get(chrom, 0):
            faults.append(Fault("a segment overlaps the one before it", "Mend the segments.", value=value))
        last[chrom] = max(end, last.get(chrom, 0))
    if faults:
        raise InputError(faults)
    return [(str(chrom), int(start), int(end)) for chrom, start, end in rows]


def _without(
    holes: Iterable[Hole], segments: Iterable[tuple[str, int, int]]
) -> Iterator[tuple[str, int, int, bool]]:
    """What is left of the segments outside the holes, and whether a hole lies before it."""
    by_chrom: dict[str, list[tuple[int, int]]] = {}
    for chrom, start, end in holes:
        by_chrom.setdefault(chrom, []).append((start, end))
    reached: dict[str, int] = {}
    for chrom, start, end in segments:
        own = by_chrom.get(chrom, [])
        at = start
        for first, stop in [*own, (end, end)]:
            if at < min(first, end):
                is_after_hole = any(reached.get(chrom, 0) <= hole < at for hole, _ in own)
                yield chrom, at, min(first, end), is_after_hole
                reached[chrom] = min(first, end)
            at = max(at, stop)


def _split(genome: _Genome, part: _Part) -> list[_Part]:
    """The part, cut where its allele fraction changes."""
    first, last = part.sites.start, part.sites.stop
    gain, arc = _best_arc(genome.total[first : last + 1])
    middle = genome.bins.middle[part.bins]
    cuts = []
    for site in (first + at for at in arc if SPLIT_SITES <= at <= last - first - SPLIT_SITES):
        between = (genome.het.pos[site - 1] + genome.het.pos[site]) // 2
        cuts.append((site, part.bins.start + int(np.searchsorted(middle, between))))
    edges = sorted({part.bins.start, part.bins.stop, *(bin_ for _, bin_ in cuts)})
    if gain < SPLIT_GAIN or not cuts or len(edges) != len(cuts) + 2:
        return [part]
    sites = [first, *(site for site, _ in cuts), last]
    starts = [part.start, *(int(genome.bins.start[bin_]) for bin_ in edges[1:-1])]
    ends = [*(int(genome.bins.end[bin_ - 1]) for bin_ in edges[1:-1]), part.end]
    pieces = [
        genome.part(part.chrom, starts[k], ends[k], slice(*edges[k : k + 2]), slice(*sites[k : k + 2]))
        for k in range(len(starts))
    ]
    return [small for piece in pieces for small in _split(genome, piece)]


def _best_arc(total: FloatArray) -> tuple[float, tuple[int, int]]:
    """The run of sites that gains most by an allele fraction of its own, and its first and last boundary.

    `total` is cumulative over n sites, shape (n + 1, len(BAF_GRID)). For each fraction the best run is that of
    the largest sum of gains, found in one pass (Kadane's maximum subarray).
    """
    if len(total) <= SPLIT_SITES:
        return 0.0, (0, 0)
    fits = total - total[0]
    gain = fits - fits[:, [int(fits[-1].argmax())]]
    lowest = np.minimum.accumulate(gain, axis=0)
    arcs = gain[SPLIT_SITES:] - lowest[:-SPLIT_SITES]
    stop, share = np.unravel_index(int(arcs.argmax()), arcs.shape)
    start = int(gain[: int(stop) + 1, share].argmin())
    return float(arcs[stop, share]), (start, int(stop) + SPLIT_SITES)


def _merge(genome: _Genome, parts: list[_Part]) -> list[_Part]:
    """The parts of one contig, neighbours joined while they hardly differ."""
    parts = list(parts)
    while len(parts) > 1:
        losses = [_loss(one, other) for one, other in pairwise(parts)]
        at = int(np.argmin(losses))
        if losses[at] >= MERGE_LOSS:
            break
        one, other = parts[at], parts[at + 1]
        bins, sites = slice(one.bins.start, other.bins.stop), slice(one.sites.start, other.sites.stop)
        parts[at : at + 2] = [genome.part(one.chrom, one.start, other.end, bins, sites)]
    return parts


def _loss(one: _Part, other: _Part) -> float:
    """Log-likelihood lost by giving two parts one log ratio and one allele fraction."""
    variance = 1 / one.precision + 1 / other.precision + LOG2_WAVE**2
    log2 = (one.log2 - other.log2) ** 2 / (2 * variance)
    baf = one.baf_fit.max() + other.baf_fit.max() - (one.baf_fit + other.baf_fit).max()
    return float(log2 + baf)
