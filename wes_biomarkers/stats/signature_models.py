"""Signatures of many features: penalised models whose performance is judged on patients they were not built on.

Every step that learns from the outcome or the patients (filling in, scaling, the penalty, the choice of features)
happens inside the loops: nested cross-validation (Varma and Simon 2006) and Harrell's bootstrap for the optimism
(Harrell, Lee and Mark 1996).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.concordance import Outcome, concordance, pairs, resampled
from wes_biomarkers.stats.estimate import Estimate
from wes_biomarkers.stats.penalised_path import (
    cox_log_likelihood,
    cox_null_gradient,
    cox_path,
    logistic_path,
    penalty_grid,
)

Array = NDArray[np.float64]
Rows = NDArray[np.int64]

#: Fewer events (or patients without) than this for each outer fold, and nothing is estimated.
MIN_EVENT_A_FOLD = 2
#: Below so many events a candidate feature the result is flagged `few_events`.
EVENTS_A_CANDIDATE = 10


@dataclass(frozen=True)
class SignatureSettings:
    """How signatures are built and judged.

    Attributes:
        l1_ratio: 1 is the lasso; below, the elastic net.
        n_penalty, min_ratio: the path of penalties (penalised_path.penalty_grid).
        n_outer, n_inner: folds that judge, and folds that choose the penalty.
        n_repeat: how often the patients are split anew.
    """

    l1_ratio: float = 1.0
    n_penalty: int = 30
    min_ratio: float = 0.05
    n_outer: int = 5
    n_inner: int = 5
    n_repeat: int = 1


@dataclass(frozen=True)
class Signature:
    """A fitted signature.

    Attributes:
        coefficients: a standard deviation of each feature, shape (p,); 0: not chosen.
        median, centre, scale: of the patients it was built on, to fill in and to scale.
        penalty: as chosen.
        patients: whom it was built on.
    """

    coefficients: Array
    median: Array
    centre: Array
    scale: Array
    penalty: float
    patients: frozenset[str] = field(default=frozenset())

    def predict(self, x: ArrayLike) -> Array:
        """Linear predictors (n,) from features (n, p); a missing value is filled in by the median."""
        return _scaled(np.asarray(x, np.float64), self) @ self.coefficients


@dataclass(frozen=True)
class Validation:
    """What nested cross-validation found.

    Attributes:
        performance: C-index or AUC of patients the models had not seen, compared within their fold. The interval is
            that of resampled patients, the models held fixed; none if no model chose any feature.
        predictors: of each patient, by the model that had not seen them (last repeat), centred a fold; shape (n,).
        selected: share of the models that chose each feature, shape (p,).
        penalties: as chosen, one a model.
    """

    performance: Estimate
    predictors: Array
    selected: Array
    penalties: Array


@dataclass(frozen=True)
class Optimism:
    """What Harrell's bootstrap found: `corrected` is `apparent` less the mean `optimism`."""

    performance: Estimate
    apparent: float | None = None
    optimism: float | None = None
    corrected: float | None = None
    selected: Array | None = None


def fit_signature(
    outcome: Outcome, x: ArrayLike, settings: SignatureSettings, seed: int, patients: Sequence[str] = ()
) -> Signature:
    """The signature of all given patients, its penalty chosen by cross-validation.

    Args:
        outcome: of n patients.
        x: features, shape (n, p); missing values are filled in by the median.
        settings: how.
        seed: of the folds.
        patients: their ids, so that `validate_signature` can refuse them.

    Raises:
        ValueError: unequal lengths.
    """
    matrix = _matrix(outcome, x)
    built = _fit(outcome, matrix, settings, np.random.default_rng(seed), np.arange(len(matrix)))
    return Signature(
        built.coefficients, built.median, built.centre, built.scale, built.penalty, frozenset(patients)
    )


def nested_validation(outcome: Outcome, x: ArrayLike, settings: SignatureSettings, seed: int) -> Validation:
    """The honest C-index or AUC: an inner loop chooses the penalty, an outer one judges.

    Only patients of one outer fold are compared with each other, since each fold has a model of its own.

    Args:
        outcome: of n patients.
        x: features, shape (n, p); missing values are filled in by the median of those the model is built on.
        settings: folds and penalties.
        seed: of the folds and of the resampled patients.

    Raises:
        ValueError: unequal lengths.
    """
    matrix = _matrix(outcome, x)
    reason = _refusal(outcome, matrix, settings)
    n, p = matrix.shape
    if reason:
        empty = np.full(n, np.nan)
        return Validation(
            _estimate(outcome, p, "nested_cross_validation", reason=reason),
            empty,
            np.full(p, np.nan),
            empty[:0],
        )
    random = np.random.default_rng(seed)
    blocks: list[tuple[Rows, Array, Array]] = []
    chosen, penalties = [], []
    predictors = np.zeros(n)
    for _ in range(settings.n_repeat):
        folds = _folds(outcome.event, settings.n_outer, random, np.arange(n))
        for fold in range(settings.n_outer):
            test, train = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
            model = _fit(outcome.take(train), matrix[train], settings, random, train)
            linear = model.predict(matrix[test])
            predictors[test] = linear - linear.mean()
            blocks.append((test, *pairs(outcome.take(test), linear)))
            chosen.append(model.coefficients != 0)
            penalties.append(model.penalty)
    performance = _pooled(outcome, p, "nested_cross_validation", blocks, random)
    if not np.any(chosen):
        performance = replace(performance, ci_low=None, ci_high=None, reason="no model chose any feature")
    return Validation(performance, predictors, np.mean(chosen, axis=0), np.asarray(penalties))


