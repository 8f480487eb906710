"""Grades as outcome: proportional odds of a higher grade, and a test whether the odds are proportional.

Own Newton's method: the library at hand stops short of the maximum (statsmodels' optimiser, to about 1e-4).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.binomial_model import BinomialModel, maximise, probability, separates
from wes_biomarkers.stats.estimate import Estimate
from wes_biomarkers.stats.proportions import NORMAL_97_5

Array = NDArray[np.float64]

#: Fewer patients than this for each coefficient, by the limiting sample size: a rule of thumb (Harrell 2015).
EVENTS_PER_PARAMETER = 10
#: Below this p of Brant's test an estimate carries the flag `non_proportional_odds`.
PROPORTIONALITY_LEVEL = 0.05
_MAX_ITERATION = 100
_TOLERANCE = 1e-10
#: Log odds beyond this are taken for infinite.
_INFINITE = 25.0


@dataclass(frozen=True)
class ProportionalityTest:
    """Brant's test that the odds ratios are the same at every grade, or the reason why there is none.

    Attributes:
        status, reason: `ok`, or `not_evaluable` and why.
        chi_square, degrees, p_value: of all columns together.
        p_by_column: of each column of x, shape (p,); empty unless status is ok.
    """

    status: str
    reason: str = ""
    chi_square: float | None = None
    degrees: int | None = None
    p_value: float | None = None
    p_by_column: tuple[float, ...] = ()


@dataclass(frozen=True)
class OrdinalFit:
    """A fitted proportional-odds model of n patients and p columns.

    Attributes:
        coefficients: log odds ratios of a higher grade, shape (p,); NaN unless status is ok.
        covariance: of the coefficients, shape (p, p).
        threshold: log odds of each grade or lower at x = 0, rising; one fewer than the grades seen.
        log_likelihood, log_likelihood_null: of the model, and without the columns.
        n: patients.
        n_event: patients above the lowest grade seen.
        converged: whether the maximum was found.
        proportionality: Brant's test.
        status, reason: `ok`, or `not_evaluable` and why.
        flags: of `constant_feature`, `few_events`, `non_proportional_odds`, `separation`.
    """

    coefficients: Array
    covariance: Array
    threshold: Array
    log_likelihood: float
    log_likelihood_null: float
    n: int
    n_event: int
    converged: bool
    proportionality: ProportionalityTest
    status: str = "ok"
    reason: str = ""
    flags: tuple[str, ...] = ()

    def estimate(self, index: int) -> Estimate:
        """The odds ratio of a higher grade for one unit of column `index`, with Wald interval and p."""
        if self.status != "ok":
            return Estimate(
                "proportional_odds", "odds_ratio", self.n, self.n_event, status=self.status, reason=self.reason,
                flags=self.flags,
            )  # fmt: skip
        beta, error = float(self.coefficients[index]), math.sqrt(float(self.covariance[index, index]))
        low, high = math.exp(beta - NORMAL_97_5 * error), math.exp(beta + NORMAL_97_5 * error)
        z = beta / error
        return Estimate(
            "proportional_odds", "odds_ratio", self.n, self.n_event, math.exp(beta), low, high,
            math.erfc(abs(z) / math.sqrt(2)), z, beta, error, flags=self.flags,
        )  # fmt: skip


@dataclass(frozen=True)
class _Grades:
    """Codes 0..k-1 of the grades seen, and the derivative of each patient's upper and lower log odds."""

    code: NDArray[np.int64]
    upper: Array
    lower: Array
    n_threshold: int


def _grades(code: NDArray[np.int64], x: Array) -> _Grades:
    k = int(code.max())
    step = np.vstack([np.zeros(k), np.eye(k), np.zeros(k)])
    return _Grades(code, np.hstack([step[code + 1], -x]), np.hstack([step[code], -x]), k)


