"""One Cox model a feature, for thousands of features at once, with the same covariates and strata.

Own code: a loop over a library's fits takes minutes. The rows are sorted once; the features of a chunk are fitted
together by the likelihood of `fit_cox`, each from the model without it, and leave the batch as they converge. The
answers are those of `fit_cox`. A patient whose feature is missing (NaN) is left out for that feature alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.cox import fit_cox
from wes_biomarkers.stats.cox_model import EVENTS_A_COEFFICIENT, NORMAL_97_5, Model, exp
from wes_biomarkers.stats.estimate import Estimate, FollowUp, follow_up
from wes_biomarkers.stats.partial_likelihood import (
    Evaluation,
    Floats,
    Integers,
    Ties,
    efron_ties,
    evaluate,
    maximise,
    solve,
    state,
)
from wes_biomarkers.stats.scan_core import Chunk, chunks

#: Numbers of a chunk: few enough for the processor's cache.
_CHUNK = 60_000
#: A share of a feature's information below this, unexplained by the covariates, is rounding.
_EXPLAINED = 1e-9


@dataclass(frozen=True)
class CoxScan:
    """A Cox model a feature; all arrays have shape (m,), NaN where `reason` is not empty.

    Attributes:
        coefficients: log hazard ratio of one unit of the feature.
        standard_errors: of the coefficients.
        p_wald, p_score, p_likelihood_ratio: two-sided, of the feature given the covariates.
        n, n_event: patients with the feature, and events among them.
        reason: why there is no estimate; empty where there is one.
        flags: codes joined by semicolons: `constant_feature`, `few_events`, `left_truncated`, `separation`.
    """

    coefficients: Floats
    standard_errors: Floats
    p_wald: Floats
    p_score: Floats
    p_likelihood_ratio: Floats
    n: NDArray[np.int64]
    n_event: NDArray[np.int64]
    reason: NDArray[np.str_]
    flags: NDArray[np.str_]

    def estimate(self, index: int) -> Estimate:
        """The hazard ratio of one feature, with Wald's interval."""
        n, n_event = int(self.n[index]), int(self.n_event[index])
        flags = tuple(filter(None, str(self.flags[index]).split(";")))
        if self.reason[index]:
            return Estimate(
                "cox_scan", "hazard_ratio", n, n_event, status="not_evaluable", reason=str(self.reason[index]),
                flags=flags,
            )  # fmt: skip
        beta, error = float(self.coefficients[index]), float(self.standard_errors[index])
        effect, low, high = (exp(beta + side * NORMAL_97_5 * error) for side in (0, -1, 1))
        return Estimate(
            "cox_scan", "hazard_ratio", n, n_event, effect, low, high, float(self.p_wald[index]), beta / error, beta,
            error, flags=flags,
        )  # fmt: skip


def scan_cox(data: FollowUp, features: ArrayLike, covariates: ArrayLike | None = None) -> CoxScan:
    """Cox's model of each feature with the covariates, within strata, with late entries and weights where given.

    A feature whose likelihood has no maximum has no estimate; its flag `separation` says so, and `fit_cox` with
    `firth=True` gives it one. Clusters are refused: use `fit_cox`.

    Args:
        features: shape (n, m), NaN where unknown.
        covariates: shape (n, q), none missing; collinear ones are counted once.

    Raises:
        ValueError: arrays that break the contract, or clusters.
    """
    from scipy.special import chdtrc

    null, table = _null_and_features(data, features, covariates)
    m, q = table.shape[1], len(null.columns)
    beta, error, score, ratio = (np.full(m, np.nan) for _ in range(4))
    n, n_event = np.zeros(m, np.int64), np.zeros(m, np.int64)
    reason, flags = np.full(m, "", object), np.full(m, "", object)
    counted = (null.sets.weight > 0).astype(float)
    for chunk in chunks(table, _CHUNK):
        at = np.arange(m)[chunk.rows]
        known = None if chunk.known is None else chunk.known[:, null.sets.order]
        n[at] = null.n if known is None else known @ counted
        n_event[at] = null.n_event if known is None else known[:, null.sets.dead].sum(axis=1)
        constant = chunk.scale == 0
        reason[at[constant]], flags[at[constant]] = (
            "constant: every patient has the same value",
            "constant_feature",
        )
        reason[at[~constant & (n_event[at] == 0)]] = "no event"
        good = np.flatnonzero(reason[at] == "")
        if not len(good):
            continue
        fit = _fit_chunk(null, chunk, known, good)
        at = at[good]
        beta[at], error[at] = fit.beta / chunk.scale[good], fit.error / chunk.scale[good]
        score[at], ratio[at] = fit.score, fit.likelihood_ratio
        reason[at[fit.separated]], flags[at[fit.separated]] = _SEPARATED, "separation"
        for index in at[~fit.converged]:
            beta[index], error[index], ratio[index], reason[index], flags[index] = _alone(
                data, table[:, index], covariates
            )
    empty = reason != ""
    beta[empty], error[empty] = np.nan, np.nan
    score[empty & (flags != "separation")] = np.nan
    _mark(flags, (n_event < EVENTS_A_COEFFICIENT * (q + 1)) & (flags != "constant_feature"), "few_events")
    _mark(flags, np.full(m, data.entry is not None), "left_truncated")
    p_wald, p_score, p_ratio = (
        chdtrc(1, value) for value in ((beta / error) ** 2, score, np.maximum(ratio, 0))
    )
    return CoxScan(
        beta, error, p_wald, p_score, p_ratio, n, n_event, reason.astype(np.str_), flags.astype(np.str_)
    )


