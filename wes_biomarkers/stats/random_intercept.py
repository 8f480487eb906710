"""Logistic regression with a random effect of the centre: log odds that patients of one centre share.

Written here because no kept library maximises this likelihood: statsmodels approximates it by variational Bayes. The
integral over each centre's effect is taken by adaptive Gauss-Hermite quadrature (Pinheiro and Bates 1995, J Comput Graph
Stat 4:12), as R's `lme4::glmer` with `nAGQ = 25`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.estimate import Estimate
from wes_biomarkers.stats.logistic import LogisticFit, fit_logistic

Array = NDArray[np.float64]

METHOD = "logistic_random_intercept"
#: Nodes of the quadrature, and Newton steps to each centre's mode.
_NODES, _STEPS = 25, 30
#: Below this standard deviation of the centres' log odds they are taken to be alike.
_LEAST = 1e-3


@dataclass(frozen=True)
class RandomInterceptFit:
    """A logistic model with normal log odds of q groups.

    Attributes:
        logistic: coefficients (p,) of the columns, their covariance, and why one has none.
        sd: of the groups' log odds; 0: the groups are alike, and the model is the plain one.
        log_likelihood: marginal over the groups' effects.
    """

    logistic: LogisticFit
    sd: float
    log_likelihood: float

    @property
    def status(self) -> str:
        """`ok`, or `not_evaluable`."""
        return self.logistic.status

    @property
    def coefficients(self) -> Array:
        """Log odds ratios of patients of one group, (p,)."""
        return self.logistic.coefficients

    @property
    def covariance(self) -> Array:
        """Of the coefficients, (p, p)."""
        return self.logistic.covariance

    def estimate(self, index: int) -> Estimate:
        """The odds ratio of column `index` between patients of one group, by Wald."""
        return replace(self.logistic.estimate(index), method=METHOD)


def fit_random_intercept(
    y: ArrayLike, x: ArrayLike, group: Sequence[object] | ArrayLike
) -> RandomInterceptFit:
    """log odds = intercept + x * coefficients + an effect of the group, normal around 0, by maximum likelihood.

    Args:
        y: 0 or 1, shape (n,).
        x: columns, shape (n, p) or (n,).
        group: labels, shape (n,), of at least two groups.

    Raises:
        ValueError: arrays that break the contract; a single group.
    """
    columns = np.asarray(x, np.float64)
    columns = columns[:, None] if columns.ndim == 1 else columns
    labels, code = np.unique(
        np.asarray([str(label) for label in np.asarray(group, object)]), return_inverse=True
    )
    plain = fit_logistic(y, columns, firth=False)
    if len(code) != len(columns) or len(labels) < 2:
        raise ValueError("there must be a label a patient, and two groups")
    if plain.status != "ok":
        return RandomInterceptFit(plain, math.nan, math.nan)
    data = _Data.of(np.asarray(y, np.float64), columns, code, len(labels))
    start = np.append(data.scaled(np.append(plain.intercept, plain.coefficients)), math.log(0.5))
    found, is_found = _maximise(data, start)
    sd = math.exp(found[-1])
    value = data.evaluate(found)[0]
    if sd < _LEAST or value <= plain.log_likelihood + 1e-9:
        return RandomInterceptFit(replace(plain, method=METHOD), 0.0, plain.log_likelihood)
    if not is_found:
        reason = "the fit with a random centre did not converge"
        p = columns.shape[1]
        missing = replace(plain, status="not_evaluable", reason=reason, reasons=(reason,) * p)
        return RandomInterceptFit(missing, math.nan, math.nan)
    covariance = np.linalg.inv(_information(data, found))[1:-1, 1:-1] / np.outer(data.scale, data.scale)
    beta = found[1:-1] / data.scale
    fit = replace(
        plain, method=METHOD, coefficients=beta, covariance=covariance, log_likelihood=value,
        intercept=float(found[0] - data.centre @ beta), _solution=None,
    )  # fmt: skip
    return RandomInterceptFit(fit, sd, value)


@dataclass(frozen=True)
class _Data:
    """Outcome (n,), standardised columns with the intercept (n, 1 + p), and codes of q groups."""

    y: Array
    x: Array
    code: NDArray[np.int64]
    q: int
    centre: Array
    scale: Array

    @classmethod
    def of(cls, y: Array, columns: Array, code: NDArray[np.int64], q: int) -> _Data:
        """Of q groups with codes (n,)."""
        centre, scale = columns.mean(axis=0), columns.std(axis=0)
        return cls(y, np.column_stack([np.ones(len(y)), (columns - centre) / scale]), code, q, centre, scale)

    def scaled(self, beta: Array) -> Array:
        """Intercept and coefficients of the columns as they are, for the standardised ones."""
        return np.append(beta[0] + self.centre @ beta[1:], beta[1:] * self.scale)

    def evaluate(self, parameters: Array) -> tuple[float, Array]:
        """Log likelihood and gradient at (intercept, coefficients, log sd).

        The gradient is the mean, over each group's effect given its data, of that with the effect known (Fisher's
        identity).
        """
        beta, sd = parameters[:-1], math.exp(parameters[-1])
        linear = self.x @ beta
        mode, width = self._modes(linear, sd)
        node, weight = np.polynomial.hermite.hermgauss(_NODES)
        effect = mode[:, None] + math.sqrt(2) * width[:, None] * node  # (q, nodes), in units of sd
        log_odds = linear[:, None] + sd * effect[self.code]
        log_chance = self.y[:, None] * log_odds - np.logaddexp(0, log_odds)
        joint = np.zeros_like(effect)
        np.add.at(joint, self.code, log_chance)
        joint += np.log(weight) + node**2 - 0.5 * effect**2 + np.log(width)[:, None] - 0.5 * math.log(math.pi)
        top = joint.max(axis=1, keepdims=True)
        share = np.exp(joint - top)
        total = share.sum(axis=1, keepdims=True)
        share /= total
        residual = self.y[:, None] - 1 / (1 + np.exp(-log_odds))
        mine = share[self.code]
        of_beta = self.x.T @ (mine * residual).sum(axis=1)
        of_sd = float((mine * residual * sd * effect[self.code]).sum())
        return float((top[:, 0] + np.log(total[:, 0])).sum()), np.append(of_beta, of_sd)

    def _modes(self, linear: Array, sd: float) -> tuple[Array, Array]:
        """Each group's most likely effect in units of sd, and the width of the normal curve that fits there."""
        effect = np.zeros(self.q)
        for _ in range(_STEPS):
            chance = 1 / (1 + np.exp(-(linear + sd * effect[self.code])))
            slope = sd * np.bincount(self.code, self.y - chance, self.q) - effect
            curve = sd**2 * np.bincount(self.code, chance * (1 - chance), self.q) + 1
            step = slope / curve
            effect = effect + np.clip(step, -1, 1)
            if np.abs(step).max() < 1e-10:
                break
        return effect, 1 / np.sqrt(curve)


