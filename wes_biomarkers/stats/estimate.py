"""What every estimator takes and returns: follow-up in, an estimate or the reason for none out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Estimate:
    """One estimated effect with its 95 % interval, or the reason why there is none.

    Attributes:
        method: name of the estimator, snake case: `cox_efron`, `logistic_firth`, `fine_gray` ...
        effect_kind: one of contracts.association.EFFECT_KINDS.
        n: patients counted.
        n_event: events, or patients with the outcome; None where the outcome is a number.
        effect, ci_low, ci_high: on the scale of effect_kind (a ratio is not its logarithm).
        p_value: two-sided.
        statistic: of the test behind p_value.
        coefficient, standard_error: on the scale the model is linear on (the logarithm of a ratio).
        status: `ok`, `not_evaluable` or `refused`, the latter two with `reason`.
        flags: codes of contracts.association.ASSOCIATION_FLAGS.
    """

    method: str
    effect_kind: str
    n: int
    n_event: int | None = None
    effect: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    p_value: float | None = None
    statistic: float | None = None
    coefficient: float | None = None
    standard_error: float | None = None
    status: str = "ok"
    reason: str = ""
    flags: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class FollowUp:
    """Survival data of n patients; all arrays have shape (n,), none has a missing value.

    Attributes:
        time: end of follow-up, any unit, above entry.
        event: whether it ended with the event.
        entry: start of being at risk (left truncation); None: 0 for all.
        strata: codes of strata with baseline hazards of their own.
        cluster: codes of clusters for the robust variance (Lin and Wei 1989).
        weight: case weights, not negative.
    """

    time: NDArray[np.float64]
    event: NDArray[np.bool_]
    entry: NDArray[np.float64] | None = None
    strata: NDArray[np.int64] | None = None
    cluster: NDArray[np.int64] | None = None
    weight: NDArray[np.float64] | None = None


def follow_up(
    time: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    strata: Sequence[object] | ArrayLike | None = None,
    cluster: Sequence[object] | ArrayLike | None = None,
    weight: ArrayLike | None = None,
) -> FollowUp:
    """`FollowUp` from anything array-like; strata and clusters may be words.

    Raises:
        ValueError: unequal lengths, no patient, a missing or negative time, or a time not above its entry.
    """
    times, events = np.asarray(time, np.float64), np.asarray(event, np.bool_)
    entries = None if entry is None else np.asarray(entry, np.float64)
    weights = None if weight is None else np.asarray(weight, np.float64)
    if not len(times) or len(times) != len(events):
        raise ValueError("time and event must be of one length, above 0")
    if not np.isfinite(times).all() or (times < 0).any():
        raise ValueError("times must be known and not negative")
    if entries is not None and (len(entries) != len(times) or not (entries < times).all()):
        raise ValueError("every entry must be known and lie before its time")
    if weights is not None and (len(weights) != len(times) or not (weights >= 0).all()):
        raise ValueError("weights must be known and not negative")
    return FollowUp(times, events, entries, _codes(strata, len(times)), _codes(cluster, len(times)), weights)


def _codes(labels: Sequence[object] | ArrayLike | None, n: int) -> NDArray[np.int64] | None:
    if labels is None:
        return None
    text = np.asarray([str(label) for label in np.asarray(labels, dtype=object)])
    if len(text) != n:
        raise ValueError("strata and clusters must have one code a patient")
    return np.unique(text, return_inverse=True)[1].astype(np.int64)
