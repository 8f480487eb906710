"""Rates of events over exposure: rate ratios by the negative binomial model or by quasi-Poisson.

Own code for the negative binomial: statsmodels' optimiser stops short of the maximum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.estimate import Estimate

Array = NDArray[np.float64]

#: Fewer events than this for each coefficient, and the estimate is unstable: a rule of thumb.
EVENTS_PER_PARAMETER = 10
_MAX_ITERATION = 100
#: The fit has converged when no patient's log rate moves by more than this.
_TOLERANCE = 1e-11


@dataclass(frozen=True)
class RateFit:
    """A fitted model of event rates, n patients and p columns.

    Attributes:
        method: `negative_binomial` or `quasi_poisson`.
        coefficients: log rate ratios, shape (p,); NaN unless status is ok.
        covariance: of the coefficients, shape (p, p).
        intercept: log rate for one unit of exposure at x = 0.
        dispersion: quasi-Poisson: variance / mean. Negative binomial: 1 / theta, so that the variance is
            mean + dispersion * mean^2; 0 where the counts vary no more than Poisson's.
        log_likelihood: of the negative binomial; NaN for quasi-Poisson, which has none.
        log_likelihood_null: with the intercept alone, its dispersion fitted too.
        n: patients.
        n_event: events.
        converged: whether the maximum was found.
        status, reason: `ok`, or `not_evaluable` and why.
        flags: of `constant_feature`, `few_events`, `separation`.
    """

    method: str
    coefficients: Array
    covariance: Array
    intercept: float
    dispersion: float
    log_likelihood: float
    log_likelihood_null: float
    n: int
    n_event: int
    converged: bool
    degrees: float = math.inf
    status: str = "ok"
    reason: str = ""
    flags: tuple[str, ...] = ()

    def estimate(self, index: int) -> Estimate:
        """The rate ratio of one unit of column `index`, by Wald; quasi-Poisson with the t distribution."""
        from scipy.stats import norm, t

        if self.status != "ok":
            return Estimate(
                self.method, "rate_ratio", self.n, self.n_event, status=self.status, reason=self.reason,
                flags=self.flags,
            )  # fmt: skip
        beta, error = float(self.coefficients[index]), math.sqrt(float(self.covariance[index, index]))
        law = norm if math.isinf(self.degrees) else t(self.degrees)
        width, z = float(law.ppf(0.975)) * error, beta / error
        return Estimate(
            self.method, "rate_ratio", self.n, self.n_event, math.exp(beta), math.exp(beta - width),
            math.exp(beta + width), 2 * float(law.sf(abs(z))), z, beta, error, flags=self.flags,
        )  # fmt: skip


def fit_rate(
    count: ArrayLike,
    exposure: ArrayLike,
    x: ArrayLike,
    *,
    model: Literal["negative_binomial", "quasi_poisson"] = "negative_binomial",
) -> RateFit:
    """log E(count) = log(exposure) + intercept + x * coefficients.

    Negative binomial by maximum likelihood, standard errors with the dispersion taken as known, as R's MASS (Venables
    and Ripley 2002); quasi-Poisson with Pearson's dispersion (McCullagh and Nelder 1989).

    Args:
        count: events of each patient, shape (n,).
        exposure: time at risk, above 0, shape (n,).
        x: columns, shape (n, p) or (n,).

    Raises:
        ValueError: unequal lengths, no patient, missing values, a negative or broken count, an exposure not above 0.
    """
    counts, times, columns = (np.asarray(part, np.float64) for part in (count, exposure, x))
    columns = columns[:, None] if columns.ndim == 1 else columns
    n = len(counts)
    if not n or len(times) != n or len(columns) != n:
        raise ValueError("count, exposure and x must be of one length, above 0")
    if not ((counts >= 0) & (counts == np.floor(counts)) & np.isfinite(counts)).all():
        raise ValueError("counts must be whole numbers, not negative")
    if not (np.isfinite(columns).all() and np.isfinite(times).all() and (times > 0).all()):
        raise ValueError("x must be known, and exposure above 0")
    p, n_event = columns.shape[1], int(counts.sum())
    if not n_event:
        return _unfit(model, p, n, n_event, "no event")
    if (np.ptp(columns, axis=0) == 0).any():
        reason = "every patient has the same value of a feature or covariate"
        return _unfit(model, p, n, n_event, reason, ("constant_feature",))
    centre, scale = columns.mean(axis=0), columns.std(axis=0)
    design = np.column_stack([np.ones(n), (columns - centre) / scale])
    if n <= p + 1 or np.linalg.matrix_rank(design / np.linalg.norm(design, axis=0), tol=1e-9) < p + 1:
        return _unfit(model, p, n, n_event, "a feature or covariate is a combination of the others")
    few = ("few_events",) if n_event < EVENTS_PER_PARAMETER * p else ()
    offset = np.log(times)
    dispersion = _ml_dispersion(counts, design, offset) if model == "negative_binomial" else 0.0
    beta, covariance, converged = _log_linear(counts, design, offset, dispersion)
    if not converged or np.abs(beta[1:]).max(initial=0) > 20:
        return _unfit(model, p, n, n_event, "a feature separates patients with events", (*few, "separation"))
    mean = np.exp(design @ beta + offset)
    value, null, degrees = math.nan, math.nan, math.inf
    if model == "quasi_poisson":
        degrees = float(n - p - 1)
        dispersion = float(((counts - mean) ** 2 / mean).sum()) / degrees
        covariance = covariance * dispersion
    else:
        value = _log_likelihood(counts, mean, dispersion)
        alone = design[:, :1]
        spread = _ml_dispersion(counts, alone, offset)
        level = _log_linear(counts, alone, offset, spread)[0]
        null = _log_likelihood(counts, np.exp(alone @ level + offset), spread)
    slopes = beta[1:] / scale
    return RateFit(
        model, slopes, covariance[1:, 1:] / np.outer(scale, scale), float(beta[0] - centre @ slopes), dispersion, value,
        null, n, n_event, True, degrees, flags=few,
    )  # fmt: skip


def _log_linear(count: Array, design: Array, offset: Array, dispersion: float) -> tuple[Array, Array, bool]:
    """Coefficients at a known dispersion by Fisher's scoring, their covariance, and convergence."""
    beta = np.zeros(design.shape[1])
    beta[0] = math.log(count.sum()) - math.log(np.exp(offset).sum())
    information, converged = np.eye(len(beta)), False
    for _ in range(_MAX_ITERATION):
        mean = np.exp(np.clip(design @ beta + offset, -50, 50))
        weight = mean / (1 + dispersion * mean)
        information = design.T @ (weight[:, None] * design)
        try:
            step = np.linalg.solve(information, design.T @ (weight * (count - mean) / mean))
        except np.linalg.LinAlgError:
            return beta, information, False
        size = float(np.abs(design @ step).max())
        beta = beta + step * min(1.0, 2.0 / size if size > 0 else 1.0)
        if size < _TOLERANCE:
            converged = True
            break
    return beta, np.asarray(np.linalg.pinv(information)), converged


