"""Cumulative incidence of an event where patients may die, or progress, before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import numpy as np
import pandas as pd

from wes_biomarkers.plots.steps import HEIGHT, WIDTH, StepAxes, risk_table, step_layers, step_rows
from wes_biomarkers.plots.theme import inline_chart, message, series_colours


def incidence_chart(
    curves: pd.DataFrame,
    at_risk: Mapping[str, Sequence[int]],
    ticks: Sequence[float],
    title: alt.TitleParams,
    words: Mapping[str, str],
    x_title: str = "months",
) -> alt.TopLevelMixin:
    """Aalen-Johansen curves of the event with bands, those of the competing event dotted, numbers at risk below.

    Args:
        curves: group, state (`event` or `competing`), time, estimate, ci_low, ci_high.
        at_risk: by group, one number a tick.
        ticks: of the time axis.
        title: by plots.words.explained; a note names the competing event.
        words: legend by group, in order.
        x_title: of the time axis.
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
    )
    layers = step_layers(step_rows(curves[curves["state"] == "event"], words), axes, dashed=False)
    competing = step_rows(curves[curves["state"] == "competing"], words)
    if competing:
        base = inline_chart(competing, width=WIDTH, height=HEIGHT)
        line = base.mark_line(strokeWidth=1.6, strokeDash=[2, 3], interpolate="step-after", opacity=0.9)
        layers.append(line.encode(x=axes.x(), y=axes.y(), color=axes.colour()))
    return alt.vconcat(alt.layer(*layers), risk_table(at_risk, axes), spacing=6, title=title)
