"""Odds ratios of patients that come in centres: generalised estimating equations with one correlation within centres.

Own code: statsmodels holds the scale of a yes-or-no outcome at 1, which moves the correlation from R's geepack.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.binomial_model import BinomialModel, probability
from wes_biomarkers.stats.logistic import LogisticFit, binomial_model, cluster_codes, fit_logistic

Array = NDArray[np.float64]

_MAX_ITERATION = 200
_TOLERANCE = 1e-11
#: Log odds beyond this are taken for infinite.
_INFINITE = 30.0


def fit_logistic_exchangeable(
    y: ArrayLike, x: ArrayLike, centre: Sequence[object] | ArrayLike
) -> LogisticFit:
    """Logistic regression in which patients of one centre are equally correlated (Liang and Zeger 1986).

    The odds ratio is the population's, not one within a centre. The variance is the sandwich's, right even if the
    correlation is not, but too small with fewer than about 20 centres.

    Args:
        y: outcome, 0 or 1, shape (n,).
        x: columns without the intercept, shape (n, p) or (n,).
        centre: labels, shape (n,).

    Returns:
        The fit, method `logistic_exchangeable`, without a likelihood (NaN); `not_evaluable` as `fit_logistic`.

    Raises:
        ValueError: as `fit_logistic`.
    """
    start = fit_logistic(y, x, cluster=centre)
    if start.status != "ok":
        return start
    model = binomial_model(y, x)
    code = cluster_codes(centre, len(model.outcome))
    beta, correlation = np.append(start.intercept, start.coefficients), 0.0
    for _ in range(_MAX_ITERATION):
        correlation = _correlation(model, beta, code)
        try:
            step = np.linalg.solve(*_equations(model, beta, code, correlation)[:2])
        except np.linalg.LinAlgError:
            break
        beta = beta + step
        if np.abs(model.design @ beta).max() > _INFINITE:
            break
        if np.abs(model.design @ step).max() < _TOLERANCE:
            bread, _, scores = _equations(model, beta, code, correlation)
            inverse = np.linalg.inv(bread)
            covariance = inverse @ (scores.T @ scores) @ inverse
            return LogisticFit(
                "logistic_exchangeable", beta[1:], covariance[1:, 1:], float(beta[0]), math.nan, math.nan, start.n,
                start.n_event, True, reasons=start.reasons, flags=start.flags,
            )  # fmt: skip
    failed = "the fit did not converge"
    empty = np.full_like(start.coefficients, np.nan)
    return LogisticFit(
        "logistic_exchangeable", empty, np.full_like(start.covariance, np.nan), math.nan, math.nan, math.nan, start.n,
        start.n_event, False, "not_evaluable", failed, (failed,) * len(empty), start.flags,
    )  # fmt: skip


def _cluster_sums(values: Array, code: NDArray[np.int64]) -> Array:
    sums = np.zeros((int(code.max()) + 1, *values.shape[1:]))
    np.add.at(sums, code, values)
    return sums


def _correlation(model: BinomialModel, beta: Array, code: NDArray[np.int64]) -> float:
    """Mean product of two Pearson residuals of one centre, over their mean square."""
    mean = probability(model.design @ beta)
    residual = (model.outcome - mean) / np.sqrt(mean * (1 - mean))
    size = np.bincount(code)
    n_pair = float((size * (size - 1)).sum())
    if not n_pair:
        return 0.0
    products = float((_cluster_sums(residual, code) ** 2).sum() - (residual**2).sum())
    return products / n_pair / float(np.mean(residual**2))


def _equations(
    model: BinomialModel, beta: Array, code: NDArray[np.int64], correlation: float
) -> tuple[Array, Array, Array]:
    """Derivative (k, k) and value (k,) of the estimating equations, and each centre's part of the value (g, k).

    The inverse of a correlation matrix with r off the diagonal is (1 - r J / (1 + (m - 1) r)) / (1 - r), J all ones.
    """
    mean = probability(model.design @ beta)
    root = np.sqrt(mean * (1 - mean))
    scaled, residual = root[:, None] * model.design, (model.outcome - mean) / root
    share = correlation / (1 + (np.bincount(code) - 1) * correlation)
    columns = _cluster_sums(scaled, code)
    scores = _cluster_sums(scaled * residual[:, None], code)
    scores -= (share * _cluster_sums(residual, code))[:, None] * columns
    derivative = scaled.T @ scaled - columns.T @ (share[:, None] * columns)
    return derivative / (1 - correlation), scores.sum(axis=0) / (1 - correlation), scores / (1 - correlation)
