"""Restricted mean survival time: how long patients live on average within a horizon, whatever the hazards do."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from wes_biomarkers.stats.estimate import Estimate, FollowUp
from wes_biomarkers.stats.survival import NORMAL_97_5, difference, steps

_LATE = "a group is not followed until the horizon"


@dataclass(frozen=True)
class RestrictedMean:
    """The area under a survival curve from 0 to tau, in the unit of time; None where not evaluable."""

    tau: float
    n: int
    n_event: int
    mean: float | None = None
    standard_error: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    status: str = "ok"
    reason: str = ""


def rmst(data: FollowUp, tau: float) -> RestrictedMean:
    """Restricted mean survival time to tau by the Kaplan-Meier curve (Irwin 1949), as R's survmean.

    Its variance is the sum over event times up to tau of the squared area still to come, times Greenwood's term
    (Klein and Moeschberger 2003, 4.5). Strata and clusters are not looked at. Not evaluable when the last follow-up
    is before tau and the curve has not reached 0.
    """
    n, n_event = len(data.time), int(data.event.sum())
    if not tau > 0:
        return RestrictedMean(tau, n, n_event, status="not_evaluable", reason="the horizon must be above 0")
    at = steps(data)
    survival = at.survival
    if at.time[-1] < tau and survival[-1] > 0:
        return RestrictedMean(tau, n, n_event, status="not_evaluable", reason=_LATE)
    inside = at.time <= tau
    ends = np.concatenate([at.time[inside], [tau]])
    area = np.diff(ends, prepend=0.0) * np.concatenate([[1.0], survival[inside]])
    to_come = np.cumsum(area[::-1])[::-1][1:]
    left = at.n_at_risk - at.n_event
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where((left > 0) & (at.n_event > 0), at.n_event / (at.n_at_risk * left), 0)[inside]
    mean, error = float(area.sum()), math.sqrt(float((to_come**2 * terms).sum()))
    return RestrictedMean(
        tau, n, n_event, mean, error, mean - NORMAL_97_5 * error, mean + NORMAL_97_5 * error
    )  # fmt: skip


def rmst_difference(data: FollowUp, group: ArrayLike, tau: float) -> Estimate:
    """Restricted mean of the group coded 1 (or True) minus that of the group coded 0, to tau, with Wald's interval."""
    first, second = _two(data, group, tau)
    n, n_event = len(data.time), int(data.event.sum())
    reason = first.reason or second.reason
    if reason or first.mean is None or second.mean is None:
        return Estimate("rmst", "rmst_difference", n, n_event, status="not_evaluable", reason=reason)
    variances = [(arm.standard_error or 0.0) ** 2 for arm in (first, second)]
    return difference("rmst", "rmst_difference", n, n_event, [first.mean, second.mean], variances)


def rmst_ratio(data: FollowUp, group: ArrayLike, tau: float) -> Estimate:
    """Restricted mean of the group coded 1 over that of the group coded 0, with Wald's interval of its logarithm.

    Its variance is that of the delta method: the sum of squared standard errors, each over its squared mean.
    """
    first, second = _two(data, group, tau)
    n, n_event = len(data.time), int(data.event.sum())
    reason = first.reason or second.reason
    if reason or not first.mean or not second.mean:
        reason = reason or "a restricted mean is 0"
        return Estimate("rmst_ratio", "none", n, n_event, status="not_evaluable", reason=reason)
    relative = [(arm.standard_error or 0.0) / (arm.mean or 1.0) for arm in (first, second)]
    found = difference(
        "rmst_ratio",
        "none",
        n,
        n_event,
        [math.log(first.mean), math.log(second.mean)],
        [e**2 for e in relative],
    )
    if found.effect is None or found.ci_low is None or found.ci_high is None:
        return found
    return Estimate(
        found.method, "none", n, n_event, math.exp(found.effect), math.exp(found.ci_low), math.exp(found.ci_high),
        found.p_value, found.statistic, found.coefficient, found.standard_error,
    )  # fmt: skip


def longest_horizon(data: FollowUp, group: ArrayLike) -> float:
    """The largest tau within every group's follow-up: the smallest of the groups' last times."""
    codes = np.asarray(group)
    return float(min(data.time[codes == code].max() for code in np.unique(codes)))


def _two(data: FollowUp, group: ArrayLike, tau: float) -> tuple[RestrictedMean, RestrictedMean]:
    codes = np.asarray(group)
    found = []
    for code in (1, 0):
        chosen = codes == code
        if not chosen.any():
            found.append(RestrictedMean(tau, 0, 0, status="not_evaluable", reason="a group is empty"))
            continue
        parts = {
            name: None if (own := getattr(data, name)) is None else own[chosen]
            for name in ("entry", "weight")
        }
        found.append(rmst(FollowUp(data.time[chosen], data.event[chosen], **parts), tau))
    return found[0], found[1]
