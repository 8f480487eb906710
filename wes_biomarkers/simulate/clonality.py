"""Somatic mutations with known multiplicity and cancer cell fraction, as read counts over copy-number states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.features.ccf import Loci, Purity

#: (total, minor) copies and how much of a genome has them, without and with a doubled genome.
STATES: Mapping[bool, Mapping[tuple[int, int], float]] = {
    False: {(2, 1): 0.45, (1, 0): 0.15, (2, 0): 0.10, (3, 1): 0.18, (4, 2): 0.05, (4, 1): 0.04, (6, 1): 0.03},
    True: {(4, 2): 0.40, (3, 1): 0.17, (2, 0): 0.15, (4, 1): 0.08, (5, 2): 0.08, (6, 2): 0.07, (2, 1): 0.05},
}


@dataclass(frozen=True)
class Truth:
    """Mutations of one tumour with what is true of them; arrays of shape (n,)."""

    loci: Loci
    purity: Purity
    multiplicity: NDArray[np.float64]
    ccf: NDArray[np.float64]
    clone: NDArray[np.int64]


def simulate_mutations(
    seed: int,
    n: int = 200,
    purity: float | None = None,
    depth: float | None = None,
    n_subclone: int | None = None,
) -> Truth:
    """The mutations of one tumour; purity .2 to .9, mean depth 60 to 300 and 1 to 3 subclones where not given.

    A subclone's cancer cell fraction is .05 to .9; with no subclone every mutation is clonal.

    Six of ten mutations are in every tumour cell. Half of these are older than the gains: they lie on all copies of
    their allele, which is the major one as often as the minor one; the rest, and all of the subclones, lie on one
    copy. Reads of a place follow its copies (Poisson), mutated ones the expected allele fraction (binomial).
    """
    rng = np.random.default_rng(seed)
    purity = float(rng.uniform(0.2, 0.9)) if purity is None else purity
    mean_depth = float(rng.uniform(60, 300)) if depth is None else depth
    n_subclone = int(rng.integers(1, 4)) if n_subclone is None else n_subclone
    states = STATES[bool(rng.random() < 0.35)]
    kinds = np.array(list(states), float)
    share = np.array(list(states.values())) / sum(states.values())
    total, minor = kinds[rng.choice(len(kinds), n, p=share)].T
    is_clonal = (rng.random(n) < 0.6) | (n_subclone == 0)
    clone = np.where(is_clonal, 0, rng.integers(1, max(n_subclone, 1) + 1, n))
    fractions = np.concatenate(([1.0], rng.uniform(0.05, 0.9, n_subclone)))
    on_major = (rng.random(n) < 0.5) | (minor == 0)
    early = (clone == 0) & (rng.random(n) < 0.5)
    multiplicity = np.where(early, np.where(on_major, total - minor, minor), 1.0)
    ploidy = float(kinds[:, 0] @ share)
    mass = purity * total + 2 * (1 - purity)
    reads = np.maximum(rng.poisson(mean_depth * mass / (purity * ploidy + 2 * (1 - purity))), 1)
    alt = rng.binomial(reads, fractions[clone] * multiplicity * purity / mass)
    loci = Loci(alt.astype(float), reads.astype(float), total, minor, np.full(n, 2.0))
    return Truth(loci, Purity(purity), multiplicity, fractions[clone], clone)
