"""Events that something else may prevent: cumulative incidence, Gray's test, cause-specific hazards.

`state` codes how a patient's time ended: 0 censored, 1 the event, 2 the competing event. Own code: the libraries at
hand give the curve without this variance, and none has Gray's test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.cox import CoxFit, fit_cox
from wes_biomarkers.stats.estimate import follow_up
from wes_biomarkers.stats.proportions import NORMAL_97_5

Array = NDArray[np.float64]

CENSORED, EVENT, COMPETING = 0, 1, 2


@dataclass(frozen=True)
class CumulativeIncidence:
    """The chance of the event by each time, in one group; all arrays have shape (k,), the first time is 0.

    Attributes:
        time: 0 and every time at which somebody's follow-up ended, rising.
        incidence: of the event by that time, the competing event taken into account.
        variance: of the incidence.
        ci_low, ci_high: 95 %, log-log; NaN before the first event.
        competing_incidence: of the competing event.
        n_at_risk: just before the time.
        n_event, n_competing, n_censored: at the time.
    """

    time: Array
    incidence: Array
    variance: Array
    ci_low: Array
    ci_high: Array
    competing_incidence: Array
    n_at_risk: NDArray[np.int64]
    n_event: NDArray[np.int64]
    n_competing: NDArray[np.int64]
    n_censored: NDArray[np.int64]

    def at(self, time: float) -> tuple[float, float, float]:
        """Incidence and its interval at a time; all NaN beyond the last follow-up.

        Raises:
            ValueError: for a negative time.
        """
        if time < 0:
            raise ValueError("the time must not be negative")
        if time > self.time[-1]:
            return float("nan"), float("nan"), float("nan")
        row = int(np.searchsorted(self.time, time, side="right")) - 1
        return float(self.incidence[row]), float(self.ci_low[row]), float(self.ci_high[row])


def check_states(time: ArrayLike, state: ArrayLike) -> tuple[Array, NDArray[np.int64]]:
    """Times and states as arrays.

    Raises:
        ValueError: unequal lengths, no patient, a missing or negative time, a state other than 0, 1 and 2.
    """
    times, states = np.asarray(time, np.float64), np.asarray(state)
    if not len(times) or len(times) != len(states):
        raise ValueError("time and state must be of one length, above 0")
    if not np.isfinite(times).all() or (times < 0).any():
        raise ValueError("times must be known and not negative")
    if not np.isin(states, (CENSORED, EVENT, COMPETING)).all():
        raise ValueError("a state must be 0 (censored), 1 (event) or 2 (competing)")
    return times, states.astype(np.int64)


def cumulative_incidence(
    time: ArrayLike, state: ArrayLike, groups: Sequence[object] | ArrayLike | None = None
) -> Mapping[str, CumulativeIncidence]:
    """The Aalen-Johansen estimate of each group (Aalen and Johansen 1978, Scand J Stat 5:141).

    Its variance is Aalen's (Aalen 1978, Ann Stat 6:534), with the correction for ties that R's cmprsk uses.

    Args:
        time: end of follow-up, shape (n,).
        state: 0 censored, 1 event, 2 competing, shape (n,).
        groups: labels, shape (n,); None: one group, named "all".

    Returns:
        Group -> curve, groups in sorted order.

    Raises:
        ValueError: arrays that break the contract; see `check_states`.
    """
    times, states = check_states(time, state)
    labels = _labels(groups, len(times))
    return {
        str(label): _aalen_johansen(times[labels == label], states[labels == label])
        for label in np.unique(labels)
    }


def _labels(groups: Sequence[object] | ArrayLike | None, n: int) -> NDArray[np.str_]:
    if groups is None:
        return np.full(n, "all")
    labels = np.asarray([str(label) for label in np.asarray(groups, dtype=object)])
    if len(labels) != n:
        raise ValueError("groups must have one label a patient")
    return labels


def _aalen_johansen(times: Array, states: NDArray[np.int64]) -> CumulativeIncidence:
    distinct = np.append(0.0, np.unique(times[times > 0]))
    row = np.searchsorted(distinct, times)
    count = np.zeros((3, len(distinct)), np.int64)
    np.add.at(count, (states, row), 1)
    leaving = count.sum(axis=0)
    at_risk = len(times) - np.append(0, np.cumsum(leaving)[:-1])
    n_event, n_competing = count[EVENT], count[COMPETING]
    free = np.cumprod(1 - (n_event + n_competing) / at_risk)
    before = np.append(1.0, free[:-1])
    incidence = np.cumsum(before * n_event / at_risk)
    competing = np.cumsum(before * n_competing / at_risk)
    variance = _aalen_variance(incidence, before, free, at_risk, n_event, n_competing)
    low, high = _log_log(incidence, variance)
    return CumulativeIncidence(
        distinct, incidence, variance, low, high, competing, at_risk, n_event, n_competing, count[CENSORED]
    )


def _aalen_variance(
    incidence: Array,
    before: Array,
    free: Array,
    at_risk: NDArray[np.int64],
    n_event: NDArray[np.int64],
    n_competing: NDArray[np.int64],
) -> Array:
    """Variance of the incidence F(t): the sum, over earlier times, of what a jump there adds to F(t).

    A jump of the event at s moves F(t) by S(s-) (1 + F(s) / S(s)) - S(s-) F(t) / S(s), one of the competing
    event by S(s-) (F(s) - F(t)) / S(s); each jump has the variance d (n - d) / (n - 1) / n^2 of d sampled from n.
    """

    def jump_variance(d: NDArray[np.int64]) -> Array:
        tie = _tie_factor(d.astype(np.float64), at_risk.astype(np.float64))
        return np.asarray(before**2 * tie * d / at_risk.astype(np.float64) ** 2)

    over = np.divide(1.0, free, out=np.zeros_like(free), where=free > 1e-14)
    of_event, of_competing = jump_variance(n_event), np.where(over > 0, jump_variance(n_competing), 0.0)
    event_level, competing_level = 1 + incidence * over, incidence * over
    v1 = np.cumsum(event_level**2 * of_event + competing_level**2 * of_competing)
    v2 = np.cumsum(event_level * over * of_event + competing_level * over * of_competing)
    v3 = np.cumsum(over**2 * (of_event + of_competing))
    variance = np.maximum(v1 + incidence**2 * v3 - 2 * incidence * v2, 0.0)
    last_event = np.maximum.accumulate(np.where(n_event > 0, np.arange(len(incidence)), 0))
    return np.asarray(variance[last_event])


def _log_log(incidence: Array, variance: Array) -> tuple[Array, Array]:
    """95 % interval that stays between 0 and 1 (Kalbfleisch and Prentice); NaN where it is undefined."""
    inside = (incidence > 0) & (incidence < 1)
    low, high = np.full_like(incidence, np.nan), np.full_like(incidence, np.nan)
    value = incidence[inside]
    width = NORMAL_97_5 * np.sqrt(variance[inside]) / (value * np.log(value))
    low[inside], high[inside] = value ** np.exp(-width), value ** np.exp(width)
    return low, high


def fit_cause_specific(time: ArrayLike, state: ArrayLike, x: ArrayLike) -> CoxFit:
    """Cox's model of the event's hazard among those who have had neither event: the competing event censors.

    It says how features change the rate of the event while it can still come; `fine_gray.fit_fine_gray` says how they
    change the chance of ever having had it.

    Raises:
        ValueError: arrays that break the contract; see `check_states`.
    """
    times, states = check_states(time, state)
    return fit_cox(follow_up(times, states == EVENT), x)


@dataclass(frozen=True)
class GrayTest:
    """Gray's test of equal cumulative incidence, or the reason why there is none."""

    status: str
    reason: str = ""
    n: int = 0
    n_event: int = 0
    chi_square: float | None = None
    degrees: int | None = None
    p_value: float | None = None


