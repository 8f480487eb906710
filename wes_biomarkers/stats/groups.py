"""Comparing a biomarker between two groups of patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

#: Fewer values than this in a group, and the ranks say nothing: with 3 and 3 the smallest two-sided p is .1.
MIN_GROUP = 3


@dataclass(frozen=True)
class RankTest:
    """A Mann-Whitney test, or the reason why there is none.

    `auc` is the chance that a value of the first group is larger than one of the second, ties counting half.
    """

    status: str
    reason: str = ""
    n_first: int = 0
    n_second: int = 0
    auc: float | None = None
    p_value: float | None = None


def mann_whitney(first: Sequence[float], second: Sequence[float]) -> RankTest:
    """The two-sided Mann-Whitney test; exact without ties in small groups (Mann and Whitney 1947)."""
    from scipy.stats import mannwhitneyu

    n_first, n_second = len(first), len(second)
    if min(n_first, n_second) < MIN_GROUP:
        return RankTest("not_evaluable", f"fewer than {MIN_GROUP} patients in a group", n_first, n_second)
    result = mannwhitneyu(
        np.asarray(first, dtype=float), np.asarray(second, dtype=float), alternative="two-sided"
    )
    auc = float(result.statistic) / (n_first * n_second)
    return RankTest("ok", "", n_first, n_second, auc, float(result.pvalue))
