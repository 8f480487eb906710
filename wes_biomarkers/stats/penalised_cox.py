"""Cox models that shrink: Firth's likelihood for few events or separated groups, and the lasso for many features."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from wes_biomarkers.stats.cox_model import CoxFit, Model, Profile, chi_square_p, no_fit, placed_fit
from wes_biomarkers.stats.estimate import FollowUp
from wes_biomarkers.stats.partial_likelihood import Floats, Integers, means, state

#: 95 % quantile of the chi-square distribution with one degree: twice the fall of the likelihood at the limits.
CHI_SQUARE_95 = 3.841458820694124
_MAX_STEPS = 500
_TOLERANCE = 1e-14
#: A limit is sought as far as this many standard errors; beyond, it is infinite.
_FARTHEST = 2.0**12


def fit_firth_cox(data: FollowUp, x: Floats) -> CoxFit:
    """Cox's model by Firth's penalised likelihood: log likelihood plus half the log determinant of the information.

    Firth (1993), for Cox's model Heinze and Schemper (2001). Finite also where groups separate. Intervals and p values
    are of the profile of the penalised likelihood; the covariance is the inverse of the information.

    Args:
        x: (n, p), none missing.
    """
    model = Model.of(data, x)
    flags = tuple(sorted({*model.flags, "firth"}))
    usable = np.flatnonzero([not reason for reason in model.reasons])
    if not model.n_event:
        return replace(no_fit(model, "no event"), flags=flags, method="cox_firth")
    top = _climb(model, usable, np.zeros(len(usable)), np.ones(len(usable), bool))
    if top is None or data.cluster is not None:
        reason = "the fit did not converge" if top is None else "Firth's likelihood has no robust variance"
        return replace(no_fit(model, reason), flags=flags, method="cox_firth")
    inverse = np.asarray(np.linalg.inv(top.information), np.float64)
    null = _penalised(model, usable, np.zeros(len(usable)))
    score = float(null.gradient @ np.linalg.solve(null.information, null.gradient)) if len(usable) else 0.0
    fit = placed_fit(
        model,
        usable,
        top.beta,
        inverse,
        top.information,
        (null.value, top.value),
        score,
        "cox_firth",
    )

    @cache
    def profile(index: int) -> Profile:
        """Of a coefficient that was fitted."""
        place = int(np.searchsorted(usable, index))
        below = _profile_drop(model, usable, top, place)
        error, centre = math.sqrt(inverse[place, place]), float(top.beta[place])
        p_value = chi_square_p(max(below(0.0), 0.0), 1)
        low, high = (_limit(below, centre, side * error) for side in (-1, 1))
        return Profile(low, high, p_value)

    return replace(fit, flags=flags, profile=profile)


@dataclass(frozen=True)
class LassoPath:
    """Coefficients along a path of penalties.

    Attributes:
        penalties: (k,) from the strongest to the weakest.
        coefficients: (k, p) log hazard ratios for one unit of each feature.
    """

    penalties: Floats
    coefficients: Floats


def lasso_cox(
    data: FollowUp, x: ArrayLike, *, penalties: ArrayLike | None = None, mixing: float = 1.0, count: int = 50
) -> LassoPath:
    """The lasso or elastic net for Cox's model by scikit-survival's Coxnet (Simon et al. 2011).

    Minimises minus the log partial likelihood over n, plus the penalty times (mixing times the sum of absolute
    coefficients, plus half of 1 - mixing times the sum of squares), of features scaled to standard deviation 1 (by
    n); the coefficients are per unit of the features as given. Equal to R's glmnet(family = "cox"), whose likelihood
    counts ties after Breslow.

    Raises:
        ValueError: with strata, late entries or weights, which Coxnet does not know; or without events.
    """
    from sksurv.linear_model import CoxnetSurvivalAnalysis
    from sksurv.util import Surv

    if data.strata is not None or data.entry is not None or data.weight is not None:
        raise ValueError("the lasso takes no strata, entries or weights")
    if not data.event.any():
        raise ValueError("the lasso needs an event")
    values = np.asarray(x, np.float64)
    spread = values.std(axis=0)
    spread[spread == 0] = 1
    scaled = (values - values.mean(axis=0)) / spread
    alphas = None if penalties is None else np.sort(np.asarray(penalties, np.float64))[::-1]
    model = CoxnetSurvivalAnalysis(
        l1_ratio=mixing, alphas=alphas, n_alphas=count, tol=1e-15, max_iter=1_000_000, normalize=False
    )
    model.fit(scaled, Surv.from_arrays(data.event, data.time))
    return LassoPath(np.asarray(model.alphas_), model.coef_.T / spread)


@dataclass(frozen=True)
class _Point:
    """The penalised likelihood, its gradient and the information at coefficients."""

    beta: Floats
    value: float
    gradient: Floats
    information: Floats


def _penalised(model: Model, usable: Integers, beta: Floats, *, climbing: bool = True) -> _Point:
    """At coefficients; unless climbing, the gradient lacks the penalty's part."""
    found = model.evaluate(beta[None], usable)
    information = found.information[0]
    sign, determinant = np.linalg.slogdet(information) if len(beta) else (1.0, 0.0)
    if sign <= 0 or not np.isfinite(information).all():
        return _Point(beta, -math.inf, found.gradient[0], information)
    inverse = np.linalg.inv(information) if len(beta) else information
    gradient = found.gradient[0]
    if climbing:
        gradient = gradient + 0.5 * _determinant_slope(model, usable, beta, inverse)
    return _Point(beta, float(found.log_likelihood[0]) + 0.5 * float(determinant), gradient, information)


