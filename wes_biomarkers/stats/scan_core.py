"""What scans of thousands of features share: chunks of features as rows, and weighted cross products of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

#: Numbers of a chunk: few enough for the processor's cache.
_CHUNK = 100_000


def orthonormal_basis(covariates: ArrayLike | None, n: int) -> Array:
    """An orthonormal basis, times sqrt(n), of the intercept and the covariates: all that the features' models need.

    Raises:
        ValueError: a length other than n, or missing values.
    """
    columns = np.ones((n, 1)) if covariates is None else np.column_stack([np.ones(n), covariates])
    if len(columns) != n or not np.isfinite(columns).all():
        raise ValueError("covariates must have one row a patient and no missing value")
    spread = columns[:, 1:] - columns[:, 1:].mean(axis=0)
    norm = np.linalg.norm(spread, axis=0)
    left, size, _ = np.linalg.svd(spread / np.where(norm > 0, norm, 1.0), full_matrices=False)
    return np.column_stack([np.ones(n), left[:, size > 1e-9] * math.sqrt(n)])


def outcome_and_features(y: ArrayLike, features: ArrayLike) -> tuple[Array, Array]:
    """Both as arrays.

    Raises:
        ValueError: unequal lengths, no patient, a missing outcome, or an infinite feature.
    """
    outcome, table = np.asarray(y, np.float64), np.asarray(features, np.float64)
    if not len(outcome) or table.ndim != 2 or len(table) != len(outcome):
        raise ValueError("features must have one row a patient, and there must be a patient")
    if not np.isfinite(outcome).all() or np.isinf(table).any():
        raise ValueError("the outcome must be known, and no feature infinite")
    return outcome, table


@dataclass(frozen=True)
class Chunk:
    """Some features as rows.

    Attributes:
        rows: their columns in the table.
        values: of mean 0 and sd 1 where known, else 0, shape (c, n).
        known: 1 where known, else 0, shape (c, n); None where all are.
        scale: standard deviation; 0 for a constant feature, shape (c,).
        n: patients with the feature, shape (c,).
    """

    rows: slice
    values: Array
    known: Array | None
    scale: Array
    n: NDArray[np.int64]


def chunks(table: Array, size: int = _CHUNK) -> Iterator[Chunk]:
    """The features of a table (n, m), chunk by chunk."""
    n, m = table.shape
    step = max(1, size // n)
    for start in range(0, m, step):
        rows = slice(start, min(start + step, m))
        values = table[:, rows].T.copy(order="C")
        missing = np.isnan(values)
        known = None
        count = np.full(len(values), n, np.int64)
        if missing.any():
            known = (~missing).astype(np.float64)
            count = n - missing.sum(axis=1)
            values[missing] = 0.0
        top = np.maximum(count, 1)[:, None]
        values -= values.sum(axis=1, keepdims=True) / top
        if known is not None:
            values *= known
        scale = np.sqrt(np.einsum("ij,ij->i", values, values) / top[:, 0])
        scale[_is_constant(table[:, rows], scale)] = 0.0
        values /= np.where(scale > 0, scale, 1.0)[:, None]
        yield Chunk(rows, values, known, scale, count)


def _is_constant(columns: Array, scale: Array) -> NDArray[np.bool_]:
    """Whether a column has one known value or none; looked at closely only where its spread is tiny."""
    found = np.zeros(columns.shape[1], bool)
    size = np.abs(np.nan_to_num(columns[0])) + scale
    for i in np.flatnonzero(scale <= 1e-9 * size):
        known = columns[:, i][~np.isnan(columns[:, i])]
        found[i] = not len(known) or np.ptp(known) == 0
    return found


class Gram:
    """Weighted cross products of the basis (n, r) and features, by rows of weights (c, n)."""

    def __init__(self, basis: Array):
        self.basis = basis
        self.r = basis.shape[1]
        self.pairs = (basis[:, :, None] * basis[:, None, :]).reshape(len(basis), -1)

    def of_basis(self, weight: Array) -> Array:
        """Basis by basis, shape (c, r, r)."""
        return np.asarray((weight @ self.pairs).reshape(-1, self.r, self.r))

    def with_feature(self, weight: Array, values: Array) -> tuple[Array, Array]:
        """Basis by feature (c, r), and feature by feature (c,)."""
        weighted = weight * values
        return weighted @ self.basis, np.einsum("ij,ij->i", weighted, values)


def eliminate(of_basis: Array, cross: Array, own: Array) -> tuple[Array, Array]:
    """Coefficients of the feature on the basis (c, r), and what of its product is left (c,)."""
    slopes = np.linalg.solve(of_basis, cross[:, :, None])[:, :, 0]
    left: Array = own - np.einsum("ij,ij->i", cross, slopes)
    return np.asarray(slopes, np.float64), left
