"""What every Cox fit is made of: sorted and centred data, and the fit with its estimates and tests."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from wes_biomarkers.stats.estimate import Estimate, FollowUp
from wes_biomarkers.stats.partial_likelihood import (
    Evaluation,
    Floats,
    Integers,
    RiskSets,
    Ties,
    efron_ties,
    evaluate,
    means,
    risk_sets,
    state,
)

#: Fewer events than this for each coefficient, and the estimate is flagged: a rule of thumb.
EVENTS_A_COEFFICIENT = 10
#: The share of a column's information that earlier columns may leave before it counts as their combination.
ALIASED = 1e-9
NORMAL_97_5 = 1.959963984540054


@dataclass(frozen=True)
class ChiSquareTest:
    """A test statistic that follows the chi-square distribution under the null hypothesis."""

    statistic: float
    degrees: int
    p_value: float


@dataclass(frozen=True)
class Profile:
    """Limits (95 %) of a coefficient and the p value of its absence, by the profile of a penalised likelihood."""

    low: float
    high: float
    p_value: float


@dataclass(frozen=True)
class CoxFit:
    """A fitted Cox model of p coefficients.

    Attributes:
        coefficients: (p,) log hazard ratios; NaN where `reasons` says why there is none.
        covariance: (p, p); robust where clusters were given; NaN likewise.
        information: (p, p) of the (penalised) likelihood at the coefficients.
        log_likelihood, log_likelihood_null: of the model and at coefficients 0 (penalised ones under Firth).
        score_statistic: of the score test of all coefficients at 0.
        n, n_event: rows of weight above 0, and events among them.
        status: `ok` when every coefficient has an estimate, else `not_evaluable` with the first reason.
        reasons: (p,) why a coefficient has no estimate, else "".
        flags: `few_events`, `constant_feature`, `separation`, `firth`, `left_truncated`.
        profile: under Firth, the limits and the p value of a coefficient by its profile likelihood, worked out when
            asked for; else None.
    """

    coefficients: Floats
    covariance: Floats
    information: Floats
    log_likelihood: float
    log_likelihood_null: float
    score_statistic: float
    n: int
    n_event: int
    converged: bool
    method: str = "cox_efron"
    status: str = "ok"
    reason: str = ""
    reasons: tuple[str, ...] = ()
    flags: tuple[str, ...] = field(default=())
    profile: Callable[[int], Profile] | None = field(default=None, compare=False)

    def estimate(self, index: int, *, per: float = 1.0) -> Estimate:
        """The hazard ratio of a coefficient for a difference of `per`, with its interval.

        Wald's interval and p value; under Firth those of the penalised profile likelihood.
        """
        flags = tuple(flag for flag in self.flags if flag not in {"separation", "constant_feature"})
        if self.reasons[index]:
            wrong = {"constant": "constant_feature", "the likelihood": "separation"}
            flags += tuple(flag for start, flag in wrong.items() if self.reasons[index].startswith(start))
            return Estimate(
                self.method, "hazard_ratio", self.n, self.n_event, status="not_evaluable",
                reason=self.reasons[index], flags=tuple(sorted(flags)),
            )  # fmt: skip
        coefficient = float(self.coefficients[index]) * per
        error = math.sqrt(self.covariance[index, index]) * abs(per)
        low, high = coefficient - NORMAL_97_5 * error, coefficient + NORMAL_97_5 * error
        statistic = coefficient / error
        p_value = math.erfc(abs(statistic) / math.sqrt(2))
        if self.profile is not None:
            profile = self.profile(index)
            low, high = sorted((profile.low * per, profile.high * per))
            p_value = profile.p_value
        return Estimate(
            self.method, "hazard_ratio", self.n, self.n_event, exp(coefficient), exp(low), exp(high), p_value,
            statistic, coefficient, error, flags=flags,
        )  # fmt: skip

    def likelihood_ratio_test(self) -> ChiSquareTest | None:
        """Of all coefficients against none; None without a fit. Not valid with clusters or sampling weights."""
        return self._test(2 * (self.log_likelihood - self.log_likelihood_null))

    def score_test(self) -> ChiSquareTest | None:
        """Of all coefficients at 0; None without a fit. With one group indicator, the log-rank test."""
        return self._test(self.score_statistic)

    def wald_test(self, indices: Integers | list[int] | None = None) -> ChiSquareTest | None:
        """Of the given coefficients, or of all that have an estimate; None where one has none."""
        known = np.flatnonzero([not reason for reason in self.reasons])
        chosen = known if indices is None else np.asarray(indices, np.int64)
        if not len(chosen) or not set(chosen.tolist()) <= set(known.tolist()):
            return None
        beta = self.coefficients[chosen]
        value = float(beta @ np.linalg.solve(self.covariance[np.ix_(chosen, chosen)], beta))
        return ChiSquareTest(value, len(chosen), chi_square_p(value, len(chosen)))

    def _test(self, statistic: float) -> ChiSquareTest | None:
        degrees = sum(
            not reason or not reason.startswith(("constant", "a combination")) for reason in self.reasons
        )
        if not self.converged or not degrees or not math.isfinite(statistic):
            return None
        return ChiSquareTest(float(statistic), degrees, chi_square_p(statistic, degrees))


@dataclass(frozen=True)
class Model:
    """Sorted and centred data of one Cox model, with what can be told of each column before fitting."""

    sets: RiskSets
    ties: Ties
    weight: Floats
    columns: Floats
    ranges: Floats
    reasons: tuple[str, ...]
    n: int
    n_event: int
    flags: tuple[str, ...]

    @classmethod
    def of(cls, data: FollowUp, x: Floats) -> Model:
        """Sort the rows, centre the columns (p, n) and find those that cannot have a coefficient."""
        sets = risk_sets(data)
        weight = sets.weight[None]
        ties = efron_ties(sets, weight)
        columns = np.ascontiguousarray((x - x.mean(axis=0)).T[:, sets.order])
        ranges = np.ptp(columns, axis=1)
        n_event = int(sets.event.sum())
        model = cls(sets, ties, weight, columns, ranges, (), int((sets.weight > 0).sum()), n_event, ())
        reasons = model._aliased()
        few = n_event < EVENTS_A_COEFFICIENT * x.shape[1]
        flags = ["few_events"] * few + ["left_truncated"] * (sets.entry_order is not None)
        flags += ["constant_feature"] * any(reason.startswith("constant") for reason in reasons)
        return cls(sets, ties, weight, columns, ranges, reasons, model.n, n_event, tuple(flags))

    def evaluate(self, beta: Floats, usable: Integers) -> Evaluation:
        """Likelihood at coefficients (1, len(usable)) of the usable columns."""
        columns = list(self.columns[usable][:, None])
        return evaluate(self.sets, columns, beta, self.weight, self.ties)

    def score_residuals(self, beta: Floats, usable: Integers) -> Floats:
        """(n, p) weighted score residuals in the order of the caller's rows (Therneau and Grambsch 2000, 7.1)."""
        sets, columns = self.sets, self.columns[usable]
        now = state(sets, (beta @ columns)[None], self.weight, self.ties)
        residuals = np.empty((len(sets.order), len(usable)))
        martingale = np.where(sets.event, sets.weight, 0) - now.expected[0]
        count = sets.to_events(sets.by_group(np.ones(len(sets.dead))))
        for j, column in enumerate(columns):
            centre = means(sets, self.ties, now, column[None])[0]
            drift = now.increment[0] * centre
            value = martingale * column + now.risk[0] * sets.accumulated(sets.by_group(drift))
            value[sets.dead] -= now.risk[0][sets.dead] * sets.to_events(
                sets.by_group(drift * np.broadcast_to(self.ties.fraction[0], drift.shape))
            )
            value[sets.dead] -= sets.weight[sets.dead] * sets.to_events(sets.by_group(centre)) / count
            residuals[sets.order, j] = value
        return residuals

    def _aliased(self) -> tuple[str, ...]:
        """Why a column can have no coefficient: by the information at 0, column after column, as R does."""
        p = len(self.columns)
        reasons = ["constant: every patient has the same value" if not r > 0 else "" for r in self.ranges]
        if not self.n_event:
            return tuple(reasons)
        information = self.evaluate(np.zeros((1, p)), np.arange(p)).information[0]
        spread = np.array([self.columns[j] @ (self.columns[j] * self.weight[0]) for j in range(p)])
        kept: list[int] = []
        for j in range(p):
            if reasons[j]:
                continue
            own = information[j, j]
            if own <= ALIASED * spread[j] / max(len(self.sets.order), 1):
                reasons[j] = "constant: no patient differs from the others at risk when an event happens"
                continue
            block = information[np.ix_(kept, kept)]
            left = own - information[j, kept] @ np.linalg.solve(block, information[kept, j]) if kept else own
            if left <= ALIASED * own:
                reasons[j] = "a combination of the other columns"
                continue
            kept.append(j)
        return tuple(reasons)


