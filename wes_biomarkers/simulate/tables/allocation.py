"""Entering the trial, induction, and who goes on to which arm by chance or by choice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.simulate.tables.parameters import AllocationParameters, InductionParameters
from wes_biomarkers.simulate.tables.terms import Terms, linear_predictor

Days = NDArray[np.float64]
Mask = NDArray[np.bool_]

_BLOCK = 4


@dataclass(frozen=True)
class Allocation:
    """Induction and allocation of n patients; all arrays have shape (n,). Days count from the first day of the trial.

    Attributes:
        induction_day: first day of induction.
        responded: CR or PR to induction.
        allocated: went on to an arm; what follows means nothing for the others.
        day: of allocation; NaN where never allocated.
        randomized: by chance; the others chose.
        assigned: to the second arm, the one with radiotherapy.
        received: the second arm.
    """

    induction_day: Days
    responded: Mask
    allocated: Mask
    day: Days
    randomized: Mask
    assigned: Mask
    received: Mask


def log_odds(share: float) -> float:
    """Log odds of a share."""
    return float(np.log(share / (1 - share)))


def draw_outcome(rng: np.random.Generator, share: float, predictor: NDArray[np.float64]) -> Mask:
    """Yes with log odds of `share` plus a linear predictor, shape (n,)."""
    return np.asarray(rng.random(len(predictor)) < 1 / (1 + np.exp(-log_odds(share) - predictor)))


def in_blocks(rng: np.random.Generator, site: NDArray[np.int64], day: Days) -> Mask:
    """Randomisation to the second arm in blocks of four within each site, in the order of days; shape (n,)."""
    n = len(site)
    order = np.lexsort((day, site))
    first_of_site = np.searchsorted(site[order], site[order])
    block = (np.arange(n) - first_of_site) // _BLOCK
    shuffled = order[np.lexsort((rng.random(n), block, site[order]))]
    place = np.arange(n) - np.searchsorted(site[shuffled], site[shuffled])
    second = np.empty(n, bool)
    # A block's first half in its shuffled order goes to one arm; which one is drawn, since last blocks are short.
    flip = rng.random(n) < 0.5
    start = np.arange(n) - place % _BLOCK
    second[shuffled] = (place % _BLOCK < _BLOCK // 2) ^ flip[start]
    return second


def draw_allocation(
    rng: np.random.Generator,
    terms: Terms,
    site: NDArray[np.int64],
    accrual_days: int,
    induction: InductionParameters,
    allocation: AllocationParameters,
) -> Allocation:
    """Induction and allocation of n patients; `terms` by name and `site` have shape (n,)."""
    n = len(site)
    nobody = np.zeros(n, bool)
    start = rng.integers(0, accrual_days, n).astype(float)
    response = linear_predictor(terms, induction.effects, nobody)
    responded = draw_outcome(rng, induction.responder_share, response)
    allocated = responded & (rng.random(n) >= induction.declined_share)
    day = np.where(allocated, start + rng.integers(84, 113, n), np.nan)
    randomized = rng.random(n) < allocation.randomized_share
    choice = linear_predictor(terms, allocation.preference, nobody)
    assigned = draw_outcome(rng, allocation.radiotherapy_share, choice)
    drawn = allocated & randomized
    assigned[drawn] = in_blocks(rng, site[drawn], day[drawn])
    received = assigned ^ (rng.random(n) < allocation.crossover_share)
    return Allocation(start, responded, allocated, day, randomized & allocated, assigned & allocated,
                      received & allocated)  # fmt: skip
