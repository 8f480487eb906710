"""Many tests at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: Methods of `adjust`, with statsmodels' names for them.
_METHODS = {"benjamini_hochberg": "fdr_bh", "benjamini_yekutieli": "fdr_by", "holm": "holm"}


def adjust(p: ArrayLike, method: str) -> NDArray[np.float64]:
    """Adjusted p of a family of tests, shape (n,); an unknown p (NaN) stays unknown and counts for nothing.

    Args:
        p: of the tests.
        method: `benjamini_hochberg`, `benjamini_yekutieli` (false discovery rate, any dependence; 2001, Ann Stat
            29:1165) or `holm` (family-wise error; 1979, Scand J Stat 6:65).

    Raises:
        KeyError: another method.

    >>> adjust([0.01, 0.04, float("nan")], "holm").tolist()
    [0.02, 0.04, nan]
    """
    from statsmodels.stats.multitest import multipletests

    found = np.asarray(p, np.float64)
    known = np.isfinite(found)
    adjusted = np.full(len(found), np.nan)
    if known.any():
        adjusted[known] = multipletests(found[known], method=_METHODS[method])[1]
    return adjusted


def benjamini_hochberg(p: ArrayLike) -> NDArray[np.float64]:
    """Adjusted p of each test, shape (n,) (Benjamini and Hochberg 1995, J R Stat Soc B 57:289).

    >>> benjamini_hochberg([0.01, 0.04, 0.03]).round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    found = np.asarray(p, np.float64)
    order = np.argsort(found)[::-1]
    q = np.empty(len(found))
    rank = np.arange(len(found), 0, -1)
    q[order] = np.minimum.accumulate(np.append(1.0, found[order] * len(found) / rank))[1:]
    return q