def _determinant_slope(model: Model, usable: Integers, beta: Floats, inverse: Floats) -> Floats:
    """The gradient of the log determinant of the information: its inverse times third moments over risk sets."""
    columns = model.columns[usable]
    p = len(columns)
    now = state(model.sets, (beta @ columns)[None], model.weight, model.ties)
    size = np.einsum("an,ab,bn->n", columns, inverse, columns)
    above, beside = np.triu_indices(p)
    products = columns[above] * columns[beside]
    found = means(model.sets, model.ties, now, np.vstack([columns, size, size * columns, products]))
    first, mean_size, sized = found[:p], found[p], found[p + 1 : 2 * p + 1]
    second = np.empty((p, p, found.shape[1]))
    second[above, beside] = second[beside, above] = found[2 * p + 1 :]
    turned = inverse @ first
    length = (first * turned).sum(axis=0)
    slope = np.empty(p)
    for c in range(p):
        third = sized[c] - first[c] * (mean_size - 2 * length) - 2 * (second[c] * turned).sum(axis=0)
        slope[c] = (model.ties.weight[0] * third).sum()
    return slope


def _climb(model: Model, usable: Integers, start: Floats, free: Floats) -> _Point | None:
    """The maximum over the free coefficients, the others held; None when it is not reached."""
    try:
        return _ascend(model, usable, start, free)
    except np.linalg.LinAlgError:  # so far out that the information has no inverse
        return None


def _ascend(model: Model, usable: Integers, start: Floats, free: Floats) -> _Point | None:
    at = _penalised(model, usable, start, climbing=bool(free.any()))
    if not free.any():
        return at if np.isfinite(at.gradient).all() else None
    for _ in range(_MAX_STEPS):
        step = np.zeros(len(start))
        step[free] = np.linalg.solve(at.information[np.ix_(free, free)], at.gradient[free])
        gain = float(step @ at.gradient)
        if not math.isfinite(gain):
            return None
        if gain < _TOLERANCE:
            return at
        for halvings in range(30):
            trial = _penalised(model, usable, at.beta + step / 2**halvings)
            if trial.value >= at.value - 1e-11:
                break
        else:
            return at if gain < 1e-8 else None
        at = trial
    return at if gain < 1e-8 else None


def _profile_drop(model: Model, usable: Integers, top: _Point, place: int) -> Callable[[float], float]:
    """Twice the fall of the penalised likelihood from its maximum, with one coefficient held at a value."""
    free = np.arange(len(usable)) != place

    @cache
    def drop(value: float) -> float:
        start = top.beta.copy()
        start[place] = value
        found = _climb(model, usable, start, free)
        return math.nan if found is None else 2 * (top.value - found.value)

    return drop


def _limit(drop: Callable[[float], float], centre: float, step: float) -> float:
    """Where the profile has fallen by the 95 % quantile, going from the maximum in steps that double."""
    from scipy.optimize import brentq

    inner, factor = centre, 1.0
    while factor <= _FARTHEST:
        outer = centre + factor * step
        fall = drop(outer)
        if math.isnan(fall):
            break
        if fall > CHI_SQUARE_95:
            try:
                found = brentq(
                    lambda value: drop(value) - CHI_SQUARE_95, inner, outer, xtol=1e-10, rtol=1e-12
                )
            except ValueError:  # the profile is not reached somewhere between
                break
            return float(found)
        inner, factor = outer, factor * 2
    return math.copysign(math.inf, step)
