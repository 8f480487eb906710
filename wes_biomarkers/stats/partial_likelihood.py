"""Cox's partial likelihood with its first two derivatives, of one model or of a batch that differ in one column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wes_biomarkers.stats.risk_sets import Array, RiskSets


@dataclass(frozen=True)
class Likelihood:
    """Of b models with p columns each.

    Attributes:
        value: log partial likelihood, shape (b,).
        score: its gradient, shape (b, p).
        information: minus its second derivative, shape (b, p, p).
    """

    value: Array
    score: Array
    information: Array


@dataclass(frozen=True)
class Moments:
    """Weighted sums over the risk sets of one model, by step.

    Attributes:
        total: sum of weights, shape (steps,).
        mean: of the columns, shape (steps, p).
        covariance: of the columns, shape (steps, p, p).
    """

    total: Array
    mean: Array
    covariance: Array


def partial_likelihood(sets: RiskSets, columns: Sequence[Array], coefficients: Array) -> Likelihood:
    """The likelihood of b models.

    Args:
        sets: of the follow-up.
        columns: p arrays, each of shape (n, 1) where the models share it, or (n, b).
        coefficients: shape (b, p).
    """
    b, p = coefficients.shape
    linear = sum(column * coefficients[:, j] for j, column in enumerate(columns))
    eta = np.broadcast_to(np.asarray(linear, np.float64), (sets.n, b)) if p else np.zeros((sets.n, b))
    shift = eta.max(axis=0)
    weights = np.exp(eta - shift) * sets.weight[:, None]
    dead, mean_weight = sets.dead, sets.mean_weight[:, None]
    total = sets.sums(weights)
    own = sets.weight[dead][:, None]
    value = (own * (eta[dead] - shift)).sum(axis=0) - (mean_weight * np.log(total)).sum(axis=0)
    score, information = np.empty((b, p)), np.empty((b, p, p))
    weighted = [weights * column for column in columns]
    means = [sets.sums(part) / total for part in weighted]
    for j, column in enumerate(columns):
        score[:, j] = (own * column[dead]).sum(axis=0) - (mean_weight * means[j]).sum(axis=0)
        for k in range(j + 1):
            second = sets.sums(weighted[j] * columns[k]) / total - means[j] * means[k]
            information[:, j, k] = information[:, k, j] = (mean_weight * second).sum(axis=0)
    return Likelihood(value, score, information)


def moments(sets: RiskSets, x: Array, coefficients: Array) -> Moments:
    """Means and covariances of the columns over the risk sets, x of shape (n, p), coefficients of shape (p,)."""
    n, p = x.shape
    eta = x @ coefficients
    weights = np.exp(eta - eta.max()) * sets.weight
    total = sets.sums(weights[:, None])
    mean = sets.sums(weights[:, None] * x) / total
    products = (x[:, :, None] * x[:, None, :]).reshape(n, p * p)
    second = (sets.sums(weights[:, None] * products) / total).reshape(-1, p, p)
    return Moments(total[:, 0] * np.exp(eta.max()), mean, second - mean[:, :, None] * mean[:, None, :])