@dataclass(frozen=True)
class CoxScoreNull:
    """The Cox model without any feature, for score tests under permutations.

    Attributes:
        residual: (n,) weighted martingale residuals, in the order of the patients.
        strata: (n,) within which their sums are 0, and patients may be permuted.
    """

    residual: Floats
    strata: Integers


def cox_score_null(data: FollowUp, covariates: ArrayLike | None = None) -> CoxScoreNull:
    """Fits the covariates alone and keeps the martingale residuals (Therneau, Grambsch and Fleming 1990).

    Raises:
        ValueError: arrays that break the contract, or covariates without a fit.
    """
    null, _ = _null_and_features(data, np.zeros((len(data.time), 0)), covariates)
    now = state(null.sets, (null.beta @ null.columns)[None], null.sets.weight[None], null.ties)
    residual = np.empty(len(data.time))
    residual[null.sets.order] = np.where(null.sets.event, null.sets.weight, 0) - now.expected[0]
    return CoxScoreNull(residual, np.zeros(len(residual), np.int64) if data.strata is None else data.strata)


def cox_score_statistics(
    null: CoxScoreNull, features: ArrayLike, permutations: Iterable[Integers], *, block: int = 64
) -> Iterator[Floats]:
    """The z statistic of each feature under each permutation of the patients, one array of shape (m,) at a time.

    The score of a feature is its product with the martingale residuals; it is divided by its standard deviation over
    all permutations within strata (Strasser and Weber 1999; Hothorn and Lausen 2003), so that features can be
    compared and no permutation needs risk sets. The identity gives the observed statistic.

    Args:
        null: of `cox_score_null`.
        features: shape (n, m), none missing (impute, or leave the feature out: a permutation moves patients).
        permutations: of the patients' numbers, shape (n,) each, within the strata.
        block: permutations multiplied at once.

    Yields:
        z, shape (m,); NaN where the feature is constant within strata.

    Raises:
        ValueError: a feature with missing values, or a permutation of another length.
    """
    table = np.asarray(features, np.float64)
    n = len(null.residual)
    if table.ndim != 2 or len(table) != n or not np.isfinite(table).all():
        raise ValueError("features must have one row a patient and no missing value")
    variance, centred = np.zeros(table.shape[1]), table.copy()
    for code in np.unique(null.strata):
        inside = null.strata == code
        centred[inside] -= centred[inside].mean(axis=0)
        own = null.residual[inside] - null.residual[inside].mean()
        variance += (centred[inside] ** 2).sum(axis=0) * (own**2).sum() / max(int(inside.sum()) - 1, 1)
    unit = np.where(variance > 0, np.sqrt(variance), np.nan)
    waiting: list[Integers] = []
    for permutation in permutations:
        if len(permutation) != n:
            raise ValueError("a permutation must have one number a patient")
        waiting.append(permutation)
        if len(waiting) == block:
            yield from null.residual[np.array(waiting)] @ centred / unit
            waiting = []
    if waiting:
        yield from null.residual[np.array(waiting)] @ centred / unit


_SEPARATED = "the likelihood rises without end in this coefficient: the groups separate"


@dataclass(frozen=True)
class _Null(Model):
    """The model of the usable covariates alone, with its coefficients (q,) and log likelihood."""

    beta: Floats
    log_likelihood: float


@dataclass(frozen=True)
class _ChunkFit:
    """Of the features of a chunk, standardised: (c,) each."""

    beta: Floats
    error: Floats
    score: Floats
    likelihood_ratio: Floats
    converged: NDArray[np.bool_]
    separated: NDArray[np.bool_]


