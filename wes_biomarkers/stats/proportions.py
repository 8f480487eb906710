"""Shares: the interval of one, and comparing how often many things occur in two groups of patients."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from wes_biomarkers.stats.multiplicity import benjamini_hochberg

#: The 97.5 % quantile of the standard normal distribution: a two-sided 95 % interval ends at it.
NORMAL_97_5 = 1.959963984540054


@dataclass(frozen=True)
class ProportionTest:
    """How often one thing occurs in two groups.

    Attributes:
        name: of the thing, such as a gene.
        n_first, n_second: patients of each group.
        k_first, k_second: patients of each group that have it.
        p_value: of Fisher's exact test, two-sided.
        q_value: after Benjamini and Hochberg over all things compared.
    """

    name: str
    n_first: int
    n_second: int
    k_first: int
    k_second: int
    p_value: float
    q_value: float


def wilson_interval(k: int, n: int) -> tuple[float, float]:
    """The 95 % score interval of a proportion, k of n (Wilson 1927, J Am Stat Assoc 22:209).

    >>> tuple(round(limit, 4) for limit in wilson_interval(0, 10))
    (0.0, 0.2775)
    """
    z2 = NORMAL_97_5**2
    middle = (k + z2 / 2) / (n + z2)
    half = NORMAL_97_5 * math.sqrt(k * (n - k) / n + z2 / 4) / (n + z2)
    return (max(0.0, middle - half) if k else 0.0), (min(1.0, middle + half) if k < n else 1.0)


def compare_proportions(names: Sequence[str], has: ArrayLike, is_first: ArrayLike) -> list[ProportionTest]:
    """Fisher's exact test of each thing between two groups, and the false discovery rate over all of them.

    Args:
        names: of the things, length m: a family declared before the data were looked at.
        has: which patient has which thing, shape (patients, m).
        is_first: which patients are of the first group, shape (patients,).

    Returns:
        One test a thing, in the order given.

    >>> one, = compare_proportions(["TP53"], [[True], [True], [True], [False], [False], [False]], [1, 1, 1, 0, 0, 0])
    >>> one.k_first, one.k_second, round(one.p_value, 2)
    (3, 0, 0.1)
    """
    from scipy.stats import fisher_exact

    table, first = np.asarray(has, bool), np.asarray(is_first, bool)
    n_first, n_second = int(first.sum()), int((~first).sum())
    k_first, k_second = table[first].sum(axis=0).tolist(), table[~first].sum(axis=0).tolist()
    p = [
        float(fisher_exact([[a, n_first - a], [b, n_second - b]]).pvalue)
        for a, b in zip(k_first, k_second, strict=True)
    ]
    q = benjamini_hochberg(p).tolist()
    return [
        ProportionTest(name, n_first, n_second, *rest)
        for name, *rest in zip(names, k_first, k_second, p, q, strict=True)
    ]
