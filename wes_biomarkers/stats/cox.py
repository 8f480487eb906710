"""Cox's proportional-hazards model: Efron's ties, strata, left truncation, weights, clusters, ridge and Firth.

Own code: lifelines gives neither Firth's likelihood nor the agreement of 1e-6 with R that tied, stratified and
left-truncated data need, and the scan of many features shares its sums. Compared with R's survival in the tests.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from wes_biomarkers.stats.estimate import Estimate, FollowUp
from wes_biomarkers.stats.partial_likelihood import moments, partial_likelihood
from wes_biomarkers.stats.proportions import NORMAL_97_5
from wes_biomarkers.stats.risk_sets import Array, Index, RiskSets, risk_sets

#: Fewer events than this a column, and the estimate is flagged (a rule of thumb; Peduzzi 1995).
EVENTS_PER_PARAMETER = 10
MAX_STEPS = 50
#: A Newton step that changes the log likelihood by less is the last.
_PRECISION = 1e-12
#: A standard error this many times that at coefficients of 0, with a linear predictor this wide, means that the
#: likelihood rises without end: the columns order the deaths perfectly.
_RUNAWAY, _WIDE = 30.0, 10.0
_CHI_95 = 3.841458820694124


@dataclass(frozen=True)
class Test:
    """A chi-square test of several coefficients; None where there is none."""

    statistic: float | None = None
    degrees: int | None = None
    p_value: float | None = None


@dataclass(frozen=True)
class _Solution:
    """What a fit was made from, and the maximiser of its (penalised) likelihood with some coefficients held."""

    sets: RiskSets
    x: Array
    maximise: Callable[[Array, Sequence[int]], tuple[Array, float, bool]]


@dataclass(frozen=True)
class CoxFit:
    """A fitted model of p columns.

    Attributes:
        method: `cox_efron`, `cox_robust`, `cox_firth` or `cox_ridge`.
        coefficients: log hazard ratios, shape (p,).
        covariance: of the coefficients, robust where clusters were given, shape (p, p).
        naive_covariance: by the information.
        log_likelihood, log_likelihood_null: (penalised) at the estimate and at 0.
        score_statistic: chi-square of the score test of all columns.
        n, n_event: patients and events.
    """

    method: str
    coefficients: Array
    covariance: Array
    naive_covariance: Array
    log_likelihood: float
    log_likelihood_null: float
    score_statistic: float
    n: int
    n_event: int
    converged: bool
    status: str = "ok"
    reason: str = ""
    flags: tuple[str, ...] = ()
    _solution: _Solution | None = field(default=None, repr=False, compare=False)

    def estimate(self, index: int) -> Estimate:
        """The hazard ratio of a column: Wald interval and p; by profile likelihood under Firth."""
        if self.status != "ok" or self._solution is None:
            return Estimate(
                self.method, "hazard_ratio", self.n, self.n_event, status=self.status, reason=self.reason,
                flags=self.flags,
            )  # fmt: skip
        beta, error = float(self.coefficients[index]), math.sqrt(float(self.covariance[index, index]))
        if self.method == "cox_firth":
            low, high = self._profile_interval(index)
            test = self.likelihood_ratio([index])
            statistic, p_value = test.statistic, test.p_value
        else:
            low, high = beta - NORMAL_97_5 * error, beta + NORMAL_97_5 * error
            statistic = beta / error
            p_value = math.erfc(abs(statistic) / math.sqrt(2))
        return Estimate(
            self.method, "hazard_ratio", self.n, self.n_event, _exp(beta), _exp(low), _exp(high), p_value, statistic,
            beta, error, flags=self.flags,
        )  # fmt: skip

    def likelihood_ratio(self, index: Sequence[int]) -> Test:
        """The (penalised) likelihood-ratio test that all coefficients of `index` are 0; clusters are not heeded."""
        from scipy.stats import chi2

        if self.status != "ok" or self._solution is None:
            return Test()
        held = np.zeros(len(self.coefficients))
        _, value, _ = self._solution.maximise(held, list(index))
        statistic = max(0.0, 2 * (self.log_likelihood - value))
        return Test(float(statistic), len(index), float(chi2.sf(statistic, len(index))))

    def _profile_interval(self, index: int) -> tuple[float, float]:
        """Where the profile likelihood has fallen by half the 95 % quantile of chi-square (Heinze 2001)."""
        from scipy.optimize import brentq

        assert self._solution is not None
        maximise, level = self._solution.maximise, self.log_likelihood - _CHI_95 / 2
        beta, error = float(self.coefficients[index]), math.sqrt(float(self.covariance[index, index]))

        def above(value: float) -> float:
            held = self.coefficients.copy()
            held[index] = value
            return maximise(held, [index])[1] - level

        ends = []
        for sign in (-1.0, 1.0):
            far = beta + sign * 2 * error
            for _ in range(20):
                if above(far) < 0:
                    break
                far = beta + 2 * (far - beta)
            ends.append(brentq(above, beta, far, xtol=1e-10) if above(far) < 0 else sign * math.inf)
        return ends[0], ends[1]


def _exp(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf


def _obstacle(data: FollowUp, x: Array) -> tuple[str, tuple[str, ...]]:
    """Why no model can be fitted, and the flag that goes with it; empty where one can."""
    counted = np.ones(len(data.time), bool) if data.weight is None else data.weight > 0
    if not data.event[counted].any():
        return "no patient had the event", ()
    if x.shape[1] and (np.ptp(x[counted], axis=0) == 0).any():
        return "every patient has the same value of a feature or covariate", ("constant_feature",)
    centred = x[counted] - x[counted].mean(axis=0)
    if np.linalg.matrix_rank(centred / np.linalg.norm(centred, axis=0), tol=1e-9) < x.shape[1]:
        return "a feature or covariate is a combination of the others", ()
    return "", ()


def fit_cox(data: FollowUp, x: ArrayLike, *, ridge: float = 0.0, firth: bool = False) -> CoxFit:
    """Fits the log hazard ratios of columns (Cox 1972, J R Stat Soc B 34:187).

    Args:
        data: follow-up; strata have baselines of their own, clusters give the robust variance (Lin and Wei 1989,
            J Am Stat Assoc 84:1074).
        x: columns, shape (n, p) or (n,).
        ridge: penalty theta; theta / 2 * sum of squared coefficients is taken off the log likelihood.
        firth: Firth's penalty, half the log determinant of the information (Heinze and Schemper 2001,
            Biometrics 57:114).

    Raises:
        ValueError: x of another length or with missing values; clusters with Firth.
    """
    columns = np.asarray(x, np.float64)
    columns = columns[:, None] if columns.ndim == 1 else columns
    if len(columns) != len(data.time) or not np.isfinite(columns).all():
        raise ValueError("x must have one row a patient and no missing value")
    if firth and data.cluster is not None:
        raise ValueError("Firth's likelihood has no cluster-robust variance here")
    method = (
        "cox_firth"
        if firth
        else "cox_ridge"
        if ridge
        else "cox_efron"
        if data.cluster is None
        else "cox_robust"
    )
    n_event, p = int(data.event.sum()), columns.shape[1]
    reason, flags = _obstacle(data, columns)
    few = ("few_events",) if n_event < EVENTS_PER_PARAMETER * p else ()
    flags += few
    if reason:
        return _unfit(method, data, p, reason, flags)
    sets, centred = risk_sets(data), columns - columns.mean(axis=0)
    objective = _Objective(sets, centred, ridge, firth)
    beta, value, converged = objective.maximise(np.zeros(p), ())
    start, _ = objective.at(np.zeros(p))
    information = objective.information(beta)
    if not firth and not ridge and len(beta) and _runs_away(objective, beta, information):
        return _unfit(method, data, p, "the feature orders the events perfectly: no hazard ratio by plain likelihood",
                      (*flags, "separation"))  # fmt: skip
    if not converged:
        return _unfit(method, data, p, "the estimate did not converge", flags)
    naive = np.asarray(np.linalg.inv(information), np.float64)
    covariance = naive if data.cluster is None else _robust(data, sets, centred, beta, naive)
    null = partial_likelihood(sets, [column[:, None] for column in centred.T], np.zeros((1, p)))
    score_statistic = float(null.score[0] @ np.linalg.solve(null.information[0], null.score[0])) if p else 0.0
    shown = tuple(sorted((*flags, "firth", *_separated(sets, centred)))) if firth else flags
    return CoxFit(method, beta, covariance, naive, value, start, score_statistic, len(data.time), n_event, True,
                  flags=shown, _solution=_Solution(sets, centred, objective.maximise))  # fmt: skip


def _unfit(method: str, data: FollowUp, p: int, reason: str, flags: tuple[str, ...]) -> CoxFit:
    unknown = np.full((p, p), np.nan)
    return CoxFit(method, np.full(p, np.nan), unknown, unknown, math.nan, math.nan, math.nan, len(data.time),
                  int(data.event.sum()), False, "not_evaluable", reason, flags)  # fmt: skip


def _runs_away(objective: _Objective, beta: Array, information: Array) -> bool:
    """Whether the likelihood has no maximum: it goes flat while the linear predictor grows wide."""
    first = objective.information(np.zeros(len(beta)))
    scale = 1 / np.sqrt(np.diag(first))
    flattest = [
        float(np.linalg.eigvalsh(scale[:, None] * part * scale).min()) for part in (information, first)
    ]
    return flattest[0] < flattest[1] / _RUNAWAY**2 and float(np.ptp(objective.x @ beta)) > _WIDE


def _separated(sets: RiskSets, x: Array) -> tuple[str, ...]:
    """The flag of columns that order the events perfectly."""
    plain = _Objective(sets, x, 0.0, False)
    beta, _, _ = plain.maximise(np.zeros(x.shape[1]), ())
    return ("separation",) if x.shape[1] and _runs_away(plain, beta, plain.information(beta)) else ()


class _Objective:
    """The (penalised) log likelihood of one model, and its maximum with some coefficients held."""

    def __init__(self, sets: RiskSets, x: Array, ridge: float, firth: bool) -> None:
        self.sets, self.x, self.ridge, self.firth = sets, x, ridge, firth
        self.columns = [column[:, None] for column in x.T]

    def information(self, beta: Array) -> Array:
        """Minus the second derivative, ridge included, Firth's penalty not."""
        found = partial_likelihood(self.sets, self.columns, beta[None, :]).information[0]
        return np.asarray(found + self.ridge * np.eye(len(beta)))

    def at(self, beta: Array) -> tuple[float, Array]:
        """The value and minus the second derivative."""
        found = partial_likelihood(self.sets, self.columns, beta[None, :])
        information = found.information[0] + self.ridge * np.eye(len(beta))
        value = float(found.value[0]) - self.ridge / 2 * float(beta @ beta)
        if self.firth and len(beta):
            sign, log_determinant = np.linalg.slogdet(information)
            value += log_determinant / 2 if sign > 0 else -math.inf
        return value, information

    def gradient(self, beta: Array) -> Array:
        """Of the value."""
        found = partial_likelihood(self.sets, self.columns, beta[None, :])
        score = found.score[0] - self.ridge * beta
        if self.firth and len(beta):
            inverse = np.linalg.pinv(found.information[0] + self.ridge * np.eye(len(beta)))
            score = score + _information_slope(self.sets, self.x, beta, inverse) / 2
        return np.asarray(score)

    def maximise(self, start: Array, held: Sequence[int]) -> tuple[Array, float, bool]:
        """The maximum over the coefficients not held, by Newton's steps, halved where they overshoot."""
        beta = start.copy()
        free = np.setdiff1d(np.arange(len(beta)), np.asarray(held, int))
        value, information = self.at(beta)
        if not len(free):
            return beta, value, True
        for _ in range(MAX_STEPS):
            gradient = self.gradient(beta)[free]
            step = np.zeros_like(beta)
            step[free] = np.linalg.lstsq(information[np.ix_(free, free)], gradient, rcond=None)[0]
            step *= min(1.0, 5.0 / max(float(np.ptp(self.x @ step)), 1e-12)) if self.firth else 1.0
            new, new_information = self.at(beta + step)
            for _ in range(30):
                if new >= value - 1e-10 * abs(value):
                    break
                step /= 2
                new, new_information = self.at(beta + step)
            gained = new - value
            beta, value, information = beta + step, new, new_information
            if abs(gained) <= _PRECISION * (1 + abs(value)) and float(np.abs(self.x @ step).max()) < 1e-7:
                return beta, value, True
        return beta, value, False


