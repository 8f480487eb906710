"""The binomial log-likelihood with logit link, plain or with Firth's penalty: what logistic regression maximises.

Own code, because no library at hand has Firth's penalty, and because intervals and tests by profile likelihood
need the maximum with some coefficients held fixed.

Firth's penalty (1993, Biometrika 80:27) is half the logarithm of the information's determinant. Heinze and Schemper
(2002, Stat Med 21:2409) use it for separated data, with tests and intervals by the profile of the penalised
likelihood; the penalty of a restricted model is that of the whole design, as in their software `logistf`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Half of the 95 % quantile of the chi-square distribution with one degree of freedom.
HALF_CHI_SQUARE_95 = 1.9207294103470618

_MAX_ITERATION = 200
_MAX_HALVING = 30
#: The fit has converged when no patient's log odds move by more than this.
_TOLERANCE = 1e-10
#: A fitted chance closer to 0 or 1 than this calls for the linear programme that settles whether groups separate.
_EXTREME = 1e-6


@dataclass(frozen=True)
class BinomialModel:
    """Data of a logistic model.

    Attributes:
        outcome: 0 or 1, shape (n,).
        design: with the column of ones, shape (n, k).
        weight: case weights, shape (n,): a patient of weight 2 counts as two.
        offset: known part of the linear predictor, shape (n,).
        firth: whether the likelihood has Firth's penalty.
    """

    outcome: Array
    design: Array
    weight: Array
    offset: Array
    firth: bool = False


@dataclass(frozen=True)
class Maximum:
    """Where the (penalised) log-likelihood is largest.

    Attributes:
        beta: coefficients, shape (k,), the fixed ones included.
        log_likelihood: there, with the penalty if the model has it.
        inverse_information: of all coefficients, shape (k, k).
        converged: whether the score became 0.
    """

    beta: Array
    log_likelihood: float
    inverse_information: Array
    converged: bool


def probability(linear: Array) -> Array:
    """The inverse logit, without overflow."""
    small = np.exp(-np.abs(linear))
    return np.where(linear >= 0, 1.0, small) / (1.0 + small)


def _information(model: BinomialModel, mean: Array) -> Array:
    weight = model.weight * mean * (1 - mean)
    return np.asarray(model.design.T @ (weight[:, None] * model.design))


def log_likelihood(model: BinomialModel, beta: Array) -> float:
    """At the coefficients beta, shape (k,); with half the log determinant of the information for Firth."""
    linear = model.design @ beta + model.offset
    plain = float(model.weight @ (model.outcome * linear - np.logaddexp(0.0, linear)))
    if not model.firth:
        return plain
    sign, determinant = np.linalg.slogdet(_information(model, probability(linear)))
    return plain + 0.5 * float(determinant) if sign > 0 else -np.inf


def _score_and_information(model: BinomialModel, beta: Array) -> tuple[Array, Array]:
    mean = probability(model.design @ beta + model.offset)
    information = _information(model, mean)
    residual = model.weight * (model.outcome - mean)
    if model.firth:
        weight = model.weight * mean * (1 - mean)
        hat = weight * np.einsum("ij,ij->i", model.design, np.linalg.solve(information, model.design.T).T)
        residual = residual + hat * (0.5 - mean)
    return model.design.T @ residual, information


def maximise(
    model: BinomialModel, fixed: dict[int, float] | None = None, start: Array | None = None
) -> Maximum:
    """Newton's method with halved steps.

    Args:
        model: the data.
        fixed: columns of the design whose coefficient stays at a value.
        start: coefficients to begin with.
    """
    held = fixed or {}
    k = model.design.shape[1]
    beta = np.zeros(k) if start is None else start.copy()
    for column, value in held.items():
        beta[column] = value
    free = np.array([column for column in range(k) if column not in held], np.int64)
    reached, converged = log_likelihood(model, beta), False
    for _ in range(_MAX_ITERATION):
        try:
            score, information = _score_and_information(model, beta)
            step = np.zeros(k)
            step[free] = np.linalg.solve(information[np.ix_(free, free)], score[free])
        except np.linalg.LinAlgError:
            break
        converged = bool(np.abs(model.design @ step).max() <= _TOLERANCE)
        if converged:
            beta = beta + step
            break
        beta, value = _uphill(model, beta, step, reached)
        if value == reached and np.abs(score[free] @ step[free]) > 1e-9:
            break
        reached = value
    inverse = _inverse(_score_and_information(model, beta)[1]) if converged else np.full((k, k), np.nan)
    return Maximum(beta, log_likelihood(model, beta), inverse, converged and bool(np.isfinite(inverse).all()))


def _uphill(model: BinomialModel, beta: Array, step: Array, reached: float) -> tuple[Array, float]:
    """The step, halved until the likelihood does not fall; no log odds move by more than 10 at once."""
    step = step / max(1.0, float(np.abs(model.design @ step).max()) / 10.0)
    for _ in range(_MAX_HALVING):
        value = log_likelihood(model, beta + step)
        if value >= reached - 1e-12 * (1 + abs(reached)):
            return beta + step, value
        step = step / 2
    return beta, reached


def _inverse(matrix: Array) -> Array:
    try:
        return np.asarray(np.linalg.inv(matrix))
    except np.linalg.LinAlgError:
        return np.full_like(matrix, np.nan)


def separates(model: BinomialModel, maximum: Maximum) -> bool:
    """Whether some combination of the design's columns parts the outcomes, with or without ties on the border.

    Then the plain likelihood has no maximum (Albert and Anderson 1984, Biometrika 71:1). Settled by a linear
    programme (Konis 2007), which is only asked where a fitted chance came near 0 or 1 or the fit failed.
    """
    from scipy.optimize import linprog

    mean = probability(model.design @ maximum.beta + model.offset)
    if maximum.converged and float(np.minimum(mean, 1 - mean).min()) > _EXTREME:
        return False
    counted = model.weight > 0
    scale = np.abs(model.design).max(axis=0)
    signed = ((2 * model.outcome - 1)[:, None] * model.design / np.where(scale > 0, scale, 1.0))[counted]
    answer = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1))
    return bool(answer.status == 0 and -answer.fun > 1e-7)


def profile_interval(model: BinomialModel, maximum: Maximum, column: int) -> tuple[float, float]:
    """The 95 % interval of one coefficient by the profile of the (penalised) likelihood; an end may be infinite."""
    from scipy.optimize import brentq

    centre = float(maximum.beta[column])
    spread = float(np.sqrt(maximum.inverse_information[column, column]))
    target = maximum.log_likelihood - HALF_CHI_SQUARE_95

    def above(value: float) -> float:
        return maximise(model, {column: value}, maximum.beta).log_likelihood - target

    ends = []
    for sign in (-1.0, 1.0):
        inner, width = centre, 2 * spread
        while above(centre + sign * width) > 0 and width < 64 * spread:
            inner, width = centre + sign * width, 2 * width
        far = centre + sign * width
        ends.append(
            float(brentq(above, inner, far, xtol=1e-11, rtol=1e-12)) if above(far) < 0 else sign * np.inf
        )
    return ends[0], ends[1]


def likelihood_ratio(model: BinomialModel, maximum: Maximum, columns: Sequence[int]) -> float:
    """Twice the fall of the (penalised) log-likelihood when the coefficients of some columns are held at 0."""
    restricted = maximise(model, dict.fromkeys(columns, 0.0))
    return max(0.0, 2 * (maximum.log_likelihood - restricted.log_likelihood))


def cluster_covariance(model: BinomialModel, maximum: Maximum, cluster: NDArray[np.int64]) -> Array:
    """The sandwich covariance over clusters, times G / (G - 1) for G clusters (Liang and Zeger 1986)."""
    mean = probability(model.design @ maximum.beta + model.offset)
    scores = (model.weight * (model.outcome - mean))[:, None] * model.design
    n_cluster = int(cluster.max()) + 1
    sums = np.zeros((n_cluster, model.design.shape[1]))
    np.add.at(sums, cluster, scores)
    bread = maximum.inverse_information
    return np.asarray(bread @ (sums.T @ sums) @ bread) * n_cluster / (n_cluster - 1)
