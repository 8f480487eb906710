"""Cox's model with a random effect of the centre: gamma frailties shared by its patients.

Written here because no kept library has shared frailties. The penalised partial likelihood whose maximum is that of the
marginal likelihood (Therneau, Grambsch and Pankratz 2003, J Comput Graph Stat 12:156), as R's `survival::frailty`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from wes_biomarkers.stats.cox import fit_cox
from wes_biomarkers.stats.cox_model import CoxFit, covariate_matrix
from wes_biomarkers.stats.estimate import Estimate, FollowUp
from wes_biomarkers.stats.partial_likelihood import (
    Evaluation,
    Floats,
    Integers,
    efron_ties,
    evaluate,
    maximise,
    risk_sets,
)

METHOD = "cox_gamma_frailty"
#: Variances of the frailties that are searched; at the least, the centres are taken to be alike.
_LEAST, _MOST = 1e-6, 20.0


@dataclass(frozen=True)
class FrailtyFit:
    """A Cox model with gamma frailties of q groups.

    Attributes:
        cox: coefficients (p,) of the columns, their covariance given the variance of the frailties, and why one has none.
        variance: of the frailties, whose mean is 1; 0: the groups are alike, and the model is Cox's.
        log_likelihood: marginal over the frailties, up to what does not depend on the model.
        frailties: (q,) relative hazards of the groups, in sorted order of their labels.
    """

    cox: CoxFit
    variance: float
    log_likelihood: float
    frailties: Floats

    @property
    def status(self) -> str:
        """`ok`, or `not_evaluable`."""
        return self.cox.status

    @property
    def coefficients(self) -> Floats:
        """Log hazard ratios of patients of one group, (p,)."""
        return self.cox.coefficients

    @property
    def covariance(self) -> Floats:
        """Of the coefficients, (p, p)."""
        return self.cox.covariance

    def estimate(self, index: int) -> Estimate:
        """The hazard ratio of column `index` between patients of one group, by Wald."""
        return replace(self.cox.estimate(index), method=METHOD)


def fit_frailty(
    data: FollowUp, x: ArrayLike, group: Sequence[object] | ArrayLike, *, variance: float | None = None
) -> FrailtyFit:
    """Cox's model with gamma frailties of mean 1 that patients of one group share.

    Args:
        data: follow-up, without late entry, weights and clusters.
        x: (n, p) columns.
        group: labels, shape (n,), of at least two groups.
        variance: of the frailties; None: that of the highest marginal likelihood.

    Raises:
        ValueError: late entry, weights or clusters; a label too few; a single group.
    """
    from scipy.optimize import minimize_scalar

    if data.entry is not None or data.weight is not None or data.cluster is not None:
        raise ValueError("frailties are for data without late entry, weights and clusters")
    columns = covariate_matrix(data, x)
    labels, code = np.unique(
        np.asarray([str(label) for label in np.asarray(group, object)]), return_inverse=True
    )
    if len(code) != len(columns) or len(labels) < 2:
        raise ValueError("there must be a label a patient, and two groups")
    plain = fit_cox(data, columns)
    if any(plain.reasons) or not plain.converged:
        return FrailtyFit(plain, math.nan, math.nan, np.full(len(labels), np.nan))
    problem = _Problem.of(data, columns, code, len(labels))
    if variance is None:
        bounds = (math.log(_LEAST), math.log(_MOST))
        found = minimize_scalar(
            lambda log: -problem.fit(math.exp(log))[0],
            bounds=bounds,
            method="bounded",
            options={"xatol": 1e-9},
        )
        variance = math.exp(found.x)
        if -found.fun <= plain.log_likelihood + 1e-9 or variance < 10 * _LEAST:
            return FrailtyFit(plain, 0.0, plain.log_likelihood, np.ones(len(labels)))
    value, beta, information, is_found = problem.fit(variance)
    if not is_found:
        reason = "the fit with a random centre did not converge"
        missing = replace(
            plain, status="not_evaluable", reason=reason, reasons=(reason,) * len(plain.reasons)
        )
        return FrailtyFit(missing, math.nan, math.nan, np.full(len(labels), np.nan))
    p = columns.shape[1]
    cox = replace(
        plain,
        coefficients=beta[:p],
        covariance=np.asarray(np.linalg.inv(information)[:p, :p], np.float64),
        log_likelihood=value,
        method=METHOD,
    )
    return FrailtyFit(cox, variance, value, np.exp(beta[p:]))


@dataclass(frozen=True)
class _Problem:
    """The partial likelihood of p columns and q indicators of groups, and the number of events of each group."""

    evaluate: Callable[[Floats], Evaluation]
    p: int
    events: Floats
    ranges: Floats

    @classmethod
    def of(cls, data: FollowUp, columns: Floats, code: Integers, q: int) -> _Problem:
        """Of q groups with codes (n,)."""
        sets = risk_sets(data)
        weight = np.ones((1, len(code)))
        ties = efron_ties(sets, weight)
        centred = columns - columns.mean(axis=0)
        inside = np.equal.outer(np.arange(q), code[sets.order]).astype(np.float64)
        parts = [*(column[None] for column in centred[sets.order].T), *(row[None] for row in inside)]
        ranges = np.append(np.ptp(columns, axis=0), np.ones(q))
        return cls(
            lambda beta: evaluate(sets, parts, beta, weight, ties), columns.shape[1],
            np.bincount(code, data.event, q).astype(np.float64), ranges,
        )  # fmt: skip

    def fit(self, variance: float) -> tuple[float, Floats, Floats, bool]:
        """Marginal log likelihood, coefficients, penalised information and whether the maximum was found."""
        nu = 1 / variance

        def penalised(beta: Floats, _: Integers) -> Evaluation:
            found = self.evaluate(beta)
            effect = beta[:, self.p :]
            frailty = np.exp(np.minimum(effect, 50))
            found.gradient[:, self.p :] -= nu * (frailty - 1)
            found.information[:, np.arange(self.p, beta.shape[1]), np.arange(self.p, beta.shape[1])] += (
                nu * frailty
            )
            value = found.log_likelihood - nu * (frailty - 1 - effect).sum(axis=1)
            return Evaluation(value, found.gradient, found.information)

        found = maximise(penalised, np.zeros((1, len(self.ranges))), self.ranges[None])
        value = float(found.evaluation.log_likelihood[0]) + _marginal(self.events, nu)
        is_found = bool(found.converged[0]) and not found.moving.any()
        return value, found.coefficients[0], found.evaluation.information[0], is_found


def _marginal(events: Floats, nu: float) -> float:
    """What turns the penalised into the marginal log likelihood, for groups with so many events and shape nu.

    Sum over groups of d + nu log(nu / (nu + d)) + log[Gamma(nu + d) / (Gamma(nu) (nu + d)^d)]; it vanishes as the
    variance 1 / nu goes to 0.
    """
    parts = (
        d - nu * math.log1p(d / nu) + float(np.log((nu + np.arange(d)) / (nu + d)).sum()) for d in events
    )
    return math.fsum(parts)
