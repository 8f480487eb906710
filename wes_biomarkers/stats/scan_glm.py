"""One logistic or linear model a feature, for thousands of features at once, with the same covariates.

Own code: a loop over a library's fits takes minutes. Features are handled in chunks as rows of a matrix; each step of
Newton's method is a few matrix products for all of them, and the last column's part is eliminated as Frisch and Waugh
(1933) do. The answers are those of `fit_logistic(firth=False)` and `fit_linear`. A patient whose feature is missing
(NaN) is left out for that feature alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.binomial_model import BinomialModel, Maximum, maximise
from wes_biomarkers.stats.estimate import Estimate
from wes_biomarkers.stats.linear import ALONE, WHOLE_LEVERAGE
from wes_biomarkers.stats.logistic import fit_logistic
from wes_biomarkers.stats.proportions import NORMAL_97_5
from wes_biomarkers.stats.scan_core import (
    Chunk,
    Gram,
    chunks,
    eliminate,
    orthonormal_basis,
    outcome_and_features,
)

Array = NDArray[np.float64]

#: Fewer events than this for each coefficient, and the estimate is unstable: a rule of thumb.
EVENTS_PER_PARAMETER = 10
#: Newton's steps before a feature is looked at alone.
_MAX_ITERATION = 10
#: A coefficient has converged when the last step, on the scale of a feature with sd 1, was below this.
_TOLERANCE = 1e-7
#: A share of a feature's variance below this, unexplained by the covariates, is rounding.
_EXPLAINED = 1e-9
#: Sums of products lose no digits that count while this share of them is left after subtraction.
_EASY = 1e-6
_SEPARATED = "the feature separates the outcomes: no odds ratio by plain likelihood"


@dataclass(frozen=True)
class GlmScan:
    """A model a feature; all arrays have shape (m,), NaN where `reason` is not empty.

    Attributes:
        method: `logistic_scan` or `linear_scan`.
        effect_kind: `odds_ratio` or `mean_difference`.
        coefficients: log odds ratio, or slope, of one unit of the feature.
        standard_errors: of the coefficients.
        p_wald, p_score, p_likelihood_ratio: two-sided; a linear scan has its t test in all three.
        n, n_event: patients with the feature, and those of them with the outcome (linear: 0).
        degrees: residual degrees of freedom of a linear model; infinite for a logistic one.
        reason: why there is no estimate; empty where there is one.
        flags: codes joined by semicolons: `constant_feature`, `few_events`, `separation`.
    """

    method: str
    effect_kind: str
    coefficients: Array
    standard_errors: Array
    p_wald: Array
    p_score: Array
    p_likelihood_ratio: Array
    n: NDArray[np.int64]
    n_event: NDArray[np.int64]
    degrees: Array
    reason: NDArray[np.str_]
    flags: NDArray[np.str_]

    def estimate(self, index: int) -> Estimate:
        """The Wald estimate of one feature."""
        from scipy.stats import t

        n, n_event = int(self.n[index]), int(self.n_event[index])
        event = n_event if self.effect_kind == "odds_ratio" else None
        flags = tuple(filter(None, str(self.flags[index]).split(";")))
        if self.reason[index]:
            reason = str(self.reason[index])
            return Estimate(
                self.method, self.effect_kind, n, event, status="not_evaluable", reason=reason, flags=flags
            )
        beta, error = float(self.coefficients[index]), float(self.standard_errors[index])
        degrees = float(self.degrees[index])
        width = error * (NORMAL_97_5 if math.isinf(degrees) else float(t.ppf(0.975, degrees)))
        ends = np.array([beta, beta - width, beta + width])
        effect, low, high = (np.exp(ends) if self.effect_kind == "odds_ratio" else ends).tolist()
        return Estimate(
            self.method, self.effect_kind, n, event, effect, low, high, float(self.p_wald[index]), beta / error, beta,
            error, flags=flags,
        )  # fmt: skip


def scan_linear(
    y: ArrayLike, features: ArrayLike, covariates: ArrayLike | None = None, *, robust: bool = False
) -> GlmScan:
    """A linear model of y on each feature and the covariates.

    Args:
        y: a number, shape (n,).
        features: shape (n, m), NaN where unknown.
        covariates: shape (n, q), none missing; collinear ones are counted once.
        robust: standard errors by HC3, as `fit_linear(robust=True)`.

    Raises:
        ValueError: arrays that break the contract.
    """
    from scipy.stats import t

    outcome, table = outcome_and_features(y, features)
    basis = orthonormal_basis(covariates, len(outcome))
    m, r = table.shape[1], basis.shape[1]
    beta, error, n = np.full(m, np.nan), np.full(m, np.nan), np.full(m, len(outcome), np.int64)
    reason, flags = np.full(m, "", object), np.full(m, "", object)
    slow = np.arange(m)
    if np.ptp(outcome) == 0:
        reason[:] = "every patient has the same outcome"
    elif not robust and len(outcome) > r + 1:
        beta, error, easy = _by_sums(outcome, table, basis)
        slow = np.flatnonzero(~easy)
    if len(slow) and not reason.any():
        rest = table if len(slow) == m else table[:, slow]
        beta[slow], error[slow], n[slow], reason[slow], flags[slow] = _by_chunks(outcome, rest, basis, robust)
    degrees = (n - r - 1).astype(np.float64)
    p = 2 * t.sf(np.abs(beta / error), np.maximum(degrees, 1))
    return GlmScan(
        "linear_scan", "mean_difference", beta, error, p, p, p, n, np.zeros(m, np.int64), degrees,
        reason.astype(np.str_), flags.astype(np.str_),
    )  # fmt: skip


def _by_sums(y: Array, table: Array, basis: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Slopes and standard errors from sums of products alone, and for which features these lose no digits.

    Not easy are features with missing values, a mean far above their spread, or little of their own.
    """
    n, r = basis.shape
    level = y - basis @ (basis.T @ y) / n
    total = float(level @ level)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        sums = np.column_stack([basis / math.sqrt(n), level]).T @ table
        square = np.einsum("ij,ij->j", table, table)
        left = square - np.einsum("ij,ij->j", sums[:r], sums[:r])
        beta = sums[r] / left
        rest = total - beta**2 * left
        easy = (left > _EASY * square) & (rest > _EASY * total) & np.isfinite(square)
        error = np.sqrt(np.where(easy, rest, np.nan) / (n - r - 1) / left)
    return beta, error, easy


