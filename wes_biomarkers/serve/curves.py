"""Curves over time by group, as the page draws them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from wes_biomarkers.serve.pages.cells import cell

#: A curve is sent with at most so many steps.
_MAX_STEP = 1500


def survival_groups(frame: pd.DataFrame, groups: pd.Series, ticks: list[float]) -> list[dict[str, Any]]:
    """Kaplan-Meier curves of each group with numbers at risk at the ticks (months)."""
    from wes_biomarkers.stats.survival import at_risk, kaplan_meier

    found = []
    for name in sorted(groups.unique()):
        part = frame[groups == name]
        entry = part["entry"].to_numpy(float) if "entry" in part else None
        times, events = part["time"].to_numpy(float), part["event"].to_numpy(bool)
        curve = kaplan_meier(times, events, entry=entry)
        steps = curve.curve[["time", "survival", "ci_low", "ci_high", "n_censored", "n_event", "n_at_risk"]]
        found.append(
            {"name": str(name), "n": curve.n, "n_event": curve.n_event, "curve": _thinned(steps),
             "at_risk": at_risk(times, ticks, entry=entry), "median": curve.median,
             "median_low": curve.median_low, "median_high": curve.median_high}
        )  # fmt: skip
    return found


def _thinned(steps: pd.DataFrame) -> list[dict[str, Any]]:
    """A curve's steps; of very many, evenly chosen ones with the last."""
    if len(steps) > _MAX_STEP:
        steps = steps.iloc[np.unique(np.linspace(0, len(steps) - 1, _MAX_STEP).astype(int))]
    cells = [[cell(value) for value in steps[name].tolist()] for name in steps]
    return [dict(zip(map(str, steps), row, strict=True)) for row in zip(*cells, strict=True)]


def incidence_groups(frame: pd.DataFrame, groups: pd.Series, ticks: list[float]) -> list[dict[str, Any]]:
    """Cumulative incidence (Aalen-Johansen) of each group with numbers at risk at the ticks (months)."""
    from wes_biomarkers.stats.competing_risks import cumulative_incidence
    from wes_biomarkers.stats.survival import at_risk

    time, state = frame["time"].to_numpy(float), frame["state"].to_numpy(int)
    found = []
    for name, curve in cumulative_incidence(time, state, list(groups)).items():
        mine = (groups == name).to_numpy(bool)
        steps = pd.DataFrame({"time": curve.time, "incidence": curve.incidence, "ci_low": curve.ci_low,
                              "ci_high": curve.ci_high, "competing": curve.competing_incidence,
                              "n_event": curve.n_event, "n_at_risk": curve.n_at_risk})  # fmt: skip
        found.append(
            {"name": str(name), "n": int(mine.sum()), "n_event": int((state[mine] == 1).sum()),
             "n_competing": int((state[mine] == 2).sum()), "curve": _thinned(steps),
             "at_risk": at_risk(time[mine], ticks)}
        )  # fmt: skip
    return found


def log_rank_of(frame: pd.DataFrame, groups: pd.Series) -> dict[str, Any] | None:
    """The log-rank test of the groups; None for a single one."""
    from wes_biomarkers.stats.estimate import follow_up
    from wes_biomarkers.stats.survival import log_rank

    if groups.nunique() < 2:
        return None
    entry = frame["entry"].to_numpy(float) if "entry" in frame else None
    test = log_rank(follow_up(frame["time"], frame["event"], entry=entry), groups.to_numpy(str))
    return {"status": test.status, "reason": test.reason, "chi_square": test.chi_square, "degrees": test.degrees,
            "p": test.p_value}  # fmt: skip