def chi_square_p(statistic: float, degrees: int) -> float:
    """The upper tail of the chi-square distribution."""
    from scipy.stats import chi2

    return float(chi2.sf(statistic, degrees))


def covariate_matrix(data: FollowUp, x: ArrayLike) -> Floats:
    """Covariates as (n, p) numbers; ValueError where rows or values are missing."""
    values = np.asarray(x, np.float64)
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2 or len(values) != len(data.time):
        raise ValueError("x must have a row a patient")
    if not np.isfinite(values).all():
        raise ValueError("x must be known throughout")
    return values


def placed_fit(
    model: Model,
    usable: Integers,
    beta: Floats,
    covariance: Floats,
    information: Floats,
    log_likelihoods: tuple[float, float],
    score: float,
    method: str,
) -> CoxFit:
    """The fit, with coefficients at their columns' places; log likelihoods at 0 and of the model."""
    p = len(model.columns)
    place = np.ix_(usable, usable)
    full, inside, whole = np.full(p, np.nan), np.full((p, p), np.nan), np.full((p, p), np.nan)
    full[usable], inside[place], whole[place] = beta, covariance, information
    reasons = model.reasons
    separated = any(reason.startswith("the likelihood") for reason in reasons)
    reason = next((reason for reason in reasons if reason), "")
    return CoxFit(
        full, inside, whole, log_likelihoods[1], log_likelihoods[0], score, model.n, model.n_event, True, method,
        "not_evaluable" if reason else "ok", reason, reasons,
        tuple(sorted((*model.flags, *(["separation"] if separated else [])))),
    )  # fmt: skip


def no_fit(model: Model, reason: str) -> CoxFit:
    """A fit without coefficients, and why."""
    p = len(model.columns)
    empty = np.full((p, p), np.nan)
    return CoxFit(
        np.full(p, np.nan), empty, empty, math.nan, math.nan, math.nan, model.n, model.n_event, False,
        status="not_evaluable", reason=reason, reasons=tuple(own or reason for own in model.reasons),
        flags=tuple(sorted(model.flags)),
    )  # fmt: skip


def exp(value: float) -> float:
    """The exponential, held below what a float can hold."""
    return math.exp(min(value, 700.0))
