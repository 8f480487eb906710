"""Cancer cell fraction: the share of a tumour's cells that carry a mutation, from its reads and copy numbers.

With purity p, tumour copies C, copies n in normal cells, and a mutation on m copies in a fraction c of the tumour's
cells, its expected allele fraction is `c m p / (p C + n (1 - p))`. What is known is an array of n values; unknown is
NaN. The copy-number state of a segment is taken as that of every tumour cell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.proportions import NORMAL_97_5

FloatArray = NDArray[np.float64]

#: Cancer cell fractions tried: .001 to 1.
GRID: FloatArray = np.arange(1, 1001) / 1000
#: Sequencing error keeps an expected allele fraction from 0 and 1.
_LOWEST, _HIGHEST = 1e-6, 0.999
#: Prior of the interval: how much of it lies at 1 exactly (in every tumour cell), the rest being spread evenly, for a
#: mutation on one copy and for one on several. The second is older than the gain of its copies, and so often in every
#: cell. Chosen on simulated tumours so that the interval also holds where subclones have any multiplicity.
PRIOR_AT_ONE = (0.05, 0.2)
#: Multiplicities above this are not told apart.
_MAX_COPIES = 12
#: Places and weights at which an uncertain purity is tried: five quantiles of a normal distribution.
_PURITY_STEPS = (-1.2816, -0.5244, 0.0, 0.5244, 1.2816)
_CHUNK = 256


@dataclass(frozen=True)
class Purity:
    """Share of tumour cells in the sample, with its 95 % interval where known."""

    value: float
    low: float | None = None
    high: float | None = None

    def nodes(self) -> tuple[float, ...]:
        """Equally likely purities that stand for the interval; the value alone without one.

        >>> Purity(0.5).nodes()
        (0.5,)
        """
        if self.low is None or self.high is None or self.high <= self.low:
            return (self.value,)
        sd = (self.high - self.low) / (2 * NORMAL_97_5)
        return tuple(min(1.0, max(0.01, self.value + step * sd)) for step in _PURITY_STEPS)


@dataclass(frozen=True)
class Loci:
    """Reads and copies at each mutation, arrays of shape (n,), NaN where unknown.

    Attributes:
        alt, depth: tumour reads with the mutation, and in all.
        total_cn, minor_cn: copies in the tumour cells.
        normal_cn: copies in normal cells.
    """

    alt: FloatArray
    depth: FloatArray
    total_cn: FloatArray
    minor_cn: FloatArray
    normal_cn: FloatArray

    def __len__(self) -> int:
        return len(self.alt)

    def where(self, which: NDArray[np.bool_] | NDArray[np.int64]) -> Loci:
        """The mutations of a mask or of indices."""
        return Loci(*(getattr(self, name)[which] for name in self.__dataclass_fields__))

    @property
    def major_cn(self) -> FloatArray:
        """Copies of the more frequent allele; all copies where the minor ones are unknown."""
        return self.total_cn - np.where(np.isnan(self.minor_cn), 0.0, self.minor_cn)

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Where reads and copies allow an estimate: known, at least one read and one tumour copy."""
        known = ~np.isnan(self.alt + self.depth + self.total_cn + self.normal_cn)
        return known & (np.nan_to_num(self.depth) > 0) & (np.nan_to_num(self.total_cn) >= 1)


@dataclass(frozen=True)
class Estimates:
    """What is estimated of each mutation, arrays of shape (n,), NaN where nothing can be.

    Attributes:
        multiplicity: mutated copies in a cell that carries the mutation.
        ccf: cancer cell fraction.
        low, high: its 95 % highest-density interval, multiplicity and purity uncertain.
        halfmax_low, halfmax_high: one step outside the values whose likelihood, at this multiplicity, is above
            half its maximum (facets-suite's bounds; no 95 % interval).
    """

    multiplicity: FloatArray
    ccf: FloatArray
    low: FloatArray
    high: FloatArray
    halfmax_low: FloatArray
    halfmax_high: FloatArray


def mutated_copies(vaf: ArrayLike, purity: float, total_cn: ArrayLike, normal_cn: ArrayLike) -> FloatArray:
    """Mutated copies in an average tumour cell, u = vaf (p C + n (1 - p)) / p."""
    mass = purity * np.asarray(total_cn, float) + np.asarray(normal_cn, float) * (1 - purity)
    copies: FloatArray = np.asarray(vaf, float) * mass / purity
    return copies


