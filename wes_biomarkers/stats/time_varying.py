"""Covariates that change during follow-up: rows of the counting process, and Cox's model of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.cox import CoxFit, fit_cox
from wes_biomarkers.stats.estimate import follow_up

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Intervals:
    """Follow-up cut where a covariate changes: r rows, each (start, stop] of one patient with one value.

    Attributes:
        patient: (r,) number of the patient, in ascending order.
        start, stop: (r,) in the unit of the follow-up.
        event: (r,) whether the row ends with the event.
        value: (r,) the covariate during the row; NaN until it is first known.
    """

    patient: NDArray[np.int64]
    start: Floats
    stop: Floats
    event: NDArray[np.bool_]
    value: Floats


def split_at_change(
    time: ArrayLike, event: ArrayLike, change: ArrayLike, *, before: float = 0.0, after: float = 1.0
) -> Intervals:
    """Rows with one value before the day of change and another after it, such as 0 and 1 for response.

    Args:
        time, event: (n,) follow-up.
        change: (n,) when the covariate changes; NaN: it did not. A change at or before 0 holds from the start; one
            at or after the end of follow-up never counts.

    Raises:
        ValueError: as `follow_up`, or another number of changes.
    """
    when = np.asarray(change, np.float64)
    n = len(np.asarray(time))
    if when.shape != (n,):
        raise ValueError("change must have one value a patient, NaN where there is none")
    changed = np.flatnonzero(~np.isnan(when))
    return split_by_history(
        time, event, changed, np.maximum(when[changed], 0.0), np.full(len(changed), after), initial=before
    )


def split_by_history(
    time: ArrayLike,
    event: ArrayLike,
    patient: ArrayLike,
    when: ArrayLike,
    value: ArrayLike,
    *,
    initial: ArrayLike = np.nan,
) -> Intervals:
    """Rows in which each patient has the last value measured, as R's tmerge with tdc.

    A value counts from just after its measurement; it never reaches back. Measurements at or after the end of
    follow-up, and unknown values, are left out; of two at one time, the later row counts.

    Args:
        time, event: (n,) follow-up.
        patient: (k,) number of the patient of each measurement.
        when, value: (k,) time of the measurement, not negative, and what was found.
        initial: value before the first measurement, of all or of each patient (n,).

    Raises:
        ValueError: as `follow_up`, a follow-up of 0, unequal lengths, an unknown patient, or a time of measurement
            that is missing or negative.
    """
    data = follow_up(time, event)
    n = len(data.time)
    who, at, what = np.asarray(patient, np.int64), np.asarray(when, np.float64), np.asarray(value, np.float64)
    if not (data.time > 0).all():
        raise ValueError("every follow-up must be above 0")
    if not len(who) == len(at) == len(what) or ((who < 0) | (who >= n)).any() or not (at >= 0).all():
        raise ValueError("every measurement needs a patient, a time that is not negative, and a value")
    used = ~np.isnan(what) & (at < data.time[who])
    rows = np.concatenate([np.arange(n), who[used]])
    starts = np.concatenate([np.zeros(n), at[used]])
    values = np.concatenate([np.broadcast_to(np.asarray(initial, np.float64), n), what[used]])
    order = np.lexsort((np.arange(len(rows)), starts, rows))
    rows, starts, values = rows[order], starts[order], values[order]
    # of several values from one time on, the last holds
    last = np.append((np.diff(rows) != 0) | (np.diff(starts) != 0), True)
    rows, starts, values = rows[last], starts[last], values[last]
    ends = np.append(np.diff(rows) != 0, True)
    stops = np.where(ends, data.time[rows], np.append(starts[1:], 0.0))
    return Intervals(rows, starts, stops, ends & data.event[rows], values)


def fit_cox_time_varying(
    start: ArrayLike,
    stop: ArrayLike,
    event: ArrayLike,
    x: ArrayLike,
    *,
    patient: ArrayLike,
    strata: ArrayLike | None = None,
    weight: ArrayLike | None = None,
    robust: bool = False,
) -> CoxFit:
    """Cox's model of rows (start, stop] (Andersen and Gill 1982); n of the fit are patients, not rows.

    Args:
        x: (r, p) covariates during each row, none missing.
        patient: (r,) whose row it is.
        robust: covariance over patients (Lin and Wei 1989), needed only where a patient may have several events.

    Raises:
        ValueError: as `follow_up` and `fit_cox`.
    """
    data = follow_up(
        stop, event, entry=start, strata=strata, weight=weight, cluster=patient if robust else None
    )
    fit = fit_cox(data, x)
    flags = tuple(flag for flag in fit.flags if flag != "left_truncated")
    return replace(fit, n=len(np.unique(np.asarray(patient))), flags=flags)
