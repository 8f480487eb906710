"""Logistic regression: odds ratios of a yes-or-no outcome, by Firth's penalised likelihood where data are sparse."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.binomial_model import (
    BinomialModel,
    Maximum,
    cluster_covariance,
    likelihood_ratio,
    maximise,
    probability,
    profile_interval,
    separates,
)
from wes_biomarkers.stats.estimate import Estimate
from wes_biomarkers.stats.proportions import NORMAL_97_5

#: Fewer events than this for each coefficient, and the plain estimate is unstable (Peduzzi 1996): a rule of thumb.
EVENTS_PER_PARAMETER = 10


CONSTANT = "every patient has the same value of a feature or covariate"
COMBINATION = "a feature or covariate is a combination of the others"


@dataclass(frozen=True)
class LikelihoodRatio:
    """A likelihood-ratio test; all None where it cannot be evaluated."""

    statistic: float | None = None
    degrees: int | None = None
    p_value: float | None = None


@dataclass(frozen=True)
class LogisticFit:
    """A fitted logistic model of n patients and p columns.

    Attributes:
        method: `logistic`, `logistic_firth`, `logistic_cluster_robust` or `logistic_exchangeable`.
        coefficients: log odds ratios of the columns of x, shape (p,); NaN where `reasons` says why.
        covariance: of the coefficients, shape (p, p).
        intercept: log odds at x = 0.
        log_likelihood, log_likelihood_null: of the model, and with the intercept alone; penalised for Firth, NaN
            for estimating equations.
        n, n_event: patients, and those with the outcome.
        converged: whether the maximum was found.
        status, reason: `ok` where every column has a coefficient, else `not_evaluable` and the first reason.
        reasons: why a column has no coefficient, else "", shape (p,): a column that is constant, or a combination of
            earlier ones, is left out, as R does, and the others are estimated.
        flags: of `few_events`, `firth`, `separation`.
    """

    method: str
    coefficients: NDArray[np.float64]
    covariance: NDArray[np.float64]
    intercept: float
    log_likelihood: float
    log_likelihood_null: float
    n: int
    n_event: int
    converged: bool
    status: str = "ok"
    reason: str = ""
    reasons: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    _solution: tuple[BinomialModel, Maximum] | None = field(default=None, repr=False, compare=False)

    def estimate(self, index: int) -> Estimate:
        """The odds ratio of column `index` of x.

        Plain and cluster-robust fits: Wald interval and p. Firth: interval and p by profile likelihood.
        """
        if self.reasons[index]:
            constant = ("constant_feature",) if self.reasons[index] == CONSTANT else ()
            return Estimate(
                self.method, "odds_ratio", self.n, self.n_event, status="not_evaluable",
                reason=self.reasons[index], flags=(*constant, *self.flags),
            )  # fmt: skip
        beta, error = float(self.coefficients[index]), math.sqrt(float(self.covariance[index, index]))
        if self.method == "logistic_firth" and self._solution is not None:
            low, high = profile_interval(*self._solution, self._place([index])[0])
            test = self.likelihood_ratio([index])
            statistic, p_value = test.statistic, test.p_value
        else:
            low, high = beta - NORMAL_97_5 * error, beta + NORMAL_97_5 * error
            statistic = beta / error
            p_value = math.erfc(abs(statistic) / math.sqrt(2))
        return Estimate(
            self.method, "odds_ratio", self.n, self.n_event, _exp(beta), _exp(low), _exp(high), p_value, statistic,
            beta, error, flags=self.flags,
        )  # fmt: skip

    def likelihood_ratio(self, index: Sequence[int]) -> LikelihoodRatio:
        """The (penalised) likelihood-ratio test that all coefficients of `index` are 0; clusters are not heeded.

        Columns that were left out do not count; without any other, and without a likelihood, there is no test.
        """
        from scipy.stats import chi2

        chosen = self._place(index)
        if not chosen or self._solution is None:
            return LikelihoodRatio()
        statistic = likelihood_ratio(*self._solution, chosen)
        return LikelihoodRatio(statistic, len(chosen), float(chi2.sf(statistic, len(chosen))))

    def _place(self, index: Sequence[int]) -> list[int]:
        """Columns of the fitted design that hold the columns `index` of x; those left out have none."""
        return [1 + sum(not why for why in self.reasons[:i]) for i in index if not self.reasons[i]]

    def probability(self, x: ArrayLike) -> NDArray[np.float64]:
        """The fitted chance of the outcome of new patients, x of shape (n, p)."""
        return probability(np.asarray(x, np.float64) @ np.nan_to_num(self.coefficients) + self.intercept)


def _exp(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf


def binomial_model(
    y: ArrayLike, x: ArrayLike, *, weight: ArrayLike | None = None, offset: ArrayLike | None = None
) -> BinomialModel:
    """The data of a logistic model with an intercept, x of shape (n,) or (n, p).

    Raises:
        ValueError: no patient, unequal lengths, missing values, an outcome other than 0 and 1, or bad weights.
    """
    outcome, columns = np.asarray(y, np.float64), np.asarray(x, np.float64)
    columns = columns[:, None] if columns.ndim == 1 else columns
    n = len(outcome)
    weights = np.ones(n) if weight is None else np.asarray(weight, np.float64)
    offsets = np.zeros(n) if offset is None else np.asarray(offset, np.float64)
    if not n or any(len(part) != n for part in (columns, weights, offsets)):
        raise ValueError("y, x, weight and offset must be of one length, above 0")
    if not np.isin(outcome, (0.0, 1.0)).all():
        raise ValueError("the outcome must be 0 or 1")
    if not (np.isfinite(columns).all() and np.isfinite(offsets).all()):
        raise ValueError("x and offset must have no missing value")
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise ValueError("weights must be known and not negative")
    return BinomialModel(outcome, np.column_stack([np.ones(n), columns]), weights, offsets)


def _column_reasons(model: BinomialModel) -> tuple[str, ...]:
    """Why a column of x can have no coefficient: it is constant, or a combination of earlier columns; else ""."""
    design = model.design[model.weight > 0]
    kept = np.full((len(design), 1), 1 / math.sqrt(max(len(design), 1)))
    reasons = []
    for column in design[:, 1:].T:
        spread = column - column.mean()
        size = float(np.linalg.norm(spread))
        if np.ptp(column) == 0:
            reasons.append(CONSTANT)
            continue
        rest = spread / size
        for _ in range(2):
            rest = rest - kept @ (kept.T @ rest)
        left = float(np.linalg.norm(rest))
        reasons.append("" if left > 1e-8 else COMBINATION)
        if left > 1e-8:
            kept = np.column_stack([kept, rest / left])
    return tuple(reasons)


def fit_logistic(
    y: ArrayLike,
    x: ArrayLike,
    *,
    weight: ArrayLike | None = None,
    cluster: Sequence[object] | ArrayLike | None = None,
    firth: bool | Literal["auto"] = "auto",
    offset: ArrayLike | None = None,
) -> LogisticFit:
    """Fits log odds = intercept + x * coefficients by maximum likelihood, or by Firth's penalised likelihood.

    Args:
        y: outcome, 0 or 1, shape (n,).
        x: columns without the intercept, shape (n, p) or (n,).
        weight: case weights, shape (n,).
        cluster: labels of clusters, such as centres, for the robust variance; excludes Firth.
        firth: `auto` takes Firth's likelihood when the rarer outcome has fewer than 10 patients a column, or
            when the columns separate the outcomes.
        offset: known part of the log odds, shape (n,).

    Raises:
        ValueError: arrays of unequal length, missing values, an outcome other than 0 and 1, or a cluster with Firth.
    """
    model = binomial_model(y, x, weight=weight, offset=offset)
    clusters = None if cluster is None else cluster_codes(cluster, len(model.outcome))
    if clusters is not None and firth is True:
        raise ValueError("Firth's likelihood has no cluster-robust variance here")
    counted = model.outcome[model.weight > 0]
    if len(np.unique(counted)) < 2:
        return _unfit(model, "every patient has the same outcome")
    if clusters is not None and clusters.max() == 0:
        return _unfit(model, "only one cluster")
    reasons = _column_reasons(model)
    if reasons and all(reasons):
        return _unfit(model, reasons[0], reasons=reasons)
    usable = [0, *(1 + i for i, why in enumerate(reasons) if not why)]
    model = replace(model, design=model.design[:, usable])
    rare = min(counted.sum(), len(counted) - counted.sum())
    few = rare < EVENTS_PER_PARAMETER * (len(usable) - 1)
    plain = maximise(model)
    apart = separates(model, plain)
    flags = (("few_events",) if few else ()) + (("separation",) if apart else ())
    if firth is True or (firth == "auto" and clusters is None and (few or apart)):
        penalised = replace(model, firth=True)
        return _fit(
            penalised, maximise(penalised), "logistic_firth", reasons, tuple(sorted((*flags, "firth")))
        )
    if apart:
        return _unfit(
            model, "the groups separate the outcomes: no odds ratio by plain likelihood", flags, reasons
        )
    method = "logistic" if clusters is None else "logistic_cluster_robust"
    return _fit(model, plain, method, reasons, flags, clusters)


def cluster_codes(cluster: Sequence[object] | ArrayLike, n: int) -> NDArray[np.int64]:
    """Labels as codes 0, 1, ...

    Raises:
        ValueError: not one label a patient.
    """
    text = np.asarray([str(label) for label in np.asarray(cluster, dtype=object)])
    if len(text) != n:
        raise ValueError("clusters must have one label a patient")
    return np.unique(text, return_inverse=True)[1].astype(np.int64)


def _fit(
    model: BinomialModel,
    maximum: Maximum,
    method: str,
    reasons: tuple[str, ...],
    flags: tuple[str, ...],
    cluster: NDArray[np.int64] | None = None,
) -> LogisticFit:
    if not maximum.converged:
        return _unfit(model, "the fit did not converge", flags, reasons)
    null = maximise(model, dict.fromkeys(range(1, model.design.shape[1]), 0.0))
    inverse = maximum.inverse_information
    covariance = inverse if cluster is None else cluster_covariance(model, maximum, cluster)
    p, usable = len(reasons), np.flatnonzero([not why for why in reasons])
    coefficients, spread = np.full(p, np.nan), np.full((p, p), np.nan)
    coefficients[usable], spread[np.ix_(usable, usable)] = maximum.beta[1:], covariance[1:, 1:]
    reason = next(filter(None, reasons), "")
    return LogisticFit(
        method, coefficients, spread, float(maximum.beta[0]), maximum.log_likelihood, null.log_likelihood,
        len(model.outcome), int(model.outcome.sum()), True, "not_evaluable" if reason else "ok", reason, reasons,
        flags, (model, maximum),
    )  # fmt: skip


def _unfit(
    model: BinomialModel, reason: str, flags: tuple[str, ...] = (), reasons: tuple[str, ...] | None = None
) -> LogisticFit:
    p = model.design.shape[1] - 1 if reasons is None else len(reasons)
    why = tuple(own or reason for own in reasons or [""] * p)
    return LogisticFit(
        "logistic", np.full(p, np.nan), np.full((p, p), np.nan), math.nan, math.nan, math.nan, len(model.outcome),
        int(model.outcome.sum()), False, "not_evaluable", reason, why, flags,
    )  # fmt: skip