def estimate_ccf(loci: Loci, purity: Purity) -> Estimates:
    """Multiplicity, cancer cell fraction and its intervals of each mutation.

    `m = max(1, min(round(u), major copies))`, `ccf = min(1, u / m)` (facets-suite). The interval is the shortest
    that holds 95 % of the posterior on `GRID`, all multiplicities up to the major copy number and all purities of
    `purity.nodes()` summed over: an interval at one multiplicity would miss the truth whenever that is wrong.
    """
    n = len(loci)
    usable = np.flatnonzero(loci.usable)
    columns = np.full((6, n), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        copies = mutated_copies(loci.alt / loci.depth, purity.value, loci.total_cn, loci.normal_cn)
    m = np.maximum(1, np.minimum(np.floor(copies + 0.5), loci.major_cn))
    columns[0, usable] = m[usable]
    columns[1, usable] = np.minimum(1.0, copies[usable] / m[usable])
    for first in range(0, len(usable), _CHUNK):
        some = usable[first : first + _CHUNK]
        few = loci.where(some)
        columns[2:4, some] = _shortest_interval(posterior(few, purity))
        columns[4:6, some] = _half_maximum(log_likelihood(few, purity.value, m[some], GRID))
    return Estimates(*columns)


def log_likelihood(loci: Loci, purity: float, copies: ArrayLike, grid: FloatArray) -> FloatArray:
    """Binomial log-likelihood of the reads on a grid of cancer cell fractions, shape (n, len(grid)).

    The binomial coefficient is left out. `copies`, shape (n,) or a number, is the multiplicity.
    """
    mass = purity * loci.total_cn + loci.normal_cn * (1 - purity)
    slope = np.asarray(copies, float) * purity / mass
    expected = np.clip(slope[:, None] * grid[None, :], _LOWEST, _HIGHEST)
    reference = (loci.depth - loci.alt)[:, None]
    found: FloatArray = loci.alt[:, None] * np.log(expected) + reference * np.log1p(-expected)
    return found


def posterior(loci: Loci, purity: Purity, grid: FloatArray = GRID) -> FloatArray:
    """Probability of each cancer cell fraction of the grid, shape (n, len(grid)), rows summing to 1.

    Prior: each multiplicity 1 ... major copies alike, and of each the share `PRIOR_AT_ONE` at 1, the rest even.
    """
    major = np.clip(loci.major_cn, 1, _MAX_COPIES)
    nodes = purity.nodes()
    layers = []
    for m in range(1, int(major.max()) + 1):
        at_one = PRIOR_AT_ONE[m > 1]
        prior = np.full(len(grid), (1 - at_one) / len(grid))
        prior[-1] += at_one
        allowed = np.where(m <= major, 0.0, -np.inf)[:, None]
        layers += [log_likelihood(loci, p, m, grid) + np.log(prior) + allowed for p in nodes]
    stacked = np.stack(layers)
    weight = np.exp(stacked - stacked.max(axis=(0, 2))[None, :, None]).sum(axis=0)
    share: FloatArray = weight / weight.sum(axis=1, keepdims=True)
    return share


def _shortest_interval(probability: FloatArray, mass: float = 0.95) -> FloatArray:
    """Lower and upper end, shape (2, n), of the shortest run of the grid that holds the mass in each row."""
    n, size = probability.shape
    ends = np.zeros((2, n))
    for row, total in enumerate(np.cumsum(probability, axis=1)):
        before = np.concatenate(([0.0], total[:-1]))
        last = np.searchsorted(total, np.minimum(before + mass, total[-1] * (1 - 1e-12)))
        fits = before + mass <= total[-1] + 1e-12
        length = np.where(fits, last - np.arange(size), size)
        first = int(np.argmin(length))
        ends[:, row] = GRID[first], GRID[min(int(last[first]), size - 1)]
    return ends


def _half_maximum(likelihood: FloatArray) -> FloatArray:
    """Lower and upper bound, shape (2, n): one step outside the values above half the maximum."""
    above = likelihood > likelihood.max(axis=1, keepdims=True) - math.log(2)
    size = likelihood.shape[1]
    first = np.maximum(above.argmax(axis=1) - 1, 0)
    last = np.minimum(size - above[:, ::-1].argmax(axis=1), size - 1)
    return np.stack([GRID[first], GRID[last]])
