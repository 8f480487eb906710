"""The partial likelihood of Cox's model for a batch of models at once: one core for single fits and for scans.

Written here because no kept library is exact with left truncation, weights and strata together, and none fits
thousands of features at once. Ties are treated after Efron (1977); sums over risk sets are differences of cumulative
sums over rows sorted once, so that one evaluation costs time proportional to the number of rows.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wes_biomarkers.stats.estimate import FollowUp

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

#: Newton steps after which a fit has not converged.
MAX_STEPS = 40
#: A fit has converged when one more step would add less than this to twice the log likelihood.
TOLERANCE = 1e-12
#: The likelihood is flat (below) while a coefficient still moves (above, over the range of its column, and as a share
#: of itself): monotone.
FLAT, MOVING, LEAST = 1e-6, 0.5, 0.02
#: Summed risk below this, next to a largest risk of 1, is rounding: coefficients as large as that are no estimate.
_VANISHED = 1e-250


@dataclass(frozen=True)
class RiskSets:
    """Who is at risk when: rows sorted by stratum, then from the last time to the first. K event times, E events.

    Attributes:
        order: (n,) the caller's row at each place.
        weight, event: (n,) of the sorted rows; rows of weight 0 have no event.
        starts, group_starts: where the rows, and the event times, of each stratum start; with the end of the last.
        first, last: (K,) places [first, last) are the rows of the stratum followed up to each event time.
        entry_order, entry_last: (n,) places from the last entry to the first within the stratum, and (K,) the end of
            those not yet entered at each event time; None without left truncation.
        dead, group: (E,) places of the events and the event time of each.
        from_group, to_group: (n,) each row is at risk at event times [from_group, to_group).
        row_end: (n,) the end of the event times of each row's stratum.
    """

    order: Integers
    weight: Floats
    event: NDArray[np.bool_]
    starts: Integers
    group_starts: Integers
    first: Integers
    last: Integers
    entry_order: Integers | None
    entry_last: Integers
    dead: Integers
    group: Integers
    from_group: Integers
    to_group: Integers
    row_end: Integers

    @property
    def tied(self) -> bool:
        """Whether any two events are at one time of one stratum."""
        return len(self.first) < len(self.dead)

    def sums(self, values: Floats) -> Floats:
        """Sums of (..., n) values over the rows at risk at each event time: (..., K)."""
        total = _cumulative(values, self.starts)
        sums = total[..., self.last - 1]
        if self.entry_order is None:
            return sums
        waiting = _cumulative(values[..., self.entry_order], self.starts)
        none_waits = self.entry_last == self.first
        return sums - np.where(none_waits, 0.0, waiting[..., np.maximum(self.entry_last - 1, 0)])

    def by_group(self, values: Floats) -> Floats:
        """Sums of (..., E) values over the events at each event time: (..., K)."""
        if not self.tied:
            return values
        return np.add.reduceat(values, np.searchsorted(self.group, np.arange(len(self.first))), axis=-1)

    def to_events(self, values: Floats) -> Floats:
        """(..., K) values repeated for every event: (..., E)."""
        return values[..., self.group] if self.tied else values

    def accumulated(self, increments: Floats) -> Floats:
        """Sums of (..., K) increments over the event times at which each row is at risk: (..., n)."""
        # from the first time on, so that the large increments of small late risk sets are not subtracted again
        mirrored = self.group_starts[-1] - self.group_starts[::-1]
        total = np.zeros((*increments.shape[:-1], increments.shape[-1] + 1))
        total[..., :-1] = _cumulative(increments[..., ::-1], mirrored)[..., ::-1]
        until_end = np.where(self.from_group == self.row_end, 0.0, total[..., self.from_group])
        if self.entry_order is None:
            return until_end
        return until_end - np.where(self.to_group == self.row_end, 0.0, total[..., self.to_group])


@dataclass(frozen=True)
class Ties:
    """Efron's steps of the E events: (1 or b, E) how much of the tied dead has left, and the weight of the step."""

    fraction: Floats
    weight: Floats


@dataclass(frozen=True)
class Evaluation:
    """The log partial likelihood (b,), its gradient (b, p) and information (b, p, p) at given coefficients."""

    log_likelihood: Floats
    gradient: Floats
    information: Floats


@dataclass(frozen=True)
class State:
    """What the risk sets hold at given coefficients, of b models.

    Attributes:
        risk: (b, n) weight times relative hazard, up to one factor a model.
        denominator, increment: (b, E) of Efron's steps: summed risk, and step weight over it.
        expected: (b, n) weighted events expected of each row.
        log_likelihood: (b,).
    """

    risk: Floats
    denominator: Floats
    increment: Floats
    expected: Floats
    log_likelihood: Floats


@dataclass(frozen=True)
class Maximum:
    """Where Newton's steps ended, for b models.

    Attributes:
        coefficients: (b, p).
        start, evaluation: at the start, and at the end.
        converged: (b,).
        moving: (b, p) coefficients without a finite maximum.
    """

    coefficients: Floats
    start: Evaluation
    evaluation: Evaluation
    converged: NDArray[np.bool_]
    moving: NDArray[np.bool_]