def gray_test(
    time: ArrayLike,
    state: ArrayLike,
    groups: Sequence[object] | ArrayLike,
    strata: Sequence[object] | ArrayLike | None = None,
) -> GrayTest:
    """Whether the cumulative incidence of the event is the same in k groups (Gray 1988, Ann Stat 16:1141, rho = 0).

    Args:
        time, state: as for `cumulative_incidence`.
        groups: labels, shape (n,).
        strata: labels; incidences are compared within strata, and summed.

    Raises:
        ValueError: arrays that break the contract; see `check_states`.
    """
    from scipy.stats import chi2

    times, states = check_states(time, state)
    names, group = np.unique(_labels(groups, len(times)), return_inverse=True)
    stratum = _labels(strata, len(times))
    n, n_event = len(times), int((states == EVENT).sum())
    if len(names) < 2:
        return GrayTest("not_evaluable", "only one group", n, n_event)
    if not n_event:
        return GrayTest("not_evaluable", "no event", n, n_event)
    score, variance = np.zeros(len(names)), np.zeros((len(names), len(names)))
    for label in np.unique(stratum):
        inside = stratum == label
        one_score, one_variance = _gray_score(times[inside], states[inside], group[inside], len(names))
        score, variance = score + one_score, variance + one_variance
    degrees = len(names) - 1
    if np.linalg.matrix_rank(variance[:degrees, :degrees]) < degrees:
        return GrayTest("not_evaluable", "a group has too few events or patients", n, n_event)
    statistic = float(score[:degrees] @ np.linalg.solve(variance[:degrees, :degrees], score[:degrees]))
    return GrayTest("ok", "", n, n_event, statistic, degrees, float(chi2.sf(statistic, degrees)))


