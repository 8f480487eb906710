"""Power and detectable effects of a cohort, for effects that are ratios (hazard or odds).

Each test is that of a coefficient b (the logarithm of the ratio for one unit of the feature) whose variance is
1 / information. So one formula serves all: power = Phi(|b| * sqrt(information) - z(alpha)). What differs is the
information:

- two groups, or a number, by Cox regression: events * variance of the feature (Schoenfeld 1983; Hsieh and Lavori 2000);
- feature by treatment, Cox: events * p (1 - p) * variance (Peterson and George 1993 for two by two groups);
- logistic regression: patients * P (1 - P) * variance (Hsieh, Bloch and Larsen 1998);
- other features of the model that explain a share R squared of this one leave 1 - R squared of it.

Power is for an effect named beforehand. The power for the effect that was found says nothing beyond its p value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.estimate import FollowUp


@dataclass(frozen=True)
class Power:
    """What a cohort can find.

    Attributes:
        question: `prognostic` (the feature) or `predictive` (feature by treatment).
        effect_kind: hazard_ratio, odds_ratio, or a ratio of these (contracts.association.EFFECT_KINDS).
        n, n_event: patients and events (patients with the outcome).
        sd: standard deviation of the feature; the ratio is for one unit of it.
        r_squared: share of the feature's variance that the other terms explain.
        information: 1 / variance of the logarithm of the ratio.
        alpha: two-sided level.
        ratio, power: power to find this ratio (or its inverse).
        target, detectable: the smallest ratio above 1 found with the target power (its inverse below 1).
        status: `ok`, or `not_evaluable` with `reason`.
    """

    question: str
    effect_kind: str
    n: int
    n_event: int
    sd: float | None = None
    r_squared: float | None = None
    information: float | None = None
    alpha: float = 0.05
    ratio: float | None = None
    power: float | None = None
    target: float | None = None
    detectable: float | None = None
    status: str = "ok"
    reason: str = ""


def information_cox(n_event: float, sd: float, r_squared: float = 0.0) -> float:
    """Of a feature in Cox regression; for two groups sd squared is p (1 - p), and this is Schoenfeld's formula."""
    return n_event * sd**2 * (1 - r_squared)


def information_cox_interaction(
    n_event: float, sd: float, share_treated: float, r_squared: float = 0.0
) -> float:
    """Of feature x treatment in Cox regression, the feature being independent of treatment.

    For two groups sd squared is q (1 - q): a quarter of the information of either main effect when halves are compared,
    as Peterson and George found.
    """
    return n_event * share_treated * (1 - share_treated) * sd**2 * (1 - r_squared)


def information_logistic(n: float, share_event: float, sd: float, r_squared: float = 0.0) -> float:
    """Of a feature in logistic regression; `share_event` at its mean."""
    return n * share_event * (1 - share_event) * sd**2 * (1 - r_squared)


def information_cells(events: Sequence[float], others: Sequence[float] | None = None) -> float:
    """Of a two-by-two interaction from what is expected in its four cells.

    The variance is the sum of 1 / events over the cells for hazard ratios (Peterson and George 1993), and of
    1 / events + 1 / others for odds ratios (Woolf 1955). 0 if a cell is empty.

    Args:
        events: of the four cells.
        others: patients without the event, for odds ratios.
    """
    cells = [*events, *(others or ())]
    return 0.0 if min(cells) <= 0 else 1 / sum(1 / cell for cell in cells)


def power_for(ratio: float, information: float, alpha: float = 0.05) -> float:
    """Two-sided power to find a ratio; errors in the wrong direction are not counted as finding it.

    Raises:
        ValueError: a ratio not above 0.
    """
    from scipy.stats import norm

    return float(norm.cdf(abs(_log(ratio)) * math.sqrt(information) - norm.isf(alpha / 2)))


def detectable_ratio(information: float, power: float = 0.8, alpha: float = 0.05) -> float:
    """The smallest ratio above 1 found with the power; infinite without information."""
    from scipy.stats import norm

    if information <= 0:
        return math.inf
    size = float(norm.isf(alpha / 2) + norm.ppf(power)) / math.sqrt(information)
    return math.exp(size) if size < 700 else math.inf


def required_information(ratio: float, power: float = 0.8, alpha: float = 0.05) -> float:
    """The information to find a ratio with the power; divide by that of one event or patient for how many.

    Raises:
        ValueError: a ratio not above 0, or of 1.
    """
    from scipy.stats import norm

    if _log(ratio) == 0:
        raise ValueError("no number of patients finds a ratio of 1")
    return float(norm.isf(alpha / 2) + norm.ppf(power)) ** 2 / _log(ratio) ** 2


