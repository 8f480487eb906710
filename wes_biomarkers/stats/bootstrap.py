"""Intervals by resampling patients (Efron and Tibshirani 1993), for statistics without a formula of their own.

Own code: scipy's bootstrap resamples neither within strata nor forgives a resample without an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

#: More resamples without an answer than this share, and there is no interval.
MAX_FAILED = 0.05


@dataclass(frozen=True)
class BootstrapInterval:
    """A statistic and its 95 % interval; None where there is none, with the reason.

    Attributes:
        value: of the patients as they are.
        ci_low, ci_high: percentile or BCa limits.
        standard_error: standard deviation of the resamples.
        n_resample: with an answer.
        n_failed: resamples without one, left out.
    """

    value: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    standard_error: float | None = None
    n_resample: int = 0
    n_failed: int = 0
    status: str = "ok"
    reason: str = ""


def resample(
    n: int, rng: np.random.Generator, strata: Sequence[object] | ArrayLike | None = None
) -> NDArray[np.int64]:
    """Numbers of n patients drawn with replacement, within their strata, in ascending order."""
    if strata is None:
        return np.sort(rng.integers(0, n, n))
    codes = np.unique([str(label) for label in np.asarray(strata, dtype=object)], return_inverse=True)[1]
    members = [np.flatnonzero(codes == code) for code in range(codes.max() + 1)]
    return np.sort(np.concatenate([rng.choice(part, len(part)) for part in members]))


def bootstrap_interval(
    statistic: Callable[[NDArray[np.int64]], float | None],
    n: int,
    *,
    seed: int,
    method: str = "percentile",
    n_resample: int = 2000,
    strata: Sequence[object] | ArrayLike | None = None,
) -> BootstrapInterval:
    """The 95 % interval of any statistic of n patients.

    Args:
        statistic: of the patients with these numbers; None or NaN where it has no answer.
        n: patients.
        seed: of the resamples.
        method: `percentile`, or `bca`: corrected for bias and for a standard error that changes with the value
            (Efron 1987, JASA 82:171), by leaving out each patient once.
        n_resample: how many.
        strata: shape (n,); patients are drawn within them.

    Raises:
        ValueError: another method.
    """
    if method not in ("percentile", "bca"):
        raise ValueError("method must be percentile or bca")
    value = _number(statistic(np.arange(n)))
    if not np.isfinite(value):
        return BootstrapInterval(
            status="not_evaluable", reason="the statistic has no value in these patients"
        )
    rng = np.random.default_rng(seed)
    drawn = np.array([_number(statistic(resample(n, rng, strata))) for _ in range(n_resample)])
    known = drawn[np.isfinite(drawn)]
    n_failed = n_resample - len(known)
    if n_failed > MAX_FAILED * n_resample or len(known) < 2:
        return BootstrapInterval(
            value, n_resample=len(known), n_failed=n_failed, status="not_evaluable",
            reason="too many resamples have no answer",
        )  # fmt: skip
    levels = np.array([0.025, 0.975])
    if method == "bca":
        left_out = np.array([_number(statistic(np.delete(np.arange(n), i))) for i in range(n)])
        levels = _bca_levels(value, known, left_out[np.isfinite(left_out)])
    if not np.isfinite(levels).all():
        return BootstrapInterval(
            value, n_resample=len(known), n_failed=n_failed, status="not_evaluable",
            reason="every resample lies on one side of the statistic: no BCa interval",
        )  # fmt: skip
    low, high = (float(limit) for limit in np.quantile(known, levels))
    return BootstrapInterval(value, low, high, float(known.std(ddof=1)), len(known), n_failed)


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _bca_levels(value: float, drawn: Array, left_out: Array) -> Array:
    """Quantiles in the place of .025 and .975 (Efron 1987, formulas 2.3 and 6.6); NaN without any."""
    from scipy.stats import norm

    below = ((drawn < value).mean() + (drawn <= value).mean()) / 2
    if not 0 < below < 1:
        return np.full(2, np.nan)
    bias = norm.ppf(below)
    influence = left_out.mean() - left_out
    size = (influence**2).sum() ** 1.5
    acceleration = (influence**3).sum() / (6 * size) if size > 0 else 0.0
    shifted = bias + norm.ppf([0.025, 0.975])
    return np.asarray(norm.cdf(bias + shifted / (1 - acceleration * shifted)), np.float64)