def optimism_corrected(
    outcome: Outcome, x: ArrayLike, settings: SignatureSettings, n_bootstrap: int, seed: int
) -> Optimism:
    """The apparent C-index or AUC less its optimism, by Harrell's bootstrap.

    The whole procedure runs on each resample, the choice of the penalty too; copies of a patient stay in one fold.

    Args:
        outcome: of n patients.
        x: features, shape (n, p).
        settings: inner folds and penalties.
        n_bootstrap: resamples; 200 or more.
        seed: of folds and resamples.

    Raises:
        ValueError: unequal lengths.
    """
    matrix = _matrix(outcome, x)
    n, p = matrix.shape
    reason = _refusal(outcome, matrix, settings)
    if reason:
        return Optimism(_estimate(outcome, p, "optimism_bootstrap", reason=reason))
    random = np.random.default_rng(seed)
    apparent = concordance(outcome, _fit(outcome, matrix, settings, random, np.arange(n)).predict(matrix))
    gaps, chosen = [], []
    for _ in range(n_bootstrap):
        rows: Rows = random.integers(0, n, size=(n,))
        if outcome.event[rows].sum() < settings.n_inner or (~outcome.event[rows]).sum() < settings.n_inner:
            continue
        model = _fit(outcome.take(rows), matrix[rows], settings, random, rows)
        linear = model.predict(matrix)
        gaps.append(concordance(outcome.take(rows), linear[rows]) - concordance(outcome, linear))
        chosen.append(model.coefficients != 0)
    if not gaps:
        return Optimism(_estimate(outcome, p, "optimism_bootstrap", reason="no resample had enough events"))
    optimism = float(np.mean(gaps))
    performance = _estimate(outcome, p, "optimism_bootstrap", apparent - optimism)
    return Optimism(performance, apparent, optimism, apparent - optimism, np.mean(chosen, axis=0))


def validate_signature(
    signature: Signature, outcome: Outcome, x: ArrayLike, patients: Sequence[str], seed: int
) -> Estimate:
    """C-index or AUC of a finished signature in other patients; refused if any of them built it.

    Raises:
        ValueError: unequal lengths, or a signature that does not say whom it was built on.
    """
    matrix = _matrix(outcome, x)
    if len(patients) != len(matrix) or not signature.patients:
        raise ValueError("each patient needs an id, and so do those the signature was built on")
    shared = len(signature.patients.intersection(patients))
    if shared:
        reason = f"{shared} of these patients built the signature: it would look better than it is"
        return _estimate(outcome, 0, "external_validation", reason=reason, status="refused")
    block = (np.arange(len(matrix)), *pairs(outcome, signature.predict(matrix)))
    return _pooled(outcome, 0, "external_validation", [block], np.random.default_rng(seed))


def _pooled(
    outcome: Outcome,
    n_candidate: int,
    method: str,
    blocks: Sequence[tuple[Rows, Array, Array]],
    random: np.random.Generator,
) -> Estimate:
    if not any(possible.any() for _, _, possible in blocks):
        return _estimate(outcome, n_candidate, method, reason="no two patients can be compared")
    return _estimate(outcome, n_candidate, method, *resampled(blocks, len(outcome.event), random))


def _fit(
    outcome: Outcome, x: Array, settings: SignatureSettings, random: np.random.Generator, patient: Rows
) -> Signature:
    """Choose the penalty by inner folds, then fit all; `patient` tells the copies of one patient."""
    ready = _prepared(x)
    scaled = _scaled(x, ready)
    penalties = penalty_grid(
        scaled, _null_gradient(outcome), settings.l1_ratio, settings.n_penalty, settings.min_ratio
    )
    folds = _folds(outcome.event, settings.n_inner, random, patient)
    loss = np.zeros(len(penalties))
    for fold in range(settings.n_inner):
        test, train = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        if (
            not len(test)
            or not outcome.event[train].any()
            or (outcome.event[train].all() and outcome.time is None)
        ):
            continue
        inner = _prepared(x[train])
        intercepts, coefficients = _path(
            outcome.take(train), _scaled(x[train], inner), penalties, settings.l1_ratio
        )
        loss += _loss(outcome, _scaled(x, inner) @ coefficients + intercepts, train, test)
    best = int(np.argmin(loss))
    _, coefficients = _path(outcome, scaled, penalties[: best + 1], settings.l1_ratio)
    return Signature(coefficients[:, best], ready.median, ready.centre, ready.scale, float(penalties[best]))