def _null_and_features(
    data: FollowUp, features: ArrayLike, covariates: ArrayLike | None
) -> tuple[_Null, Floats]:
    table = np.asarray(features, np.float64)
    if table.ndim != 2 or len(table) != len(data.time) or np.isinf(table).any():
        raise ValueError("features must have one row a patient and no infinite value")
    if data.cluster is not None:
        raise ValueError("a scan has no robust variance: leave the clusters out or use fit_cox")
    x = np.empty((len(data.time), 0)) if covariates is None else np.asarray(covariates, np.float64)
    fit = fit_cox(data, x)
    usable = [j for j, reason in enumerate(fit.reasons) if not reason]
    if fit.n_event and (not fit.converged or "separation" in fit.flags):
        raise ValueError("the covariates alone have no fit: " + fit.reason)
    model = Model.of(data, x.reshape(len(x), -1)[:, usable])
    spread = np.where(model.ranges > 0, model.ranges, 1)
    null = _Null(
        model.sets, model.ties, model.weight, model.columns / spread[:, None], np.ones(len(usable)), model.reasons,
        model.n, model.n_event, (), fit.coefficients[usable] * spread, fit.log_likelihood,
    )  # fmt: skip
    return null, table


def _fit_chunk(null: _Null, chunk: Chunk, known: Floats | None, good: Integers) -> _ChunkFit:
    """Newton's method for the good features of a chunk, from the model without them."""
    sets, q, c = null.sets, len(null.columns), len(good)
    values = chunk.values[good][:, sets.order]
    columns = [column[None] for column in null.columns]
    weight, ties = null.weight, null.ties
    start, floor = np.tile(np.append(null.beta, 0.0), (c, 1)), np.full(c, null.log_likelihood)
    settled = np.ones(c, bool)
    if known is not None:
        weight = null.weight * known[good]
        ties = efron_ties(sets, weight)
        smaller = maximise(
            lambda beta, rows: evaluate(sets, columns, beta, *_of(weight, ties, rows)),
            start[:, :q], np.ones((c, q)),
        )  # fmt: skip
        start[:, :q], floor = smaller.coefficients, smaller.evaluation.log_likelihood
        settled = smaller.converged & ~smaller.moving.any(axis=1)

    def at(beta: Floats, rows: Integers) -> Evaluation:
        own = values if len(rows) == c else values[rows]
        return evaluate(sets, [*columns, own], beta, *_of(weight, ties, rows))

    found = maximise(at, start, np.append(np.ones((c, q)), np.ptp(values, axis=1)[:, None], axis=1))
    left, own = _left(found.start.information)
    score = found.start.gradient[:, -1] ** 2 / np.where(left > 0, left, np.nan)
    explained = ~(left > _EXPLAINED * own) | ~settled
    separated = found.moving[:, -1] & ~explained
    final, _ = _left(found.evaluation.information)
    fine = found.converged & ~explained & ~found.moving.any(axis=1) & (final > 0)
    error = 1 / np.sqrt(np.where(fine, final, np.nan))
    ratio = 2 * (found.evaluation.log_likelihood - floor)
    return _ChunkFit(found.coefficients[:, -1], error, score, ratio, fine | separated, separated)


def _of(weight: Floats, ties: Ties, rows: Integers) -> tuple[Floats, Ties]:
    """Weights and ties of some models of a batch, where these differ between models."""
    if len(weight) == 1 or len(rows) == len(weight):
        return weight, ties
    fraction = ties.fraction if len(ties.fraction) == 1 else ties.fraction[rows]
    return weight[rows], Ties(fraction, ties.weight[rows])


def _left(information: Floats) -> tuple[Floats, Floats]:
    """Information about the last coefficient given the others, and without them: (b,) each."""
    own, cross = information[:, -1, -1], information[:, :-1, -1]
    if not cross.shape[1]:
        return own, own
    return own - np.einsum("bq,bq->b", cross, solve(information[:, :-1, :-1], cross)), own


def _alone(
    data: FollowUp, feature: Floats, covariates: ArrayLike | None
) -> tuple[float, float, float, str, str]:
    """Coefficient, error, likelihood ratio, reason and flag of one feature that the batch could not fit."""
    known = ~np.isnan(feature)
    entry, strata, weight = (
        None if part is None else part[known] for part in (data.entry, data.strata, data.weight)
    )
    rest = (
        np.empty((int(known.sum()), 0)) if covariates is None else np.asarray(covariates, np.float64)[known]
    )
    rest = rest.reshape(len(rest), -1)
    some = follow_up(data.time[known], data.event[known], entry=entry, strata=strata, weight=weight)
    without, fit = fit_cox(some, rest), fit_cox(some, np.column_stack([rest, feature[known]]))
    found = fit.estimate(rest.shape[1])
    ratio = 2 * (fit.log_likelihood - without.log_likelihood)
    flag = next((flag for flag in found.flags if flag in {"constant_feature", "separation"}), "")
    if found.coefficient is None or found.standard_error is None:
        return np.nan, np.nan, np.nan, found.reason, flag
    return found.coefficient, found.standard_error, ratio, "", flag


def _mark(flags: NDArray[np.object_], where: NDArray[np.bool_], code: str) -> None:
    """Adds a code to the flags of some features, in alphabetical order."""
    for index in np.flatnonzero(where):
        flags[index] = ";".join(sorted({*filter(None, str(flags[index]).split(";")), code}))
