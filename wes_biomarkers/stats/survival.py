"""Kaplan-Meier estimates, the median, survival at fixed times and the log-rank test, as R's survival package."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.estimate import Estimate, FollowUp, follow_up

Floats = NDArray[np.float64]

#: Fewer events than this over all groups, and a log-rank p would be noise: a rule of thumb.
MIN_EVENTS = 5
#: Fewer patients than this in a group, and its curve is not compared.
MIN_GROUP = 3
NORMAL_97_5 = 1.959963984540054
#: Survival this near to .5 is .5.
_HALF_TOLERANCE = 1e-9
#: Event times handled together where every patient's influence is needed.
_BLOCK = 256


@dataclass(frozen=True)
class KaplanMeier:
    """A survival curve.

    Attributes:
        curve: time, survival, ci_low, ci_high (95 %, log-log; missing where undefined), n_at_risk just before
            time, n_event, n_censored at it (sums of weights, where weights were given), standard_error of survival;
            the first row is time 0.
        n: patients.
        n_event: events.
        median: first time with survival below .5, or the middle of the stretch where it is .5; None when not reached.
        median_low, median_high: its 95 % interval (Brookmeyer and Crowley 1982): where the limits of the curve cross
            .5; None when they do not.
    """

    curve: pd.DataFrame
    n: int
    n_event: int
    median: float | None
    median_low: float | None = None
    median_high: float | None = None


@dataclass(frozen=True)
class SurvivalAt:
    """Survival at a time, with its 95 % interval; all None beyond the last follow-up."""

    time: float
    survival: float | None
    ci_low: float | None
    ci_high: float | None
    n_at_risk: float


@dataclass(frozen=True)
class LogRank:
    """A log-rank test, or the reason why there is none.

    Attributes:
        observed, expected: events of each group, in the order of the sorted groups.
    """

    status: str
    reason: str = ""
    chi_square: float | None = None
    degrees: int | None = None
    p_value: float | None = None
    observed: tuple[float, ...] = ()
    expected: tuple[float, ...] = ()


@dataclass(frozen=True)
class Steps:
    """What happens at each distinct time: (K,) arrays, weighted."""

    time: Floats
    n_at_risk: Floats
    n_event: Floats
    n_censored: Floats

    @property
    def survival(self) -> Floats:
        """The product-limit estimate after each time."""
        return np.asarray(np.cumprod(1 - self._hazard()), np.float64)

    def greenwood(self) -> Floats:
        """Greenwood's variance of the logarithm of survival after each time; infinite once survival is 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = self.n_event / (self.n_at_risk * (self.n_at_risk - self.n_event))
        return np.asarray(np.cumsum(np.where(self.n_event > 0, terms, 0)), np.float64)

    def _hazard(self) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.n_event > 0, self.n_event / self.n_at_risk, 0)


def kaplan_meier(
    times: ArrayLike,
    events: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
) -> KaplanMeier:
    """The product-limit estimate (Kaplan and Meier 1958) with log-log 95 % intervals.

    The variance is Greenwood's; with weights that are no whole numbers, or clusters, that of the infinitesimal
    jackknife, as R's survfit. With left truncation a curve that falls to 0 while few are at risk stays there.

    Args:
        times: follow-up, any unit, none missing.
        events: whether it ended with the event.
        entry, weight, cluster: as in `FollowUp`.

    Raises:
        ValueError: on empty or unequal input, or missing or negative times.
    """
    data = follow_up(times, events, entry=entry, weight=weight, cluster=cluster)
    at = steps(data, from_zero=True)
    survival, variance = at.survival, log_survival_variance(data, at)
    low, high = _log_log_interval(survival, variance)
    kind = float if data.weight is not None else int
    curve = pd.DataFrame(
        {
            "time": at.time,
            "survival": survival,
            "ci_low": low,
            "ci_high": high,
            "n_at_risk": at.n_at_risk.astype(kind),
            "n_event": at.n_event.astype(kind),
            "n_censored": at.n_censored.astype(kind),
            "standard_error": np.where(
                survival > 0, survival * np.sqrt(np.where(survival > 0, variance, 0)), np.nan
            ),
        }
    )
    limits = [_crossing_of_half(at.time, values) for values in (survival, low, high)]
    return KaplanMeier(curve, len(data.time), int(data.event.sum()), *limits)


def survival_at(curve: KaplanMeier, times: Sequence[float]) -> list[SurvivalAt]:
    """Survival just after each of the given times: unknown beyond the last follow-up of a curve above 0."""
    table = curve.curve
    known, longest = table["time"].to_numpy(), float(table["time"].max())
    found = []
    for time in times:
        row = table.iloc[max(int(np.searchsorted(known, time, side="right")) - 1, 0)]
        after = table["n_at_risk"].to_numpy()[known >= time]
        n_at_risk = float(after[0]) if len(after) else 0.0
        if time > longest and row["survival"] > 0:
            found.append(SurvivalAt(time, None, None, None, n_at_risk))
            continue
        low, high = (None if math.isnan(row[name]) else float(row[name]) for name in ("ci_low", "ci_high"))
        found.append(SurvivalAt(time, float(row["survival"]), low, high, n_at_risk))
    return found


