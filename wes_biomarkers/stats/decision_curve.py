"""Decision curves: the net benefit of acting on a prediction (Vickers and Elkin 2006; survival: Vickers et al. 2008)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class DecisionCurve:
    """Net benefit by threshold probability; unknown values are NaN.

    Attributes:
        thresholds: risk from which one would act, shape (k,), between 0 and 1.
        net_benefit: of acting on those whose predicted risk reaches the threshold.
        treat_all: of acting on everyone; of acting on nobody it is 0.
        n_acted: patients acted on.
        n: patients.
        n_event: with the event (by the horizon, for survival).
        status: `ok`, or `not_evaluable` with `reason`.
    """

    thresholds: Array
    net_benefit: Array
    treat_all: Array
    n_acted: NDArray[np.int64]
    n: int
    n_event: int
    status: str = "ok"
    reason: str = ""

    @property
    def avoided(self) -> Array:
        """Patients spared the action for each 100, without one event missed more than by acting on all; shape (k,)."""
        odds = self.thresholds / (1 - self.thresholds)
        return 100 * (self.net_benefit - self.treat_all) / odds


def decision_curve(risk: ArrayLike, event: ArrayLike, thresholds: ArrayLike) -> DecisionCurve:
    """Net benefit = true positives / n - false positives / n * odds of the threshold.

    Args:
        risk: predicted probabilities (n,), of patients the model was not built on.
        event: whether they had the event.
        thresholds: above 0 and below 1.

    Raises:
        ValueError: unequal lengths, no patient, missing or impossible probabilities.
    """
    predicted, cuts = _checked(risk, thresholds)
    happened = np.asarray(event, np.bool_)
    if len(happened) != len(predicted):
        raise ValueError("risk and event must be of one length")
    n = len(predicted)
    odds = cuts / (1 - cuts)
    acted = predicted[None, :] >= cuts[:, None]
    true, false = (acted & happened).sum(axis=1) / n, (acted & ~happened).sum(axis=1) / n
    share = happened.mean()
    return _judged(cuts, true - false * odds, share - (1 - share) * odds, acted, int(happened.sum()))


def survival_decision_curve(
    risk: ArrayLike, time: ArrayLike, event: ArrayLike, horizon: float, thresholds: ArrayLike
) -> DecisionCurve:
    """Net benefit for an event by a time, the shares with it from Kaplan-Meier curves of those acted on.

    Unknown where nobody acted on is followed to the horizon.

    Args:
        risk: predicted probabilities of the event by the horizon (n,), of patients the model was not built on.
        time: end of follow-up, not negative.
        event: whether it ended with the event.
        horizon: in the unit of time.
        thresholds: above 0 and below 1.

    Raises:
        ValueError: unequal lengths, no patient, missing or impossible values.
    """
    predicted, cuts = _checked(risk, thresholds)
    end, died = np.asarray(time, np.float64), np.asarray(event, np.bool_)
    if not len(end) == len(died) == len(predicted) or not (end >= 0).all():
        raise ValueError("risk, time and event must be of one length, times known and not negative")
    odds = cuts / (1 - cuts)
    acted = predicted[None, :] >= cuts[:, None]
    benefit = np.zeros(len(cuts))
    for at, chosen in enumerate(acted):
        if chosen.any():
            free = _survival_at(end[chosen], died[chosen], horizon)
            benefit[at] = chosen.mean() * ((1 - free) - free * odds[at])
    free = _survival_at(end, died, horizon)
    return _judged(cuts, benefit, (1 - free) - free * odds, acted, int((died & (end <= horizon)).sum()))


def _checked(risk: ArrayLike, thresholds: ArrayLike) -> tuple[Array, Array]:
    predicted, cuts = np.asarray(risk, np.float64), np.asarray(thresholds, np.float64)
    if not len(predicted) or not ((predicted >= 0) & (predicted <= 1)).all():
        raise ValueError("risks must be known probabilities of at least one patient")
    if not len(cuts) or not ((cuts > 0) & (cuts < 1)).all():
        raise ValueError("thresholds must lie between 0 and 1")
    return predicted, cuts


def _judged(
    cuts: Array, benefit: Array, everyone: Array, acted: NDArray[np.bool_], n_event: int
) -> DecisionCurve:
    n = acted.shape[1]
    counts = acted.sum(axis=1).astype(np.int64)
    reason = "" if n_event else "nobody has the event"
    if not np.isfinite(everyone).all():
        reason = "nobody is followed to the horizon"
    unknown = np.full(len(cuts), np.nan)
    if reason:
        return DecisionCurve(cuts, unknown, unknown, counts, n, n_event, "not_evaluable", reason)
    return DecisionCurve(cuts, benefit, everyone, counts, n, n_event)


def _survival_at(time: Array, event: NDArray[np.bool_], at: float) -> float:
    """The product-limit estimate at a time; NaN after the last follow-up unless it has reached 0."""
    moments = np.unique(time[event & (time <= at)])
    at_risk = (time[None, :] >= moments[:, None]).sum(axis=1)
    died = ((time[None, :] == moments[:, None]) & event).sum(axis=1)
    survival = float(np.prod(1 - died / at_risk))
    return survival if survival == 0 or time.max() >= at else float("nan")
