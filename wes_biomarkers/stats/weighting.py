"""Weights that make arms alike which no chance allocated, how alike they became, and how much a hidden cause must do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.logistic import fit_logistic

Array = NDArray[np.float64]

#: A standardised difference above this is called unbalanced (Austin 2009, Stat Med 28:3083).
UNBALANCED = 0.1
#: Outcomes more frequent than this are common, where an odds or hazard ratio overstates the risk ratio.
COMMON = 0.15


@dataclass(frozen=True)
class Propensity:
    """The chance of each patient to be treated, given covariates; or why there is none.

    Attributes:
        chance: shape (n,); NaN where there is none.
        status: `ok` or `not_evaluable`, the latter with `reason`.
    """

    chance: Array
    status: str = "ok"
    reason: str = ""


@dataclass(frozen=True)
class Balance:
    """How alike two arms are in one covariate.

    Attributes:
        name: of the covariate's column.
        mean_treated, mean_control: weighted.
        difference: standardised by the unweighted standard deviations; infinite where each arm has but one value
            and the two differ.
        variance_ratio: treated over control, weighted; None for a covariate constant in the control.
    """

    name: str
    mean_treated: float
    mean_control: float
    difference: float
    variance_ratio: float | None


def propensity(treated: ArrayLike, covariates: ArrayLike) -> Propensity:
    """The chance of treatment by logistic regression (Rosenbaum and Rubin 1983, Biometrika 70:41).

    Args:
        treated: 0 or 1, shape (n,).
        covariates: shape (n, q), none missing, all measured before treatment.
    """
    x = np.asarray(covariates, np.float64)
    fit = fit_logistic(treated, x, firth=False)
    if fit.status != "ok":
        return Propensity(np.full(len(x), np.nan), "not_evaluable", fit.reason)
    return Propensity(fit.probability(x))


def overlap_weights(treated: ArrayLike, chance: ArrayLike) -> Array:
    """Each patient's chance of the other arm: those who could have had either count most (Li 2018, JASA 113:390).

    >>> overlap_weights([1, 0], [0.8, 0.8]).round(3).tolist()
    [0.2, 0.8]
    """
    is_treated, p = np.asarray(treated, bool), np.asarray(chance, np.float64)
    return np.asarray(np.where(is_treated, 1 - p, p))


def inverse_probability_weights(treated: ArrayLike, chance: ArrayLike, *, truncate: float = 0.01) -> Array:
    """Stabilised weights by the inverse chance of one's own arm, cut at their own low and high quantiles.

    Args:
        treated: 0 or 1, shape (n,).
        chance: of treatment, between 0 and 1.
        truncate: share of the weights set back to the quantile at each end (Cole and Hernan 2008); 0 for none.
    """
    is_treated, p = np.asarray(treated, bool), np.asarray(chance, np.float64)
    share = is_treated.mean()
    weight = np.where(is_treated, share / p, (1 - share) / (1 - p))
    return np.asarray(np.clip(weight, *np.quantile(weight, [truncate, 1 - truncate])))


def effective_size(weight: ArrayLike) -> float:
    """How many equally weighted patients tell as much (Kish 1965).

    >>> effective_size([1.0, 1.0, 1.0])
    3.0
    """
    w = np.asarray(weight, np.float64)
    return float(w.sum() ** 2 / (w**2).sum())


def balance(
    names: Sequence[str], covariates: ArrayLike, treated: ArrayLike, weight: ArrayLike | None = None
) -> list[Balance]:
    """How alike the arms are in each covariate, with weights or without.

    Args:
        names: of the columns, length q.
        covariates: shape (n, q).
        treated: 0 or 1, shape (n,).
        weight: shape (n,); None for none.
    """
    x, is_treated = np.asarray(covariates, np.float64), np.asarray(treated, bool)
    w = np.ones(len(x)) if weight is None else np.asarray(weight, np.float64)
    rows = []
    for name, column in zip(names, x.T, strict=True):
        one, none = column[is_treated], column[~is_treated]
        means = np.average(one, weights=w[is_treated]), np.average(none, weights=w[~is_treated])
        spread = math.sqrt(sum(part.var(ddof=1) if len(part) > 1 else 0.0 for part in (one, none)) / 2)
        apart = float(means[0] - means[1])
        difference = apart / spread if spread > 0 else math.copysign(math.inf, apart) if apart else 0.0
        variances = [
            float(np.average((part - mean) ** 2, weights=own))
            for part, mean, own in ((one, means[0], w[is_treated]), (none, means[1], w[~is_treated]))
        ]
        ratio = variances[0] / variances[1] if variances[1] > 0 else None
        rows.append(Balance(name, float(means[0]), float(means[1]), difference, ratio))
    return rows


def risk_ratio(kind: str, effect: float, *, common: bool) -> float:
    """The risk ratio an effect stands for: as it is where the outcome is rare, else approximated.

    A common outcome's odds ratio by its square root, its hazard ratio by (1 - .5^sqrt(HR)) / (1 - .5^sqrt(1/HR))
    (VanderWeele 2017, Ann Intern Med 167:268, table 2).

    Raises:
        ValueError: another kind of effect.
    """
    if kind not in ("hazard_ratio", "odds_ratio", "rate_ratio"):
        raise ValueError(f"no risk ratio for {kind}")
    if not common or kind == "rate_ratio":
        return effect
    if kind == "odds_ratio":
        return math.sqrt(effect)
    return float((1 - 0.5 ** math.sqrt(effect)) / (1 - 0.5 ** math.sqrt(1 / effect)))


def e_value(
    ratio: float, ci_low: float | None = None, ci_high: float | None = None
) -> tuple[float, float | None]:
    """The least risk ratio a hidden cause must have with treatment and outcome both to explain an effect away.

    Args:
        ratio: the risk ratio.
        ci_low, ci_high: its interval.

    Returns:
        (for the estimate, for the interval's end nearest to 1, which is 1 where the interval holds 1).

    >>> round(e_value(3.9)[0], 2), [round(value, 2) for value in e_value(0.8, 0.71, 0.91)]
    (7.26, [1.81, 1.43])
    """

    def needed(value: float) -> float:
        above = value if value >= 1 else 1 / value
        return above + math.sqrt(above * (above - 1))

    end = ci_low if ratio >= 1 else ci_high
    if end is None or end <= 0:
        return needed(ratio), None
    crosses = end <= 1 if ratio >= 1 else end >= 1
    return needed(ratio), 1.0 if crosses else needed(end)
