"""Cox's proportional hazards model with Efron's ties, strata, left truncation, weights and clusters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from wes_biomarkers.stats.cox_model import ChiSquareTest, CoxFit, Model, covariate_matrix, no_fit, placed_fit
from wes_biomarkers.stats.estimate import FollowUp
from wes_biomarkers.stats.partial_likelihood import Evaluation, Floats, Integers, maximise
from wes_biomarkers.stats.penalised_cox import fit_firth_cox

__all__ = ["ChiSquareTest", "CoxFit", "fit_cox"]


def fit_cox(data: FollowUp, x: ArrayLike, *, ridge: float = 0.0, firth: bool = False) -> CoxFit:
    """Cox's model (1972) by its partial likelihood with Efron's ties (1977); as R's survival::coxph.

    Args:
        x: (n, p) covariates, none missing; p may be 0.
        ridge: `theta` of R's ridge(..., scale = FALSE): theta / 2 times the sum of squared coefficients is taken off
            the log likelihood.
        firth: maximise the likelihood times the root of the information's determinant (Firth 1993; Heinze and
            Schemper 2001), with intervals and p values of its profile.

    Returns:
        The fit. Columns that are constant, or a combination of earlier ones, have no coefficient; neither has one
        whose likelihood rises for ever (`separation`). Clusters give the robust covariance of Lin and Wei (1989);
        weights alone do not (with sampling weights, give each patient as a cluster).

    Raises:
        ValueError: x has another number of rows, or missing values; ridge together with firth.
    """
    columns = covariate_matrix(data, x)
    if ridge and firth:
        raise ValueError("ridge and firth exclude each other")
    if firth:
        return fit_firth_cox(data, columns)
    model = Model.of(data, columns)
    if not model.n_event:
        return no_fit(model, "no event")
    usable = np.flatnonzero([not reason for reason in model.reasons])
    penalty = np.full(len(usable), float(ridge))
    at_null = model.evaluate(np.zeros((1, len(usable))), usable)
    maximum = maximise(
        lambda beta, _: _ridged(model.evaluate(beta, usable), beta, penalty),
        np.zeros((1, len(usable))), model.ranges[usable][None],
    )  # fmt: skip
    if not maximum.converged[0] or not np.isfinite(maximum.coefficients).all():
        return no_fit(model, "the fit did not converge")
    beta, inside = maximum.coefficients[0], maximum.evaluation.information[0]
    score = float(at_null.gradient[0] @ np.linalg.lstsq(at_null.information[0], at_null.gradient[0])[0])
    inverse = np.linalg.pinv(inside, hermitian=True) if maximum.moving.any() else np.linalg.inv(inside)
    if data.cluster is not None:
        inverse = _robust(model.score_residuals(beta, usable), inverse, data.cluster)
    reasons = list(model.reasons)
    for j in usable[maximum.moving[0]]:
        reasons[j] = "the likelihood rises without end in this coefficient: the groups separate"
    # the penalty of ridge is no part of the log likelihood that R reports
    log_likelihood = float(maximum.evaluation.log_likelihood[0] + 0.5 * (penalty * beta**2).sum())
    return placed_fit(
        replace(model, reasons=tuple(reasons)), usable, beta, inverse, inside,
        (float(at_null.log_likelihood[0]), log_likelihood), score, "cox_ridge" if ridge else "cox_efron",
    )  # fmt: skip


def _ridged(found: Evaluation, beta: Floats, penalty: Floats) -> Evaluation:
    return Evaluation(
        found.log_likelihood - 0.5 * (penalty * beta**2).sum(axis=1),
        found.gradient - penalty * beta,
        found.information + np.diag(penalty),
    )


def _robust(residuals: Floats, inverse: Floats, cluster: Integers) -> Floats:
    """Lin and Wei's covariance: summed influence of every cluster."""
    summed = np.zeros((cluster.max() + 1, residuals.shape[1]))
    np.add.at(summed, cluster, residuals)
    influence = summed @ inverse
    return np.asarray(influence.T @ influence)
