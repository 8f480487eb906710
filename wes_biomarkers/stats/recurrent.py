"""Events that come back: mean count by time, event rates over exposure, and the Andersen-Gill model.

Own code for the mean count with its variance and for the negative binomial rate: no library at hand has the first, and
statsmodels' optimiser stops short of the second's maximum.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.estimate import Estimate
from wes_biomarkers.stats.proportions import NORMAL_97_5

Array = NDArray[np.float64]

#: Fewer events than this for each coefficient, and the estimate is unstable: a rule of thumb.
EVENTS_PER_PARAMETER = 10
_MAX_ITERATION = 100
_TOLERANCE = 1e-11
#: Numbers of a block of influence values (patients x times).
_BLOCK = 2_000_000


@dataclass(frozen=True)
class MeanCumulativeCount:
    """How many events a patient has had on average by each time, the dead having no more of them.

    Attributes:
        time: 0 and the times of events, rising, shape (k,).
        mean: events a patient by that time.
        standard_error: of the mean, by the patients' influence.
        ci_low, ci_high: 95 %, on the log scale; NaN before the first event.
        n_at_risk: just before the time.
        n: patients.
        n_event: events.
    """

    time: Array
    mean: Array
    standard_error: Array
    ci_low: Array
    ci_high: Array
    n_at_risk: NDArray[np.int64]
    n: int
    n_event: int


def mean_cumulative_count(
    event_time: ArrayLike,
    event_patient: ArrayLike,
    end: ArrayLike,
    died: ArrayLike,
    groups: Sequence[object] | ArrayLike | None = None,
) -> Mapping[str, MeanCumulativeCount]:
    """The mean count of each group with death as the end of counting (Ghosh and Lin 2000, Biometrics 56:554).

    Without deaths it is Nelson's and Aalen's estimate with the robust variance (Lawless and Nadeau 1995).

    Args:
        event_time: time of each event, shape (e,).
        event_patient: whose it is, an index into `end`, shape (e,).
        end: end of each patient's follow-up, shape (n,).
        died: whether it ended by death, shape (n,).
        groups: labels, shape (n,); None: one group, named "all".

    Returns:
        Group -> mean count, groups in sorted order.

    Raises:
        ValueError: unequal lengths, no patient, missing or negative times, or an event after its patient's end.
    """
    times, owner = np.asarray(event_time, np.float64), np.asarray(event_patient, np.int64)
    ends, dead = np.asarray(end, np.float64), np.asarray(died, np.bool_)
    n = len(ends)
    if not n or len(dead) != n or len(times) != len(owner):
        raise ValueError("there must be a patient, one end and death a patient, and one owner an event")
    if not (np.isfinite(ends).all() and (ends >= 0).all() and np.isfinite(times).all() and (times >= 0).all()):
        raise ValueError("times must be known and not negative")
    if len(owner) and not ((owner >= 0) & (owner < n)).all():
        raise ValueError("every event must belong to a patient")
    if (times > ends[owner]).any():
        raise ValueError("no event may come after the end of its patient's follow-up")
    labels = np.full(n, "all") if groups is None else np.asarray([str(g) for g in np.asarray(groups, object)])
    if len(labels) != n:
        raise ValueError("groups must have one label a patient")
    found = {}
    for label in np.unique(labels):
        inside = labels == label
        number = np.cumsum(inside) - 1
        mine = inside[owner]
        found[str(label)] = _mean_count(times[mine], number[owner[mine]], ends[inside], dead[inside])
    return found


def _mean_count(times: Array, owner: NDArray[np.int64], ends: Array, dead: NDArray[np.bool_]) -> MeanCumulativeCount:
    """At the distinct times of events and deaths; those of deaths alone are left out of the answer."""
    grid = np.unique(np.concatenate([times, ends[dead]]))
    at_risk = (len(ends) - np.searchsorted(np.sort(ends), grid)).astype(np.float64)
    n_event = np.bincount(np.searchsorted(grid, times), minlength=len(grid)).astype(np.float64)
    n_death = np.bincount(np.searchsorted(grid, ends[dead]), minlength=len(grid)).astype(np.float64)
    alive = np.append(1.0, np.cumprod(1 - n_death / at_risk)[:-1]) if len(grid) else np.empty(0)
    mean = np.cumsum(alive * n_event / at_risk)
    variance = _influence_variance(grid, (times, owner), ends, dead, at_risk, n_event, n_death, alive, mean)
    kept = n_event > 0
    time, mean = np.append(0.0, grid[kept]), np.append(0.0, mean[kept])
    error = np.append(0.0, np.sqrt(variance[kept]))
    low, high = np.full(len(time), np.nan), np.full(len(time), np.nan)
    width = np.exp(NORMAL_97_5 * error[1:] / mean[1:])
    low[1:], high[1:] = mean[1:] / width, mean[1:] * width
    n_at_risk = np.append(len(ends), at_risk[kept]).astype(np.int64)
    return MeanCumulativeCount(time, mean, error, low, high, n_at_risk, len(ends), len(times))


def _influence_variance(
    grid: Array,
    events: tuple[Array, NDArray[np.int64]],
    ends: Array,
    dead: NDArray[np.bool_],
    at_risk: Array,
    n_event: Array,
    n_death: Array,
    alive: Array,
    mean: Array,
) -> Array:
    """Sum of squared influences of the patients on the mean at each time of the grid (Ghosh and Lin 2000, (2.4)).

    A patient's influence at t sums, over earlier u, S(u-) dM(u) / Y(u) - (mean(t) - mean(u)) dD(u) / Y(u); dM and dD
    are the patient's events and death less those expected of one at risk.
    """
    times, owner = events
    total = np.zeros(len(grid))
    step = max(1, _BLOCK // max(len(grid), 1))
    for start in range(0, len(ends), step):
        here = slice(start, start + step)
        risk = ends[here, None] >= grid[None, :]
        size = len(risk)
        of_event = -(risk * (n_event / at_risk))
        mine = (owner >= start) & (owner < start + step)
        np.add.at(of_event, (owner[mine] - start, np.searchsorted(grid, times[mine])), 1.0)
        of_death = -(risk * (n_death / at_risk))
        gone = np.flatnonzero(dead[here])
        of_death[gone, np.searchsorted(grid, ends[here][gone])] += 1.0
        of_death /= at_risk
        influence = np.cumsum(of_event * (alive / at_risk) + of_death * mean, axis=1)
        influence -= mean * np.cumsum(of_death, axis=1)
        total += np.einsum("ij,ij->j", influence, influence) if size else 0.0
    return total


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
