"""Percentile ranks: which share of natural peptides binds an allele better than this one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.neoantigens.binding import Predictor

#: Percents at which the affinities of the background are kept: dense where binders are told apart.
PERCENTS = np.concatenate(
    [np.geomspace(0.01, 0.1, 21)[:-1], np.geomspace(0.1, 10, 121)[:-1], np.linspace(10, 100, 91)]
)


@dataclass(frozen=True)
class BackgroundRanks:
    """Ranks of a predictor's affinities against those it gives to natural peptides.

    The background is predicted when an allele is first asked for, and condensed to quantiles.

    Attributes:
        predictor: whose affinities are ranked.
        peptides: the natural peptides.
        background: what they are, in words.
        tables: by allele, the IC50 in nM below which each of PERCENTS of the background lies; filled on the way.
        keep: called with all tables when one was added, to store them.
    """

    predictor: Predictor
    peptides: Sequence[str] = field(repr=False)
    background: str
    tables: dict[str, NDArray[np.float64]] = field(default_factory=dict, repr=False)
    keep: Callable[[Mapping[str, NDArray[np.float64]]], None] | None = None

    def table(self, allele: str) -> NDArray[np.float64]:
        """The quantiles of a supported allele's affinities for the background (q,), in nM."""
        if allele not in self.tables:
            self.tables[allele] = condense(self.predictor.predict(self.peptides, allele))
            if self.keep is not None:
                self.keep(self.tables)
        return self.tables[allele]

    def rank(self, peptides: Sequence[str], ic50_nm: NDArray[np.float64], allele: str) -> NDArray[np.float64]:
        """Percent of the background that binds better (n,), linear in log IC50 between the quantiles.

        A peptide that binds better than the first quantile has that one's percent, one that binds worse than
        all 100. NaN for an unknown affinity.
        """
        rank: NDArray[np.float64] = np.interp(np.log(ic50_nm), np.log(self.table(allele)), PERCENTS)
        return np.where(np.isnan(ic50_nm), np.nan, rank)


def condense(ic50_nm: NDArray[np.float64]) -> NDArray[np.float64]:
    """The quantiles of a background's affinities (n,) at PERCENTS (q,); all NaN when none is known."""
    known = ic50_nm[~np.isnan(ic50_nm)]
    if not len(known):
        return np.full(len(PERCENTS), np.nan)
    quantiles: NDArray[np.float64] = np.percentile(known, PERCENTS)
    return quantiles