def risk_sets(data: FollowUp) -> RiskSets:
    """Sort the rows once; times are compared exactly."""
    n = len(data.time)
    stratum = np.zeros(n, np.int64) if data.strata is None else data.strata
    weight = np.ones(n) if data.weight is None else data.weight
    order = np.lexsort((-data.time, stratum))
    time, layer, counted = data.time[order], stratum[order], weight[order]
    event = data.event[order] & (counted > 0)
    dead = np.flatnonzero(event)
    new = np.ones(len(dead), bool)
    new[1:] = (np.diff(time[dead]) != 0) | (np.diff(layer[dead]) != 0)
    group = np.cumsum(new) - 1
    when, where = time[dead][new], layer[dead][new]
    first = np.searchsorted(layer, where)
    last = _places(layer, -time, where, -when, after=True)
    to_group = np.searchsorted(where, layer, side="right")
    from_group = _places(where, -when, layer, -time, after=False)
    entry_order, entry_last = None, first
    if data.entry is not None:
        entry = data.entry[order]
        to_group = _places(where, -when, layer, -entry, after=False)
        entry_order = np.lexsort((-entry, layer))
        entry_last = _places(layer, -entry[entry_order], where, -when, after=True)
    starts = np.append(np.flatnonzero(np.diff(layer, prepend=-1)), n)
    group_starts = np.unique(np.append(np.searchsorted(where, layer[starts[:-1]]), len(where)))
    row_end = np.searchsorted(where, layer, side="right")
    return RiskSets(
        order,
        counted,
        event,
        starts,
        group_starts,
        first,
        last,
        entry_order,
        entry_last,
        dead,
        group,
        from_group,
        to_group,
        row_end,
    )


def efron_ties(sets: RiskSets, weight: Floats) -> Ties:
    """Efron's steps for weights of (1 or b, n); events of weight 0 are left out.

    At a time with d events of mean weight w, step l = 0 ... d-1 removes the share l/d of the tied dead and weighs w.
    """
    own = weight[:, sets.dead]
    if not sets.tied:
        return Ties(np.zeros((1, 1)), own)
    alive = own > 0
    count = sets.to_events(sets.by_group(alive.astype(float)))
    before: Integers = np.cumsum(alive, axis=1) - alive
    rank: Integers = before - before[:, np.searchsorted(sets.group, sets.group)]
    safe = np.maximum(count, 1)
    mean = sets.to_events(sets.by_group(own)) / safe
    return Ties(np.where(alive, rank / safe, 0), np.where(alive, mean, 0))


def state(sets: RiskSets, predictor: Floats, weight: Floats, ties: Ties) -> State:
    """The risk sets under linear predictors (b, n) and weights (1 or b, n)."""
    predictor = predictor - _largest(predictor, sets.starts)
    risk = weight * np.exp(np.maximum(predictor, -700))
    # no less than the dead themselves: a difference of sums may lose them to rounding
    own = sets.to_events(sets.by_group(risk[:, sets.dead])) * (1 - ties.fraction)
    denominator = np.maximum(_left(sets, ties, sets.sums(risk), risk), own)
    used = (ties.weight > 0) & (denominator > _VANISHED)
    with np.errstate(divide="ignore", invalid="ignore"):
        increment = np.where(used, ties.weight / denominator, 0)
        logs = np.where(used, ties.weight * np.log(denominator), np.where(ties.weight > 0, np.inf, 0))
    hazard = sets.accumulated(sets.by_group(increment))
    expected = risk * hazard
    if sets.tied:
        expected[:, sets.dead] -= risk[:, sets.dead] * sets.to_events(
            sets.by_group(increment * ties.fraction)
        )
    events = weight[:, sets.dead] * predictor[:, sets.dead]
    return State(risk, denominator, increment, expected, events.sum(axis=1) - logs.sum(axis=1))


def means(sets: RiskSets, ties: Ties, now: State, column: Floats) -> Floats:
    """The mean of a column (1 or b, n) over the risk set of every step: (b, E); of one model also of several columns."""
    values = now.risk * column
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(now.increment > 0, _left(sets, ties, sets.sums(values), values) / now.denominator, 0)


def evaluate(
    sets: RiskSets, columns: Sequence[Floats], coefficients: Floats, weight: Floats, ties: Ties
) -> Evaluation:
    """Log likelihood, gradient and information of b models at coefficients (b, p).

    Args:
        columns: p arrays of (1 or b, n), sorted as the risk sets, best centred.
    """
    b, p = coefficients.shape
    predictor = np.zeros((b, len(sets.order)))
    for j, column in enumerate(columns):
        predictor += coefficients[:, j, None] * column
    now = state(sets, predictor, weight, ties)
    residual = np.where(sets.event, weight, 0) - now.expected
    gradient, information = np.empty((b, p)), np.empty((b, p, p))
    centres = [means(sets, ties, now, column) for column in columns]
    for j, column in enumerate(columns):
        gradient[:, j] = _dot(residual, column)
        spread, drop = now.expected * column, ties.weight * centres[j]
        for k in range(j + 1):
            information[:, j, k] = _dot(spread, columns[k]) - _dot(drop, centres[k])
            information[:, k, j] = information[:, j, k]
    return Evaluation(now.log_likelihood, gradient, information)