def _path(outcome: Outcome, x: Array, penalties: Array, l1_ratio: float) -> tuple[Array, Array]:
    if outcome.time is None:
        return logistic_path(outcome.event, x, penalties, l1_ratio)
    return np.zeros(len(penalties)), cox_path(outcome.time, outcome.event, x, penalties, l1_ratio)


def _null_gradient(outcome: Outcome) -> Array:
    if outcome.time is None:
        return np.asarray(outcome.event - outcome.event.mean(), np.float64)
    return cox_null_gradient(outcome.time, outcome.event)


def _loss(outcome: Outcome, predictors: Array, train: Rows, test: Rows) -> Array:
    """Loss of the held-out patients at each penalty.

    The negative log-likelihood; for Cox, what they add to the log partial likelihood (Verweij and van Houwelingen 1993).
    """
    if outcome.time is None:
        signed = np.where(outcome.event[test, None], 1.0, -1.0) * predictors[test]
        total: Array = np.logaddexp(0, -signed).sum(axis=0)
        return total
    of_all = cox_log_likelihood(outcome.time, outcome.event, predictors)
    return cox_log_likelihood(outcome.time[train], outcome.event[train], predictors[train]) - of_all


def _prepared(x: Array) -> Signature:
    """Median, mean and standard deviation of each feature; one that is constant or all missing gets scale 0."""
    known = np.isfinite(x)
    median = np.array([np.median(x[rows, at]) if rows.any() else 0.0 for at, rows in enumerate(known.T)])
    filled = np.where(known, x, median)
    centre, scale = filled.mean(axis=0), filled.std(axis=0)
    scale = np.where(scale > 1e-12 * (1 + np.abs(centre)), scale, 0.0)
    return Signature(np.zeros(x.shape[1]), median, centre, scale, 0.0)


def _scaled(x: Array, ready: Signature) -> Array:
    filled = np.where(np.isfinite(x), x, ready.median) - ready.centre
    return np.divide(filled, ready.scale, out=np.zeros_like(filled), where=ready.scale > 0)


def _folds(event: NDArray[np.bool_], n_fold: int, random: np.random.Generator, patient: Rows) -> Rows:
    """A fold for each row, events spread evenly over the folds, copies of a patient together."""
    fold_of = np.zeros(int(patient.max()) + 1, np.int64)
    dealt = 0
    for kind in (True, False):
        members = random.permutation(np.unique(patient[event == kind]))
        fold_of[members] = (np.arange(len(members)) + dealt) % n_fold
        dealt += len(members)
    folds: Rows = fold_of[patient]
    return folds


def _matrix(outcome: Outcome, x: ArrayLike) -> Array:
    matrix = np.asarray(x, np.float64)
    if matrix.ndim != 2 or len(matrix) != len(outcome.event):
        raise ValueError("features must have one row a patient")
    return matrix


def _refusal(outcome: Outcome, x: Array, settings: SignatureSettings) -> str:
    """Why nothing can be estimated; empty if it can."""
    if outcome.refused:
        return outcome.refused
    if not x.shape[1] or not (_prepared(x).scale > 0).any():
        return "no feature differs between patients"
    need = MIN_EVENT_A_FOLD * max(settings.n_outer, settings.n_inner)
    n_event = int(outcome.event.sum())
    n_least = min(n_event, len(x) - n_event) if outcome.time is None else n_event
    return f"{n_least} patients with or without the event, fewer than {need}" if n_least < need else ""


def _estimate(
    outcome: Outcome,
    n_candidate: int,
    method: str,
    effect: float | None = None,
    ci_low: float | None = None,
    ci_high: float | None = None,
    *,
    reason: str = "",
    status: str = "not_evaluable",
) -> Estimate:
    n_event = int(outcome.event.sum())
    return Estimate(
        method=method,
        effect_kind="auc" if outcome.time is None else "c_index",
        n=len(outcome.event),
        n_event=n_event,
        effect=effect,
        ci_low=ci_low,
        ci_high=ci_high,
        status=status if reason else "ok",
        reason=reason,
        flags=("few_events",) if n_event < EVENTS_A_CANDIDATE * n_candidate else (),
    )