def survival_difference(data: FollowUp, group: ArrayLike, time: float) -> Estimate:
    """Survival at a time of the group coded 1 minus that of the group coded 0, by two Kaplan-Meier curves.

    Not evaluable where a group is empty, not followed that long, or has a survival without variance there.
    """
    codes = np.asarray(group)
    n, n_event = len(data.time), int(data.event.sum())
    values, variances = [], []
    for code in (1, 0):
        chosen = codes == code
        reason = "" if chosen.any() else "a group is empty"
        if not reason:
            curve = kaplan_meier(
                data.time[chosen], data.event[chosen],
                **{name: None if (own := getattr(data, name)) is None else own[chosen]
                   for name in ("entry", "weight", "cluster")},
            )  # fmt: skip
            at = survival_at(curve, [time])[0]
            row = curve.curve[curve.curve["time"] <= time].iloc[-1]
            if at.survival is None:
                reason = "a group is not followed that long"
        if reason:
            return Estimate(
                "kaplan_meier", "survival_difference", n, n_event, status="not_evaluable", reason=reason
            )
        values.append(float(row["survival"]))
        variances.append(0.0 if row["survival"] <= 0 else float(row["standard_error"]) ** 2)
    return difference("kaplan_meier", "survival_difference", n, n_event, values, variances)


def difference(
    method: str, kind: str, n: int, n_event: int, values: Sequence[float], variances: Sequence[float]
) -> Estimate:
    """The first of two independent values minus the second, with Wald's interval."""
    error = math.sqrt(sum(variances))
    if not error > 0:
        return Estimate(
            method, kind, n, n_event, status="not_evaluable", reason="no event, so no standard error"
        )
    effect = values[0] - values[1]
    return Estimate(
        method, kind, n, n_event, effect, effect - NORMAL_97_5 * error, effect + NORMAL_97_5 * error,
        math.erfc(abs(effect / error) / math.sqrt(2)), effect / error, effect, error,
    )  # fmt: skip


def at_risk(times: ArrayLike, at: Sequence[float], entry: ArrayLike | None = None) -> list[int]:
    """How many are followed just before each of the given times and, with entries, have entered before it.

    At time 0 those count who entered at 0.
    """
    duration = np.asarray(times, dtype=float)
    entered = np.full(len(duration), -1.0) if entry is None else np.asarray(entry, dtype=float)
    return [
        int(((duration >= time) & ((entered < time) | ((entered <= 0) & (time <= 0)))).sum()) for time in at
    ]


def pooled(groups: Mapping[str, tuple[Sequence[float], Sequence[bool]]]) -> tuple[FollowUp, NDArray[np.str_]]:
    """Groups of (times, events) as one follow-up and the group of each patient, for `log_rank`."""
    data = follow_up(
        np.concatenate([np.asarray(times, float) for times, _ in groups.values()]),
        np.concatenate([np.asarray(events, bool) for _, events in groups.values()]),
    )
    return data, np.repeat(np.asarray(list(groups)), [len(times) for times, _ in groups.values()])


def log_rank(data: FollowUp, group: ArrayLike) -> LogRank:
    """The log-rank test of two or more groups (Mantel 1966; Peto and Peto 1972), within strata where given.

    Observed less expected events are summed over strata, with their hypergeometric covariance; as R's survdiff,
    which has no left truncation: there, only those who have entered are at risk. Not evaluable below two groups of
    `MIN_GROUP` patients each or `MIN_EVENTS` events in all, nor with weights, for which the variance does not hold.
    """
    from scipy.stats import chi2

    labels = np.asarray(group)
    names, codes = np.unique(labels, return_inverse=True)
    sizes = np.bincount(codes, minlength=len(names))
    n_event = int(data.event.sum())
    reason = "only one group" if len(names) < 2 else ""
    reason = reason or (
        f"fewer than {MIN_GROUP} patients in a group" if sizes.min(initial=MIN_GROUP) < MIN_GROUP else ""
    )
    reason = reason or (f"{n_event} events, fewer than {MIN_EVENTS}" if n_event < MIN_EVENTS else "")
    reason = reason or (
        "weights were given: use the robust test of fit_cox" if data.weight is not None else ""
    )
    if reason:
        return LogRank("not_evaluable", reason)
    observed, expected, covariance = _observed_and_expected(data, codes, len(names))
    gap, inside = (observed - expected)[1:], covariance[1:, 1:]
    degrees = int(np.linalg.matrix_rank(inside, hermitian=True))
    if degrees < len(names) - 1:
        return LogRank("not_evaluable", "the groups are never at risk together")
    value = float(gap @ np.linalg.solve(inside, gap))
    return LogRank(
        "ok",
        "",
        value,
        degrees,
        float(chi2.sf(value, degrees)),
        tuple(observed.tolist()),
        tuple(expected.tolist()),
    )


