"""Chance by permutation: p values that need no distribution, for one statistic or the largest of many."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

#: Statistics that differ by less than this share of their size are ties of rounding.
_TIE = 1e-10


@dataclass(frozen=True)
class PermutationP:
    """What permutations say of m features.

    Attributes:
        p_value: of each feature on its own, shape (m,); NaN where it has no statistic.
        p_family: chance that any feature reaches so large a statistic (max-T; Westfall and Young 1993), shape (m,).
        n_permutation: how many there were.
    """

    p_value: Array
    p_family: Array
    n_permutation: int


def permutations(
    n: int, n_permutation: int, *, seed: int, strata: Sequence[object] | ArrayLike | None = None
) -> Iterator[NDArray[np.int64]]:
    """Random orders of n patients, one array of shape (n,) at a time; patients stay within their stratum.

    Raises:
        ValueError: not one stratum a patient.
    """
    rng = np.random.default_rng(seed)
    labels = np.zeros(n, dtype=object) if strata is None else np.asarray(strata, dtype=object)
    if len(labels) != n:
        raise ValueError("strata must have one label a patient")
    codes = np.unique([str(label) for label in labels], return_inverse=True)[1]
    members = [np.flatnonzero(codes == code) for code in range(codes.max(initial=-1) + 1)]
    for _ in range(n_permutation):
        order = np.arange(n)
        for patients in members:
            order[patients] = rng.permutation(patients)
        yield order


def permutation_p(observed: ArrayLike, permuted: Iterable[ArrayLike]) -> PermutationP:
    """Two-sided p of m statistics: (1 + permutations as large) / (1 + permutations).

    Never 0, and never above its level (Phipson and Smyth 2010, Stat Appl Genet Mol Biol 9:39). The features' own p
    are for a family adjusted by `multiplicity.adjust`; p_family is adjusted already. Its single-step maximum is over
    all features with a statistic, so statistics must be comparable (z, not sums).

    Args:
        observed: statistics, shape (m,) or a number; NaN for a feature without one.
        permuted: the statistics of each permutation, shape (m,) or a number; scan_score.score_statistics gives them. A
            NaN counts as large, so that what cannot be computed never helps.
    """
    found = np.abs(np.atleast_1d(np.asarray(observed, np.float64)))
    known = np.isfinite(found)
    limit = np.where(known, found * (1 - _TIE), np.inf)
    alone, family, count = np.zeros(len(found)), np.zeros(len(found)), 0
    for statistics in permuted:
        values = np.abs(np.atleast_1d(np.asarray(statistics, np.float64)))
        values = np.where(np.isnan(values), np.inf, values)
        alone += values >= limit
        family += values[known].max(initial=-np.inf) >= limit
        count += 1
    own, largest = (np.where(known, (1 + n) / (1 + count), np.nan) for n in (alone, family))
    return PermutationP(own, largest, count)