def maximise(evaluation: Callable[[Floats, Integers], Evaluation], start: Floats, ranges: Floats) -> Maximum:
    """Newton's method for b models at once, halving any step that lowers the likelihood.

    Args:
        evaluation: of coefficients (a, p) of the models whose numbers (a,) are given beside them.
        start: (b, p).
        ranges: (b, p) largest minus smallest value of each column, to see a coefficient run to infinity.
    """
    b, p = start.shape
    found = Evaluation(np.full(b, -np.inf), np.zeros((b, p)), np.zeros((b, p, p)))
    best, step = start.astype(float).copy(), np.zeros((b, p))
    converged, moving = np.zeros(b, bool), np.zeros((b, p), bool)
    active, first = np.arange(b), None
    for _ in range(MAX_STEPS):
        trial = evaluation(best[active] + step[active], active)
        first = first or trial
        with np.errstate(invalid="ignore"):
            better = trial.log_likelihood >= found.log_likelihood[active] - 1e-10
        step[active[~better]] /= 2
        moved = active[better]
        best[moved] += step[moved]
        for old, new in (
            (found.log_likelihood, trial.log_likelihood),
            (found.gradient, trial.gradient),
            (found.information, trial.information),
        ):
            old[moved] = new[better]
        step[moved] = solve(found.information[moved], found.gradient[moved])
        gain = np.einsum("bp,bp->b", step[moved], found.gradient[moved])
        width = ranges[moved]
        stride = np.abs(step[moved])
        run = (stride * width > MOVING) & (stride > LEAST * np.abs(best[moved])) & (gain < FLAT)[:, None]
        own = np.einsum("bpp->bp", found.information[moved])
        run |= (own * width**2 < FLAT) & (np.abs(found.gradient[moved]) * width < FLAT**0.5)
        done = np.abs(gain) < TOLERANCE
        best[moved[done]] += step[moved[done]]
        moving[moved] = run
        converged[moved] = done | run.any(axis=1)
        active = active[~converged[active]]
        if not len(active):
            break
    return Maximum(best, first or found, found, converged, moving)


def solve(matrices: Floats, vectors: Floats) -> Floats:
    """The solutions of b symmetric systems (b, p, p), (b, p); of least squares where one is singular."""
    try:
        return np.asarray(np.linalg.solve(matrices, vectors[..., None])[..., 0], np.float64)
    except np.linalg.LinAlgError:
        return np.asarray(
            np.einsum("bij,bj->bi", np.linalg.pinv(matrices, hermitian=True), vectors), np.float64
        )


def _left(sets: RiskSets, ties: Ties, sums: Floats, values: Floats) -> Floats:
    """Sums (b, K) at the steps of each event time, less the share of the tied dead that has left: (b, E)."""
    if not sets.tied:
        return sums
    return sets.to_events(sums) - ties.fraction * sets.to_events(sets.by_group(values[..., sets.dead]))


def _dot(left: Floats, right: Floats) -> Floats:
    """Row by row inner products of (b, n) or (1, n) with (b, n) or (1, n): (b,) or (1,)."""
    if right.shape[0] == 1:
        return np.asarray(left @ right[0], np.float64)
    return np.asarray(
        np.einsum("bn,bn->b", left, right) if left.shape[0] > 1 else right @ left[0], np.float64
    )


def _largest(values: Floats, starts: Integers) -> Floats:
    """The largest value of each row within each stratum, at every place of it."""
    if len(starts) == 2:
        return np.asarray(values.max(axis=1, keepdims=True), np.float64)
    top = np.maximum.reduceat(values, starts[:-1], axis=1)
    return np.asarray(np.repeat(top, np.diff(starts), axis=1), np.float64)


def _cumulative(values: Floats, starts: Integers) -> Floats:
    """Cumulative sums of (..., n) values, beginning anew at each start: no stratum's rounding reaches another."""
    total = np.empty_like(values)
    for start, end in itertools.pairwise(starts.tolist()):
        np.cumsum(values[..., start:end], axis=-1, out=total[..., start:end])
    return total


def _places(major: Integers, minor: Floats, of: Integers, value: Floats, *, after: bool) -> Integers:
    """Where pairs (of, value) go among the sorted pairs (major, minor): after or before equal ones."""
    n = len(major)
    key = np.concatenate([np.zeros(n), np.full(len(of), 1 if after else -1)])
    order = np.lexsort((key, np.concatenate([minor, value]), np.concatenate([major, of])))
    ours = order < n
    places = np.empty(len(of), np.int64)
    places[order[~ours] - n] = np.cumsum(ours)[~ours]
    return places
