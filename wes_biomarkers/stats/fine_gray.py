"""The Fine-Gray model: how features change the cumulative incidence of an event that something else may prevent.

Own code: no library at hand has the model with its variance, which heeds that the censoring weights are estimated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.competing_risks import CENSORED, COMPETING, EVENT, check_states
from wes_biomarkers.stats.estimate import Estimate
from wes_biomarkers.stats.proportions import NORMAL_97_5

Array = NDArray[np.float64]

#: Fewer events than this for each coefficient, and the estimate is unstable: a rule of thumb.
EVENTS_PER_PARAMETER = 10
_MAX_ITERATION = 50
_TOLERANCE = 1e-10
#: Log hazard ratios between two patients beyond this are taken for infinite: the likelihood only rises.
_MONOTONE = 30.0


@dataclass(frozen=True)
class FineGrayFit:
    """A fitted Fine-Gray model of n patients and p columns.

    Attributes:
        coefficients: log subdistribution hazard ratios, shape (p,); NaN unless status is ok.
        covariance: of the coefficients, shape (p, p).
        log_likelihood, log_likelihood_null: of the weighted partial likelihood, with and without the columns.
        n, n_event, n_competing: patients, events, competing events.
        converged: whether the maximum was found.
        status, reason: `ok`, or `not_evaluable` and why.
        flags: of `few_events`, `separation`, `constant_feature`.
    """

    coefficients: Array
    covariance: Array
    log_likelihood: float
    log_likelihood_null: float
    n: int
    n_event: int
    n_competing: int
    converged: bool
    status: str = "ok"
    reason: str = ""
    flags: tuple[str, ...] = ()

    def estimate(self, index: int) -> Estimate:
        """The subdistribution hazard ratio of column `index`, with Wald interval and p."""
        kind = "subdistribution_hazard_ratio"
        if self.status != "ok":
            return Estimate(
                "fine_gray",
                kind,
                self.n,
                self.n_event,
                status=self.status,
                reason=self.reason,
                flags=self.flags,
            )
        beta, error = float(self.coefficients[index]), math.sqrt(float(self.covariance[index, index]))
        low, high = math.exp(beta - NORMAL_97_5 * error), math.exp(beta + NORMAL_97_5 * error)
        z = beta / error
        return Estimate(
            "fine_gray", kind, self.n, self.n_event, math.exp(beta), low, high, math.erfc(abs(z) / math.sqrt(2)), z,
            beta, error, flags=self.flags,
        )  # fmt: skip


@dataclass(frozen=True)
class _Weighted:
    """Patients in order of time, and the distinct times of events.

    `later[j]` is the first patient whose time is not before event time j, `until[i]` the number of event times up to
    patient i's; `censoring_here[j]` is the chance of not being censored before event time j, and `share[i]` one over
    that before patient i's time for those with a competing event, 0 for others.
    """

    time: Array
    state: NDArray[np.int64]
    x: Array
    event_time: Array
    n_event: Array
    later: NDArray[np.int64]
    until: NDArray[np.int64]
    censoring_here: Array
    share: Array


def _not_censored_before(time: Array, state: NDArray[np.int64], at: Array) -> Array:
    """Kaplan-Meier of censoring, just before each time of `at`; `time` is sorted."""
    distinct, start = np.unique(time, return_index=True)
    n_censored = np.add.reduceat((state == CENSORED).astype(np.float64), start)
    curve = np.append(1.0, np.cumprod(1 - n_censored / (len(time) - start)))
    return np.asarray(curve[np.searchsorted(distinct, at)])


def _weighted(times: Array, states: NDArray[np.int64], x: Array) -> _Weighted:
    order = np.argsort(times, kind="stable")
    time, state = times[order], states[order]
    event_time, n_event = np.unique(time[state == EVENT], return_counts=True)
    share = np.where(state == COMPETING, 1 / _not_censored_before(time, state, time), 0.0)
    return _Weighted(
        time, state, x[order], event_time, n_event.astype(np.float64), np.searchsorted(time, event_time),
        np.searchsorted(event_time, time, side="right"), _not_censored_before(time, state, event_time), share,
    )  # fmt: skip


def _risk_sums(data: _Weighted, values: Array) -> Array:
    """Weighted sums over the risk set at each event time, of values with shape (n, ...), each times its relative risk.

    In the set are those still followed, and with weight G(t-) / G(T-) those whose competing event came at T < t.
    """
    wide = (-1, *[1] * (values.ndim - 1))
    followed = np.cumsum(values[::-1], axis=0)[::-1]
    gone = np.cumsum(values * data.share.reshape(wide), axis=0)
    failed = np.concatenate([np.zeros_like(values[:1]), gone])
    return np.asarray(followed[data.later] + data.censoring_here.reshape(wide) * failed[data.later])


def _accumulated(data: _Weighted, steps: Array) -> Array:
    """Sums of steps of shape (event times, ...) over the times each patient is in the risk set, with the weight there."""
    none = np.zeros_like(steps[:1])
    plain = np.concatenate([none, np.cumsum(steps, axis=0)])
    wide = (-1, *[1] * (steps.ndim - 1))
    scaled = np.concatenate([none, np.cumsum(steps * data.censoring_here.reshape(wide), axis=0)])
    return np.asarray(plain[data.until] + data.share.reshape(wide) * (scaled[-1] - scaled[data.until]))


def _likelihood(data: _Weighted, beta: Array) -> tuple[float, Array, Array, Array, Array]:
    """Log partial likelihood (ties as Breslow), score, information; and the sums S0 and means of the risk sets.

    The second moments of the risk sets, summed over event times, are those of the patients, each counted by the
    events expected of him: memory stays that of the columns.
    """
    linear = data.x @ beta
    centred = linear - linear.max()
    risk = np.exp(centred)
    s0 = _risk_sums(data, risk)
    mean = _risk_sums(data, data.x * risk[:, None]) / s0[:, None]
    expected = risk * _accumulated(data, data.n_event / s0)
    events = data.state == EVENT
    value = float(centred[events].sum() - data.n_event @ np.log(s0))
    score = data.x[events].sum(axis=0) - data.n_event @ mean
    information = (data.x * expected[:, None]).T @ data.x - (mean * data.n_event[:, None]).T @ mean
    return value, score, information, s0 * np.exp(linear.max()), mean


def _covariance(data: _Weighted, beta: Array, s0: Array, mean: Array, information: Array) -> Array:
    """The sandwich of Fine and Gray (1999), section 4: score residuals, and what estimating G adds to them."""
    n, p = data.x.shape
    risk = np.exp(data.x @ beta)
    hazard = data.n_event / s0
    steps = np.column_stack([hazard, mean * hazard[:, None]])
    before = np.searchsorted(data.event_time, data.time)
    sums = _accumulated(data, steps)
    residual = (sums[:, 1:] - data.x * sums[:, :1]) * risk[:, None]
    events = data.state == EVENT
    residual[events] += data.x[events] - mean[before[events]]

    failed = np.cumsum(np.column_stack([np.ones(n), data.x]) * (risk * data.share)[:, None], axis=0)
    first = np.searchsorted(data.time, data.time)
    earlier = np.vstack([np.zeros(p + 1), failed])[first]
    scaled = np.vstack([np.zeros(p + 1), np.cumsum(steps * data.censoring_here[:, None], axis=0)])
    ahead = scaled[-1] - scaled[before]
    q = earlier[:, 1:] * ahead[:, :1] - earlier[:, :1] * ahead[:, 1:]
    at_risk = (n - first)[:, None]
    censored = (data.state == CENSORED)[:, None]
    jumps = np.cumsum(np.where(censored, q / at_risk**2, 0.0), axis=0)
    last = np.searchsorted(data.time, data.time, side="right") - 1
    residual += np.where(censored, q / at_risk, 0.0) - jumps[last]
    inverse = np.linalg.inv(information)
    return np.asarray(inverse @ (residual.T @ residual) @ inverse)


def fit_fine_gray(time: ArrayLike, state: ArrayLike, x: ArrayLike) -> FineGrayFit:
    """Proportional subdistribution hazards (Fine and Gray 1999, J Am Stat Assoc 94:496), ties as Breslow's.

    Args:
        time: end of follow-up, shape (n,).
        state: 0 censored, 1 event, 2 competing, shape (n,).
        x: columns, shape (n, p) or (n,).

    Raises:
        ValueError: arrays that break the contract, or missing values in x.
    """
    times, states = check_states(time, state)
    columns = np.asarray(x, np.float64)
    columns = columns[:, None] if columns.ndim == 1 else columns
    if len(columns) != len(times) or not np.isfinite(columns).all():
        raise ValueError("x must have one row a patient and no missing value")
    n_event, n_competing = int((states == EVENT).sum()), int((states == COMPETING).sum())
    counts = (len(times), n_event, n_competing)
    p = columns.shape[1]
    centre, scale = columns.mean(axis=0), columns.std(axis=0)
    if n_event == 0:
        return _unfit(p, counts, "no event")
    if (np.ptp(columns, axis=0) == 0).any():
        return _unfit(
            p, counts, "every patient has the same value of a feature or covariate", ("constant_feature",)
        )
    scaled = (columns - centre) / scale
    if np.linalg.matrix_rank(scaled, tol=1e-9 * math.sqrt(len(times))) < p:
        return _unfit(p, counts, "a feature or covariate is a combination of the others")
    few = ("few_events",) if n_event < EVENTS_PER_PARAMETER * p else ()
    data = _weighted(times, states, scaled)
    null = _likelihood(data, np.zeros(p))[0]
    beta, converged = _newton(data)
    if not converged or np.ptp(scaled @ beta) > _MONOTONE:
        return _unfit(p, counts, "a feature separates those with the event", (*few, "separation"))
    value, _, information, s0, mean = _likelihood(data, beta)
    covariance = _covariance(data, beta, s0, mean, information) / np.outer(scale, scale)
    return FineGrayFit(beta / scale, covariance, value, null, *counts, True, flags=few)


def _newton(data: _Weighted) -> tuple[Array, bool]:
    beta = np.zeros(data.x.shape[1])
    value, score, information, *_ = _likelihood(data, beta)
    for _ in range(_MAX_ITERATION):
        try:
            step = np.linalg.solve(information, score)
        except np.linalg.LinAlgError:
            return beta, False
        size = float(np.abs(data.x @ step).max())
        if size < _TOLERANCE:
            return beta + step, True
        step = step / max(1.0, size / 10.0)
        for _ in range(30):
            found = _likelihood(data, beta + step)
            if found[0] >= value - 1e-10 * (1 + abs(value)):
                break
            step = step / 2
        beta = beta + step
        value, score, information, *_ = found
        if np.ptp(data.x @ beta) > 2 * _MONOTONE:
            return beta, False
    return beta, False


def _unfit(p: int, counts: tuple[int, int, int], reason: str, flags: tuple[str, ...] = ()) -> FineGrayFit:
    return FineGrayFit(
        np.full(p, np.nan),
        np.full((p, p), np.nan),
        math.nan,
        math.nan,
        *counts,
        False,
        "not_evaluable",
        reason,
        flags,
    )