def _gray_score(
    times: Array, states: NDArray[np.int64], group: NDArray[np.int64], k: int
) -> tuple[Array, Array]:
    """Gray's scores of k groups and their covariance, in one stratum.

    The score compares events of a group with those expected from h = R / S(t-), R being the group's number at risk
    of the subdistribution; the covariance sums, over times, what an event and a competing event of a group add.
    """
    distinct, row = np.unique(times, return_inverse=True)
    count = np.zeros((3, len(distinct), k))
    np.add.at(count, (states, row, group), 1)
    gone = np.vstack([np.zeros(k), np.cumsum(count.sum(axis=0), axis=0)[:-1]])
    at_risk = np.bincount(group, minlength=k) - gone
    score, variance, cross = np.zeros(k), np.zeros((k, k)), np.zeros((k, k))
    drift, own = np.zeros((k, k)), np.zeros(k)
    free_before, incidence, pooled = np.ones(k), np.zeros(k), 0.0
    for risk, event, competing in zip(at_risk, count[EVENT], count[COMPETING], strict=True):
        if not (event.sum() + competing.sum()):
            continue
        here, known = risk > 0, np.maximum(risk, 1)
        free = np.where(here, free_before * (risk - event - competing) / known, free_before)
        weight = np.where(here, risk / np.where(free_before > 0, free_before, 1.0), 0.0)
        total, n_event = weight.sum(), event.sum()
        expected = weight * (1 - incidence)
        incidence = incidence + np.where(here, free_before * event / known, 0.0)
        before, pooled = pooled, pooled + n_event / total
        share = np.diag(weight) - np.outer(weight, weight) / total
        drift += share * n_event / (total * (1 - before))
        score += event - n_event * expected / expected.sum()
        ratio = np.divide(1 - pooled, free, out=np.zeros(k), where=free > 0)
        if n_event:
            tie = _tie_factor(np.full(k, n_event), total * free_before)
            jump = np.where(here, tie * free_before * n_event / (total * known), 0.0)
            level, move = 1 - ratio, share - drift * (1 - ratio)
            own, cross = own + level**2 * jump, cross + move * (level * jump)
            variance += (move * jump) @ move.T
        jump = np.where(free > 0, _tie_factor(competing, risk) * free_before**2 * competing / known**2, 0.0)
        move = drift * ratio
        own, cross = own + ratio**2 * jump, cross - move * (ratio * jump)
        variance += (move * jump) @ move.T
        free_before = free
    return score, variance + (drift * own) @ drift.T + drift @ cross.T + cross @ drift.T


def _tie_factor(d: Array, n: Array) -> Array:
    """How much d ties among n at risk lower the variance: (n - d) / (n - 1)."""
    return np.where(d > 1, 1 - (d - 1) / np.where(n > 1, n - 1, 1.0), 1.0)