def _information(data: _Data, at: Array) -> Array:
    """Minus the second derivatives of the log likelihood, by central differences of the gradient."""
    size = 1e-5
    rows = [
        (data.evaluate(at - size * unit)[1] - data.evaluate(at + size * unit)[1]) / (2 * size)
        for unit in np.eye(len(at))
    ]
    return np.asarray((np.array(rows) + np.array(rows).T) / 2)


def _maximise(data: _Data, start: Array) -> tuple[Array, bool]:
    """The maximum, first roughly by BFGS and then by Newton's steps; and whether the gradient vanishes there."""
    from scipy.optimize import minimize

    def descent(at: Array) -> tuple[float, Array]:
        value, gradient = data.evaluate(at)
        return -value, -gradient

    bounds = [(None, None)] * (len(start) - 1) + [(math.log(_LEAST) - 1, math.log(20))]
    at = np.asarray(minimize(descent, start, jac=True, method="L-BFGS-B", bounds=bounds).x, np.float64)
    if at[-1] < math.log(_LEAST):
        return at, True
    for _ in range(10):
        gradient = data.evaluate(at)[1]
        if np.abs(gradient).max() < 1e-8:
            return at, True
        try:
            step = np.linalg.solve(_information(data, at), gradient)
        except np.linalg.LinAlgError:
            return at, False
        at = at + step / max(1.0, float(np.abs(step).max()))
    return at, bool(np.abs(data.evaluate(at)[1]).max() < 1e-5)
