"""Score tests of many features under many permutations of the patients: the null distribution of a whole scan.

The model without the feature is fitted once. Its residuals, and the covariates with them, are dealt to the patients
anew; each feature's score statistic is then a few matrix products (the permuted-score form of Freedman and Lane 1983).
The identity permutation gives the score test of `scan_logistic`, and a linear model's with its null residual variance.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.binomial_model import BinomialModel, maximise, probability
from wes_biomarkers.stats.scan_core import Gram, orthonormal_basis, outcome_and_features

Array = NDArray[np.float64]

#: A share of a feature's variance below this, unexplained by the covariates, is rounding.
_EXPLAINED = 1e-9


@dataclass(frozen=True)
class ScoreNull:
    """The model without any feature.

    Attributes:
        residual: outcome less its fitted mean, shape (n,).
        weight: variance of the outcome, shape (n,).
        basis: columns that span the intercept and the covariates, shape (n, r).
        inverse: of the basis's information, shape (r, r).
    """

    residual: Array
    weight: Array
    basis: Array
    inverse: Array


def score_null(
    y: ArrayLike, covariates: ArrayLike | None = None, *, kind: Literal["logistic", "linear"] = "logistic"
) -> ScoreNull:
    """Fits the outcome on the covariates alone.

    Args:
        y: 0 or 1 for a logistic model, a number for a linear one, shape (n,).
        covariates: shape (n, q), none missing.
        kind: the model.

    Raises:
        ValueError: arrays that break the contract, an outcome all the same, or covariates that separate it.
    """
    outcome, _ = outcome_and_features(y, np.zeros((len(np.asarray(y)), 1)))
    n = len(outcome)
    basis = orthonormal_basis(covariates, n)
    if np.ptp(outcome) == 0:
        raise ValueError("every patient has the same outcome")
    if kind == "linear":
        residual = outcome - basis @ (basis.T @ outcome) / n
        weight = np.full(n, float(residual @ residual) / n)
    else:
        if not np.isin(outcome, (0.0, 1.0)).all():
            raise ValueError("the outcome must be 0 or 1")
        null = maximise(BinomialModel(outcome, basis, np.ones(n), np.zeros(n)))
        if not null.converged:
            raise ValueError("the covariates separate the outcomes")
        mean = probability(basis @ null.beta)
        residual, weight = outcome - mean, mean * (1 - mean)
    return ScoreNull(residual, weight, basis, np.linalg.inv(Gram(basis).of_basis(weight[None])[0]))


def score_statistics(
    null: ScoreNull, features: ArrayLike, permutations: Iterable[NDArray[np.int64]]
) -> Iterator[Array]:
    """The z statistic of each feature under each permutation, one array of shape (m,) at a time.

    Args:
        null: of `score_null`.
        features: shape (n, m), none missing (impute, or leave the feature out: a permutation moves patients).
        permutations: of the patients' numbers, shape (n,) each; within strata where the null holds within them.

    Yields:
        z, shape (m,); NaN where the feature is constant or explained by the covariates.

    Raises:
        ValueError: a feature with missing values, or a permutation of another length.
    """
    table = np.asarray(features, np.float64)
    n = len(null.residual)
    if table.ndim != 2 or len(table) != n or not np.isfinite(table).all():
        raise ValueError("features must have one row a patient and no missing value")
    centred = table - table.mean(axis=0)
    scale = np.sqrt(np.einsum("ij,ij->j", centred, centred) / n)
    centred /= np.where(scale > 0, scale, 1.0)
    square = centred**2
    flat = bool(np.ptp(null.weight) <= 1e-12 * null.weight.max())
    own = square.T @ null.weight if flat else None
    root = np.linalg.cholesky(null.inverse)
    weighted = null.basis * null.weight[:, None] @ root
    for permutation in permutations:
        if len(permutation) != n:
            raise ValueError("a permutation must have one number a patient")
        sums = np.column_stack([null.residual, weighted])[permutation].T @ centred
        total = square.T @ null.weight[permutation] if own is None else own
        variance = total - np.einsum("ij,ij->j", sums[1:], sums[1:])
        good = variance > _EXPLAINED * n * float(null.weight.max())
        yield np.where(good, sums[0] / np.sqrt(np.where(good, variance, 1.0)), np.nan)