def _information_slope(sets: RiskSets, x: Array, beta: Array, inverse: Array) -> Array:
    """Trace of (inverse information x its derivative by each coefficient), shape (p,): third central moments."""
    found = moments(sets, x, beta)
    eta = x @ beta
    weights = np.exp(eta - eta.max()) * sets.weight
    total = sets.sums(weights[:, None])
    form = np.einsum("ij,jk,ik->i", x, inverse, x)
    mean_form = sets.sums((weights * form)[:, None]) / total
    mean_form_x = sets.sums((weights * form)[:, None] * x) / total
    mean, half = found.mean, found.mean @ inverse
    of_mean = np.einsum("ej,ej->e", half, mean)[:, None]
    second = found.covariance + mean[:, :, None] * mean[:, None, :]
    third = mean_form_x - 2 * np.einsum("ej,ejk->ek", half, second) + of_mean * mean
    third -= mean * (mean_form - of_mean)
    return np.asarray((sets.mean_weight[:, None] * third).sum(axis=0))


def score_residuals(sets: RiskSets, data: FollowUp, x: Array, beta: Array) -> Array:
    """Each patient's share in the score, unweighted, shape (n, p) (Therneau and Grambsch 2000, section 4.6)."""
    at = moments(sets, x, beta)
    residuals, hazard = np.zeros_like(x), np.exp(x @ beta)
    first = 0
    for stratum in sets.strata:
        steps = slice(first, first + len(stratum.dead))
        first += len(stratum.dead)
        increment, mean = (stratum.mean_weight / at.total[steps])[:, None], at.mean[steps]
        base, tilted = _cumulative(increment), _cumulative(increment * mean)
        members = stratum.order
        until = np.searchsorted(stratum.time, data.time[members], side="right")
        since = 0 if data.entry is None else np.searchsorted(stratum.time, data.entry[members], side="right")
        share = x[members] * (base[until] - base[since]) - (tilted[until] - tilted[since])
        residuals[members] -= hazard[members, None] * share
        dead, start, end = stratum.dead, stratum.tie_start, stratum.tie_end
        own_mean = _between(mean, start, end) / (end - start)[:, None]
        spared = stratum.fraction[:, None] * increment
        given_back = x[dead] * _between(spared, start, end) - _between(spared * mean, start, end)
        residuals[dead] += x[dead] - own_mean + hazard[dead, None] * given_back
    return residuals


def _cumulative(values: Array) -> Array:
    return np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])


def _between(values: Array, start: Index, end: Index) -> Array:
    """Sums of values from each start to its end."""
    total = _cumulative(values)
    return np.asarray(total[end] - total[start])


def _robust(data: FollowUp, sets: RiskSets, x: Array, beta: Array, naive: Array) -> Array:
    """The sandwich over clusters of weighted score residuals."""
    assert data.cluster is not None
    weighted = score_residuals(sets, data, x, beta) * sets.weight[:, None]
    by_cluster = np.zeros((int(data.cluster.max()) + 1, x.shape[1]))
    np.add.at(by_cluster, data.cluster, weighted)
    shares = by_cluster @ naive
    return np.asarray(shares.T @ shares)