def patients_for_proportions(
    share_without: float, share_with: float, prevalence: float, power: float = 0.8, alpha: float = 0.05
) -> float:
    """Patients to find that those with a binary feature have the outcome more (or less) often.

    Hsieh, Bloch and Larsen 1998, formula 2: the comparison of two proportions, which logistic regression approximates.

    Args:
        share_without: with the outcome among those without the feature.
        share_with: among those with it.
        prevalence: of the feature.
        power: wanted.
        alpha: two-sided level.

    Raises:
        ValueError: equal shares, or shares not between 0 and 1.
    """
    from scipy.stats import norm

    shares = (share_without, share_with, prevalence)
    if share_without == share_with or not all(0 < share < 1 for share in shares):
        raise ValueError("the shares must differ and lie between 0 and 1")
    overall = (1 - prevalence) * share_without + prevalence * share_with
    at_null = float(norm.isf(alpha / 2)) * math.sqrt(overall * (1 - overall) / prevalence)
    spread = (
        share_without * (1 - share_without) + share_with * (1 - share_with) * (1 - prevalence) / prevalence
    )
    beyond = float(norm.ppf(power)) * math.sqrt(spread)
    return (at_null + beyond) ** 2 / ((share_without - share_with) ** 2 * (1 - prevalence))


def survival_power(
    data: FollowUp,
    feature: ArrayLike,
    ratio: float,
    *,
    treatment: ArrayLike | None = None,
    covariates: ArrayLike | None = None,
    target: float = 0.8,
    alpha: float = 0.05,
) -> Power:
    """What the given cohort can find by Cox regression: of the feature, or of feature x treatment.

    Args:
        data: follow-up of n patients.
        feature: numbers or 0 and 1 (n,), none missing.
        ratio: hazard ratio (ratio of hazard ratios) for one unit of the feature.
        treatment: 0 and 1 (n,); then the question is the interaction.
        covariates: of the model (n, q).
        target: power for which the detectable ratio is given.
        alpha: two-sided level.

    Raises:
        ValueError: unequal lengths or missing values.
    """
    values, arm, others = _design(len(data.time), feature, treatment, covariates)
    kind = "hazard_ratio" if arm is None else "ratio_of_hazard_ratios"
    return _power(values, arm, others, int(data.event.sum()), kind, (ratio, target, alpha))


def binary_power(
    y: ArrayLike,
    feature: ArrayLike,
    ratio: float,
    *,
    treatment: ArrayLike | None = None,
    covariates: ArrayLike | None = None,
    target: float = 0.8,
    alpha: float = 0.05,
) -> Power:
    """What the given cohort can find by logistic regression: of the feature, or of feature x treatment.

    Arguments and errors as `survival_power`; `y` (n,) is the outcome.
    """
    happened = np.asarray(y, np.bool_)
    values, arm, others = _design(len(happened), feature, treatment, covariates)
    kind = "odds_ratio" if arm is None else "ratio_of_odds_ratios"
    return _power(values, arm, others, int(happened.sum()), kind, (ratio, target, alpha))


def _design(
    n: int, feature: ArrayLike, treatment: ArrayLike | None, covariates: ArrayLike | None
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None, NDArray[np.float64]]:
    values = np.asarray(feature, np.float64)
    arm = None if treatment is None else np.asarray(treatment, np.float64)
    others = np.empty((n, 0)) if covariates is None else np.asarray(covariates, np.float64).reshape(n, -1)
    if len(values) != n or (arm is not None and len(arm) != n):
        raise ValueError("one value a patient is needed")
    if not (
        np.isfinite(values).all()
        and np.isfinite(others).all()
        and (arm is None or np.isin(arm, (0, 1)).all())
    ):
        raise ValueError("values must be known, and treatment 0 or 1")
    return values, arm, others


def _power(
    feature: NDArray[np.float64],
    treatment: NDArray[np.float64] | None,
    covariates: NDArray[np.float64],
    n_event: int,
    kind: str,
    asked: tuple[float, float, float],
) -> Power:
    """Information from the part of the term that the model's other terms leave unexplained."""
    ratio, target, alpha = asked
    n, question = len(feature), "prognostic" if treatment is None else "predictive"
    term = feature - feature.mean()
    others = covariates
    if treatment is not None:
        others = np.column_stack([covariates, feature, treatment])
        term = term * (treatment - treatment.mean())
    left = _residual(term, others)
    worth = n_event / n if "hazard" in kind else n_event / n * (1 - n_event / n)
    information = worth * float(left @ left)
    reason = "" if n_event else "no event"
    if information <= 1e-9 * n_event * max(1.0, float(term @ term)) / n:
        reason = reason or "the term does not vary, or others explain it wholly"
    if reason:
        return Power(question, kind, n, n_event, alpha=alpha, status="not_evaluable", reason=reason)
    return Power(
        question=question,
        effect_kind=kind,
        n=n,
        n_event=n_event,
        sd=float(feature.std()),
        r_squared=1 - float(left @ left) / float(term @ term),
        information=information,
        alpha=alpha,
        ratio=ratio,
        power=power_for(ratio, information, alpha),
        target=target,
        detectable=detectable_ratio(information, target, alpha),
    )


def _residual(term: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a linear regression on the others, with intercept, leaves of a term."""
    design = np.column_stack([np.ones(len(term)), others])
    fitted: NDArray[np.float64] = design @ np.linalg.lstsq(design, term, rcond=None)[0]
    return term - fitted


def _log(ratio: float) -> float:
    if not ratio > 0:
        raise ValueError("a ratio must be above 0")
    return math.log(ratio)
