"""Whether a marker tells who has the event by a time: cumulative cases against those still free of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from wes_biomarkers.stats.estimate import Estimate

Array = NDArray[np.float64]


def time_dependent_auc(
    marker: ArrayLike, time: ArrayLike, event: ArrayLike, horizon: float, *, n_bootstrap: int = 500, seed: int
) -> Estimate:
    """The chance that a patient with the event by the horizon has a higher marker than one free of it then.

    Cases count by the inverse chance of not being censored before their event (Uno et al. 2007; Blanche et al. 2013),
    ties of the marker as halves. The interval is the percentile bootstrap over patients.

    Args:
        marker: (n,), higher for higher risk.
        time: end of follow-up, not negative.
        event: whether it ended with the event.
        horizon: in the unit of time.
        n_bootstrap: resamples.
        seed: of the resamples.

    Raises:
        ValueError: unequal lengths, no patient, or missing values.
    """
    values, end, died = (
        np.asarray(marker, np.float64),
        np.asarray(time, np.float64),
        np.asarray(event, np.bool_),
    )
    if not len(values) or not len(values) == len(end) == len(died):
        raise ValueError("marker, time and event must be of one length, above 0")
    if not (np.isfinite(values).all() and (end >= 0).all()):
        raise ValueError("markers must be known, times known and not negative")
    n, n_case = len(values), int((died & (end <= horizon)).sum())
    effect = _auc(values, end, died, horizon)
    if effect is None:
        reason = "nobody has the event by then" if not n_case else "nobody is followed beyond then"
        return Estimate("time_dependent_auc", "auc", n, n_case, status="not_evaluable", reason=reason)
    random = np.random.default_rng(seed)
    drawn = (random.integers(0, n, size=(n,)) for _ in range(n_bootstrap))
    again = [_auc(values[rows], end[rows], died[rows], horizon) for rows in drawn]
    low, high = np.quantile([found for found in again if found is not None], [0.025, 0.975])
    return Estimate("time_dependent_auc", "auc", n, n_case, effect, float(low), float(high))


def _auc(marker: Array, time: Array, event: NDArray[np.bool_], horizon: float) -> float | None:
    cases, controls = event & (time <= horizon), time > horizon
    if not cases.any() or not controls.any():
        return None
    weight = 1 / _not_censored_before(time, event, time[cases])
    free = np.sort(marker[controls])
    below = np.searchsorted(free, marker[cases], side="left")
    not_above = np.searchsorted(free, marker[cases], side="right")
    return float((weight * (below + not_above)).sum() / (2 * weight.sum() * len(free)))


def _not_censored_before(time: Array, event: NDArray[np.bool_], at: Array) -> Array:
    """Kaplan-Meier chance of not being censored before each time; at ties events come first."""
    moments = np.unique(time[~event])
    at_risk = (time[None, :] >= moments[:, None]).sum(axis=1)
    events_first = ((time[None, :] == moments[:, None]) & event).sum(axis=1)
    censored = ((time[None, :] == moments[:, None]) & ~event).sum(axis=1)
    kept = np.concatenate([[1.0], np.cumprod(1 - censored / (at_risk - events_first))])
    chance: Array = kept[np.searchsorted(moments, at, side="left")]
    return chance
