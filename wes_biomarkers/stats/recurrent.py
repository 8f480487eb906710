"""Events that come back: the mean count by time, and the Andersen-Gill model of their rate.

Own code for the mean count: no library at hand gives it with its variance where patients die.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.cox import CoxFit, fit_cox
from wes_biomarkers.stats.estimate import Estimate, follow_up
from wes_biomarkers.stats.proportions import NORMAL_97_5

Array = NDArray[np.float64]

#: Numbers of a block of influence values (patients x times).
_BLOCK = 2_000_000


@dataclass(frozen=True)
class MeanCumulativeCount:
    """How many events a patient has had on average by each time, the dead having no more of them.

    Attributes:
        time: 0 and the times of events, rising, shape (k,).
        mean: events a patient by that time.
        standard_error: of the mean, by the patients' influence.
        ci_low, ci_high: 95 %, on the log scale; NaN before the first event.
        n_at_risk: just before the time.
        n: patients.
        n_event: events.
    """

    time: Array
    mean: Array
    standard_error: Array
    ci_low: Array
    ci_high: Array
    n_at_risk: NDArray[np.int64]
    n: int
    n_event: int


def mean_cumulative_count(
    event_time: ArrayLike,
    event_patient: ArrayLike,
    end: ArrayLike,
    died: ArrayLike,
    groups: Sequence[object] | ArrayLike | None = None,
) -> Mapping[str, MeanCumulativeCount]:
    """The mean count of each group with death as the end of counting (Ghosh and Lin 2000, Biometrics 56:554).

    Without deaths it is Nelson's and Aalen's estimate with the robust variance (Lawless and Nadeau 1995).

    Args:
        event_time: time of each event, shape (e,).
        event_patient: whose it is, an index into `end`, shape (e,).
        end: end of each patient's follow-up, shape (n,).
        died: whether it ended by death, shape (n,).
        groups: labels, shape (n,); None: one group, named "all".

    Returns:
        Group -> mean count, groups in sorted order.

    Raises:
        ValueError: unequal lengths, no patient, missing or negative times, or an event after its patient's end.
    """
    times, owner = np.asarray(event_time, np.float64), np.asarray(event_patient, np.int64)
    ends, dead = np.asarray(end, np.float64), np.asarray(died, np.bool_)
    n = len(ends)
    if not n or len(dead) != n or len(times) != len(owner):
        raise ValueError("there must be a patient, one end and death a patient, and one owner an event")
    if not (
        np.isfinite(ends).all() and (ends >= 0).all() and np.isfinite(times).all() and (times >= 0).all()
    ):
        raise ValueError("times must be known and not negative")
    if len(owner) and not ((owner >= 0) & (owner < n)).all():
        raise ValueError("every event must belong to a patient")
    if (times > ends[owner]).any():
        raise ValueError("no event may come after the end of its patient's follow-up")
    labels = np.full(n, "all") if groups is None else np.asarray([str(g) for g in np.asarray(groups, object)])
    if len(labels) != n:
        raise ValueError("groups must have one label a patient")
    found = {}
    for label in np.unique(labels):
        inside = labels == label
        number = np.cumsum(inside) - 1
        mine = inside[owner]
        found[str(label)] = _mean_count(times[mine], number[owner[mine]], ends[inside], dead[inside])
    return found


@dataclass(frozen=True)
class _Grid:
    """The distinct times of events and deaths, shape (k,), and what is known at each.

    `alive` is the share of patients alive just before the time, `mean` the mean count by it.
    """

    time: Array
    at_risk: Array
    n_event: Array
    n_death: Array
    alive: Array
    mean: Array


def _grid(times: Array, ends: Array, dead: NDArray[np.bool_]) -> _Grid:
    grid = np.unique(np.concatenate([times, ends[dead]]))
    at_risk = (len(ends) - np.searchsorted(np.sort(ends), grid)).astype(np.float64)
    n_event = np.bincount(np.searchsorted(grid, times), minlength=len(grid)).astype(np.float64)
    n_death = np.bincount(np.searchsorted(grid, ends[dead]), minlength=len(grid)).astype(np.float64)
    alive = np.append(1.0, np.cumprod(1 - n_death / at_risk))[: len(grid)]
    return _Grid(grid, at_risk, n_event, n_death, alive, np.cumsum(alive * n_event / at_risk))


def _mean_count(
    times: Array, owner: NDArray[np.int64], ends: Array, dead: NDArray[np.bool_]
) -> MeanCumulativeCount:
    """The mean count of one group, at its times of events."""
    grid = _grid(times, ends, dead)
    kept = grid.n_event > 0
    mean = np.append(0.0, grid.mean[kept])
    error = np.append(0.0, np.sqrt(_influence_variance(grid, times, owner, ends, dead)[kept]))
    low, high = np.full(len(mean), np.nan), np.full(len(mean), np.nan)
    width = np.exp(NORMAL_97_5 * error[1:] / mean[1:])
    low[1:], high[1:] = mean[1:] / width, mean[1:] * width
    n_at_risk = np.append(len(ends), grid.at_risk[kept]).astype(np.int64)
    return MeanCumulativeCount(
        np.append(0.0, grid.time[kept]), mean, error, low, high, n_at_risk, len(ends), len(times)
    )


def _influence_variance(
    grid: _Grid, times: Array, owner: NDArray[np.int64], ends: Array, dead: NDArray[np.bool_]
) -> Array:
    """Sum of squared influences of the patients on the mean at each time of the grid (Ghosh and Lin 2000).

    A patient's influence at t sums, over earlier u, S(u-) dM(u) / Y(u) - (mean(t) - mean(u)) dD(u) / Y(u); dM and
    dD are the patient's events and death less those expected of one at risk.
    """
    total = np.zeros(len(grid.time))
    step = max(1, _BLOCK // max(len(grid.time), 1))
    for start in range(0, len(ends), step):
        end = ends[start : start + step]
        risk = end[:, None] >= grid.time[None, :]
        of_event = -(risk * (grid.n_event / grid.at_risk))
        mine = (owner >= start) & (owner < start + step)
        np.add.at(of_event, (owner[mine] - start, np.searchsorted(grid.time, times[mine])), 1.0)
        of_death = -(risk * (grid.n_death / grid.at_risk))
        gone = np.flatnonzero(dead[start : start + step])
        of_death[gone, np.searchsorted(grid.time, end[gone])] += 1.0
        of_death /= grid.at_risk
        influence = np.cumsum(of_event * (grid.alive / grid.at_risk) + of_death * grid.mean, axis=1)
        influence -= grid.mean * np.cumsum(of_death, axis=1)
        total += np.einsum("ij,ij->j", influence, influence)
    return total


@dataclass(frozen=True)
class RecurrentFit:
    """A fitted Andersen-Gill model.

    Attributes:
        cox: the Cox model of the rows, with the robust covariance over patients; its n counts rows.
        n: patients.
    """

    cox: CoxFit
    n: int

    @property
    def status(self) -> str:
        """`ok`, or `not_evaluable`."""
        return self.cox.status

    @property
    def coefficients(self) -> Array:
        """Log rate ratios, (p,)."""
        return self.cox.coefficients

    @property
    def covariance(self) -> Array:
        """Of the coefficients, robust over patients, (p, p)."""
        return self.cox.covariance

    def estimate(self, index: int) -> Estimate:
        """The rate ratio of column `index`, with robust Wald interval and p."""
        return replace(self.cox.estimate(index), method="andersen_gill", effect_kind="rate_ratio", n=self.n)


def counting_rows(
    months: Sequence[Sequence[float]], end: ArrayLike
) -> tuple[Array, Array, NDArray[np.bool_], NDArray[np.int64]]:
    """The rows of the counting process: (start, stop, event, patient), one from each event to the next and to the end.

    Args:
        months: rising times of each patient's events, above 0 and not after the end.
        end: of each patient's follow-up, above 0, shape (n,).

    >>> [part.tolist() for part in counting_rows([(1.0,), ()], [3.0, 2.0])]
    [[0.0, 1.0, 0.0], [1.0, 3.0, 2.0], [True, False, False], [0, 0, 1]]
    """
    start: list[float] = []
    stop: list[float] = []
    event: list[bool] = []
    patient: list[int] = []
    for number, (times, last) in enumerate(zip(months, np.asarray(end, np.float64).tolist(), strict=True)):
        ends = [*times, *([last] if not times or times[-1] < last else [])]
        start += [0.0, *ends[:-1]]
        stop += ends
        event += [index < len(times) for index in range(len(ends))]
        patient += [number] * len(ends)
    return np.array(start), np.array(stop), np.array(event, np.bool_), np.array(patient, np.int64)


def fit_recurrent(
    start: ArrayLike,
    stop: ArrayLike,
    event: ArrayLike,
    patient: Sequence[object] | ArrayLike,
    x: ArrayLike,
    *,
    strata: Sequence[object] | ArrayLike | None = None,
) -> RecurrentFit:
    """Proportional rates of events that come back (Andersen and Gill 1982), robust over patients.

    The robust variance (Lin, Wei, Yang and Ying 2000, J R Stat Soc B 62:711) lets a patient's events depend on each
    other. Death ends a patient's follow-up: the rate is that of the living.

    Args:
        start, stop: ends of each row, start < stop, shape (r,): a patient's rows follow one another.
        event: whether the row ended with an event.
        patient: labels of patients, shape (r,).
        x: columns, shape (r, p).
        strata: labels of strata with baseline rates of their own.

    Raises:
        ValueError: arrays that break the contract; see `stats.estimate.follow_up`.
    """
    rows = follow_up(stop, event, entry=start, strata=strata, cluster=patient)
    codes = rows.cluster if rows.cluster is not None else np.empty(0, np.int64)
    return RecurrentFit(fit_cox(rows, x), len(np.unique(codes)))
