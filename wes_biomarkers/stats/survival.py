"""Kaplan-Meier estimates and the log-rank test, by lifelines; what cannot be evaluated says why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

#: Fewer events than this over all groups, and a log-rank p would be noise: a rule of thumb.
MIN_EVENTS = 5
#: Fewer patients than this in a group, and its curve is not compared.
MIN_GROUP = 3


@dataclass(frozen=True)
class KaplanMeier:
    """A survival curve.

    Attributes:
        curve: time, survival, ci_low, ci_high (95 %, log-log; missing where undefined), n_at_risk just before
            time, n_event, n_censored at it; the first row is time 0.
        n: patients.
        n_event: events.
        median: first time with survival <= .5; None when not reached.
    """

    curve: pd.DataFrame
    n: int
    n_event: int
    median: float | None


@dataclass(frozen=True)
class LogRank:
    """A log-rank test, or the reason why there is none."""

    status: str
    reason: str = ""
    chi_square: float | None = None
    degrees: int | None = None
    p_value: float | None = None


def kaplan_meier(times: Sequence[float], events: Sequence[bool]) -> KaplanMeier:
    """The product-limit estimate (Kaplan and Meier 1958) with log-log 95 % intervals (Greenwood's variance).

    Args:
        times: follow-up, any unit, none missing.
        events: whether it ended with the event.

    Raises:
        ValueError: on empty or unequal input, or missing or negative times.
    """
    from lifelines import KaplanMeierFitter

    duration, observed = np.asarray(times, dtype=float), np.asarray(events, dtype=bool)
    if not len(duration) or len(duration) != len(observed):
        raise ValueError("times and events must be of one length, above 0")
    if not np.isfinite(duration).all() or (duration < 0).any():
        raise ValueError("times must be known and not negative")
    fitter = KaplanMeierFitter().fit(duration, observed)
    table = fitter.event_table
    interval = fitter.confidence_interval_
    curve = pd.DataFrame(
        {
            "time": table.index.to_numpy(dtype=float),
            "survival": fitter.survival_function_.iloc[:, 0].to_numpy(dtype=float),
            "ci_low": interval.iloc[:, 0].to_numpy(dtype=float),
            "ci_high": interval.iloc[:, 1].to_numpy(dtype=float),
            "n_at_risk": table["at_risk"].to_numpy(dtype=int),
            "n_event": table["observed"].to_numpy(dtype=int),
            "n_censored": table["censored"].to_numpy(dtype=int),
        }
    )
    reached = curve.loc[curve["survival"] <= 0.5 + 1e-12, "time"]
    median = float(reached.iloc[0]) if len(reached) else None
    return KaplanMeier(curve, len(duration), int(observed.sum()), median)


def at_risk(times: Sequence[float], at: Sequence[float]) -> list[int]:
    """How many are still followed just before each of the given times."""
    duration = np.asarray(times, dtype=float)
    return [int((duration >= time).sum()) for time in at]


def log_rank(groups: Mapping[str, tuple[Sequence[float], Sequence[bool]]]) -> LogRank:
    """The log-rank test over two or more groups of (times, events).

    Not evaluable below two groups of `MIN_GROUP` patients each or `MIN_EVENTS` events in all.
    """
    from lifelines.statistics import multivariate_logrank_test

    small = [name for name, (times, _) in groups.items() if len(times) < MIN_GROUP]
    n_event = sum(int(np.sum(np.asarray(events, dtype=bool))) for _, events in groups.values())
    if len(groups) < 2:
        return LogRank("not_evaluable", "only one group")
    if small:
        return LogRank("not_evaluable", f"fewer than {MIN_GROUP} patients in {', '.join(small)}")
    if n_event < MIN_EVENTS:
        return LogRank("not_evaluable", f"{n_event} events, fewer than {MIN_EVENTS}")
    times = np.concatenate([np.asarray(times, dtype=float) for times, _ in groups.values()])
    events = np.concatenate([np.asarray(events, dtype=bool) for _, events in groups.values()])
    labels = np.concatenate([[name] * len(times) for name, (times, _) in groups.items()])
    result = multivariate_logrank_test(times, labels, events)
    return LogRank("ok", "", float(result.test_statistic), len(groups) - 1, float(result.p_value))