def steps(data: FollowUp, *, from_zero: bool = False) -> Steps:
    """Weighted numbers at risk, with the event and censored at each distinct time; strata are not looked at."""
    weight = np.ones(len(data.time)) if data.weight is None else data.weight
    times = np.unique(np.concatenate([[0.0], data.time]) if from_zero else data.time)
    place = np.searchsorted(times, data.time)
    ended = np.bincount(place, weight, len(times))
    died = np.bincount(place, weight * data.event, len(times))
    followed = np.cumsum(ended[::-1])[::-1]
    if data.entry is not None:
        # an entry at time t counts from just after t; those who entered at 0 stand in the first row
        waiting = np.searchsorted(times, np.where(data.entry <= 0, -1.0, data.entry), side="right")
        not_yet = np.bincount(waiting, weight, len(times) + 1)
        followed = followed - np.cumsum(not_yet[::-1])[::-1][1 : len(times) + 1]
    counts = (np.asarray(values, np.float64) for values in (followed, died, ended - died))
    return Steps(times, *counts)


def log_survival_variance(data: FollowUp, at: Steps) -> Floats:
    """The variance of log survival at each step: Greenwood's, or the infinitesimal jackknife (see `kaplan_meier`)."""
    whole = data.weight is None or bool((data.weight == np.round(data.weight)).all())
    if whole and data.cluster is None:
        return at.greenwood()
    weight = np.ones(len(data.time)) if data.weight is None else data.weight
    cluster = np.arange(len(data.time)) if data.cluster is None else data.cluster
    entry = np.full(len(data.time), -np.inf) if data.entry is None else data.entry
    order = np.argsort(cluster, kind="stable")
    starts = np.flatnonzero(np.diff(cluster[order], prepend=-1))
    so_far = np.zeros(len(data.time))
    variance = np.empty(len(at.time))
    with np.errstate(divide="ignore", invalid="ignore"):
        for begin in range(0, len(at.time), _BLOCK):
            part = slice(begin, begin + _BLOCK)
            time, n, d = at.time[part], at.n_at_risk[part], at.n_event[part]
            present = (data.time[:, None] >= time) & (entry[:, None] < time)
            died = (data.time[:, None] == time) & data.event[:, None]
            change = np.where(d > 0, (present.astype(float) - died) / (n - d) - present / n, 0)
            influence = so_far[:, None] + np.cumsum(change * weight[:, None], axis=1)
            so_far = influence[:, -1]
            variance[part] = (np.add.reduceat(influence[order], starts, axis=0) ** 2).sum(axis=0)
    return variance


def _observed_and_expected(data: FollowUp, codes: NDArray[np.int64], k: int) -> tuple[Floats, Floats, Floats]:
    observed, expected, covariance = np.zeros(k), np.zeros(k), np.zeros((k, k))
    stratum = np.zeros(len(data.time), np.int64) if data.strata is None else data.strata
    for layer in np.unique(stratum):
        inside = stratum == layer
        times = np.unique(data.time[inside & data.event])
        n, d = np.zeros((len(times), k)), np.zeros((len(times), k))
        for code in range(k):
            chosen = inside & (codes == code)
            ends = np.sort(data.time[chosen])
            n[:, code] = len(ends) - np.searchsorted(ends, times)
            if data.entry is not None:
                entries = np.sort(data.entry[chosen])
                n[:, code] -= len(entries) - np.searchsorted(entries, times)
            own = data.time[chosen & data.event]
            d[:, code] = np.bincount(np.searchsorted(times, own), minlength=len(times))
        total, dead = n.sum(axis=1), d.sum(axis=1)
        share = n / total[:, None]
        factor = dead * np.where(total > 1, (total - dead) / np.maximum(total - 1, 1), 0)
        observed += d.sum(axis=0)
        expected += dead @ share
        covariance += np.diag(factor @ share) - np.einsum("t,ti,tj->ij", factor, share, share)
    return observed, expected, covariance


def _log_log_interval(survival: Floats, variance: Floats) -> tuple[Floats, Floats]:
    inside = (survival > 0) & (survival < 1)
    safe = np.where(inside, survival, 0.5)
    shift = NORMAL_97_5 * np.sqrt(np.where(inside, variance, 0)) / np.log(safe)
    low, high = (np.exp(-np.exp(np.log(-np.log(safe)) + sign * shift)) for sign in (-1, 1))
    return np.where(inside, low, np.nan), np.where(inside, high, np.nan)


def _crossing_of_half(times: Floats, survival: Floats) -> float | None:
    """Where a step function passes .5: the middle of the stretch where it is .5; missing values are left out."""
    known = ~np.isnan(survival)
    below = np.flatnonzero(known & (survival <= 0.5 + _HALF_TOLERANCE))
    if not len(below):
        return None
    start = float(times[below[0]])
    if survival[below[0]] < 0.5 - _HALF_TOLERANCE:
        return start
    after = np.flatnonzero(known & (survival < 0.5 - _HALF_TOLERANCE))
    return (start + float(times[after[0]] if len(after) else times[-1])) / 2
