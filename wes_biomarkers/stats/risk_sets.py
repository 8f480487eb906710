"""Sums over the patients at risk at each event: what every proportional-hazards computation is made of.

Ties by Efron's method (Efron 1977, J Am Stat Assoc 72:557): d events at one time are d steps; step l (0 to d - 1)
takes l/d of the tied patients' own sum off the sum of all at risk. Strata are sorted apart, left truncation takes off
those who enter later. Written here because the scan of thousands of features needs the sums of many models at once,
and no library gives them; one model is the same computation with one column of weights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.stats.estimate import FollowUp

Array = NDArray[np.float64]
Index = NDArray[np.int64]


@dataclass(frozen=True)
class Stratum:
    """The order of one stratum's patients and the steps of its events.

    Attributes:
        order: patients of the stratum by time, latest first, shape (n_s,).
        entry_order: the same patients by entry, latest first; None without left truncation.
        last_at_risk: for each step, how many of `order` are still followed at its time, shape (steps,).
        n_not_entered: for each step, how many of `entry_order` have not entered before its time.
        dead: patients with events, by event time, shape (steps,); as many steps as events.
        tie_start: for each step, the place in `dead` of the first patient with the same time.
        tie_end: and the place after the last one.
        fraction: l/d of each step.
        mean_weight: mean case weight of the tied patients, for each step.
        time: event time of each step.
        has_ties: whether two events share a time.
    """

    order: Index
    entry_order: Index | None
    last_at_risk: Index
    n_not_entered: Index | None
    dead: Index
    tie_start: Index
    tie_end: Index
    fraction: Array
    mean_weight: Array
    time: Array
    has_ties: bool


@dataclass(frozen=True)
class RiskSets:
    """All strata that have an event, and the case weights of all patients, shape (n,)."""

    strata: tuple[Stratum, ...]
    weight: Array
    n: int

    @property
    def dead(self) -> Index:
        """Patients of all steps, in the order of the steps."""
        return np.concatenate([stratum.dead for stratum in self.strata])

    @property
    def time(self) -> Array:
        """Event time of all steps."""
        return np.concatenate([stratum.time for stratum in self.strata])

    @property
    def mean_weight(self) -> Array:
        """Mean case weight of all steps."""
        return np.concatenate([stratum.mean_weight for stratum in self.strata])

    def sums(self, values: Array) -> Array:
        """Efron's sums over those at risk at each step.

        Args:
            values: of each patient, shape (n, b): weights times anything.

        Returns:
            Shape (steps, b).
        """
        return np.concatenate([_stratum_sums(stratum, values) for stratum in self.strata])


def _padded_cumulative(values: Array) -> Array:
    total = np.empty((len(values) + 1, *values.shape[1:]))
    total[0] = 0.0
    np.cumsum(values, axis=0, out=total[1:])
    return total


def _stratum_sums(stratum: Stratum, values: Array) -> Array:
    at_risk = _padded_cumulative(values[stratum.order])[stratum.last_at_risk]
    if stratum.entry_order is not None and stratum.n_not_entered is not None:
        at_risk -= _padded_cumulative(values[stratum.entry_order])[stratum.n_not_entered]
    if stratum.has_ties:
        own = _padded_cumulative(values[stratum.dead])
        at_risk -= stratum.fraction[:, None] * (own[stratum.tie_end] - own[stratum.tie_start])
    return at_risk


def risk_sets(data: FollowUp) -> RiskSets:
    """The risk sets of follow-up data; strata without an event are left out, for they say nothing."""
    n = len(data.time)
    weight = np.ones(n) if data.weight is None else data.weight
    codes = np.zeros(n, np.int64) if data.strata is None else data.strata
    found = []
    for code in np.unique(codes):
        members = np.flatnonzero((codes == code) & (weight > 0))
        if data.event[members].any():
            found.append(_stratum(data, members, weight))
    return RiskSets(tuple(found), weight, n)


def _stratum(data: FollowUp, members: Index, weight: Array) -> Stratum:
    time = data.time[members]
    order = members[np.argsort(-time, kind="stable")]
    dead = members[data.event[members]]
    dead = dead[np.argsort(data.time[dead], kind="stable")]
    at = data.time[dead]
    _, start, count = np.unique(at, return_index=True, return_counts=True)
    tie_start, size = np.repeat(start, count), np.repeat(count, count)
    own_weight = np.add.reduceat(weight[dead], start) / count
    later = np.sort(time)
    entry_order = n_not_entered = None
    if data.entry is not None:
        entry = data.entry[members]
        entry_order = members[np.argsort(-entry, kind="stable")]
        n_not_entered = len(members) - np.searchsorted(np.sort(entry), at, side="left")
    return Stratum(
        order=order,
        entry_order=entry_order,
        last_at_risk=len(members) - np.searchsorted(later, at, side="left"),
        n_not_entered=n_not_entered,
        dead=dead,
        tie_start=tie_start,
        tie_end=tie_start + size,
        fraction=(np.arange(len(dead)) - tie_start) / size,
        mean_weight=np.repeat(own_weight, count),
        time=at,
        has_ties=bool((count > 1).any()),
    )