def _by_chunks(
    y: Array, table: Array, basis: Array, robust: bool
) -> tuple[Array, Array, NDArray[np.int64], NDArray[np.object_], NDArray[np.object_]]:
    """Slopes, standard errors, patients, reasons and flags of any features."""
    gram, centred, m = Gram(basis), y - y.mean(), table.shape[1]
    beta, error, n = np.full(m, np.nan), np.full(m, np.nan), np.zeros(m, np.int64)
    reason, flags = np.full(m, "", object), np.full(m, "", object)
    for chunk in chunks(table):
        weight = np.ones_like(chunk.values) if chunk.known is None else chunk.known
        n[chunk.rows] = chunk.n
        of_basis = gram.of_basis(weight)
        _note(reason, flags, chunk, chunk.n <= gram.r + 1, "too few patients")
        good = (reason[chunk.rows] == "") & (np.linalg.cond(of_basis) < 1e12)
        of_basis[~good] = np.eye(gram.r)
        slopes, left = eliminate(of_basis, *gram.with_feature(weight, chunk.values))
        _note(reason, flags, chunk, ~good | (left < _EXPLAINED * chunk.n), "a combination of the covariates")
        beta[chunk.rows], error[chunk.rows] = _least_squares(
            chunk, weight, gram, (of_basis, slopes, left), centred, robust
        )
        _note(reason, flags, chunk, np.isnan(error[chunk.rows]), ALONE)
    empty = reason != ""
    beta[empty], error[empty] = np.nan, np.nan
    return beta, error, n, reason, flags


def _least_squares(
    chunk: Chunk, weight: Array, gram: Gram, eliminated: tuple[Array, Array, Array], y: Array, robust: bool
) -> tuple[Array, Array]:
    """Slope and standard error of each feature of a chunk."""
    of_basis, slopes, left = eliminated
    left = np.maximum(left, _EXPLAINED)
    unit = np.where(chunk.scale > 0, chunk.scale, 1.0)
    rest = (chunk.values - slopes @ gram.basis.T) * weight
    beta = rest @ y / left
    level = np.linalg.solve(of_basis, ((weight * y) @ gram.basis)[:, :, None])[:, :, 0]
    residual = (y - level @ gram.basis.T) * weight - beta[:, None] * rest
    if not robust:
        degrees = np.maximum(chunk.n - gram.r - 1, 1)
        variance = np.einsum("ij,ij->i", residual, residual) / degrees / left
    else:
        inverse = np.linalg.inv(of_basis).reshape(-1, gram.r**2)
        leverage = inverse @ gram.pairs.T + rest**2 / left[:, None]
        alone = leverage > WHOLE_LEVERAGE
        variance = np.sum((rest * residual / np.where(alone, np.nan, 1 - leverage)) ** 2, axis=1) / left**2
    return beta / unit, np.sqrt(variance) / unit


def _note(
    reason: NDArray[np.object_], flags: NDArray[np.object_], chunk: Chunk, where: NDArray[np.bool_], why: str
) -> None:
    """Writes why some features of a chunk have no estimate, a constant one before all else."""
    part, flag = reason[chunk.rows], flags[chunk.rows]
    constant = (chunk.scale == 0) & (part == "")
    part[constant], flag[constant] = "every patient has the same value", "constant_feature"
    part[where & (part == "")] = why


