"""Many tests at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


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
