"""Clones of a patient: mutations that share their cancer cell fraction in every sample, by a binomial mixture.

A cluster is a point in the space of cancer cell fractions, one coordinate a sample. A mutation's likelihood there is
that of its reads in every sample, summed over the multiplicities its copies allow. Clusters are fitted by
expectation-maximisation on a grid, added one by one at the best place (greedy mixture learning: Verbeek 2003,
Neural Computation 15:469), and counted by the Bayesian information criterion (Schwarz 1978, Ann. Stat. 6:461).
Nothing is drawn at random: equal input gives equal clusters.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.features.ccf import Loci, Purity, log_likelihood

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

#: Cancer cell fractions a cluster may have in a sample; 0: absent.
GRID: FloatArray = np.arange(0, 101) / 100
MAX_CLUSTERS = 8
#: Weight of a subclone's mutation on several copies against one on a single copy: it would need a gain after the
#: mutation that all of the subclone shares, and no other cell.
LATE_GAIN = 0.05
#: A cluster of fewer mutations is no clone but an outlier.
MIN_MUTATIONS = 3
#: Places tried for a further cluster: so many, every so manyth of those that promise most.
_MAX_SEEDS, _SEED_STEP, _MAX_PLACES = 5, 8, 400
_MAX_ROUNDS, _TOLERANCE = 200, 1e-6
_MAX_COPIES = 12


@dataclass(frozen=True)
class Clustering:
    """Clusters, from the highest mean cancer cell fraction to the lowest.

    Attributes:
        label: cluster of each mutation from 1, shape (n,); 0 where no sample tells anything.
        probability: that it belongs there, shape (n,); NaN where label is 0.
        ccf: of each cluster in each sample, shape (n cluster, n sample).
        size: mutations of each cluster, shape (n cluster,).
    """

    label: IntArray
    probability: FloatArray
    ccf: FloatArray
    size: IntArray


def fit_clusters(samples: Sequence[tuple[Loci, Purity]], max_clusters: int = MAX_CLUSTERS) -> Clustering:
    """Cluster the mutations of a patient.

    Args:
        samples: for each sample the reads and copies at the same n mutations, and its purity. A mutation that was
            looked for and not found has alt 0; one not looked at has NaN, and the sample says nothing of it.
        max_clusters: the most that are tried.
    """
    table = np.stack([_table(loci, purity) for loci, purity in samples], axis=1)
    known = np.any([loci.usable for loci, _ in samples], axis=0)
    label, probability = np.zeros(len(known), np.int64), np.full(len(known), np.nan)
    data = table[known]
    n, n_sample = data.shape[:2]
    if not n:
        return Clustering(label, probability, np.zeros((0, n_sample)), np.zeros(0, np.int64))
    best = model = _fit(data, _best_points(data.sum(axis=0)[None])[0][None], np.ones(1))
    while len(model.share) < min(max_clusters, n // MIN_MUTATIONS):
        model = _extended(data, model)
        if model.criterion(n) < best.criterion(n):
            best = model
    order = np.lexsort((best.share, -GRID[best.point].mean(axis=1)))
    own = best.weight[:, order].argmax(axis=1)
    filled = np.unique(own)
    label[known] = np.searchsorted(filled, own) + 1
    probability[known] = best.weight[:, order].max(axis=1)
    size = np.bincount(label[known], minlength=len(filled) + 1)[1:]
    return Clustering(label, probability, GRID[best.point[order[filled]]], size)


@dataclass(frozen=True)
class _Model:
    """Clusters at grid points (k, samples), their shares (k,), each mutation's weight (n, k), log-likelihood."""

    point: IntArray
    share: FloatArray
    weight: FloatArray
    likelihood: float

    def criterion(self, n: int) -> float:
        """Bayesian information criterion; lower is better."""
        n_parameter = len(self.share) - 1 + self.point.size
        return -2 * self.likelihood + n_parameter * math.log(n)


def _table(loci: Loci, purity: Purity) -> FloatArray:
    """Log-likelihood of each mutation on `GRID`, shape (n, len(GRID)), its maximum 0; rows of 0 where unknown."""
    found = np.zeros((len(loci), len(GRID)))
    usable = loci.usable
    if not usable.any():
        return found
    few = loci.where(usable)
    major = np.clip(few.major_cn, 1, _MAX_COPIES)
    late = np.where(GRID < 1, math.log(LATE_GAIN), 0.0)[None, :]
    layers = [
        log_likelihood(few, purity.value, m, GRID)
        + np.where(m <= major, 0.0, -np.inf)[:, None]
        + (late if m > 1 else 0.0)
        for m in range(1, int(major.max()) + 1)
    ]
    summed = np.logaddexp.reduce(layers, axis=0)
    found[usable] = np.maximum(summed - summed.max(axis=1, keepdims=True), -500.0)
    return found


def _best_points(score: FloatArray) -> IntArray:
    """Grid index of the highest score in each sample; of equal ones the middle."""
    top = score >= score.max(axis=-1, keepdims=True) - 1e-9
    first = top.argmax(axis=-1)
    last = score.shape[-1] - 1 - top[..., ::-1].argmax(axis=-1)
    middle: IntArray = (first + last) // 2
    return middle


def _at(data: FloatArray, point: IntArray) -> FloatArray:
    """Log-likelihood of each mutation in each cluster, shape (n, k)."""
    chosen: FloatArray = data[:, np.arange(data.shape[1])[None, :], point].sum(axis=2)
    return chosen


def _fit(data: FloatArray, point: IntArray, share: FloatArray) -> _Model:
    """Expectation-maximisation from given clusters until the likelihood rests."""
    before = -math.inf
    for _ in range(_MAX_ROUNDS):
        joint = _at(data, point) + np.log(share)
        total = np.logaddexp.reduce(joint, axis=1)
        weight, likelihood = np.exp(joint - total[:, None]), float(total.sum())
        if likelihood - before < _TOLERANCE:
            break
        before = likelihood
        share = np.maximum(weight.mean(axis=0), 1e-12)
        share /= share.sum()
        point = _best_points((weight.T @ data.reshape(len(data), -1)).reshape(-1, *data.shape[1:]))
    return _Model(point, share, weight, likelihood)


def _extended(data: FloatArray, model: _Model) -> _Model:
    """The model with one more cluster, begun at the mutation's own place from which the likelihood rises most."""
    k = len(model.share)
    seeds = np.unique(_best_points(data), axis=0)
    seeds = seeds[:: len(seeds) // _MAX_PLACES + 1]
    old = np.logaddexp.reduce(_at(data, model.point) + np.log(model.share), axis=1)
    gain = np.maximum(_at(data, seeds) - math.log(2 * k) - old[:, None], 0.0).sum(axis=0)
    promising = np.argsort(-gain, kind="stable")[: _SEED_STEP * _MAX_SEEDS : _SEED_STEP]
    share = np.append(model.share * k, 1.0) / (k + 1)
    models = [_fit(data, np.vstack([model.point, seeds[seed]]), share) for seed in promising]
    return max(models, key=lambda each: each.likelihood)
