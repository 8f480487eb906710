"""Percentile ranks: which share of natural peptides binds an allele better than this one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Percents at which the affinities of the background are kept: dense where binders are told apart.
PERCENTS = np.concatenate(
    [np.geomspace(0.001, 0.1, 41)[:-1], np.geomspace(0.1, 10, 161)[:-1], np.linspace(10, 100, 181)]
)


@dataclass(frozen=True)
class RankTable:
    """The affinities of natural peptides, condensed to quantiles for each allele.

    Attributes:
        background: which peptides.
        percent: (q) rising percents.
        ic50_nm: by allele, (q) the IC50 in nM below which that percent of the background lies.
    """

    background: str
    percent: NDArray[np.float64]
    ic50_nm: Mapping[str, NDArray[np.float64]]

    def rank(self, peptides: Sequence[str], ic50_nm: NDArray[np.float64], allele: str) -> NDArray[np.float64]:
        """Percent of the background that binds better (n,), between quantiles linear in log IC50.

        Below the first percent kept it is that percent, above the last it is 100. NaN for an affinity that
        is not known and an allele without a background.
        """
        table = self.ic50_nm.get(allele)
        if table is None:
            return np.full(len(ic50_nm), np.nan)
        rank: NDArray[np.float64] = np.interp(np.log(ic50_nm), np.log(table), self.percent)
        return np.where(np.isnan(ic50_nm), np.nan, rank)


def condense(ic50_nm: NDArray[np.float64], percent: NDArray[np.float64] = PERCENTS) -> NDArray[np.float64]:
    """The quantiles of a background's affinities (n,) at some percents (q,); NaN are left out.

    Raises:
        ValueError: when nothing is left.
    """
    known = ic50_nm[~np.isnan(ic50_nm)]
    if not len(known):
        raise ValueError("a background without one affinity")
    quantiles: NDArray[np.float64] = np.percentile(known, percent)
    return quantiles
