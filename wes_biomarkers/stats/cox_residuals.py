"""Whether hazards are proportional: the score test of effects that change over time, as R's cox.zph (survival >= 3)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.cox_model import CoxFit, Model, chi_square_p, covariate_matrix
from wes_biomarkers.stats.estimate import FollowUp
from wes_biomarkers.stats.partial_likelihood import Floats, means, state
from wes_biomarkers.stats.survival import steps


@dataclass(frozen=True)
class ProportionalHazards:
    """The test of each term and of all together; NaN where it could not be evaluated, with `reason`.

    Attributes:
        statistic, p_value: (k,) chi-square statistics of the terms and their p values.
        degrees: (k,) columns of each term that have a coefficient.
        global_statistic, global_p, global_degrees: of all terms.
    """

    statistic: Floats
    p_value: Floats
    degrees: NDArray[np.int64]
    global_statistic: float
    global_p: float
    global_degrees: int
    status: str = "ok"
    reason: str = ""


def proportional_hazards_test(
    data: FollowUp,
    x: ArrayLike,
    fit: CoxFit,
    *,
    transform: str = "km",
    terms: Sequence[Sequence[int]] | None = None,
) -> ProportionalHazards:
    """Score test of adding x * g(time) to the model (Grambsch and Therneau 1994; Therneau, survival 3.0).

    Args:
        data, x, fit: what the model was fitted to, and the fit (of `fit_cox`, without a penalty).
        transform: g: `km`, one minus the Kaplan-Meier estimate just before the time, of all patients together and
            without weights; or `identity`, time itself.
        terms: columns of each term; each column by itself when None.

    Raises:
        ValueError: an unknown transform.
    """
    if transform not in {"km", "identity"}:
        raise ValueError("transform must be km or identity")
    values = covariate_matrix(data, x)
    groups = [[j] for j in range(values.shape[1])] if terms is None else [list(term) for term in terms]
    usable = [j for j in range(values.shape[1]) if not fit.reasons[j]]
    if not fit.converged or not usable:
        return _none(len(groups), fit.reason or "no coefficient")
    model = Model.of(data, values[:, usable])
    beta = fit.coefficients[usable]
    score, information = _extended(model, beta, _transformed(data, model, transform))
    p = len(usable)
    place = {j: index for index, j in enumerate(usable)}
    statistic, degrees = np.full(len(groups), math.nan), np.zeros(len(groups), np.int64)
    for index, group in enumerate(groups):
        chosen = [place[j] for j in group if j in place]
        degrees[index] = len(chosen)
        if chosen:
            statistic[index] = _test(score, information, p, chosen)
    total = _test(score, information, p, list(range(p)))
    if not math.isfinite(total):
        return _none(len(groups), "the events are at too few times")
    p_values = [
        chi_square_p(value, int(count)) if count else math.nan
        for value, count in zip(statistic, degrees, strict=True)
    ]
    return ProportionalHazards(statistic, np.array(p_values), degrees, total, chi_square_p(total, p), p)


def _transformed(data: FollowUp, model: Model, transform: str) -> Floats:
    """(E,) g at the time of each event, in the order of the risk sets, centred at the events' mean."""
    times = data.time[model.sets.order][model.sets.dead]
    if transform == "km":
        at = steps(FollowUp(data.time, data.event, data.entry))
        before = np.concatenate([[1.0], at.survival])
        times = 1 - before[np.searchsorted(at.time, times, side="left")]
    return np.asarray(times - times.mean(), np.float64)


def _extended(model: Model, beta: Floats, g: Floats) -> tuple[Floats, Floats]:
    """Score (p,) of the coefficients of x * g, and the information (2p, 2p) of x and x * g together."""
    sets, ties, columns = model.sets, model.ties, model.columns
    now = state(sets, (beta @ columns)[None], model.weight, ties)
    first = [means(sets, ties, now, column[None])[0] for column in columns]
    p, weight = len(columns), ties.weight[0]
    own = sets.weight[sets.dead]
    # step l of the tied events takes the mean over the risk set, the events themselves their own values
    score = np.array(
        [
            (own * g * column[sets.dead]).sum() - (weight * g * centre).sum()
            for column, centre in zip(columns, first, strict=True)
        ]
    )
    information = np.empty((2 * p, 2 * p))
    for j in range(p):
        for k in range(j + 1):
            second = means(sets, ties, now, (columns[j] * columns[k])[None])[0]
            spread = weight * (second - first[j] * first[k])
            block = np.array(
                [[spread.sum(), (g * spread).sum()], [(g * spread).sum(), (g**2 * spread).sum()]]
            )
            information[np.ix_([j, j + p], [k, k + p])] = block
            information[np.ix_([k, k + p], [j, j + p])] = block
    return score, information


def _test(score: Floats, information: Floats, p: int, chosen: list[int]) -> float:
    kept = [*range(p), *(p + index for index in chosen)]
    inside = information[np.ix_(kept, kept)]
    if np.linalg.matrix_rank(inside, hermitian=True) < len(kept):
        return math.nan
    vector = np.concatenate([np.zeros(p), score[chosen]])
    return float(vector @ np.linalg.solve(inside, vector))


def _none(count: int, reason: str) -> ProportionalHazards:
    empty = np.full(count, math.nan)
    return ProportionalHazards(
        empty, empty, np.zeros(count, np.int64), math.nan, math.nan, 0, "not_evaluable", reason
    )