def _log_likelihood(count: Array, mean: Array, dispersion: float) -> float:
    from scipy.special import gammaln

    if dispersion == 0:
        return float((count * np.log(mean) - mean - gammaln(count + 1)).sum())
    theta = 1 / dispersion
    part = gammaln(count + theta) - gammaln(theta) - gammaln(count + 1)
    return float((part + count * np.log(mean / (mean + theta)) - theta * np.log1p(mean / theta)).sum())


def _ml_dispersion(count: Array, design: Array, offset: Array) -> float:
    """1 / theta at the profile likelihood's maximum; 0 where it only rises towards Poisson's."""
    from scipy.optimize import brentq
    from scipy.special import digamma

    def slope(log_theta: float) -> float:
        theta = math.exp(log_theta)
        beta, _, _ = _log_linear(count, design, offset, 1 / theta)
        mean = np.exp(np.clip(design @ beta + offset, -50, 50))
        part = digamma(count + theta) - digamma(theta) - np.log1p(mean / theta)
        return theta * float((part + (mean - count) / (mean + theta)).sum())

    low, high = -8.0, 9.0
    if slope(high) > 0:
        return 0.0
    if slope(low) < 0:
        return math.exp(-low)
    return math.exp(-float(brentq(slope, low, high, xtol=1e-10, rtol=1e-12)))


def _unfit(model: str, p: int, n: int, n_event: int, reason: str, flags: tuple[str, ...] = ()) -> RateFit:
    return RateFit(
        model, np.full(p, np.nan), np.full((p, p), np.nan), math.nan, math.nan, math.nan, math.nan, n, n_event, False,
        math.inf, "not_evaluable", reason, flags,
    )  # fmt: skip