def _likelihood(data: _Grades, beta: Array) -> tuple[float, Array, Array]:
    """Log-likelihood, score and observed information at (thresholds, coefficients)."""
    top, bottom = data.code == data.n_threshold, data.code == 0
    up, low = probability(data.upper @ beta), probability(data.lower @ beta)
    up[top], low[bottom] = 1.0, 0.0
    chance = up - low
    if (chance <= 0).any():
        return -np.inf, np.zeros(len(beta)), np.eye(len(beta))
    up_slope, low_slope = up * (1 - up), low * (1 - low)
    scores = (up_slope[:, None] * data.upper - low_slope[:, None] * data.lower) / chance[:, None]
    up_bend, low_bend = up_slope * (1 - 2 * up) / chance, low_slope * (1 - 2 * low) / chance
    bend = data.upper.T @ (up_bend[:, None] * data.upper) - data.lower.T @ (low_bend[:, None] * data.lower)
    return float(np.log(chance).sum()), scores.sum(axis=0), np.asarray(scores.T @ scores - bend)


def _maximise(data: _Grades) -> tuple[Array, float, Array, bool]:
    """Newton's method with halved steps; the log-likelihood is concave (Pratt 1981)."""
    share = np.cumsum(np.bincount(data.code))[:-1] / len(data.code)
    beta = np.append(np.log(share / (1 - share)), np.zeros(data.upper.shape[1] - data.n_threshold))
    value, score, information = _likelihood(data, beta)
    for _ in range(_MAX_ITERATION):
        try:
            step = np.linalg.solve(information, score)
        except np.linalg.LinAlgError:
            return beta, value, information, False
        if np.abs(data.upper @ step).max() < _TOLERANCE:
            return beta + step, value, information, True
        for _ in range(40):
            found = _likelihood(data, beta + step)
            if found[0] >= value - 1e-12 * (1 + abs(value)):
                break
            step = step / 2
        beta = beta + step
        value, score, information = found
        if np.abs(data.upper @ beta).max() > 2 * _INFINITE:
            return beta, value, information, False
    return beta, value, information, False


def fit_ordinal(y: ArrayLike, x: ArrayLike) -> OrdinalFit:
    """log odds(grade <= k) = threshold k - x * coefficients (McCullagh 1980, J R Stat Soc B 42:109).

    An odds ratio above 1 means higher grades, the same at every grade; `proportionality` tests that.

    Args:
        y: grades, any rising numbers, shape (n,).
        x: columns, shape (n, p) or (n,).

    Raises:
        ValueError: unequal lengths, no patient, or missing values.
    """
    grade, columns = np.asarray(y, np.float64), np.asarray(x, np.float64)
    columns = columns[:, None] if columns.ndim == 1 else columns
    if not len(grade) or len(columns) != len(grade):
        raise ValueError("y and x must be of one length, above 0")
    if not (np.isfinite(grade).all() and np.isfinite(columns).all()):
        raise ValueError("y and x must have no missing value")
    n, p = columns.shape
    code = np.unique(grade, return_inverse=True)[1].astype(np.int64)
    n_event = int((code > 0).sum())
    if not n_event:
        return _unfit(p, n, n_event, "every patient has the same grade")
    if (np.ptp(columns, axis=0) == 0).any():
        reason = "every patient has the same value of a feature or covariate"
        return _unfit(p, n, n_event, reason, ("constant_feature",))
    centre, scale = columns.mean(axis=0), columns.std(axis=0)
    scaled = (columns - centre) / scale
    if np.linalg.matrix_rank(scaled, tol=1e-9 * math.sqrt(n)) < p:
        return _unfit(p, n, n_event, "a feature or covariate is a combination of the others")
    few = ("few_events",) if _limiting_size(code) < EVENTS_PER_PARAMETER * p else ()
    data = _grades(code, scaled)
    k = data.n_threshold
    beta, value, information, converged = _maximise(data)
    if not converged or np.abs(scaled @ beta[k:]).max() > _INFINITE:
        return _unfit(p, n, n_event, "a feature separates the grades", (*few, "separation"))
    covariance = np.linalg.inv(information)[k:, k:] / np.outer(scale, scale)
    slopes = beta[k:] / scale
    count = np.bincount(code)
    test = brant_test(code, columns)
    doubtful = test.p_value is not None and test.p_value < PROPORTIONALITY_LEVEL
    return OrdinalFit(
        slopes, covariance, beta[:k] + float(centre @ slopes), value, float(count @ np.log(count / n)), n, n_event,
        True, test, flags=(*few, *(("non_proportional_odds",) if doubtful else ())),
    )  # fmt: skip