def scan_logistic(y: ArrayLike, features: ArrayLike, covariates: ArrayLike | None = None) -> GlmScan:
    """A logistic model of y on each feature and the covariates, by plain maximum likelihood.

    A feature that separates the outcomes has no estimate; its flag says so, and `fit_logistic` gives it Firth's.

    Args:
        y: outcome, 0 or 1, shape (n,).
        features: shape (n, m), NaN where unknown.
        covariates: shape (n, q), none missing; collinear ones are counted once.

    Raises:
        ValueError: arrays that break the contract.
    """
    from scipy.special import erfc

    outcome, table = outcome_and_features(y, features)
    if not np.isin(outcome, (0.0, 1.0)).all():
        raise ValueError("the outcome must be 0 or 1")
    n_patient, m = table.shape
    gram = Gram(orthonormal_basis(covariates, n_patient))
    null = maximise(BinomialModel(outcome, gram.basis, np.ones(n_patient), np.zeros(n_patient)))
    beta, error, score, ratio = (np.full(m, np.nan) for _ in range(4))
    n, n_event = np.zeros(m, np.int64), np.zeros(m, np.int64)
    reason, flags = np.full(m, "", object), np.full(m, "", object)
    for chunk in chunks(table):
        rows = chunk.rows
        n[rows] = chunk.n
        n_event[rows] = outcome.sum() if chunk.known is None else (chunk.known @ outcome).astype(np.int64)
        _note(
            reason,
            flags,
            chunk,
            (n_event[rows] == 0) | (n_event[rows] == n[rows]),
            "every patient has the same outcome",
        )
        if not null.converged:
            _note(reason, flags, chunk, np.ones(len(chunk.n), bool), "the covariates separate the outcomes")
        good = np.flatnonzero(reason[rows] == "")
        fit = _Batch(
            gram, outcome, chunk.values[good], None if chunk.known is None else chunk.known[good], null
        )
        at = rows.start + good
        score[at], ratio[at] = fit.score, fit.likelihood_ratio
        beta[at], error[at] = fit.beta / chunk.scale[good], fit.error / chunk.scale[good]
        reason[at[fit.explained]] = "a combination of the covariates"
        for index in at[~fit.converged & ~fit.explained]:
            one = _alone(outcome, table[:, index], gram.basis)
            beta[index], error[index], ratio[index], reason[index], flags[index] = one
    rare = np.minimum(n_event, n - n_event)
    few = (rare < EVENTS_PER_PARAMETER * gram.r) & (flags != "constant_feature")
    flags[few] = [f"few_events;{flag}".rstrip(";") for flag in flags[few]]
    score[reason != ""] = np.nan
    p_score, p_wald, p_ratio = (erfc(np.sqrt(x / 2)) for x in (score, (beta / error) ** 2, ratio))
    return GlmScan(
        "logistic_scan", "odds_ratio", beta, error, p_wald, p_score, p_ratio, n, n_event, np.full(m, np.inf),
        reason.astype(np.str_), flags.astype(np.str_),
    )  # fmt: skip


def _separates_alone(outcome: Array, feature: Array) -> bool:
    """Whether every value with the outcome is at or above every value without it, or the reverse."""
    with_it, without = feature[outcome == 1], feature[outcome == 0]
    return bool(with_it.min() >= without.max() or with_it.max() <= without.min())


def _alone(outcome: Array, feature: Array, basis: Array) -> tuple[float, float, float, str, str]:
    """Coefficient, standard error, likelihood ratio, reason and flag of one feature that the batch could not fit."""
    known = ~np.isnan(feature)
    if _separates_alone(outcome[known], feature[known]):
        return math.nan, math.nan, math.nan, _SEPARATED, "separation"
    fit = fit_logistic(outcome[known], np.column_stack([feature, basis[:, 1:]])[known], firth=False)
    flag = "separation" if "separation" in fit.flags else ""
    if fit.reasons[0]:
        return math.nan, math.nan, math.nan, _SEPARATED if flag else fit.reasons[0], flag
    ratio = fit.likelihood_ratio([0]).statistic or 0.0
    return float(fit.coefficients[0]), math.sqrt(float(fit.covariance[0, 0])), ratio, "", ""


