"""Cumulative incidence of an event where patients may die, or progress, before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import altair as alt
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from wes_biomarkers.plots.steps import HEIGHT, WIDTH, StepAxes, above_risk_table, step_layers, step_rows
from wes_biomarkers.plots.theme import inline_chart, message, series_colours


class IncidenceCurve(Protocol):
    """What `incidence_rows` needs of an estimate of one group (stats.competing_risks.CumulativeIncidence)."""

    @property
    def time(self) -> NDArray[np.float64]:
        """0 and the end of each follow-up, rising; the other arrays have its shape (k,)."""

    @property
    def incidence(self) -> NDArray[np.float64]:
        """Of the event."""

    @property
    def ci_low(self) -> NDArray[np.float64]:
        """Lower end of its interval."""

    @property
    def ci_high(self) -> NDArray[np.float64]:
        """Upper end of its interval."""

    @property
    def competing_incidence(self) -> NDArray[np.float64]:
        """Of the competing event."""

    @property
    def n_at_risk(self) -> NDArray[np.int64]:
        """Just before the time."""


def incidence_rows(curves: Mapping[str, IncidenceCurve]) -> pd.DataFrame:
    """The frame `incidence_chart` draws, from estimates by group."""
    frames = []
    for group, curve in curves.items():
        event = {
            "time": curve.time,
            "estimate": curve.incidence,
            "ci_low": curve.ci_low,
            "ci_high": curve.ci_high,
        }
        competing = {"time": curve.time, "estimate": curve.competing_incidence}
        frames.append(pd.DataFrame(event).assign(group=group, state="event"))
        frames.append(
            pd.DataFrame(competing).assign(group=group, state="competing", ci_low=np.nan, ci_high=np.nan)
        )
    columns = ["group", "state", "time", "estimate", "ci_low", "ci_high"]
    return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)


def incidence_at_risk(curves: Mapping[str, IncidenceCurve], ticks: Sequence[float]) -> dict[str, list[int]]:
    """Patients still followed without either event just before each tick."""
    found = {}
    for group, curve in curves.items():
        places = np.searchsorted(curve.time, np.asarray(ticks, dtype=float), side="left")
        counts = np.append(curve.n_at_risk, 0)
        found[group] = [int(counts[place]) for place in places]
    return found


def incidence_chart(
    curves: pd.DataFrame,
    at_risk: Mapping[str, Sequence[int | None]],
    ticks: Sequence[float],
    title: alt.TitleParams,
    words: Mapping[str, str],
    x_title: str = "months",
    *,
    width: int = WIDTH,
) -> alt.TopLevelMixin:
    """Aalen-Johansen curves of the event with bands, those of the competing event dotted, numbers at risk below.

    Args:
        curves: group, state (`event` or `competing`), time, estimate, ci_low, ci_high.
        at_risk: by group, one number a tick, None where it is withheld.
        ticks: of the time axis.
        title: by plots.words.explained; a note names the competing event.
        words: legend by group, in order.
        x_title: of the time axis; names its origin.
        width: of the plot in pixels.
    """
    if curves.empty:
        return message("No patient has both a group and a follow-up.")
    highest = float(np.nanmax(curves[["estimate", "ci_high"]].to_numpy(dtype=float)))
    end = max(float(curves["time"].max()), ticks[-1], 1.0)
    axes = StepAxes(
        words=words,
        colours=series_colours(list(words)),
        ticks=ticks,
        end=end,
        x_title=x_title,
        y_title="cumulative incidence",
        y_end=min(1.0, np.ceil(max(highest, 0.05) * 10.5) / 10),
        width=width,
    )
    layers = step_layers(step_rows(curves[curves["state"] == "event"], words), axes, dashed=False)
    competing = step_rows(curves[curves["state"] == "competing"], words)
    if competing:
        base = inline_chart(competing, width=width, height=HEIGHT)
        line = base.mark_line(strokeWidth=1.6, strokeDash=[2, 3], interpolate="step-after", opacity=0.9)
        layers.append(line.encode(x=axes.x(), y=axes.y(), color=axes.colour()))
    return above_risk_table(layers, at_risk, axes, title)
