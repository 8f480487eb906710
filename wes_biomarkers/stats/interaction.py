"""Prognostic or predictive: does the treatment work differently by a feature?

The test is the likelihood ratio of the model with and without the products of feature and arms. Effects within an arm
and of treatment at a value of the feature come from the same model written another way, so that all share its
covariates. An effect within one arm is never evidence of prediction (Altman and Bland 2003, BMJ 326:219).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.stats.estimate import Estimate

Array = NDArray[np.float64]


class Fit(Protocol):
    """A fitted model of columns: what fit_cox, fit_logistic and the others give.

    One that has `likelihood_ratio(indices)` is tested by it, another by Wald's test of its covariance.
    """

    @property
    def status(self) -> str:
        """`ok` or why not."""

    @property
    def coefficients(self) -> Array:
        """Of the columns, shape (p,)."""

    @property
    def covariance(self) -> Array:
        """Of the coefficients, shape (p, p)."""

    def estimate(self, index: int) -> Estimate:
        """Of one column."""


def joint_test(fit: Fit, index: Sequence[int]) -> tuple[str, float | None, float | None]:
    """(kind, chi-square, p) of the test that the coefficients of these columns are 0."""
    from scipy.stats import chi2

    likelihood_ratio = getattr(fit, "likelihood_ratio", None)
    if likelihood_ratio is not None:
        found = likelihood_ratio(index)
        return "likelihood_ratio", found.statistic, found.p_value
    chosen = np.asarray(index)
    beta = fit.coefficients[chosen]
    statistic = float(beta @ np.linalg.solve(fit.covariance[np.ix_(chosen, chosen)], beta))
    return "wald", statistic, float(chi2.sf(statistic, len(chosen)))


@dataclass(frozen=True)
class Interaction:
    """Whether a feature changes what treatment does.

    Attributes:
        test: with two arms the ratio of the feature's effects (arm over reference arm), else no effect; its p is
            of the likelihood-ratio test.
        within_arm: arm -> effect of the feature in it.
        treatment_at: label of a value of the feature -> arm -> effect of the arm against the reference arm there.
    """

    test: Estimate
    within_arm: Mapping[str, Estimate]
    treatment_at: Mapping[str, Mapping[str, Estimate]]


#: Kind of an effect -> kind of the ratio of two such effects.
RATIO_OF = {
    "hazard_ratio": "ratio_of_hazard_ratios",
    "subdistribution_hazard_ratio": "ratio_of_hazard_ratios",
    "odds_ratio": "ratio_of_odds_ratios",
    "rate_ratio": "ratio_of_rate_ratios",
}


def interaction(
    fit: Callable[[Array], Fit],
    feature: Array,
    arm: Sequence[str],
    reference: str,
    covariates: Array,
    levels: Mapping[str, float],
) -> Interaction:
    """The interaction of a feature with treatment in any model linear in its columns.

    Args:
        fit: of columns, shape (n, p); follow-up or outcome, strata and weights are bound to it.
        feature: shape (n,); continuous first, a cut only where it was prespecified.
        arm: of each patient, n words.
        reference: the arm others are compared with.
        covariates: shape (n, q).
        levels: label -> value of the feature at which the effect of treatment is told.

    Raises:
        ValueError: fewer than two arms, or a reference that is none of them.
    """
    arms = np.asarray(arm, dtype=object)
    others = sorted({str(word) for word in arms} - {reference})
    if not others or reference not in set(arms):
        raise ValueError("two arms are needed, the reference among them")
    dummies = np.column_stack([(arms == word).astype(np.float64) for word in others])
    products = feature[:, None] * dummies
    model = fit(np.column_stack([products, feature, dummies, covariates]))
    index = list(range(len(others)))
    one = model.estimate(0)
    if model.status != "ok":
        test = replace(one, effect_kind=RATIO_OF.get(one.effect_kind, one.effect_kind))
        return Interaction(test, {}, {})
    kind, statistic, p_value = joint_test(model, index)
    test = replace(
        one,
        method=f"{one.method}_interaction_{kind}",
        effect_kind=RATIO_OF.get(one.effect_kind, one.effect_kind),
        statistic=statistic,
        p_value=p_value,
    )
    if len(others) > 1:
        test = replace(test, effect_kind="none", effect=None, ci_low=None, ci_high=None, coefficient=None,
                       standard_error=None)  # fmt: skip
    return Interaction(
        test,
        _within_arms(fit, feature, arms, [reference, *others], dummies, covariates),
        {
            label: _treatment(fit, feature - value, others, dummies, covariates)
            for label, value in levels.items()
        },
    )


def _within_arms(
    fit: Callable[[Array], Fit], feature: Array, arms: NDArray[np.object_], names: Sequence[str], dummies: Array,
    covariates: Array,
) -> dict[str, Estimate]:  # fmt: skip
    own = np.column_stack([feature * (arms == name) for name in names])
    model = fit(np.column_stack([own, dummies, covariates]))
    return {name: model.estimate(index) for index, name in enumerate(names)}


def _treatment(
    fit: Callable[[Array], Fit], shifted: Array, others: Sequence[str], dummies: Array, covariates: Array
) -> dict[str, Estimate]:
    model = fit(np.column_stack([dummies, shifted, shifted[:, None] * dummies, covariates]))
    return {name: model.estimate(index) for index, name in enumerate(others)}