class _Batch:
    """Logistic models of some features, c rows; each keeps only the rows that have not converged at work.

    Attributes:
        beta, error: coefficient of the standardised feature and its standard error.
        score, likelihood_ratio: chi-square statistics with one degree of freedom.
        converged, explained: whether the fit ended well; whether the covariates explain the feature.
    """

    def __init__(self, gram: Gram, y: Array, values: Array, known: Array | None, null: Maximum):
        self.gram, self.y = gram, y
        c = len(values)
        level = np.tile(null.beta, (c, 1))
        if known is None:
            null_likelihood, settled = np.full(c, null.log_likelihood), np.ones(c, bool)
        else:
            level, _, _, null_likelihood, settled = self._newton(values, known, level, None)
        shared = level[:1] if known is None else level
        mean, weight = self._mean_and_weight(shared, None, values, known)
        of_basis = gram.of_basis(weight)
        cross, own = gram.with_feature(weight, values)
        settled &= np.isfinite(of_basis).all(axis=(1, 2)) & (np.linalg.cond(of_basis) < 1e12)
        of_basis = np.where(settled[:, None, None], of_basis, np.eye(gram.r))
        slopes, left = eliminate(of_basis, cross, own)
        self.explained = settled & (left < _EXPLAINED * own)
        left = np.where(self.explained | (left <= 0), 1.0, left)
        residual = y - mean if known is None else (y - mean) * known
        gradient = (residual * values).sum(axis=1)
        self.score = gradient**2 / left
        start = gradient / left
        self.beta, self.error, self.likelihood_ratio = (np.full(c, np.nan) for _ in range(3))
        self.converged = np.zeros(c, bool)
        at = np.flatnonzero(settled & ~self.explained)
        part = None if known is None else known[at]
        _, beta, left, likelihood, done = self._newton(
            values[at], part, (level - slopes * start[:, None])[at], start[at]
        )
        good = at[done]
        self.converged[good] = True
        self.beta[good], self.error[good] = beta[done], 1 / np.sqrt(left[done])
        self.likelihood_ratio[good] = np.maximum(0.0, 2 * (likelihood - null_likelihood[at]))[done]

    def _mean_and_weight(
        self, level: Array, beta: Array | None, values: Array, known: Array | None
    ) -> tuple[Array, Array]:
        """Fitted chances, and their variances (0 where the feature is unknown)."""
        linear = level @ self.gram.basis.T
        if beta is not None:
            linear += beta[:, None] * values
        np.clip(linear, -500, 500, out=linear)
        np.negative(linear, out=linear)
        np.exp(linear, out=linear)
        linear += 1
        mean = np.reciprocal(linear, out=linear)
        weight = mean * (1 - mean)
        if known is not None:
            weight *= known
        return mean, weight

    def _newton(
        self, values: Array, known: Array | None, level: Array, beta: Array | None
    ) -> tuple[Array, Array, Array, Array, NDArray[np.bool_]]:
        """Level, beta, information about beta, log-likelihood and convergence of each row; beta None: without it."""
        c = len(values)
        found_level, found_beta, found_left = level.copy(), np.zeros(c), np.ones(c)
        likelihood, done = np.full(c, np.nan), np.zeros(c, bool)
        row = np.arange(c)
        for _ in range(_MAX_ITERATION if c else 0):
            mean, weight = self._mean_and_weight(level, beta, values, known)
            residual = self.y - mean if known is None else (self.y - mean) * known
            of_basis, gradient = self.gram.of_basis(weight), residual @ self.gram.basis
            try:
                step = np.linalg.solve(of_basis, gradient[:, :, None])[:, :, 0]
            except np.linalg.LinAlgError:
                break
            move = np.abs(step).max(axis=1)
            if beta is not None:
                slopes, left = eliminate(of_basis, *self.gram.with_feature(weight, values))
                up = (
                    np.einsum("ij,ij->i", residual, values) - np.einsum("ij,ij->i", slopes, gradient)
                ) / left
                step -= slopes * up[:, None]
                move = np.maximum(np.abs(step).max(axis=1), np.abs(up))
                beta = beta + up
                found_left[row], found_beta[row] = left, beta
            level = level + step
            found_level[row] = level
            ended = move < _TOLERANCE
            if ended.any():
                likelihood[row[ended]] = _log_likelihood(
                    mean[ended], self.y, None if known is None else known[ended]
                )
                done[row[ended]] = True
            stay = ~ended & (move < 1e3)
            if not stay.any():
                break
            if not stay.all():
                row, values, level = row[stay], values[stay], level[stay]
                known = None if known is None else known[stay]
                beta = None if beta is None else beta[stay]
        return found_level, found_beta, found_left, likelihood, done


def _log_likelihood(mean: Array, y: Array, known: Array | None) -> Array:
    """Of each row; chances are multiplied sixteen at a time, which spares most of the logarithms."""
    chance = np.where(y == 1, mean, 1 - mean)
    if known is not None:
        chance = np.where(known > 0, chance, 1.0)
    whole = chance.shape[1] // 16 * 16
    products = chance[:, :whole].reshape(len(chance), 16, -1).prod(axis=1)
    return np.asarray(np.log(products).sum(axis=1) + np.log(chance[:, whole:]).sum(axis=1))
