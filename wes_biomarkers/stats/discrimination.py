"""How well a risk score orders patients by their survival: Harrell's concordance index, as R's concordance."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.estimate import Estimate, FollowUp

NORMAL_97_5 = 1.959963984540054
#: Pairs compared at once.
_BLOCK = 4_000_000


def harrell_c(data: FollowUp, risk: ArrayLike) -> Estimate:
    """The share of comparable pairs in which the patient with the higher risk has the event first; ties count half.

    Harrell, Lee and Mark (1996). A pair is comparable when one has an event while the other is still followed (a
    patient censored at that time is); two events at one time are not. With strata, pairs are within them; with late
    entries, both must have entered; a pair weighs the product of its weights. The variance is the infinitesimal
    jackknife, over clusters where given; the interval is Wald's, within 0 and 1, the p value against one half.

    Args:
        risk: (n,) none missing, higher for those expected to have the event sooner.

    Raises:
        ValueError: another length, or a missing value.
    """
    score = np.asarray(risk, np.float64)
    n, n_event = len(data.time), int(data.event.sum())
    if score.shape != (n,) or not np.isfinite(score).all():
        raise ValueError("there must be one known risk a patient")
    weight = np.ones(n) if data.weight is None else data.weight
    won, compared = _pairs(data, score, weight)
    total = float(weight @ compared)
    if not total > 0:
        return Estimate(
            "harrell_c",
            "c_index",
            n,
            n_event,
            status="not_evaluable",
            reason="no two patients can be compared",
        )
    index = float(weight @ won) / total
    # both patients of a pair were counted: each pair twice in the total
    influence = 2 * weight * (won - index * compared) / total
    if data.cluster is not None:
        influence = np.bincount(data.cluster, influence).astype(np.float64)
    error = math.sqrt(float(influence @ influence))
    if not error > 0:
        return Estimate("harrell_c", "c_index", n, n_event, index, status="ok", flags=())
    low, high = max(index - NORMAL_97_5 * error, 0.0), min(index + NORMAL_97_5 * error, 1.0)
    statistic = (index - 0.5) / error
    return Estimate(
        "harrell_c", "c_index", n, n_event, index, low, high, math.erfc(abs(statistic) / math.sqrt(2)), statistic,
        index, error,
    )  # fmt: skip


def _pairs(
    data: FollowUp, score: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each patient, the weight of others compared with, and of those in which the order is right (ties half)."""
    n = len(score)
    won, compared = np.zeros(n), np.zeros(n)
    dead = np.flatnonzero(data.event)
    step = max(1, _BLOCK // n)
    for start in range(0, len(dead), step):
        first = dead[start : start + step]
        time = data.time[first][:, None]
        pair = (data.time > time) | ((data.time == time) & ~data.event)
        if data.entry is not None:
            pair &= data.entry < time
        if data.strata is not None:
            pair &= data.strata == data.strata[first][:, None]
        gap = score[first][:, None] - score
        right = np.where(pair, np.where(gap > 0, 1.0, np.where(gap == 0, 0.5, 0.0)), 0.0)
        won[first] += right @ weight
        compared[first] += pair @ weight
        won += weight[first] @ right
        compared += weight[first] @ pair
    return won, compared
