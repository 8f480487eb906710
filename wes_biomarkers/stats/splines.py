"""Effects that are no straight line: restricted cubic splines, linear beyond the outer knots."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.estimate import Estimate
from wes_biomarkers.stats.interaction import Fit, nested_test

Array = NDArray[np.float64]

#: Number of knots -> quantiles where they lie (Harrell 2015, Regression Modeling Strategies, table 2.3).
KNOT_QUANTILES = {
    3: (0.1, 0.5, 0.9),
    4: (0.05, 0.35, 0.65, 0.95),
    5: (0.05, 0.275, 0.5, 0.725, 0.95),
}


def spline_knots(values: ArrayLike, n_knot: int = 4) -> Array:
    """Knots at Harrell's quantiles, shape (n_knot,); fewer than that where values are tied.

    Args:
        values: the feature, none missing.
        n_knot: 3, 4 or 5.

    Raises:
        ValueError: another number of knots.
    """
    if n_knot not in KNOT_QUANTILES:
        raise ValueError("knots must be 3, 4 or 5")
    return np.unique(np.quantile(np.asarray(values, np.float64), KNOT_QUANTILES[n_knot]))


def spline_basis(values: ArrayLike, knots: ArrayLike) -> Array:
    """Columns of a restricted cubic spline, shape (n, k - 1): the value itself, then k - 2 curved ones.

    Truncated powers, divided by the squared distance of the outer knots (Devlin and Weeks 1986; Harrell 2015, 2.4.5).

    Raises:
        ValueError: fewer than 3 distinct knots.
    """
    x, t = np.asarray(values, np.float64), np.unique(np.asarray(knots, np.float64))
    if len(t) < 3:
        raise ValueError("a spline needs 3 distinct knots")

    def cube(knot: float) -> Array:
        return np.maximum(x - knot, 0.0) ** 3

    last, before = t[-1], t[-2]
    curved = [
        (
            cube(knot)
            - cube(before) * (last - knot) / (last - before)
            + cube(last) * (before - knot) / (last - before)
        )
        / (last - t[0]) ** 2
        for knot in t[:-2]
    ]
    return np.column_stack([x, *curved])


def non_linearity(
    fit: Callable[[Array], Fit], feature: Array, covariates: Array, *, n_knot: int = 4, robust: bool = False
) -> Estimate:
    """The test that a feature's effect is a straight line: its curved columns together.

    Args:
        fit: of columns, shape (n, p), as in `interaction.interaction`.
        feature: shape (n,).
        covariates: shape (n, q).
        n_knot: of the spline.
        robust: the fit has a robust covariance, so that only Wald's test is right.
    """
    knots = spline_knots(feature, n_knot)
    if len(knots) < 3:
        return _too_few(len(feature))
    basis = spline_basis(feature, knots)
    columns = np.column_stack([basis[:, 1:], basis[:, 0], covariates])
    return nested_test(fit, columns, range(basis.shape[1] - 1), "spline", robust=robust)


def spline_interaction(
    fit: Callable[[Array], Fit],
    feature: Array,
    treated: Array,
    covariates: Array,
    *,
    n_knot: int = 3,
    robust: bool = False,
) -> Estimate:
    """The test that treatment works alike at all values of a feature, whatever the curve of its effect.

    Args:
        fit: of columns, shape (n, p).
        feature: shape (n,).
        treated: 0 or 1, shape (n,).
        covariates: shape (n, q).
        n_knot: of the spline; k - 1 coefficients are tested together, so few knots.
        robust: the fit has a robust covariance.
    """
    knots = spline_knots(feature, n_knot)
    if len(knots) < 3:
        return _too_few(len(feature))
    basis = spline_basis(feature, knots)
    columns = np.column_stack([basis * np.asarray(treated, float)[:, None], basis, treated, covariates])
    return nested_test(fit, columns, range(basis.shape[1]), "spline_interaction", robust=robust)


def _too_few(n: int) -> Estimate:
    reason = "the feature has too few distinct values for a spline"
    return Estimate("spline", "none", n, status="not_evaluable", reason=reason)