def _limiting_size(code: NDArray[np.int64]) -> float:
    """How many patients with a yes-or-no outcome would tell as much: n - sum of n_k^3 / n^2 (Harrell 2015)."""
    count = np.bincount(code).astype(np.float64)
    return float(count.sum() - (count**3).sum() / count.sum() ** 2)


def brant_test(y: ArrayLike, x: ArrayLike) -> ProportionalityTest:
    """Compares the logistic models of each grade or higher with one another (Brant 1990, Biometrics 46:1171).

    Args:
        y: grades, shape (n,).
        x: columns, shape (n, p).
    """
    from scipy.stats import chi2

    columns = np.asarray(x, np.float64)
    code = np.unique(np.asarray(y, np.float64), return_inverse=True)[1]
    n, p = columns.shape
    n_cut = int(code.max())
    if n_cut < 2:
        return ProportionalityTest("not_evaluable", "fewer than three grades")
    scaled = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    design = np.column_stack([np.ones(n), scaled])
    beta, mean, inverse = [], [], []
    for cut in range(n_cut):
        model = BinomialModel((code > cut).astype(np.float64), design, np.ones(n), np.zeros(n))
        best = maximise(model)
        if not best.converged or separates(model, best):
            return ProportionalityTest("not_evaluable", "the feature separates the outcomes at some grade")
        beta.append(best.beta[1:])
        mean.append(probability(design @ best.beta))
        inverse.append(best.inverse_information)
    covariance = np.zeros((n_cut * p, n_cut * p))
    for i in range(n_cut):
        for j in range(i, n_cut):
            weight = mean[j] - mean[i] * mean[j]
            block = (inverse[i] @ (design.T @ (weight[:, None] * design)) @ inverse[j])[1:, 1:]
            covariance[i * p : (i + 1) * p, j * p : (j + 1) * p] = block
            covariance[j * p : (j + 1) * p, i * p : (i + 1) * p] = block.T
    contrast = np.kron(np.column_stack([np.ones(n_cut - 1), -np.eye(n_cut - 1)]), np.eye(p))
    difference, spread = contrast @ np.concatenate(beta), contrast @ covariance @ contrast.T

    def wald(chosen: NDArray[np.int64]) -> float:
        part = difference[chosen]
        return float(part @ np.linalg.solve(spread[np.ix_(chosen, chosen)], part))

    if np.linalg.matrix_rank(spread) < len(spread):
        return ProportionalityTest("not_evaluable", "too few patients at some grade")
    statistic, degrees = wald(np.arange(len(difference))), len(difference)
    by_column = tuple(
        float(chi2.sf(wald(np.arange(column, len(difference), p)), n_cut - 1)) for column in range(p)
    )
    return ProportionalityTest("ok", "", statistic, degrees, float(chi2.sf(statistic, degrees)), by_column)


def _unfit(p: int, n: int, n_event: int, reason: str, flags: tuple[str, ...] = ()) -> OrdinalFit:
    return OrdinalFit(
        np.full(p, np.nan), np.full((p, p), np.nan), np.empty(0), math.nan, math.nan, n, n_event, False,
        ProportionalityTest("not_evaluable", reason), "not_evaluable", reason, flags,
    )  # fmt: skip
