"""Linear regression of a number on features, and correlation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.estimate import Estimate
from wes_biomarkers.stats.logistic import cluster_codes
from wes_biomarkers.stats.proportions import NORMAL_97_5

Array = NDArray[np.float64]

#: A patient of this leverage or more has no residual: the robust variance does not exist.
WHOLE_LEVERAGE = 1 - 1e-9
ALONE = "one patient alone sets a coefficient: no robust variance"


@dataclass(frozen=True)
class LinearFit:
    """A fitted linear model of n patients and p columns.

    Attributes:
        method: `linear`, `linear_hc3` or `linear_cluster_robust`.
        coefficients: shape (p,); NaN unless status is ok.
        covariance: of the coefficients, shape (p, p).
        intercept: mean at x = 0.
        log_likelihood, log_likelihood_null: of normal errors, with the columns and with the intercept alone.
        n: patients.
        degrees: of freedom of the t distribution behind p and interval.
        residual_sd: standard deviation around the line.
        n_event: None: the outcome is a number.
        converged: whether there is a solution.
        status, reason: `ok`, or `not_evaluable` and why.
        flags: `constant_feature` where one is constant.
    """

    method: str
    coefficients: Array
    covariance: Array
    intercept: float
    log_likelihood: float
    log_likelihood_null: float
    n: int
    degrees: int
    residual_sd: float
    n_event: None = None
    converged: bool = True
    status: str = "ok"
    reason: str = ""
    flags: tuple[str, ...] = ()

    def estimate(self, index: int) -> Estimate:
        """The mean difference for one unit of column `index`, with interval and p of the t distribution."""
        from scipy.stats import t

        if self.status != "ok":
            return Estimate(
                self.method,
                "mean_difference",
                self.n,
                status=self.status,
                reason=self.reason,
                flags=self.flags,
            )
        beta, error = float(self.coefficients[index]), math.sqrt(float(self.covariance[index, index]))
        width = float(t.ppf(0.975, self.degrees)) * error
        if error == 0:
            return Estimate(self.method, "mean_difference", self.n, None, beta, beta, beta, coefficient=beta)
        p = 2 * float(t.sf(abs(beta / error), self.degrees))
        return Estimate(
            self.method, "mean_difference", self.n, None, beta, beta - width, beta + width, p, beta / error, beta,
            error, flags=self.flags,
        )  # fmt: skip


def fit_linear(
    y: ArrayLike,
    x: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    cluster: Sequence[object] | ArrayLike | None = None,
    robust: bool = False,
) -> LinearFit:
    """Least squares with an intercept.

    Args:
        y: a number, shape (n,).
        x: columns without the intercept, shape (n, p) or (n,).
        weight: of each patient, inverse to its variance, above 0, shape (n,).
        cluster: labels for the cluster-robust covariance, times G / (G - 1) * (n - 1) / (n - k) and with G - 1
            degrees of freedom for G clusters and k coefficients (Cameron and Miller 2015, J Hum Resour 50:317).
        robust: covariance HC3, which holds where the spread differs between patients (MacKinnon and White 1985).

    Raises:
        ValueError: unequal lengths, no patient, missing values, or weights not above 0.
    """
    outcome, columns = np.asarray(y, np.float64), np.asarray(x, np.float64)
    columns = columns[:, None] if columns.ndim == 1 else columns
    n = len(outcome)
    weights = np.ones(n) if weight is None else np.asarray(weight, np.float64)
    if not n or len(columns) != n or len(weights) != n:
        raise ValueError("y, x and weight must be of one length, above 0")
    if not (np.isfinite(outcome).all() and np.isfinite(columns).all() and (weights > 0).all()):
        raise ValueError("y and x must be known, weights above 0")
    codes = None if cluster is None else cluster_codes(cluster, n)
    method = "linear_hc3" if robust else "linear"
    method = method if codes is None else "linear_cluster_robust"
    k = columns.shape[1] + 1
    if columns.shape[1] and (np.ptp(columns, axis=0) == 0).any():
        reason = "every patient has the same value of a feature or covariate"
        return _unfit(method, n, k - 1, reason, ("constant_feature",))
    centre, scale = columns.mean(axis=0), columns.std(axis=0)
    design = np.column_stack([np.ones(n), (columns - centre) / scale])
    if n <= k:
        return _unfit(method, n, k - 1, "too few patients")
    if np.linalg.matrix_rank(design / np.linalg.norm(design, axis=0), tol=1e-9) < k:
        return _unfit(method, n, k - 1, "a feature or covariate is a combination of the others")
    if codes is not None and codes.max() == 0:
        return _unfit(method, n, k - 1, "only one cluster")
    if np.ptp(outcome) == 0:
        return _unfit(method, n, k - 1, "every patient has the same outcome")
    inverse = np.linalg.inv(design.T @ (weights[:, None] * design))
    leverage = weights * np.einsum("ij,jk,ik->i", design, inverse, design)
    if robust and codes is None and leverage.max() > WHOLE_LEVERAGE:
        return _unfit(method, n, k - 1, ALONE)
    beta = inverse @ (design.T @ (weights * outcome))
    residual = outcome - design @ beta
    spread = float(weights @ residual**2)
    covariance = spread / (n - k) * inverse
    if codes is not None or robust:
        covariance = _sandwich(design, weights * residual, leverage, inverse, codes)
    degrees = n - k if codes is None else int(codes.max())
    slopes = beta[1:] / scale
    null = float(weights @ (outcome - np.average(outcome, weights=weights)) ** 2)
    return LinearFit(
        method, slopes, covariance[1:, 1:] / np.outer(scale, scale), float(beta[0] - centre @ slopes),
        _log_likelihood(spread, weights), _log_likelihood(null, weights), n, degrees, math.sqrt(spread / (n - k)),
    )  # fmt: skip


def _sandwich(
    design: Array, residual: Array, leverage: Array, inverse: Array, cluster: NDArray[np.int64] | None
) -> Array:
    """HC3, or the covariance over clusters; `residual` is weighted."""
    n, k = design.shape
    if cluster is None:
        scores = (residual / (1 - leverage))[:, None] * design
        return np.asarray(inverse @ (scores.T @ scores) @ inverse)
    n_cluster = int(cluster.max()) + 1
    sums = np.zeros((n_cluster, k))
    np.add.at(sums, cluster, residual[:, None] * design)
    factor = n_cluster / (n_cluster - 1) * (n - 1) / (n - k)
    return np.asarray(factor * (inverse @ (sums.T @ sums) @ inverse))


def _log_likelihood(spread: float, weight: Array) -> float:
    n = len(weight)
    if spread <= 0:
        return math.inf
    normal = float(np.log(weight).sum()) - n * (math.log(2 * math.pi) + 1 + math.log(spread / n))
    return 0.5 * normal


def _unfit(method: str, n: int, p: int, reason: str, flags: tuple[str, ...] = ()) -> LinearFit:
    return LinearFit(
        method, np.full(p, np.nan), np.full((p, p), np.nan), math.nan, math.nan, math.nan, n, max(n - p - 1, 0),
        math.nan, None, False, "not_evaluable", reason, flags,
    )  # fmt: skip


def spearman(x: ArrayLike, y: ArrayLike) -> Estimate:
    """Rank correlation of two measurements of the same patients.

    p by the t distribution; 95 % interval by Fisher's z with the variance (1 + r^2 / 2) / (n - 3) (Bonett and Wright
    2000, Psychometrika 65:23).

    Raises:
        ValueError: unequal lengths or missing values.
    """
    from scipy.stats import rankdata, t

    first, second = np.asarray(x, np.float64), np.asarray(y, np.float64)
    n = len(first)
    if n != len(second) or not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("x and y must be of one length and have no missing value")
    if n < 4:
        return Estimate(
            "spearman", "correlation", n, status="not_evaluable", reason="fewer than four patients"
        )
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        reason = "every patient has the same value"
        return Estimate(
            "spearman", "correlation", n, status="not_evaluable", reason=reason, flags=("constant_feature",)
        )
    r = float(np.corrcoef(rankdata(first), rankdata(second))[0, 1])
    if abs(r) > 1 - 1e-12:
        return Estimate("spearman", "correlation", n, None, math.copysign(1.0, r), p_value=0.0)
    statistic = r * math.sqrt((n - 2) / (1 - r**2))
    z, error = math.atanh(r), math.sqrt((1 + r**2 / 2) / (n - 3))
    low, high = math.tanh(z - NORMAL_97_5 * error), math.tanh(z + NORMAL_97_5 * error)
    p = 2 * float(t.sf(abs(statistic), n - 2))
    return Estimate("spearman", "correlation", n, None, r, low, high, p, statistic, z, error)
