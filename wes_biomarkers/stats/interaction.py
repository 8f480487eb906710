"""Prognostic or predictive: does the treatment work differently by a feature?

The test is the likelihood ratio of the model with and without the products of feature and arms (Wald's where the
covariance is robust or the likelihood none, as in Fine and Gray's model). Effects within an arm
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
    likelihood_ratio = getattr(fit, "likelihood_ratio", None)
    if likelihood_ratio is not None:
        found = likelihood_ratio(index)
        return "likelihood_ratio", found.statistic, found.p_value
    return _wald_test(fit, index)


def _wald_test(fit: Fit, index: Sequence[int]) -> tuple[str, float | None, float | None]:
    from scipy.stats import chi2

    chosen = np.asarray(index)
    beta = fit.coefficients[chosen]
    statistic = float(beta @ np.linalg.solve(fit.covariance[np.ix_(chosen, chosen)], beta))
    return "wald", statistic, float(chi2.sf(statistic, len(chosen)))


def _best_test(
    fit: Callable[[Array], Fit], columns: Array, model: Fit, index: Sequence[int], robust: bool
) -> tuple[str, float | None, float | None]:
    """Likelihood ratio where the model has a likelihood; Wald for robust covariances and Fine-Gray's pseudo one."""
    from scipy.stats import chi2

    one = model.estimate(index[0])
    if robust:
        return _wald_test(model, index)
    if one.method == "cox_efron":
        within, without = (getattr(part, "log_likelihood", np.nan) for part in (
            model, fit(np.delete(columns, np.asarray(index), axis=1))))  # fmt: skip
        statistic = 2 * float(within - without)
        if np.isfinite(statistic):
            return "likelihood_ratio", max(statistic, 0.0), float(chi2.sf(max(statistic, 0.0), len(index)))
    if one.method == "cox_firth" and len(index) == 1 and one.p_value is not None:
        return "likelihood_ratio", float(chi2.isf(one.p_value, 1)), one.p_value  # of the penalised profile
    return joint_test(model, index)


def nested_test(
    fit: Callable[[Array], Fit], columns: Array, index: Sequence[int], name: str, *, robust: bool = False
) -> Estimate:
    """The test that the columns of `index` add nothing, as an estimate without an effect.

    Args:
        fit: of columns, shape (n, p).
        columns: of the whole model, shape (n, p).
        index: of the columns tested.
        name: of the test, for the method.
        robust: the fit has a robust covariance, so that only Wald's test is right.
    """
    model = fit(columns)
    one = model.estimate(index[0])
    bare = replace(one, effect_kind="none", effect=None, ci_low=None, ci_high=None, coefficient=None,
                   standard_error=None, statistic=None, p_value=None)  # fmt: skip
    if model.status != "ok":
        reason = str(getattr(model, "reason", "")) or one.reason
        return replace(bare, status="not_evaluable", reason=reason)
    kind, statistic, p_value = _best_test(fit, columns, model, index, robust)
    return replace(bare, method=f"{one.method}_{name}_{kind}", statistic=statistic, p_value=p_value)


@dataclass(frozen=True)
class Interaction:
    """Whether a feature changes what treatment does.

    Attributes:
        test: with two arms the ratio of the feature's effects (arm over reference arm), else no effect; its method
            names the test behind its p: `..._interaction_likelihood_ratio` or `..._interaction_wald`.
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
    *,
    robust: bool = False,
) -> Interaction:
    """The interaction of a feature with treatment in any model linear in its columns.

    Args:
        fit: of columns, shape (n, p); follow-up or outcome, strata and weights are bound to it.
        feature: shape (n,); continuous first, a cut only where it was prespecified.
        arm: of each patient, n words.
        reference: the arm others are compared with.
        covariates: shape (n, q).
        levels: label -> value of the feature at which the effect of treatment is told.
        robust: the fit has a robust covariance (clusters, weights), where a likelihood ratio would not hold.

    Raises:
        ValueError: fewer than two arms, or a reference that is none of them.
    """
    arms = np.asarray(arm, dtype=object)
    others = sorted({str(word) for word in arms} - {reference})
    if not others or reference not in set(arms):
        raise ValueError("two arms are needed, the reference among them")
    dummies = np.column_stack([(arms == word).astype(np.float64) for word in others])
    products = feature[:, None] * dummies
    columns = np.column_stack([products, feature, dummies, covariates])
    model = fit(columns)
    index = list(range(len(others)))
    one = model.estimate(0)
    if model.status != "ok":
        test = replace(one, effect_kind=RATIO_OF.get(one.effect_kind, one.effect_kind))
        return Interaction(test, {}, {})
    kind, statistic, p_value = _best_test(fit, columns, model, index, robust)
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
