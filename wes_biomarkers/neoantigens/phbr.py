"""Patient harmonic-mean best rank: how well a person's HLA can present a mutation at all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Molecules of a complete type: A, B, C; and DR twice each, DQ, DP (Marty 2017, Cell 171:1272; Marty Pyke 2018,
#: Cell 175:416).
N_MOLECULE = {"I": 6, "II": 12}


def harmonic_best_rank(best_rank_pct: NDArray[np.float64], n_molecule: int) -> NDArray[np.float64]:
    """PHBR of each mutation, shape (n,): the harmonic mean over a person's molecules of each one's best rank.

    Args:
        best_rank_pct: (n, m) the lowest percentile rank of a mutation's peptides by molecule, homozygous ones as often as
            they stand; NaN where unknown, which makes the PHBR unknown.
        n_molecule: molecules of a complete type. Those in excess of m are of null alleles: they present nothing, their
            rank is endless.

    >>> float(harmonic_best_rank(np.array([[1.0, 1.0, 2.0, 2.0, 4.0, 4.0]]), 6).round(4)[0])
    1.7143
    """
    with np.errstate(divide="ignore"):
        total = np.sort(1 / best_rank_pct, axis=1).sum(
            axis=1
        )  # sorted: the order of molecules changes no bit
        return np.asarray(n_molecule / total, np.float64)
